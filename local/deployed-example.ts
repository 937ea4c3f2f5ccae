import { readFileSync } from 'fs';
import { request } from 'http';
import { join } from 'path';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { deploy } from './cloud-assembly';
import type { Emulator } from './emulator';

/** The stack of the example. */
export const STACK = 'Billing';

/** Where the parts of the example are in its construct tree. */
const PATHS = {
  secret: 'Stripe/SigningSecret/Resource',
  webhookLogs: 'Stripe/Webhook/Logs/Resource',
  writerLogs: 'Stripe/CustomerTable/Writer/Logs/Resource',
  queue: 'Stripe/CustomerTable/Queue/Resource',
  deadLetterQueue: 'Stripe/CustomerTable/DeadLetterQueue/Resource',
  table: 'Stripe/CustomerTable/Table/Resource',
  paidInvoices: 'PaidInvoices/Resource',
  quarantine: 'Stripe/Quarantine/Queue/Resource',
  onRefund: 'OnRefund/Resource',
} as const;

/** A function's log line, parsed. */
export interface FunctionLog {
  readonly time: string;
  readonly decision: string;
  readonly eventId?: string;
  readonly busEventId?: string;
  readonly PublishLatency?: number;
  readonly error?: string;
  readonly Reason?: string;
}

/** An answer of the endpoint. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly postedAt: number;
  readonly answeredAt: number;
}

/** The example, deployed on the local AWS: how to post to it, and where to look. */
export class DeployedExample {
  /** Deploys a synthesized example. */
  public static async from(emulator: Emulator, assembly: string): Promise<DeployedExample> {
    const outputs = (await deploy(emulator, assembly))[STACK];
    const url = Object.entries(outputs).find(([name]) => name.startsWith('StripeUrl'))?.[1];
    if (!url) {
      throw new Error(`the deployed stack has no output StripeUrl, only ${Object.keys(outputs).join(', ') || 'none'}`);
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

  private constructor(private readonly emulator: Emulator, public readonly url: URL, private readonly ids: Map<string, string>) {
    this.logs = new CloudWatchLogsClient(emulator.clientConfig);
    this.sqs = new SQSClient(emulator.clientConfig);
    this.table = DynamoDBDocumentClient.from(new DynamoDBClient(emulator.clientConfig));
  }

  /** The endpoint as curl reaches it: the address of the local AWS, and the host that names the API. */
  public get reach(): { readonly address: string; readonly host: string } {
    return { address: `${this.emulator.endpoint}${this.url.pathname}`, host: this.url.host };
  }

  /** The name or address of a part, as deployed. */
  public idOf(part: keyof typeof PATHS): string {
    const id = this.ids.get(`${STACK}/${PATHS[part]}`);
    if (!id) {
      throw new Error(`the deployed stack has no ${STACK}/${PATHS[part]}`);
    }
    return id;
  }

  /** Stores the signing secret, as a person does after registering the endpoint. */
  public async storeSecret(value: string): Promise<void> {
    await new SecretsManagerClient(this.emulator.clientConfig).send(new PutSecretValueCommand({ SecretId: this.idOf('secret'), SecretString: value }));
  }

  /** Posts to the endpoint's own route. */
  public async post(body: string, signature: string): Promise<Answer> {
    const { address, host } = this.reach;
    const postedAt = Date.now();
    return new Promise((resolve, reject) => {
      request(address, {
        method: 'POST',
        headers: { host, 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
        timeout: 20_000,
      }, (response) => {
        let text = '';
        response.on('data', (chunk) => { text += chunk; });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text, postedAt, answeredAt: Date.now() }));
      }).on('error', reject).end(body);
    });
  }

  /** A customer's row. */
  public async row(pk: string): Promise<Record<string, unknown> | undefined> {
    return (await this.table.send(new GetCommand({ TableName: this.idOf('table'), Key: { pk }, ConsistentRead: true }))).Item;
  }

  /** What a function wrote, oldest line first. */
  public async rawLog(part: 'webhookLogs' | 'writerLogs'): Promise<string[]> {
    const { events = [] } = await this.logs.send(new FilterLogEventsCommand({ logGroupName: this.idOf(part) }));
    return events.map(({ message }) => message ?? '');
  }

  /** The lines that a function wrote about requests and messages. */
  public async log(part: 'webhookLogs' | 'writerLogs'): Promise<FunctionLog[]> {
    return (await this.rawLog(part)).filter((line) => line.startsWith('{"time"')).map((line) => JSON.parse(line));
  }

  /** Messages in a queue: waiting, and taken by somebody who has not finished. */
  public async depth(part: 'queue' | 'deadLetterQueue'): Promise<{ readonly waiting: number; readonly taken: number }> {
    const { Attributes = {} } = await this.sqs.send(new GetQueueAttributesCommand({ QueueUrl: this.idOf(part), AttributeNames: ['All'] }));
    return { waiting: Number(Attributes.ApproximateNumberOfMessages), taken: Number(Attributes.ApproximateNumberOfMessagesNotVisible) };
  }

  /** The details of what waits in a queue. */
  public async waitingIn(part: 'paidInvoices' | 'quarantine'): Promise<Array<Record<string, string>>> {
    const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl: this.idOf(part), MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body }) => JSON.parse(Body!).detail);
  }

  /** What the user's function wrote about refunds. */
  public async refundLog(): Promise<string[]> {
    const { events = [] } = await this.logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${this.idOf('onRefund')}` }));
    return events.map(({ message }) => message ?? '');
  }
}
