import { readFileSync } from 'fs';
import { join } from 'path';
import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  StripeAccount, StripeCustomerTable, StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeMode,
} from '../../src';

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

test('one stack can have ten bridges', () => {
  const stack = new Stack(new App(), 'Test');
  Array.from({ length: 10 }, (_, index) => new StripeEventBridge(stack, `Stripe${index}`, { customerTable: {} }));
  Template.fromStack(stack).resourceCountIs('AWS::Events::EventBus', 10);
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

test('every scalar property accepts a token', () => {
  const stack = new Stack(new App(), 'Test');
  const text = (id: string) => new CfnParameter(stack, id).valueAsString;
  const number = (id: string) => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    eventBusName: text('BusName'),
    eventSource: text('Source'),
    tolerance: Duration.seconds(number('Tolerance')),
    previousSecretLifetime: Duration.seconds(number('Previous')),
    eventTypes: StripeEventFilter.named(text('Type')).plus(StripeEventFilter.family(text('Family'))),
    signingSecret: Secret.fromSecretNameV2(stack, 'Secret', text('SecretName')),
    functionOptions: { memorySize: number('Memory'), reservedConcurrentExecutions: number('Concurrency') },
    endpoint: StripeEndpoint.httpApi({
      path: `/${text('Path')}`, throttle: { rateLimit: number('Rate'), burstLimit: number('Burst') },
    }),
    customerTable: { partitionKeyName: text('Key'), account: StripeAccount.connected(text('Account')) },
  });
  bridge.onEvent('All', {
    target: new SqsQueue(new Queue(stack, 'Target')),
    account: StripeAccount.connected(text('OtherAccount')),
    description: text('Description'),
  });
  const json = Template.fromStack(stack).toJSON();
  const template = JSON.stringify(json);
  const parameters = Object.keys(json.Parameters).filter((id) => id !== 'BootstrapVersion');
  expect(parameters).toHaveLength(16);
  parameters.forEach((id) => expect(template).toContain(`{"Ref":"${id}"}`));
  expect(template).not.toContain('${Token');
});
