import { readFileSync } from 'fs';
import { join } from 'path';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient, FilterLogEventsCommand, ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { deploy } from './cloud-assembly';
import type { Emulator } from './emulator';
import { type HttpAnswer, postJson } from './post';

/** Stack of the example. */
export const STACK = 'Billing';

/** Construct paths of the example's parts. */
const PATHS = {
  secret: 'Stripe/Webhook/SigningSecret/Resource',
  webhookLogs: 'Stripe/Webhook/Handler/Logs/Resource',
  writerLogs: 'Stripe/CustomerTable/Writer/Logs/Resource',
  queue: 'Stripe/CustomerTable/Queue/Resource',
  deadLetterQueue: 'Stripe/CustomerTable/DeadLetterQueue/Resource',
  table: 'Stripe/CustomerTable/Table/Resource',
  paidInvoices: 'PaidInvoices/Resource',
  quarantine: 'Stripe/Quarantine/Queue/Resource',
  refundQueue: 'Stripe/Refunded/Queue/Resource',
  onRefund: 'OnRefund/Resource',
} as const;

/** Log group of a handler. */
export type HandlerLogs = 'webhookLogs' | 'writerLogs';

/** Queue in front of a function. */
export type ProcessedQueue = 'queue' | 'refundQueue';

/** Log line of a handler, parsed. */
export interface FunctionLog {
  readonly time: string;
  readonly decision: string;
  readonly eventId?: string;
  readonly busEventId?: string;
  readonly PublishLatency?: number;
  readonly error?: string;
  readonly Reason?: string;
}

/** Answer of the endpoint. */
export interface Answer extends HttpAnswer {
  readonly postedAt: number;
  readonly answeredAt: number;
}

/** State of a queue. */
export interface QueueState {
  /** Messages that no consumer has received. */
  readonly waiting: number;
  /** Messages that a consumer has received and not deleted. */
  readonly inFlight: number;
  /** Seconds until a message in flight is delivered again. */
  readonly visibilityTimeout: number;
}

/** The example on the local AWS: posts to its endpoint and reads its resources. */
export class DeployedExample {
  /** Deploys a synthesized example. */
  public static async from(emulator: Emulator, assembly: string): Promise<DeployedExample> {
    const outputs = (await deploy(emulator, assembly))[STACK];
    const url = Object.entries(outputs).find(([name]) => name.startsWith('StripeWebhookUrl'))?.[1];
    if (!url) {
      const names = Object.keys(outputs).join(', ') || 'none';
      throw new Error(`the deployed stack has no output StripeWebhookUrl, only ${names}`);
    }
    const template = JSON.parse(readFileSync(join(assembly, `${STACK}.template.json`), 'utf8'));
    const cloudFormation = new CloudFormationClient(emulator.clientConfig);
    const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: STACK }));
    const ids = new Map(StackResources.map(({ LogicalResourceId, PhysicalResourceId }) => [
      template.Resources[LogicalResourceId!]?.Metadata?.['aws:cdk:path'], PhysicalResourceId!,
    ]));
    return new DeployedExample(emulator, new URL(url), ids);
  }

  private readonly logs: CloudWatchLogsClient;
  private readonly sqs: SQSClient;
  private readonly table: DynamoDBDocumentClient;

  private constructor(
    private readonly emulator: Emulator, public readonly url: URL, private readonly ids: Map<string, string>,
  ) {
    this.logs = new CloudWatchLogsClient(emulator.clientConfig);
    this.sqs = new SQSClient(emulator.clientConfig);
    this.table = DynamoDBDocumentClient.from(new DynamoDBClient(emulator.clientConfig));
  }

  /** The endpoint as curl reaches it: the URL on the local AWS, and the host that names the API. */
  public get reach(): { readonly address: string; readonly host: string } {
    return { address: `${this.emulator.endpoint}${this.url.pathname}`, host: this.url.host };
  }

  /** Physical id of a part: its name or URL. */
  public idOf(part: keyof typeof PATHS): string {
    const id = this.ids.get(`${STACK}/${PATHS[part]}`);
    if (!id) {
      throw new Error(`the deployed stack has no ${STACK}/${PATHS[part]}`);
    }
    return id;
  }

  /** Stores the signing secret, as a person does after registering the endpoint. */
  public async storeSecret(value: string): Promise<void> {
    const secretsManager = new SecretsManagerClient(this.emulator.clientConfig);
    await secretsManager.send(new PutSecretValueCommand({ SecretId: this.idOf('secret'), SecretString: value }));
  }

  /** Posts to the endpoint's own route. */
  public async post(body: string, signature: string): Promise<Answer> {
    const { address, host } = this.reach;
    const postedAt = Date.now();
    const answer = await postJson(address, body, { host, 'stripe-signature': signature });
    return { ...answer, postedAt, answeredAt: Date.now() };
  }

  /** Row of a customer. */
  public async row(pk: string): Promise<Record<string, unknown> | undefined> {
    const key = { TableName: this.idOf('table'), Key: { pk }, ConsistentRead: true };
    return (await this.table.send(new GetCommand(key))).Item;
  }

  /** Log of a handler, oldest line first. */
  public async rawLog(logs: HandlerLogs): Promise<string[]> {
    return this.messagesOf(this.idOf(logs));
  }

  /** Log lines of a handler about requests and messages. */
  public async log(logs: HandlerLogs): Promise<FunctionLog[]> {
    return (await this.rawLog(logs)).filter((line) => line.startsWith('{"time"')).map((line) => JSON.parse(line));
  }

  /** Number of messages in a queue, and its visibility timeout. */
  public async queueState(part: ProcessedQueue | 'deadLetterQueue'): Promise<QueueState> {
    const attributes = new GetQueueAttributesCommand({ QueueUrl: this.idOf(part), AttributeNames: ['All'] });
    const { Attributes = {} } = await this.sqs.send(attributes);
    return {
      waiting: Number(Attributes.ApproximateNumberOfMessages),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
      visibilityTimeout: Number(Attributes.VisibilityTimeout),
    };
  }

  /** Receives the messages of a queue and returns their `detail`. */
  public async receiveDetails(part: 'paidInvoices' | 'quarantine'): Promise<Array<Record<string, string>>> {
    const receive = new ReceiveMessageCommand({ QueueUrl: this.idOf(part), MaxNumberOfMessages: 10 });
    const { Messages = [] } = await this.sqs.send(receive);
    return Messages.map(({ Body }) => JSON.parse(Body!).detail);
  }

  /** Log of the user's function for refunds. Empty before its first invocation, which creates the log group. */
  public async refundLog(): Promise<string[]> {
    return this.messagesOf(`/aws/lambda/${this.idOf('onRefund')}`).catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException) {
        return [];
      }
      throw error;
    });
  }

  private async messagesOf(logGroupName: string): Promise<string[]> {
    const { events = [] } = await this.logs.send(new FilterLogEventsCommand({ logGroupName }));
    return events.map(({ message }) => message ?? '');
  }
}
