import { App, Aspects, PropertyInjectors, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { CfnStage, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { CfnEventBus, EventBus, IncludeDetail, Level, type LogConfig } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { StripeCustomerTable, StripeEndpoint, StripeEventBridge, StripeEvents } from '../../src';

const env = { account: '111111111111', region: 'eu-west-1' };
const alarms = { enabled: false };
const FULL: LogConfig = { includeDetail: IncludeDetail.FULL, level: Level.INFO };

function warningsOf(build: (stack: Stack) => void): string[] {
  const stack = new Stack(new App(), 'Test', { env });
  build(stack);
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue())
    .map(({ id, entry }) => `${id}: ${`${entry.data}`.replace(/ \[ack: .*/, '')}`);
}

const visit = (stack: Stack, change: (node: IConstruct) => void) => Aspects.of(stack).add({ visit: change });
const ofBus = (path: string) => `/Test/${path}: \`logConfig.includeDetail\` of Test/${path} is FULL, so that ` +
  'complete events, with personal data, are in the logs of the bus; use NONE, or acknowledge this warning';

const loggingBus = (stack: Stack, logConfig = FULL) => new EventBus(stack, 'Bus', { logConfig });

test.each<[string, (stack: Stack) => void, string]>([
  ['an Aspect', (stack) => {
    new StripeEventBridge(stack, 'Stripe', { alarms, customerTable: {} });
    visit(stack, (node) => { node instanceof CfnEventBus && (node.logConfig = FULL); });
  }, 'Stripe/EventBus/Resource'],
  ['an injector', (stack) => {
    PropertyInjectors.of(stack).add({
      constructUniqueId: EventBus.PROPERTY_INJECTION_ID, inject: (props) => ({ ...props, logConfig: FULL }),
    });
    new StripeEventBridge(stack, 'Stripe', { alarms });
  }, 'Stripe/EventBus/Resource'],
  ['the bus of a bridge', (stack) => new StripeEventBridge(stack, 'Stripe', { alarms, eventBus: loggingBus(stack) }),
    'Bus/Resource'],
  ['the bus of a bridge, imported by its ARN', (stack) => new StripeEventBridge(stack, 'Stripe', {
    alarms, eventBus: EventBus.fromEventBusArn(stack, 'Again', loggingBus(stack).eventBusArn),
  }), 'Bus/Resource'],
  ['the bus of a table', (stack) => new StripeCustomerTable(stack, 'T', { alarms, eventBus: loggingBus(stack) }),
    'Bus/Resource'],
  ['the bus of a rule', (stack) => StripeEvents.fromEventBus(stack, 'Events', loggingBus(stack), { alarms })
    .onEvent('Paid', { target: new SqsQueue(new Queue(stack, 'Queue')) }), 'Bus/Resource'],
])('Z09: complete events in the logs of a bus, by %s, give one warning', (_what, build, path) => {
  expect(warningsOf(build)).toEqual([ofBus(path)]);
});

test.each<[string, LogConfig]>([
  ['without detail', { includeDetail: IncludeDetail.NONE, level: Level.TRACE }],
  ['of no level', { includeDetail: IncludeDetail.FULL, level: Level.OFF }],
])('Z09: logs %s of a bus give no warning', (_what, logConfig) => {
  expect(warningsOf((stack) =>
    new StripeEventBridge(stack, 'Stripe', { alarms, eventBus: loggingBus(stack, logConfig) }))).toEqual([]);
});

test('Z09: a bus without Stripe events gives no warning', () => {
  expect(warningsOf((stack) => {
    loggingBus(stack);
    new StripeEventBridge(stack, 'Stripe', { alarms });
  })).toEqual([]);
});

const trace = (dataTraceEnabled: boolean) => [
  { httpMethod: '*', resourcePath: '/*', dataTraceEnabled, throttlingRateLimit: 100, throttlingBurstLimit: 100 },
];
const onRestApi = (stack: Stack) => new StripeEventBridge(stack, 'Stripe', {
  alarms, endpoint: StripeEndpoint.restApi(),
}).restApi!;
const ofStage = (path: string) => `/Test/${path}: \`dataTraceEnabled\` of Test/${path} is true, so that complete ` +
  'events, with personal data, are in an execution log that never expires; use false, or acknowledge this warning';

test.each<[string, (stack: Stack) => void, string]>([
  ['an Aspect', (stack) => {
    onRestApi(stack);
    visit(stack, (node) => { node instanceof CfnStage && (node.methodSettings = trace(true)); });
  }, 'Stripe/RestApi/DeploymentStage.prod/Resource'],
  ['an injector', (stack) => {
    PropertyInjectors.of(stack).add({
      constructUniqueId: RestApi.PROPERTY_INJECTION_ID,
      inject: ({ deployOptions, ...props }: any) =>
        ({ ...props, deployOptions: { ...deployOptions, dataTraceEnabled: true } }),
    });
    onRestApi(stack);
  }, 'Stripe/RestApi/DeploymentStage.prod/Resource'],
  ['a second stage', (stack) => {
    const { restApiId } = onRestApi(stack);
    new CfnStage(stack, 'Second', { restApiId, methodSettings: trace(true) });
  }, 'Second'],
])('AA04: complete events in the log of a REST API, by %s, give one warning', (_what, build, path) => {
  expect(warningsOf(build)).toEqual([ofStage(path)]);
});

test.each<[string, (stack: Stack) => void]>([
  ['without data trace', (stack) => {
    onRestApi(stack);
    visit(stack, (node) => { node instanceof CfnStage && (node.methodSettings = trace(false)); });
  }],
  ['of another API', (stack) => {
    onRestApi(stack);
    new RestApi(stack, 'Other', { deployOptions: { dataTraceEnabled: true } }).root.addMethod('GET');
  }],
])('AA04: the stage %s gives no warning', (_what, build) => {
  expect(warningsOf(build)).toEqual([]);
});
