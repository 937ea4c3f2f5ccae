import { readFileSync } from 'fs';
import { join } from 'path';
import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeAccount, StripeCustomerTable, StripeEndpoint, StripeEventBridge, type StripeEventBridgeProps,
  StripeEventFilter, StripeEvents, StripeMode,
} from '../../src';
import { properties } from '../harness/template';

/** Builds a bridge with most options. */
function build(stack: Stack): StripeEventBridge {
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    eventTypes: StripeEventFilter.family('invoice'),
    customerTable: { storeRawEvent: true },
    archive: {},
    dashboard: true,
    endpoint: StripeEndpoint.httpApi({ accessLog: {} }),
    mode: StripeMode.LIVE,
  });
  bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
  return bridge;
}

test.each(['eu-west-1', 'cn-north-1', 'us-gov-west-1'])('no ARN names a partition in %s', (region) => {
  const stack = new Stack(new App(), 'Test', { env: { region, account: '111111111111' } });
  build(stack);
  const template = JSON.stringify(Template.fromStack(stack).toJSON());
  expect(template).toContain('AWS::Partition');
  expect(template).not.toMatch(/arn:aws(-cn|-us-gov)?:/);
});

test.each([
  ['eu-west-1', 'amazonaws.com'], ['us-gov-west-1', 'amazonaws.com'], ['cn-north-1', 'amazonaws.com.cn'],
])('a key allows CloudWatch Logs in %s, whose name ends in %s', (region, suffix) => {
  const stack = new Stack(new App(), 'Test', { env: { region, account: '111111111111' } });
  new StripeEventBridge(stack, 'Stripe', { logEncryptionKey: new Key(stack, 'Key') });
  const [, statement] = properties(stack, 'AWS::KMS::Key').KeyPolicy.Statement;
  expect(statement.Action).toContain('kms:GenerateDataKey*');
  const service = statement.Principal.Service;
  const parts = typeof service === 'string' ? [service] : service['Fn::Join'][1];
  const name = parts.map((part: any) => part.Ref === 'AWS::URLSuffix' ? suffix : part).join('');
  expect(name).toBe(`logs.${region}.${suffix}`);
});

test.each<[string, number, StripeEventBridgeProps]>([
  ['nine bridges with a table and all alarms', 9, { customerTable: {} }],
  ['ten bridges without a table', 10, {}],
  ['ten bridges with a table and without alarms', 10, { customerTable: {}, alarms: { enabled: false } }],
])('one stack can have %s', (_what, count, props) => {
  const stack = new Stack(new App(), 'Test');
  Array.from({ length: count }, (_, index) => new StripeEventBridge(stack, `Stripe${index}`, props));
  Template.fromStack(stack).resourceCountIs('AWS::Events::EventBus', count); // fails above 500 resources
});

test('a table can use the bus of another stack, or a bus that is imported by name', () => {
  const app = new App();
  const { eventBus } = build(new Stack(app, 'First'));
  const second = new Stack(app, 'Second');
  new StripeCustomerTable(second, 'Customers', { eventBus });
  const third = new Stack(app, 'Third');
  new StripeCustomerTable(third, 'Customers', { eventBus: EventBus.fromEventBusName(third, 'Bus', 'billing') });
  app.synth();
  const busOf = (stack: Stack) => Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'))
    .map(({ Properties }) => Properties.EventBusName);
  expect(JSON.stringify(busOf(second))).toContain('Fn::ImportValue');
  expect(busOf(third)).toEqual(['billing']);
});

/** Returns the feature flags that the installed release of CDK recommends to new apps. */
function recommendedFlags(): Record<string, unknown> {
  const path = join(__dirname, '..', '..', 'node_modules', 'aws-cdk-lib', 'recommended-feature-flags.json');
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Returns the types of all resources but policies, which flags merge and split. */
function typesWith(context: Record<string, unknown>): string[] {
  const stack = new Stack(new App({ context }), 'Test');
  build(stack);
  const resources = Object.values<{ Type: string }>(Template.fromStack(stack).toJSON().Resources);
  return resources.map(({ Type }) => Type).filter((type) => !type.endsWith('Policy')).sort();
}

test('the feature flags that CDK recommends do not change which resources are created', () => {
  expect(Object.keys(recommendedFlags()).length).toBeGreaterThan(30);
  expect(typesWith(recommendedFlags())).toEqual(typesWith({}));
});

const text = (stack: Stack, id: string) => new CfnParameter(stack, id).valueAsString;
const number = (stack: Stack, id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;

/** Fails unless the template uses a number of parameters, each by its name. */
function expectParameters(stack: Stack, count: number): void {
  const json = Template.fromStack(stack).toJSON();
  const template = JSON.stringify(json);
  const parameters = Object.keys(json.Parameters).filter((id) => id !== 'BootstrapVersion');
  expect(parameters).toHaveLength(count);
  parameters.forEach((id) => expect(template).toContain(`{"Ref":"${id}"}`));
  expect(template).not.toContain('${Token');
}

test('every scalar property of a bridge accepts a token', () => {
  const stack = new Stack(new App(), 'Test');
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    eventBusName: text(stack, 'BusName'),
    eventSource: text(stack, 'Source'),
    tolerance: Duration.seconds(number(stack, 'Tolerance')),
    previousSecretLifetime: Duration.seconds(number(stack, 'Previous')),
    eventTypes: StripeEventFilter.named(text(stack, 'Type')).plus(StripeEventFilter.family(text(stack, 'Family'))),
    signingSecret: Secret.fromSecretNameV2(stack, 'Secret', text(stack, 'SecretName')),
    functionOptions: {
      memorySize: number(stack, 'Memory'), reservedConcurrentExecutions: number(stack, 'Concurrency'),
    },
    logRetention: number(stack, 'LogRetention'),
    archive: { retention: Duration.days(number(stack, 'Retention')) },
    customerTable: {
      tableName: text(stack, 'TableName'),
      partitionKeyName: text(stack, 'Key'),
      account: StripeAccount.connected(text(stack, 'Account')),
    },
  });
  bridge.onEvent('All', {
    target: new SqsQueue(new Queue(stack, 'Target')),
    account: StripeAccount.connected(text(stack, 'OtherAccount')),
    description: text(stack, 'Description'),
  });
  expectParameters(stack, 16);
});

test('every scalar property of an endpoint accepts a token', () => {
  const stack = new Stack(new App(), 'Test');
  const throttle = (prefix: string) =>
    ({ rateLimit: number(stack, `${prefix}Rate`), burstLimit: number(stack, `${prefix}Burst`) });
  new StripeEventBridge(stack, 'Http', {
    endpoint: StripeEndpoint.httpApi({
      path: `/${text(stack, 'Path')}`,
      url: text(stack, 'Url'),
      throttle: throttle('Http'),
      accessLog: { retention: number(stack, 'LogRetention') },
    }),
  });
  new StripeEventBridge(stack, 'Rest', {
    endpoint: StripeEndpoint.restApi({ webAclArn: text(stack, 'WebAcl'), throttle: throttle('Rest') }),
  });
  expectParameters(stack, 8);
});

test('every scalar property of a queued function and of the key of an existing table accepts a token', () => {
  const stack = new Stack(new App(), 'Test');
  const eventBus = EventBus.fromEventBusName(stack, 'Bus', text(stack, 'BusName'));
  const events = StripeEvents.fromEventBus(stack, 'Stripe', eventBus, {
    eventSources: [text(stack, 'Source')],
    customerTable: {
      table: Table.fromTableName(stack, 'Table', text(stack, 'TableName')),
      partitionKeyName: text(stack, 'Key'),
      sortKey: { name: text(stack, 'SortKey'), value: text(stack, 'SortKeyValue') },
    },
  });
  const handler = new Function(stack, 'Handler', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {}'),
    timeout: Duration.seconds(number(stack, 'Timeout')),
  });
  const target = new QueuedFunction(handler, {
    batchSize: number(stack, 'BatchSize'),
    maxConcurrency: number(stack, 'MaxConcurrency'),
  });
  events.onEvent('Queued', { target });
  expectParameters(stack, 9);
});
