import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Architecture, ILayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';

/** How a function of this library runs. */
export interface StripeFunctionOptions {
  /**
   * Memory, in MiB; Lambda gives CPU in proportion.
   *
   * @default 512 for the webhook, whose cold start a buyer can wait for; 256 for the writer
   */
  readonly memorySize?: number;

  /**
   * Instruction set. The handlers are plain JavaScript and run on both.
   *
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture;

  /**
   * Concurrent executions that are set aside for the function, and its limit.
   *
   * Above the limit Lambda throttles: Stripe delivers again, and messages wait in the queue.
   *
   * @default - the account's unreserved concurrency
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * Runtime. The handlers are built for Node.js 24 and need at least Node.js 22.
   *
   * @default - `nodejs24.x`
   */
  readonly runtime?: Runtime;

  /**
   * Role of the function. It is granted what the function calls, and nothing is taken from it.
   *
   * Synthesis warns, since the function may then do whatever else the role may; acknowledge it if that is nothing.
   *
   * @default - a role of its own, with exactly what the function calls
   */
  readonly role?: IRole;

  /**
   * Network to run in. It must reach Secrets Manager, EventBridge and DynamoDB, by NAT or by endpoints.
   *
   * @default - no VPC
   */
  readonly vpc?: IVpc;

  /**
   * Subnets of the network.
   *
   * @default - the private subnets of `vpc`
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * Security groups in the network.
   *
   * @default - a new one that lets nothing in
   */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * Layers, such as an extension that ships logs.
   *
   * @default - none
   */
  readonly layers?: ILayerVersion[];

  /**
   * Trace with AWS X-Ray; events then carry the trace on to their targets. X-Ray's two actions allow no resource, so the policy has a `*`.
   *
   * @default false
   */
  readonly tracing?: boolean;
}
