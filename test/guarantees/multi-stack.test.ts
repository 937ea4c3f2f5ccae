import { readFileSync } from 'fs';
import { join } from 'path';
import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeCustomerTable, StripeEndpoint, StripeEventBridge, StripeEventFilter } from '../../src';

/** Most of what there is, in one stack. */
function build(stack: Stack, id = 'Stripe'): StripeEventBridge {
  const bridge = new StripeEventBridge(stack, id, {
    eventTypes: StripeEventFilter.family('invoice'),
    customerTable: { storeRawEvent: true },
    archive: {},
    dashboard: true,
    endpoint: StripeEndpoint.httpApi({ accessLog: {} }),
    livemode: true,
  });
  bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, `${id}Target`)) });
  return bridge;
}

test.each(['eu-west-1', 'cn-north-1', 'us-gov-west-1'])('in %s no ARN names a partition', (region) => {
  const stack = new Stack(new App(), 'Test', { env: { region, account: '111111111111' } });
  build(stack);
  expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toMatch(/arn:aws(-cn|-us-gov)?:/);
});

test('ten copies live in one stack', () => {
  const stack = new Stack(new App(), 'Test');
  Array.from({ length: 10 }, (_, index) => new StripeEventBridge(stack, `Stripe${index}`, { customerTable: {} }));
  Template.fromStack(stack).resourceCountIs('AWS::Events::EventBus', 10);
});

test('two stacks share a bus, one importing it from the other', () => {
  const app = new App();
  const { eventBus } = build(new Stack(app, 'First'));
  const second = new Stack(app, 'Second');
  new StripeCustomerTable(second, 'Customers', { eventBus });
  const imported = new Stack(app, 'Third');
  new StripeCustomerTable(imported, 'Customers', { eventBus: EventBus.fromEventBusName(imported, 'Bus', 'billing') });
  app.synth();
  expect(JSON.stringify(Template.fromStack(second).findResources('AWS::Events::Rule'))).toContain('Fn::ImportValue');
});

/** The flags that CDK recommends to new apps, as the installed release lists them. */
function recommendedFlags(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(__dirname, '..', '..', 'node_modules', 'aws-cdk-lib', 'recommended-feature-flags.json'), 'utf8'));
}

/** The types of what is made, less policies, which flags merge and split. */
function typesWith(context: Record<string, unknown>): string[] {
  const stack = new Stack(new App({ context }), 'Test');
  build(stack);
  const resources = Object.values<{ Type: string }>(Template.fromStack(stack).toJSON().Resources);
  return resources.map(({ Type }) => Type).filter((type) => !type.endsWith('Policy')).sort();
}

test('with all feature flags that CDK recommends the parts are the same as with none', () => {
  expect(Object.keys(recommendedFlags()).length).toBeGreaterThan(30);
  expect(typesWith(recommendedFlags())).toEqual(typesWith({}));
});

test('every scalar prop may be a token', () => {
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
    endpoint: StripeEndpoint.httpApi({ path: `/${text('Path')}`, throttle: { rateLimit: number('Rate'), burstLimit: number('Burst') } }),
    customerTable: { partitionKeyName: text('Key'), account: text('Account') },
  });
  bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')), account: text('OtherAccount'), description: text('Description') });
  const template = JSON.stringify(Template.fromStack(stack).toJSON());
  Object.keys(Template.fromStack(stack).toJSON().Parameters).filter((id) => id !== 'BootstrapVersion')
    .forEach((id) => expect(template).toContain(`{"Ref":"${id}"}`));
  expect(template).not.toContain('${Token');
});
