import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Architecture, ILayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';

/** Options for the Lambda functions of this library. */
export interface StripeFunctionOptions {
  /**
   * Memory in MiB. Lambda allocates CPU in proportion.
   *
   * @default 512 for the webhook function, whose cold start a buyer can wait for; 256 for the writer
   */
  readonly memorySize?: number;

  /**
   * Instruction set. The handlers are plain JavaScript and run on both.
   *
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture;

  /**
   * Number of concurrent executions that are reserved for the function. It is also the limit of the function.
   *
   * Above the limit Lambda throttles: Stripe retries the request. The writer reads no more messages at a time than its
   * limit, at least 2. A table that inherits the option reserves the same number for its writer in addition.
   *
   * @default - the unreserved concurrency of the account
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * Lambda runtime. The handlers are built for Node.js 24 and need Node.js 22 or newer.
   *
   * @default - `nodejs24.x`
   */
  readonly runtime?: Runtime;

  /**
   * Role of the function, created or imported in the stack of the function. The permissions that the function needs are
   * added to it. If CDK may not change the role, synthesis warns with the permissions that it needs.
   *
   * Synthesis also warns because the function can use every other permission of the role. Fails synthesis for a role of
   * another account.
   *
   * @default - a new role with least privilege
   */
  readonly role?: IRole;

  /**
   * VPC of the function. It must reach Secrets Manager, EventBridge and DynamoDB through NAT or endpoints. Proxies are
   * not used.
   *
   * @default - no VPC
   */
  readonly vpc?: IVpc;

  /**
   * Subnets of the function in `vpc`.
   *
   * @default - the private subnets of `vpc`
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * Security groups of the function in `vpc`.
   *
   * @default - a new security group without inbound rules
   */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * Layers of the function, such as an extension that ships logs.
   *
   * @default - no layers
   */
  readonly layers?: ILayerVersion[];

  /**
   * Whether AWS X-Ray traces requests. An event of a traced request carries its trace header to the targets.
   *
   * The two actions of X-Ray support no resource, so the policy of the role has a `*` for them.
   *
   * @default false
   */
  readonly tracing?: boolean;
}
