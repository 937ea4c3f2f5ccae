import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient, FilterLogEventsCommand, ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DeleteQueueCommand, GetQueueUrlCommand, ListQueuesCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import type { IDomainName, IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { configIn, newQueue, nextMessage, query, watchBus } from './local-account';
import { HERE, type Physical, type Place } from './subjects';
import type { Emulator } from '../../../local/emulator';
import { eventually } from '../../../local/trace';

/** Where the event of a cell arrives, which shows that the deployed bridge uses the resource. */

/** Cell on the local AWS. */
export interface DeployedCell {
  readonly emulator: Emulator;
  /** Resource that was handed over, and its account and region. */
  readonly mine: Physical & { readonly place: Place };
  /** Outputs of the stack of the bridge. */
  readonly bridge: {
    readonly Url: string;
    readonly Bus: string;
    readonly Secret: string;
    readonly Webhook: string;
    readonly Table: string;
  };
  /** Longest wait. The default is that of `eventually`. */
  readonly patienceMs?: number;
}

/** Waits for the event, and returns it as text. */
type Arrived = () => Promise<string | undefined>;

export interface Arrival {
  /** Property of the resource that holds its ARN. */
  readonly arn?: string;
  /** Returns the name of the resource. The default is `mine`. */
  readonly nameOf?: (resource: any) => string;
  /** Whether the resource is a secret, which holds the signing secret. The default is the one of the bridge. */
  readonly isSecret?: boolean;
  /** URL of the endpoint. The default is the one that the bridge has. */
  readonly urlOf?: (cell: DeployedCell) => string;
  /** Prepares what the event arrives at. The default is a queue that receives every event of the bus of the bridge. */
  readonly watch?: (cell: DeployedCell) => Promise<Arrived>;
}

export async function ownBus({ emulator, bridge, patienceMs }: DeployedCell): Promise<Arrived> {
  const queue = await watchBus(emulator, bridge.Bus);
  return () => nextMessage(emulator, HERE, queue, patienceMs);
}

async function handedOverBus({ emulator, mine, patienceMs }: DeployedCell): Promise<Arrived> {
  const queue = await watchBus(emulator, mine.arn!);
  return () => nextMessage(emulator, mine.place, queue, patienceMs);
}

async function handedOverQueue({ emulator, mine, patienceMs }: DeployedCell): Promise<Arrived> {
  const find = new GetQueueUrlCommand({ QueueName: mine.name });
  const { QueueUrl } = await new SQSClient(configIn(emulator, mine.place)).send(find);
  return () => nextMessage(emulator, mine.place, QueueUrl!, patienceMs);
}

/** Returns a check whether a table of the account has a row. */
const rowOf = (nameOf: (cell: DeployedCell) => string) => async (cell: DeployedCell): Promise<Arrived> => {
  const dynamo = new DynamoDBClient(configIn(cell.emulator, cell.mine.place));
  const scan = new ScanCommand({ TableName: nameOf(cell) });
  return () => eventually(async () => {
    const { Items = [] } = await dynamo.send(scan);
    return Items.length > 0 ? JSON.stringify(Items) : undefined;
  }, cell.patienceMs);
};

/** Log of the function that was handed over. It does not exist before the first invocation. */
async function logOfFunction({ emulator, mine, patienceMs }: DeployedCell): Promise<Arrived> {
  const logs = new CloudWatchLogsClient(configIn(emulator, mine.place));
  const find = new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${mine.name}` });
  return () => eventually(async () => {
    const lines = await logs.send(find).then(({ events = [] }) => events, (error: unknown) => {
      if (error instanceof ResourceNotFoundException) {
        return [];
      }
      throw error;
    });
    return lines.map(({ message }) => message).find((message) => message?.includes('detail-type'));
  }, patienceMs);
}

/** The signing secret of the bridge names the key. The local AWS forgets the key of a bus. */
async function encrypted(cell: DeployedCell): Promise<Arrived> {
  const secrets = new SecretsManagerClient(configIn(cell.emulator, HERE));
  const { KmsKeyId } = await secrets.send(new DescribeSecretCommand({ SecretId: cell.bridge.Secret }));
  expect(KmsKeyId).toBe(cell.mine.arn);
  return ownBus(cell);
}

async function configOfWebhook({ emulator, bridge }: DeployedCell) {
  const find = new GetFunctionConfigurationCommand({ FunctionName: bridge.Webhook });
  return new LambdaClient(configIn(emulator, HERE)).send(find);
}

async function withRole(cell: DeployedCell): Promise<Arrived> {
  expect((await configOfWebhook(cell)).Role).toBe(cell.mine.arn);
  return ownBus(cell);
}

async function inVpc(cell: DeployedCell): Promise<Arrived> {
  expect((await configOfWebhook(cell)).VpcConfig?.SubnetIds).toContain(cell.mine.name);
  return ownBus(cell);
}

/** The target is gone, so that EventBridge cannot deliver. */
async function undeliverable(cell: DeployedCell): Promise<Arrived> {
  const arrived = await handedOverQueue(cell);
  const sqs = new SQSClient(configIn(cell.emulator, HERE));
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'Test-Target' }));
  await sqs.send(new DeleteQueueCommand({ QueueUrl: QueueUrls[0] }));
  return arrived;
}

/** The function behind the queue fails, and the queue delivers again at once instead of after minutes. */
async function unprocessable(cell: DeployedCell): Promise<Arrived> {
  const arrived = await handedOverQueue(cell);
  const { QueueUrls = [] } = await new SQSClient(configIn(cell.emulator, HERE)).send(new ListQueuesCommand({}));
  for (const QueueUrl of QueueUrls) {
    const visibility = { 'Attribute.1.Name': 'VisibilityTimeout', 'Attribute.1.Value': '0' };
    const parameters = { Action: 'SetQueueAttributes', Version: '2012-11-05', QueueUrl, ...visibility };
    await query(cell.emulator, HERE, 'sqs', parameters);
  }
  return arrived;
}

/** An alarm of the bridge reaches the topic. */
async function alarmed(cell: DeployedCell): Promise<Arrived> {
  const { emulator, mine, patienceMs } = cell;
  const describe = new DescribeStackResourcesCommand({ StackName: 'Test' });
  const { StackResources = [] } = await new CloudFormationClient(configIn(emulator, HERE)).send(describe);
  const alarm = StackResources.find(({ ResourceType }) => ResourceType === 'AWS::CloudWatch::Alarm')!;
  const queue = await newQueue(emulator, mine.place, 'alarms');
  const subscription = { TopicArn: mine.arn!, Protocol: 'sqs', Endpoint: queue.arn };
  await query(emulator, mine.place, 'sns', { Action: 'Subscribe', Version: '2010-03-31', ...subscription });
  const state = { AlarmName: alarm.PhysicalResourceId!, StateValue: 'ALARM', StateReason: 'planned' };
  await query(emulator, HERE, 'monitoring', { Action: 'SetAlarmState', Version: '2010-08-01', ...state });
  const arrived = await ownBus(cell);
  return async () => {
    const alarmArrived = await nextMessage(emulator, mine.place, queue.url, patienceMs);
    return alarmArrived?.includes(state.AlarmName) ? arrived() : undefined;
  };
}

/** What the user of each resource gets. */
export const ARRIVALS: Record<string, Arrival> = {
  'bus': { arn: 'eventBusArn', watch: handedOverBus },
  'bus with rules': { arn: 'eventBusArn', watch: rowOf(({ bridge }) => bridge.Table) },
  'signing secret': { arn: 'secretArn', isSecret: true },
  'additional signing secret': { arn: 'secretArn', isSecret: true },
  'key': { arn: 'keyArn', watch: encrypted },
  'table': { arn: 'tableArn', watch: rowOf(({ mine }) => mine.name) },
  'HTTP API': {
    nameOf: ({ apiId }: IHttpApi) => apiId,
    urlOf: ({ mine }) => `https://${mine.name}.execute-api.${mine.place.region}.amazonaws.com/stripe`,
  },
  'domain': { nameOf: ({ name }: IDomainName) => name },
  'role': { arn: 'roleArn', watch: withRole },
  'VPC': { nameOf: ({ privateSubnets: [first] }: IVpc) => first.subnetId, watch: inVpc },
  'target queue': { arn: 'queueArn', watch: handedOverQueue },
  'dead-letter queue of a target': { arn: 'queueArn', watch: undeliverable },
  'dead-letter queue of a QueuedFunction': { arn: 'queueArn', watch: unprocessable },
  'target function': { arn: 'functionArn', watch: logOfFunction },
  'function of a QueuedFunction': { arn: 'functionArn', watch: logOfFunction },
  'topic of the alarms': { arn: 'topicArn', watch: alarmed },
  'target bus': { arn: 'eventBusArn', watch: handedOverBus },
};
