import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeEndpoint, StripeEventBridge, type StripeEventBridgeProps, StripeEventFilter, StripeSourceIps,
} from '../../../src';
import { metricKey } from '../../harness/cloudwatch';
import { type Deployed, deployedValue } from '../../harness/deployed';

/** Value of a metric. */
export interface Point {
  readonly metric: string;
  readonly value: number;
}

/** What AWS writes, under the dimensions that the documentation of each service lists. */
const aws = {
  /** @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
  lambda: (FunctionName: string, name: string) => metricKey('AWS/Lambda', name, { FunctionName }),
  /** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
  sqs: (QueueName: string, name: string) => metricKey('AWS/SQS', name, { QueueName }),
  /** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
  rule: (EventBusName: string, RuleName: string, name: string) =>
    metricKey('AWS/Events', name, EventBusName === 'default' ? { RuleName } : { EventBusName, RuleName }),
  /** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
  httpApi: (ApiId: string, name: string) => metricKey('AWS/ApiGateway', name, { ApiId }),
  /** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html */
  restApi: (ApiName: string, name: string) => metricKey('AWS/ApiGateway', name, { ApiName }),
};

/** Types that do not fit into one event pattern. */
const MANY_TYPES = Array.from({ length: 80 }, (_, index) => `customer.subscription.of_a_long_name_${index}`);

/** Bridge as it is deployed, with its alarms and what AWS writes about it. */
export class World {
  public readonly alarms: ReadonlyArray<readonly [id: string, alarm: any]>;
  private readonly deployed: Deployed;

  constructor(private readonly bus: string | undefined, props: (stack: Stack) => StripeEventBridgeProps) {
    const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
    const code = Code.fromInline('exports.handler = async () => {}');
    const fn = new Function(stack, 'Fn', { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code });
    const bridge = new StripeEventBridge(stack, 'Stripe', {
      customerTable: {}, alarms: { expectEventEvery: Duration.hours(6) }, ...props(stack),
    });
    bridge.onEvent('Queued', { target: new QueuedFunction(fn) });
    bridge.onEvent('Many', {
      eventTypes: StripeEventFilter.named(...MANY_TYPES), target: new SqsQueue(new Queue(stack, 'Target')),
    });
    const { Resources: resources } = Template.fromStack(stack).toJSON();
    this.deployed = { resources, names: bus === undefined ? {} : { BusName: bus } };
    this.alarms = this.idsOf('AWS::CloudWatch::Alarm').map((id) =>
      [id.replace(/^Stripe|Alarms|[0-9A-F]{8}$/g, ''), deployedValue(this.deployed, resources[id].Properties)]);
  }

  /** Logical ids of a type that match. */
  public idsOf(type: string, pattern = /(?:)/): string[] {
    return Object.entries(this.deployed.resources)
      .filter(([id, { Type }]) => Type === type && pattern.test(id)).map(([id]) => id);
  }

  /** Data of a function by the prefix of its id. */
  public function(prefix: string, values: Readonly<Record<string, number>>): Point[] {
    const [id] = this.idsOf('AWS::Lambda::Function', new RegExp(`^${prefix}`));
    return Object.entries(values).map(([name, value]) => ({ metric: aws.lambda(id, name), value }));
  }

  /** Name of the function that Lambda puts into its environment. */
  public functionName(prefix: string): string {
    return this.idsOf('AWS::Lambda::Function', new RegExp(`^${prefix}`))[0];
  }

  /** Data of the queues that match. A queue without messages has no age. */
  public queues(pattern: RegExp, messages: number, age?: number): Point[] {
    return this.idsOf('AWS::SQS::Queue', pattern).flatMap((id) => [
      { metric: aws.sqs(id, 'ApproximateNumberOfMessagesVisible'), value: messages },
      ...age === undefined ? [] : [{ metric: aws.sqs(id, 'ApproximateAgeOfOldestMessage'), value: age }],
    ]);
  }

  /** Number of messages that are received from, or deleted in, the queue of a user's function. */
  public queued(name: 'NumberOfMessagesReceived' | 'NumberOfMessagesDeleted', value: number): Point[] {
    return this.idsOf('AWS::SQS::Queue', /QueuedQueue/).map((id) => ({ metric: aws.sqs(id, name), value }));
  }

  /** Data of the rules that match. EventBridge writes no zeros. */
  public rules(pattern: RegExp, name: string): Point[] {
    const [newBus] = this.idsOf('AWS::Events::EventBus');
    return this.idsOf('AWS::Events::Rule', pattern)
      .map((id) => ({ metric: aws.rule(this.bus ?? newBus, id, name), value: 1 }));
  }

  /** Data of the endpoint about one request. */
  public endpoint(status: number): Point[] {
    const [is4xx, is5xx] = [400, 500].map((first) => status >= first && status < first + 100 ? 1 : 0);
    const [httpApi] = this.idsOf('AWS::ApiGatewayV2::Api');
    const [restApi] = this.idsOf('AWS::ApiGateway::RestApi');
    const points = (metric: (name: string) => string, values: Record<string, number>) =>
      Object.entries(values).map(([name, value]) => ({ metric: metric(name), value }));
    if (httpApi) {
      return points((name) => aws.httpApi(httpApi, name), { 'Count': 1, '4xx': is4xx, '5xx': is5xx });
    }
    if (restApi) {
      const { Name } = deployedValue(this.deployed, this.deployed.resources[restApi].Properties);
      return points((name) => aws.restApi(Name, name), { 'Count': 1, '4XXError': is4xx, '5XXError': is5xx });
    }
    return this.function('StripeWebhook', { UrlRequestCount: 1, Url4xxCount: is4xx, Url5xxCount: is5xx });
  }
}

const named = (bus: string) => new World(bus, (stack) => ({ eventBus: EventBus.fromEventBusName(stack, 'Bus', bus) }));
const byToken = (bus: string) => new World(bus, (stack) => ({
  eventBus: EventBus.fromEventBusName(stack, 'Bus', new CfnParameter(stack, 'BusName').valueAsString),
}));

/** Every way in which the dimensions of a metric depend on the props. */
export const WORLDS: Record<string, () => World> = {
  'an HTTP API and a bus with a key': () =>
    new World(undefined, (stack) => ({ encryptionKey: new Key(stack, 'Key') })),
  'a restricted REST API': () => new World(undefined, () => ({
    endpoint: StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe() }),
  })),
  'a function URL': () => new World(undefined, () => ({ endpoint: StripeEndpoint.functionUrl() })),
  'a bus by name': () => named('shared'),
  'the default bus': () => named('default'),
  'a bus by token': () => byToken('shared'),
  'the default bus by token': () => byToken('default'),
};
