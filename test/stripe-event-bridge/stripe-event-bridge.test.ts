import { App, CfnParameter, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  StripeEventBridge, type StripeEventBridgeProps, StripeEventFilter, StripeEventType, StripeMode,
} from '../../src';
import { SECRET_BUDGET_MS, WORK_BUDGET_MS, CLIENT_LIMITS } from '../../src/runtime/aws-client';
import { WEBHOOK_ENV } from '../../src/stripe-event-bridge/webhook/contract';
import { environment, newStack, properties, stableTemplate, statements } from '../harness/template';

const { INVOICE_PAID, CHARGE_REFUNDED, ISSUING_AUTHORIZATION_REQUEST } = StripeEventType;

function synthesized(props?: StripeEventBridgeProps) {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe', props);
  return { stack, bridge, get template() { return Template.fromStack(stack); } };
}

const target = (stack: Stack) => new SqsQueue(new Queue(stack, 'Target'));

describe('without properties', () => {
  test('a bridge without properties has the reviewed template', () => {
    expect(stableTemplate(synthesized().stack)).toMatchSnapshot();
  });

  test('the only route of the default endpoint is POST /', () => {
    const { stack } = synthesized();
    expect(properties(stack, 'AWS::ApiGatewayV2::Route').RouteKey).toBe('POST /');
  });

  test('the webhook function has every variable that it reads, and no other', () => {
    const { stack } = synthesized();
    expect(Object.keys(environment(stack)).sort()).toEqual(Object.values(WEBHOOK_ENV).sort());
    expect(environment(stack)).toMatchObject({
      EVENT_SOURCE: 'stripe.com', TOLERANCE_SECONDS: '300', EVENT_TYPES: '*', MODE: 'all',
    });
  });

  test('the webhook function runs on nodejs24.x and arm64 with 512 MiB', () => {
    expect(properties(synthesized().stack, 'AWS::Lambda::Function'))
      .toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 512 });
  });

  test('each deadline of the webhook ends before the next one: work, function, gateway', () => {
    const { Timeout } = properties(synthesized().stack, 'AWS::Lambda::Function');
    const { connectionTimeout, requestTimeout } = CLIENT_LIMITS.requestHandler;
    const gatewayMs = 30_000;
    const deadlines = [
      connectionTimeout, requestTimeout, SECRET_BUDGET_MS, WORK_BUDGET_MS, Timeout * 1000, gatewayMs,
    ];
    expect(deadlines).toEqual([...new Set(deadlines)].sort((a, b) => a - b));
  });

  test('the new secret has no value, and is retained when the stack is deleted', () => {
    const { template } = synthesized();
    template.hasResource('AWS::SecretsManager::Secret', {
      Properties: { GenerateSecretString: Match.absent(), SecretString: Match.absent(), Name: Match.absent() },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('the webhook function may only put events on its bus, read its secret and write its logs', () => {
    const { stack } = synthesized();
    const [logs, bus, secret] = statements(stack);
    expect(statements(stack)).toHaveLength(3);
    expect(logs).toMatchObject({
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [expect.stringContaining('StripeWebhookHandlerLogs'), 'Arn'] },
    });
    expect(bus).toMatchObject({
      Action: 'events:PutEvents', Resource: { 'Fn::GetAtt': [expect.stringContaining('StripeEventBus'), 'Arn'] },
    });
    expect(secret).toMatchObject({
      Action: 'secretsmanager:GetSecretValue',
      Resource: { Ref: expect.stringContaining('StripeWebhookSigningSecret') },
    });
    expect(JSON.stringify(properties(stack, 'AWS::IAM::Role'))).not.toContain('ManagedPolicy');
  });

  test('the logs of the webhook function are kept for a month', () => {
    expect(properties(synthesized().stack, 'AWS::Logs::LogGroup').RetentionInDays).toBe(30);
  });

  test('the outputs name the URL to register, the event types and the command that stores the secret', () => {
    const { stack, template } = synthesized();
    expect(Object.keys(template.findOutputs('*')).map((id) => id.replace(/[0-9A-F]{8}$/, '')).sort())
      .toEqual(['StripeEventTypes', 'StripeNextStep', 'StripeWebhookUrl']);
    template.hasOutput('*', { Description: 'URL to register in Stripe' });
    const [next] = Object.values(template.findOutputs('*', { Description: 'Steps to connect Stripe' }));
    const line = JSON.stringify(stack.resolve(next.Value));
    expect(line).toContain('aws secretsmanager put-secret-value --region ');
    expect(line).toContain('StripeWebhookSigningSecret');
    expect(line).toContain('StripeApi');
    expect(line).toMatch(/^[ -~]*$/); // CloudFormation shows other characters as question marks
  });
});

describe('several bridges', () => {
  test('two bridges of one stack have buses of different names', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Platform', { customerTable: {} });
    new StripeEventBridge(stack, 'Connect', { customerTable: {} });
    const buses = Object.values(Template.fromStack(stack).findResources('AWS::Events::EventBus'));
    expect(new Set(buses.map(({ Properties }) => JSON.stringify(Properties.Name))).size).toBe(2);
  });

  test('the only physical name contains the name of the stack, so that an app can be deployed twice', () => {
    const stack = new Stack(new App(), 'Billing', { stackName: 'a' });
    new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
    const names = Object.values<any>(Template.fromStack(stack).toJSON().Resources)
      .flatMap(({ Type, Properties = {} }) => PHYSICAL_NAMES
        .filter(([type, name]) => Type === type && name in Properties)
        .map(([, name]) => JSON.stringify(Properties[name])));
    expect(names).toEqual([expect.stringContaining('AWS::StackName')]);
  });
});

describe('event types', () => {
  const eventTypesOf = (
    props: StripeEventBridgeProps, use: (bridge: StripeEventBridge, stack: Stack) => void = () => undefined,
  ) => {
    const { stack, bridge } = synthesized(props);
    use(bridge, stack);
    return environment(stack, 'StripeWebhook').EVENT_TYPES;
  };
  const paid = { eventTypes: StripeEventFilter.of(INVOICE_PAID) };
  const CUSTOMERS = 'customer.created,customer.updated,customer.deleted';
  const THIN = 'v2.core.account[requirements].updated';

  test.each<[string, StripeEventFilter, string]>([
    ['names', StripeEventFilter.of(INVOICE_PAID, CHARGE_REFUNDED), 'invoice.paid,charge.refunded'],
    ['a name given twice', StripeEventFilter.of(INVOICE_PAID, INVOICE_PAID), 'invoice.paid'],
    ['a type newer than this library', StripeEventFilter.named('brand.new'), 'brand.new'],
    ['a thin type', StripeEventFilter.named(THIN), THIN],
    ['families', StripeEventFilter.family('customer.subscription', 'invoice'), 'customer.subscription.,invoice.'],
    ['a sum of filters', StripeEventFilter.of(INVOICE_PAID)
      .plus(StripeEventFilter.family('charge'), StripeEventFilter.of(INVOICE_PAID)), 'invoice.paid,charge.'],
    ['everything', StripeEventFilter.all().plus(StripeEventFilter.of(INVOICE_PAID)), '*'],
  ])('the webhook function receives the event types of %s', (_name, eventTypes, expected) => {
    expect(eventTypesOf({ eventTypes })).toBe(expected);
  });

  test('the event types include those that a table needs, whenever it is added', () => {
    expect(eventTypesOf({ ...paid, customerTable: {} })).toBe(`invoice.paid,${CUSTOMERS}`);
    expect(eventTypesOf(paid, (bridge) => bridge.addCustomerTable('Customers'))).toBe(`invoice.paid,${CUSTOMERS}`);
  });

  test('the event types include those of onEvent, which is called after the constructor', () => {
    expect(eventTypesOf(paid, (bridge, stack) => {
      bridge.onEvent('Refunds', { eventTypes: StripeEventFilter.family('charge'), target: target(stack) });
    })).toBe('invoice.paid,charge.');
  });

  test('the event types include those of onEvent in another stack', () => {
    const app = new App();
    const stack = new Stack(app, 'Owner');
    const consumer = new Stack(app, 'Consumer');
    const bridge = new StripeEventBridge(stack, 'Stripe', paid);
    bridge.onEvent('Refunds', {
      scope: consumer, eventTypes: StripeEventFilter.family('charge'), target: target(consumer),
    });
    expect(environment(stack, 'StripeWebhook').EVENT_TYPES).toBe('invoice.paid,charge.');
  });

  test('the longest event types fit into the 4 KB of an environment together with the other variables', () => {
    const stack = new Stack(new App(), 'Test');
    // joined, they are just below the limit
    const names = Array.from({ length: 96 }, (_, index) => `${'x'.repeat(20)}.y${index + 100}`);
    const eventTypes = StripeEventFilter.named(...names);
    new StripeEventBridge(stack, 'Stripe', { eventTypes, eventSource: 's'.repeat(240) });
    const { SIGNING_SECRET_IDS, EVENT_BUS_ARN, ...others } = environment(stack);
    const longestArn = 'arn:aws-us-gov:secretsmanager:us-gov-west-1:111111111111:secret:'.length + 512;
    const arns = [SIGNING_SECRET_IDS, EVENT_BUS_ARN].length * longestArn;
    const bytes = Object.entries(others).reduce((sum, [name, value]) => sum + name.length + `${value}`.length, arns);
    expect(others.EVENT_TYPES).not.toBe('*');
    expect(bytes).toBeLessThanOrEqual(4_096);
  });

  test('the webhook publishes every type, with a warning, if the names do not fit into an environment', () => {
    const stack = newStack();
    const all = Object.values(StripeEventType).filter((type) => type !== ISSUING_AUTHORIZATION_REQUEST);
    new StripeEventBridge(stack, 'Stripe', { eventTypes: StripeEventFilter.of(...all) });
    expect(environment(stack).EVENT_TYPES).toBe('*');
    Annotations.fromStack(stack)
      .hasWarning('/Test/Stripe/Webhook', Match.stringLikeRegexp('bytes, more than 3500'));
  });
});

describe('properties', () => {
  test('eventBus replaces the new bus, and the webhook may put events on it only', () => {
    const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
    const arn = 'arn:aws:events:eu-west-1:111111111111:event-bus/shared';
    new StripeEventBridge(stack, 'Stripe', { eventBus: EventBus.fromEventBusArn(stack, 'Bus', arn) });
    Template.fromStack(stack).resourceCountIs('AWS::Events::EventBus', 0);
    expect(environment(stack).EVENT_BUS_ARN).toBe(arn);
    expect(statements(stack).filter(({ Action }) => Action === 'events:PutEvents').map(({ Resource }) => Resource))
      .toEqual([arn]);
  });

  test('eventBusName is the name of the new bus', () => {
    expect(properties(synthesized({ eventBusName: 'billing' }).stack, 'AWS::Events::EventBus').Name).toBe('billing');
  });

  test('signingSecret replaces the new secret, and the webhook may use its key', () => {
    const stack = newStack();
    const signingSecret = new Secret(stack, 'Mine', { encryptionKey: new Key(stack, 'Key') });
    const bridge = new StripeEventBridge(stack, 'Stripe', { signingSecret });
    expect(bridge.signingSecret).toBe(signingSecret);
    Template.fromStack(stack).resourceCountIs('AWS::SecretsManager::Secret', 1);
    expect(statements(stack).filter(({ Action }) => Action === 'kms:Decrypt').map(({ Resource }) => Resource))
      .toEqual([{ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] }]);
  });

  test('tolerance and eventSource are variables of the webhook function', () => {
    const { stack } = synthesized({ tolerance: Duration.minutes(1), eventSource: 'x.example' });
    expect(environment(stack)).toMatchObject({ TOLERANCE_SECONDS: '60', EVENT_SOURCE: 'x.example' });
  });

  test.each([[StripeMode.LIVE, 'live'], [StripeMode.TEST, 'test'], [StripeMode.ALL, 'all']])(
    'mode %s is the variable MODE=%s of the webhook function', (mode, expected) => {
      expect(environment(synthesized({ mode }).stack).MODE).toBe(expected);
    });

  test('functionOptions, logRetention and removalPolicy configure the resources', () => {
    const { stack, template } = synthesized({
      functionOptions: {
        memorySize: 1024,
        architecture: Architecture.X86_64,
        reservedConcurrentExecutions: 20,
        runtime: Runtime.NODEJS_22_X,
      },
      logRetention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    expect(properties(stack, 'AWS::Lambda::Function')).toMatchObject({
      MemorySize: 1024, Architectures: ['x86_64'], ReservedConcurrentExecutions: 20, Runtime: 'nodejs22.x',
    });
    expect(properties(stack, 'AWS::Logs::LogGroup').RetentionInDays).toBe(7);
    template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Delete' });
  });

  test('customerTable adds a table with the source, mode, log retention and removal policy of the bridge', () => {
    const { stack, bridge, template } = synthesized({
      customerTable: {},
      eventSource: 'x.example',
      mode: StripeMode.LIVE,
      logRetention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    expect(bridge.customerTable?.newTable).toBeDefined();
    expect(properties(stack, 'AWS::Events::Rule', 'StripeCustomerTable').EventPattern)
      .toMatchObject({ source: ['x.example'], detail: { livemode: [true] } });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    template.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
  });

  test('a bridge without customerTable and archive has neither', () => {
    const { bridge, template } = synthesized();
    expect([bridge.customerTable, bridge.archive, bridge.dashboard]).toEqual([undefined, undefined, undefined]);
    ['AWS::DynamoDB::GlobalTable', 'AWS::Events::Archive', 'AWS::CloudWatch::Dashboard']
      .forEach((type) => template.resourceCountIs(type, 0));
  });

  test('eventSources of a bridge are its eventSource', () => {
    expect(synthesized().bridge.eventSources).toEqual(['stripe.com']);
    expect(synthesized({ eventSource: 'x.example' }).bridge.eventSources).toEqual(['x.example']);
  });

  test.each<[string, () => StripeEventBridgeProps, string]>([
    ['two buses', () => ({ eventBus: EventBus.fromEventBusName(newStack(), 'Bus', 'b'), eventBusName: 'billing' }),
      "`eventBus` and `eventBusName` are mutually exclusive, got a bus and the name 'billing'; " +
      'omit eventBusName to use the bus'],
    ['tolerance 0', () => ({ tolerance: Duration.seconds(0) }),
      '`tolerance` must be a Duration of 1 to 3600 whole seconds, got 0 seconds; ' +
      'use Duration.seconds(1) for the strictest check'],
    ['tolerance 3601', () => ({ tolerance: Duration.seconds(3601) }),
      '`tolerance` must be a Duration of 1 to 3600 whole seconds, got 3601 seconds; use'],
    ['half a second', () => ({ tolerance: Duration.millis(500) }),
      '`tolerance` must be a Duration of 1 to 3600 whole seconds, got 0.5 seconds; use'],
    ['a source of AWS', () => ({ eventSource: 'aws.stripe' }),
      "`eventSource` must be 1 to 240 characters that do not begin with 'aws.', which EventBridge reserves for AWS, " +
      "got 'aws.stripe'; use your own domain, such as 'billing.example.com', or omit it for 'stripe.com'"],
    ['a source of AWS in capitals', () => ({ eventSource: 'AWS.stripe' }), "got 'AWS.stripe'; use your own domain"],
    ['no source', () => ({ eventSource: '' }), "got ''; use your own domain"],
    ['a long source', () => ({ eventSource: 'x'.repeat(241) }), `got '${'x'.repeat(241)}'; use your own domain`],
    ['previousSecretLifetime of 8 days', () => ({ previousSecretLifetime: Duration.days(8) }),
      '`previousSecretLifetime` must be a Duration of 0 to 604800 whole seconds, got 691200 seconds; ' +
      'use Duration.seconds(0) to accept only the current version'],
  ])('%s fails synthesis by property, rule, value and remedy', (_name, props, message) => {
    expect(() => synthesized(props())).toThrow(message);
  });

  test('the properties accept values at their limits', () => {
    const longest = { type: `a.${'b'.repeat(126)}`, family: 'c'.repeat(128) };
    const { stack } = synthesized({
      eventTypes: StripeEventFilter.named(longest.type, 'v2.core.account[requirements].updated')
        .plus(StripeEventFilter.family(longest.family)),
      eventSource: 's',
      previousSecretLifetime: Duration.days(7),
      tolerance: Duration.hours(1),
    });
    expect(environment(stack)).toMatchObject({
      EVENT_TYPES: `${longest.type},v2.core.account[requirements].updated,${longest.family}.`,
      EVENT_SOURCE: 's',
      PREVIOUS_SECRET_SECONDS: '604800',
      TOLERANCE_SECONDS: '3600',
    });
  });

  test('the properties accept tokens', () => {
    const stack = newStack();
    const parameter = (id: string, type = 'String') => new CfnParameter(stack, id, { type });
    new StripeEventBridge(stack, 'Stripe', {
      eventBusName: parameter('BusName').valueAsString,
      eventSource: parameter('Source').valueAsString,
      tolerance: Duration.seconds(parameter('Tolerance', 'Number').valueAsNumber),
      eventTypes: StripeEventFilter.named(Lazy.string({ produce: () => 'invoice.paid' })),
    });
    expect(environment(stack)).toMatchObject({
      EVENT_SOURCE: { Ref: 'Source' }, TOLERANCE_SECONDS: { Ref: 'Tolerance' }, EVENT_TYPES: 'invoice.paid',
    });
    expect(properties(stack, 'AWS::Events::EventBus').Name).toEqual({ Ref: 'BusName' });
  });
});

test('grantPutEvents grants another principal permission to put events on the bus', () => {
  const { stack, bridge } = synthesized();
  bridge.grantPutEvents(new Role(stack, 'Somebody', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
  const grants = statements(stack).filter(({ Action }) => Action === 'events:PutEvents');
  const busArn = stack.resolve(bridge.eventBus.eventBusArn);
  expect(grants.map(({ Resource }) => Resource)).toEqual([busArn, busArn]); // of the webhook, and this one
});

test('metric() returns a metric of the webhook function', () => {
  const { stack, bridge } = synthesized();
  const metric = bridge.metric('Rejected', { period: Duration.minutes(1) });
  expect(stack.resolve(metric.toMetricConfig().metricStat)).toMatchObject({
    namespace: 'StripeEventBridge',
    metricName: 'Rejected',
    statistic: 'Sum',
    period: Duration.minutes(1),
    dimensions: [{ name: 'FunctionName', value: { Ref: expect.stringContaining('StripeWebhookHandlerFunction') } }],
  });
});

test.each<[string, string, (bridge: StripeEventBridge) => Metric]>([
  ['Accepted', 'Sum', (bridge) => bridge.metricAccepted()],
  ['Filtered', 'Sum', (bridge) => bridge.metricFiltered()],
  ['Rejected', 'Sum', (bridge) => bridge.metricRejected()],
  ['Quarantined', 'Sum', (bridge) => bridge.metricQuarantined()],
  ['PublishLatency', 'Average', (bridge) => bridge.metricPublishLatency()],
])('metric%s() returns the metric of that name with the statistic %s', (metricName, statistic, metric) => {
  expect(metric(synthesized().bridge)).toMatchObject({ namespace: 'StripeEventBridge', metricName, statistic });
});

/** Properties that name a resource in the account, where the name must be unique. */
const PHYSICAL_NAMES = [
  ['AWS::Events::EventBus', 'Name'], ['AWS::Events::Rule', 'Name'], ['AWS::DynamoDB::GlobalTable', 'TableName'],
  ['AWS::SQS::Queue', 'QueueName'], ['AWS::Logs::LogGroup', 'LogGroupName'], ['AWS::IAM::Role', 'RoleName'],
  ['AWS::Lambda::Function', 'FunctionName'], ['AWS::SecretsManager::Secret', 'Name'],
] as const;
