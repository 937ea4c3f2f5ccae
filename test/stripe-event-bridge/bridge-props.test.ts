import { readFileSync } from 'fs';
import { join } from 'path';
import { App, Aspects, Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { ManagedPolicy, PermissionsBoundary, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeCustomerTable, StripeEventBridge, StripeEventFilter } from '../../src';
import { environment, newStack, properties, statements } from '../harness/template';

const inRegion = (account = '111111111111') => new Stack(new App(), 'Test', { env: { account, region: 'eu-west-1' } });
const fn = (stack: Stack) => new Function(stack, 'Fn', { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('x') });
const resources = (stack: Stack) => Object.entries<any>(Template.fromStack(stack).toJSON().Resources);

describe('a bus', () => {
  test('of another stack carries events and sinks', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner');
    const eventBus = new EventBus(owner, 'Bus');
    const stack = new Stack(app, 'User');
    new StripeEventBridge(stack, 'Stripe', { eventBus, customerTable: {} });
    expect(environment(stack, 'StripeWebhook').EVENT_BUS_ARN).toMatchObject({ 'Fn::ImportValue': expect.stringContaining('Bus') });
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 2);
  });

  describe('of another account', () => {
    const foreign = (stack: Stack) => EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:eu-west-1:222222222222:event-bus/shared');

    test('takes events; a warning says who must route the quarantine', () => {
      const stack = inRegion();
      const bridge = new StripeEventBridge(stack, 'Stripe', { eventBus: foreign(stack) });
      expect(bridge.quarantineQueue).toBeUndefined();
      Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 0);
      Annotations.fromStack(stack).hasWarning('/Test/Stripe', Match.stringLikeRegexp('its owner should route the source \'stripe.com.quarantine\' to a queue'));
    });

    test.each<[string, (bridge: StripeEventBridge, stack: Stack) => unknown, string]>([
      ['a table', (bridge) => bridge.addCustomerTable('Customers'), 'Rule'],
      ['a target', (bridge, stack) => bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) }), 'All'],
    ])('takes no rule of this stack, so %s fails at synth and says why', (_what, sink, id) => {
      const stack = inRegion();
      const bridge = new StripeEventBridge(stack, 'Stripe', { eventBus: foreign(stack) });
      expect(() => sink(bridge, stack)).toThrow(
        `eventBus is in account 222222222222 and '${id}' in 111111111111, where EventBridge takes no rule on it; make it in a stack of account 222222222222`);
    });
  });

  test('whose region is known feeds a stack whose region is not', () => {
    const stack = newStack();
    const eventBus = EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:eu-west-1:111111111111:event-bus/billing');
    expect(() => new StripeCustomerTable(stack, 'Customers', { eventBus })).not.toThrow();
  });

  test('of Stripe\'s own destination feeds a table', () => {
    const stack = newStack();
    const eventBus = new EventBus(stack, 'Partner', { eventSourceName: 'aws.partner/stripe.com/ed_123' });
    new StripeCustomerTable(stack, 'Customers', { eventBus });
    expect(properties(stack, 'AWS::Events::Rule').EventPattern.source).toEqual(['stripe.com', { prefix: 'aws.partner/stripe.com' }]);
  });

  // the ARN of a rule is …:rule/<name of the bus>/<name of the rule>, and without the bus on the account's default one
  test.each<[string, (stack: Stack) => IEventBus, number]>([
    ['a new bus', (stack) => new EventBus(stack, 'Bus'), 2],
    ['a partner\'s bus', (stack) => new EventBus(stack, 'Bus', { eventSourceName: 'aws.partner/stripe.com/ed_123' }), 4],
    ['an imported partner\'s bus', (stack) => EventBus.fromEventBusName(stack, 'Bus', 'aws.partner/stripe.com/ed_123'), 4],
    ['a bus by a token', (stack) => EventBus.fromEventBusName(stack, 'Bus', Aws.STACK_NAME), 2],
    ['the default bus', (stack) => EventBus.fromEventBusName(stack, 'Bus', 'default'), 1],
  ])('is known by the metrics of its rules: %s', (_what, bus, at) => {
    const stack = newStack();
    new StripeCustomerTable(stack, 'Customers', { eventBus: bus(stack) });
    const { Dimensions } = properties(stack, 'AWS::CloudWatch::Alarm', 'CustomersAlarmsDlqDeliveryFailed');
    expect(Dimensions).toContainEqual({ Name: 'RuleName', Value: { 'Fn::Select': [at, { 'Fn::Split': ['/', { 'Fn::GetAtt': [expect.stringContaining('CustomersRule'), 'Arn'] }] }] } });
  });
});

describe('an encryption key', () => {
  const encrypted = () => {
    const stack = inRegion();
    const key = new Key(stack, 'Key');
    const bridge = new StripeEventBridge(stack, 'Stripe', { encryptionKey: key, customerTable: {}, archive: {} });
    bridge.onEvent('All', { target: new LambdaFunction(fn(stack)), queued: true });
    return { stack, arn: stack.resolve(key.keyArn) };
  };

  test('encrypts bus, archive, every queue and the table', () => {
    const { stack, arn } = encrypted();
    expect(properties(stack, 'AWS::Events::EventBus').KmsKeyIdentifier).toEqual(arn);
    expect(properties(stack, 'AWS::Events::Archive').KmsKeyIdentifier).toEqual(arn);
    expect(properties(stack, 'AWS::DynamoDB::GlobalTable').Replicas[0].SSESpecification.KMSMasterKeyId).toEqual(arn);
    const queues = resources(stack).filter(([, { Type }]) => Type === 'AWS::SQS::Queue').map(([, { Properties }]) => Properties.KmsMasterKeyId);
    expect(queues.length).toBeGreaterThanOrEqual(5);
    queues.forEach((queueKey) => expect(queueKey).toEqual(arn));
  });

  test('gives the bus a dead-letter queue, which AWS wants for it', () => {
    const { stack } = encrypted();
    expect(properties(stack, 'AWS::Events::EventBus').DeadLetterConfig.Arn).toEqual({ 'Fn::GetAtt': [expect.stringContaining('EventBusDeadLetterQueue'), 'Arn'] });
  });

  test('lets EventBridge in, from this account alone', () => {
    const { stack } = encrypted();
    const granted = properties(stack, 'AWS::KMS::Key').KeyPolicy.Statement.filter(({ Principal }: any) => Principal.Service === 'events.amazonaws.com');
    expect(granted.flatMap(({ Action }: any) => Action)).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']));
    granted.forEach(({ Condition }: any) => expect(JSON.stringify(Condition)).toContain('aws:SourceAccount'));
  });

  test('that is imported is left alone, with a warning of what its policy must say', () => {
    const stack = inRegion();
    new StripeEventBridge(stack, 'Stripe', { encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1') });
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('it must let events.amazonaws.com call kms:Decrypt and kms:GenerateDataKey'));
  });
});

describe('an archive', () => {
  test('keeps our events for 30 days, or as told, and keeps its bus', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe', { archive: {}, eventSource: 'x.example' });
    Template.fromStack(stack).hasResource('AWS::Events::Archive', {
      Properties: { RetentionDays: 30, EventPattern: { source: ['x.example'] } }, DeletionPolicy: 'RetainExceptOnCreate',
    });
    Template.fromStack(stack).hasResource('AWS::Events::EventBus', { DeletionPolicy: 'RetainExceptOnCreate' });
    const other = newStack();
    new StripeEventBridge(other, 'Stripe', { archive: { retention: Duration.days(90) }, removalPolicy: RemovalPolicy.DESTROY });
    Template.fromStack(other).hasResource('AWS::Events::Archive', { Properties: { RetentionDays: 90 }, DeletionPolicy: 'Delete' });
    Template.fromStack(other).hasResource('AWS::Events::EventBus', { DeletionPolicy: 'Delete' });
  });
});

describe('what stays when the stack goes', () => {
  const retained = (stack: Stack) => resources(stack).filter(([, { DeletionPolicy }]) => /Retain/.test(DeletionPolicy ?? '')).map(([, { Type }]) => Type);

  test('is what holds data, and nothing with a name that a second deployment needs', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe', { customerTable: {}, eventBusName: 'billing' });
    expect(retained(stack).sort()).toEqual(['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::SQS::Queue', 'AWS::SecretsManager::Secret']);
    const named = resources(stack).filter(([, { Properties }]) => Properties?.Name === 'billing');
    expect(named.map(([, { Type, DeletionPolicy }]) => [Type, DeletionPolicy])).toEqual([['AWS::Events::EventBus', undefined]]);
  });

  test('is nothing with removalPolicy DESTROY, so that the same names can be deployed again', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {}, archive: {}, eventBusName: 'billing', removalPolicy: RemovalPolicy.DESTROY });
    bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
    expect(retained(stack)).toEqual([]);
  });
});

describe('secrets', () => {
  test('may be several, each under a key of its own, each granted', () => {
    const stack = newStack();
    const connect = new Secret(stack, 'Connect', { encryptionKey: new Key(stack, 'Key') });
    new StripeEventBridge(stack, 'Stripe', { additionalSigningSecrets: [connect], previousSecretLifetime: Duration.seconds(0) });
    expect(JSON.stringify(environment(stack).SIGNING_SECRET_ARNS)).toMatch(/StripeSigningSecret.*",".*Connect/);
    expect(environment(stack).PREVIOUS_SECRET_SECONDS).toBe('0');
    const reads = statements(stack).filter(({ Action }) => [Action].flat().includes('secretsmanager:GetSecretValue'));
    expect(reads.map(({ Resource }) => JSON.stringify(Resource))).toEqual([expect.stringContaining('StripeSigningSecret'), expect.stringContaining('Connect')]);
  });

  test('of the version before count for a day and five minutes by default, and at most a week', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe');
    expect(environment(stack).PREVIOUS_SECRET_SECONDS).toBe(`${Duration.hours(24).plus(Duration.minutes(5)).toSeconds()}`);
    expect(() => new StripeEventBridge(stack, 'Other', { previousSecretLifetime: Duration.days(8) }))
      .toThrow('previousSecretLifetime must be 0 to 604800 whole seconds, got 691200; use Duration.seconds(0) to accept the current secret alone');
  });
});

describe('functionOptions', () => {
  test('take role, VPC, layers and tracing', () => {
    const stack = inRegion();
    const vpc = new Vpc(stack, 'Vpc');
    const layer = LayerVersion.fromLayerVersionArn(stack, 'Layer', 'arn:aws:lambda:eu-west-1:1:layer:x:1');
    new StripeEventBridge(stack, 'Stripe', { functionOptions: { vpc, vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS }, layers: [layer], tracing: true } });
    expect(properties(stack, 'AWS::Lambda::Function', 'StripeWebhook')).toMatchObject({
      VpcConfig: { SubnetIds: expect.any(Array) }, Layers: [layer.layerVersionArn], TracingConfig: { Mode: 'Active' },
    });
    expect(JSON.stringify(properties(stack, 'AWS::IAM::Role', 'StripeWebhookRole').ManagedPolicyArns)).toContain('AWSLambdaVPCAccessExecutionRole');
  });

  test('grant a role of the user\'s what the function calls, and take nothing from it', () => {
    const stack = newStack();
    const role = new Role(stack, 'Mine', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    new StripeEventBridge(stack, 'Stripe', { functionOptions: { role } });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 1);
    expect(statements(stack).flatMap(({ Action }) => Action)).toEqual(expect.arrayContaining(['events:PutEvents', 'secretsmanager:GetSecretValue']));
  });

  test('let a permissions boundary reach every role', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
    PermissionsBoundary.of(bridge).apply(ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'));
    resources(stack).filter(([, { Type }]) => Type === 'AWS::IAM::Role').forEach(([, { Properties }]) => expect(Properties.PermissionsBoundary).toBeDefined());
    expect(Aspects.of(bridge).all).toHaveLength(1);
  });
});

describe('no policy', () => {
  test('has a star where a resource has a name, or lets a service in from elsewhere', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe', { customerTable: {} }).onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
    statements(stack).forEach(({ Resource }) => [Resource].flat().forEach((resource) => expect(resource).not.toBe('*')));
    const queuePolicies = resources(stack).filter(([, { Type }]) => Type === 'AWS::SQS::QueuePolicy').flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
    const services = queuePolicies.filter(({ Principal }) => Principal.Service);
    expect(services.length).toBeGreaterThanOrEqual(4);
    services.forEach(({ Condition }) => expect(JSON.stringify(Condition)).toMatch(/aws:Source(Arn|Account)/));
  });
});

describe('the actions that are granted', () => {
  /** What the handlers call, read from their sources. */
  const called = (handler: string) => [...readFileSync(join(__dirname, '..', '..', 'src', handler), 'utf8').matchAll(/new (\w+)Command\(/g)].map(([, name]) => name);
  const granted = (stack: Stack, role: string) => resources(stack)
    .filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action))
    .filter((action: string) => !/^(logs|sqs):/.test(action)); // those are Lambda's own, to write logs and to poll

  test('are those that are called', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
    expect(called('stripe-event-bridge/webhook.lambda.ts').sort()).toEqual(['GetSecretValue', 'PutEvents']);
    // DescribeSecret comes with ISecret.grantRead, which knows keys and imported secrets as we could not
    expect(granted(stack, 'StripeWebhook')).toEqual(['events:PutEvents', 'secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']);
    expect(called('stripe-customer-table/upsert.lambda.ts')).toEqual(['Update']); // the document client's name of UpdateItem
    expect(granted(stack, 'StripeCustomerTableWriter')).toEqual(['dynamodb:UpdateItem']);
  });
});

test('a filter by family warns of what cannot be answered over a bus', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { eventTypes: StripeEventFilter.family('issuing_authorization') });
  Annotations.fromStack(stack).hasWarning('/Test/Stripe', Match.stringLikeRegexp('includes issuing_authorization.request'));
});

test('storeRawEvent and account reach the writer and the rule', () => {
  const stack = newStack();
  const table = new TableV2(stack, 'Mine', { partitionKey: { name: 'id', type: 'S' as never } });
  new StripeEventBridge(stack, 'Stripe', { customerTable: { table, partitionKeyName: 'id', storeRawEvent: true, account: 'acct_1' } });
  expect(environment(stack, 'StripeCustomerTableWriter')).toMatchObject({ STORE_RAW_EVENT: 'true', PARTITION_KEY_NAME: 'id' });
  expect(properties(stack, 'AWS::Events::Rule', 'StripeCustomerTable').EventPattern.detail).toEqual({ account: ['acct_1'] });
});

test.each<[string, (stack: Stack) => unknown]>([
  ['alarms-without-actions', (stack) => new StripeEventBridge(stack, 'Stripe')],
  ['issuing-authorization-request', (stack) => new StripeEventBridge(stack, 'Stripe', { eventTypes: StripeEventFilter.family('issuing_authorization') })],
  ['too-many-event-types', (stack) => new StripeEventBridge(stack, 'Stripe', {
    eventTypes: StripeEventFilter.named(...Array.from({ length: 30 }, (_, index) => `x.${'y'.repeat(100)}${index}`)),
  })],
  ['foreign-bus', (stack) => new StripeEventBridge(stack, 'Stripe', {
    eventBus: EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:eu-west-1:222222222222:event-bus/billing'),
  })],
  ['imported-key', (stack) => new StripeEventBridge(stack, 'Stripe', { encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/a') })],
  ['custom-role', (stack) => new StripeEventBridge(stack, 'Stripe', { functionOptions: { role: Role.fromRoleName(stack, 'Role', 'mine') } })],
])('the warning %s comes when it should, under an id that can be acknowledged', (id, build) => {
  const idsOf = (of: Stack) => Annotations.fromStack(of).findWarning('*', Match.anyValue())
    .map(({ entry }) => /\[ack: cdk-stripe-eventbridge:(.+)\]$/.exec(`${entry.data}`)![1]);
  const stack = inRegion();
  build(stack);
  expect(new Set(idsOf(stack))).toEqual(new Set(['alarms-without-actions', id]));
});

test('a key of this app gives no warning', () => {
  const stack = inRegion();
  new StripeEventBridge(stack, 'Stripe', { encryptionKey: new Key(stack, 'Key'), alarms: { enabled: false } });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
