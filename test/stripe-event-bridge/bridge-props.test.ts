import { App, Aspects, Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { ManagedPolicy, PermissionsBoundary, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeAccount, StripeCustomerTable, StripeEventBridge, StripeEventFilter, StripeEventType,
} from '../../src';
import { environment, newStack, properties, statements } from '../harness/template';

const inRegion = (account = '111111111111') => new Stack(new App(), 'Test', { env: { account, region: 'eu-west-1' } });
const fn = (stack: Stack) => new Function(stack, 'Fn', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('x'),
});
const resources = (stack: Stack) => Object.entries<any>(Template.fromStack(stack).toJSON().Resources);
const ofType = (stack: Stack, type: string) => resources(stack).filter(([, { Type }]) => Type === type)
  .map(([, resource]) => resource);
const lambdaRole = (stack: Stack, id: string) =>
  new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

describe('a bus', () => {
  test('a bridge publishes to a bus of another stack, and creates its rules on it', () => {
    const app = new App();
    const eventBus = new EventBus(new Stack(app, 'Owner'), 'Bus');
    const stack = new Stack(app, 'User');
    new StripeEventBridge(stack, 'Stripe', { eventBus, customerTable: {} });
    expect(environment(stack, 'StripeWebhook').EVENT_BUS_ARN)
      .toMatchObject({ 'Fn::ImportValue': expect.stringContaining('Bus') });
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 2);
  });

  const FOREIGN_ARN = 'arn:aws:events:eu-west-1:222222222222:event-bus/shared';
  const bridgeOnForeignBus = () => {
    const stack = inRegion();
    const eventBus = EventBus.fromEventBusArn(stack, 'Bus', FOREIGN_ARN);
    return { stack, bridge: new StripeEventBridge(stack, 'Stripe', { eventBus }) };
  };

  test('a bridge publishes to a bus of another account, and warns that its owner must handle the quarantine', () => {
    const { stack, bridge } = bridgeOnForeignBus();
    expect(bridge.quarantineQueue).toBeUndefined();
    expect(environment(stack).EVENT_BUS_ARN).toBe(FOREIGN_ARN);
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 0);
    Annotations.fromStack(stack).hasWarning('/Test/Stripe/Quarantine',
      Match.stringLikeRegexp("its owner should send events with the source 'stripe.com.quarantine' to a queue"));
  });

  test.each<[string, (bridge: StripeEventBridge, stack: Stack) => unknown]>([
    ['addCustomerTable', (bridge) => bridge.addCustomerTable('Customers')],
    ['addArchive', (bridge) => bridge.addArchive('Replay')],
    ['onEvent', (bridge, stack) => bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) })],
  ])('%s fails on a bus of another account and says why', (_what, attach) => {
    const { stack, bridge } = bridgeOnForeignBus();
    expect(() => attach(bridge, stack)).toThrow(
      '`eventBus` must be in the account of the stack to create rules or an archive on it, ' +
      'got 222222222222 in a stack of 111111111111; attach it in a stack of account 222222222222');
  });

  test('a stack of unknown account and region can use a bus that is imported by its name only', () => {
    const stack = newStack();
    const arn = 'arn:aws:events:eu-west-1:111111111111:event-bus/billing';
    const eventBus = EventBus.fromEventBusArn(stack, 'ByArn', arn);
    expect(() => new StripeCustomerTable(stack, 'Unknown', { eventBus })).toThrow(
      '`eventBus` is in account 111111111111 and the account of the stack is unknown; ' +
      'set `env` on the stack, or import the bus by name');
    const byName = EventBus.fromEventBusName(stack, 'ByName', 'billing');
    new StripeCustomerTable(stack, 'Customers', { eventBus: byName });
    expect(properties(stack, 'AWS::Events::Rule', 'Customers').EventBusName).toBe('billing');
  });

  test("a table can use the bus of Stripe's own EventBridge destination", () => {
    const stack = newStack();
    const eventBus = new EventBus(stack, 'Partner', { eventSourceName: 'aws.partner/stripe.com/ed_123' });
    new StripeCustomerTable(stack, 'Customers', { eventBus });
    expect(properties(stack, 'AWS::Events::Rule').EventPattern.source)
      .toEqual(['stripe.com', { prefix: 'aws.partner/stripe.com' }]);
  });

  const PARTNER_NAME = 'aws.partner/stripe.com/ed_123';
  const ruleRef = { Ref: expect.stringContaining('CustomersRule') };
  // `Ref` of a rule is <bus>|<rule>, and <rule> on the default bus: written twice, its second part is the name
  const named = { 'Fn::Select': [1, { 'Fn::Split': ['|', { 'Fn::Join': ['', [ruleRef, '|', ruleRef]] }] }] };
  test.each<[string, (stack: Stack) => IEventBus, unknown[]]>([
    ['a new bus', (stack) => new EventBus(stack, 'Bus'), [named]],
    ['a new partner bus', (stack) => new EventBus(stack, 'Bus', { eventSourceName: PARTNER_NAME }), [named]],
    ['an imported partner bus', (stack) => EventBus.fromEventBusName(stack, 'Bus', PARTNER_NAME), [named]],
    ['a bus whose name is a token', (stack) => EventBus.fromEventBusName(stack, 'Bus', Aws.STACK_NAME), [named, named]],
    ['the default bus', (stack) => EventBus.fromEventBusName(stack, 'Bus', 'default'), [ruleRef]],
  ])('the metrics of a rule have its name as dimension on %s', (_what, bus, names) => {
    const stack = newStack();
    new StripeCustomerTable(stack, 'Customers', { eventBus: bus(stack) });
    const alarm = properties(stack, 'AWS::CloudWatch::Alarm', 'CustomersAlarmsDlqDeliveryFailed');
    const dimensions: any[] = [alarm, ...(alarm.Metrics ?? []).map(({ MetricStat }: any) => MetricStat?.Metric)]
      .flatMap((metric) => metric?.Dimensions ?? []);
    expect(dimensions.filter(({ Name }) => Name === 'RuleName').map(({ Value }) => Value)).toEqual(names);
  });
});

describe('an encryption key', () => {
  const encrypted = () => {
    const stack = inRegion();
    const key = new Key(stack, 'Key');
    const bridge = new StripeEventBridge(stack, 'Stripe', { encryptionKey: key, customerTable: {}, archive: {} });
    bridge.onEvent('All', { target: new QueuedFunction(fn(stack)) });
    return { stack, arn: stack.resolve(key.keyArn) };
  };

  test('encryptionKey encrypts the bus, the archive, the table and every queue but that of the bus', () => {
    const { stack, arn } = encrypted();
    expect(properties(stack, 'AWS::Events::EventBus').KmsKeyIdentifier).toEqual(arn);
    expect(properties(stack, 'AWS::Events::Archive').KmsKeyIdentifier).toEqual(arn);
    expect(properties(stack, 'AWS::DynamoDB::GlobalTable').Replicas[0].SSESpecification.KMSMasterKeyId).toEqual(arn);
    const keys = resources(stack).filter(([, { Type }]) => Type === 'AWS::SQS::Queue')
      .map(([id, { Properties }]) => [id.startsWith('StripeEventBusDeadLetterQueue'), Properties.KmsMasterKeyId]);
    // two of the quarantine, two of the table, two of onEvent; that of the bus is needed when the key cannot be used
    expect(keys.filter(([ofBus]) => !ofBus).map(([, key]) => key)).toEqual(Array(6).fill(arn));
    expect(keys.filter(([ofBus]) => ofBus)).toEqual([[true, undefined]]);
  });

  test('an encrypted bus has a dead-letter queue, which AWS recommends for it', () => {
    const { stack } = encrypted();
    expect(properties(stack, 'AWS::Events::EventBus').DeadLetterConfig.Arn)
      .toEqual({ 'Fn::GetAtt': [expect.stringContaining('EventBusDeadLetterQueue'), 'Arn'] });
  });

  test('the policy of the key admits EventBridge for this account only', () => {
    const { stack } = encrypted();
    const granted = properties(stack, 'AWS::KMS::Key').KeyPolicy.Statement
      .filter(({ Principal }: any) => Principal.Service === 'events.amazonaws.com');
    expect(granted.flatMap(({ Action }: any) => Action))
      .toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']));
    granted.forEach(({ Condition }: any) => expect(JSON.stringify(Condition)).toContain('aws:SourceAccount'));
  });

  test('an imported key stays unchanged, and a warning says what its policy must allow', () => {
    const stack = inRegion();
    const encryptionKey = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1');
    new StripeEventBridge(stack, 'Stripe', { encryptionKey });
    Annotations.fromStack(stack).hasWarning('*',
      Match.stringLikeRegexp('it must allow events.amazonaws.com to call kms:Decrypt, kms:GenerateDataKey'));
  });
});

test('an archive keeps the events of the bridge for 30 days and retains its bus', () => {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe', { archive: {}, eventSource: 'x.example' });
  expect(bridge.archive).toBeDefined();
  Template.fromStack(stack).hasResource('AWS::Events::Archive', {
    Properties: { RetentionDays: 30, EventPattern: { source: ['x.example'] } },
    DeletionPolicy: 'RetainExceptOnCreate',
  });
  Template.fromStack(stack).hasResource('AWS::Events::EventBus', { DeletionPolicy: 'RetainExceptOnCreate' });
});

test('an archive has the retention of its options and the removal policy of the bridge', () => {
  const stack = newStack();
  const archive = { retention: Duration.days(90) };
  new StripeEventBridge(stack, 'Stripe', { archive, removalPolicy: RemovalPolicy.DESTROY });
  Template.fromStack(stack).hasResource('AWS::Events::Archive', {
    Properties: { RetentionDays: 90 }, DeletionPolicy: 'Delete',
  });
  Template.fromStack(stack).hasResource('AWS::Events::EventBus', { DeletionPolicy: 'Delete' });
});

describe('when the stack is deleted', () => {
  const retained = (stack: Stack) => resources(stack)
    .filter(([, { DeletionPolicy }]) => /Retain/.test(DeletionPolicy ?? '')).map(([, { Type }]) => Type);

  test('only resources that hold data are retained, and none with a name that a second deployment needs', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe', { customerTable: {}, eventBusName: 'billing' });
    expect(retained(stack).sort())
      .toEqual(['AWS::DynamoDB::GlobalTable', ...Array(3).fill('AWS::SQS::Queue'), 'AWS::SecretsManager::Secret']);
    const named = resources(stack).filter(([, { Properties }]) => Properties?.Name === 'billing');
    expect(named.map(([, { Type, DeletionPolicy }]) => [Type, DeletionPolicy]))
      .toEqual([['AWS::Events::EventBus', undefined]]);
  });

  test('nothing is retained with RemovalPolicy.DESTROY, so that the same names can be deployed again', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe', {
      customerTable: {}, archive: {}, eventBusName: 'billing', removalPolicy: RemovalPolicy.DESTROY,
    });
    bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
    expect(retained(stack)).toEqual([]);
    expect(resources(stack).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Delete').length).toBeGreaterThan(5);
  });
});

describe('secrets', () => {
  test('the webhook may read every secret, also one with its own key', () => {
    const stack = newStack();
    const connect = new Secret(stack, 'Connect', { encryptionKey: new Key(stack, 'Key') });
    new StripeEventBridge(stack, 'Stripe', {
      additionalSigningSecrets: [connect], previousSecretLifetime: Duration.seconds(0),
    });
    expect(JSON.stringify(environment(stack).SIGNING_SECRET_IDS)).toMatch(/StripeWebhookSigningSecret.*",".*Connect/);
    expect(environment(stack).PREVIOUS_SECRET_SECONDS).toBe('0');
    const reads = statements(stack).filter(({ Action }) => [Action].flat().includes('secretsmanager:GetSecretValue'));
    expect(reads.map(({ Resource }) => JSON.stringify(Resource)))
      .toEqual([expect.stringContaining('StripeWebhookSigningSecret'), expect.stringContaining('Connect')]);
  });

  test('the previous version of a secret is valid for 24 hours and 5 minutes by default', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe');
    const lifetime = Duration.hours(24).plus(Duration.minutes(5));
    expect(environment(stack).PREVIOUS_SECRET_SECONDS).toBe(`${lifetime.toSeconds()}`);
  });
});

describe('functionOptions', () => {
  const layerIn = (stack: Stack) =>
    LayerVersion.fromLayerVersionArn(stack, 'Layer', 'arn:aws:lambda:eu-west-1:1:layer:x:1');

  test('functionOptions configure VPC, layers and tracing', () => {
    const stack = inRegion();
    const layer = layerIn(stack);
    new StripeEventBridge(stack, 'Stripe', {
      functionOptions: {
        vpc: new Vpc(stack, 'Vpc'),
        vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
        layers: [layer],
        tracing: true,
      },
    });
    expect(properties(stack, 'AWS::Lambda::Function', 'StripeWebhook')).toMatchObject({
      VpcConfig: { SubnetIds: expect.any(Array) },
      Layers: [layer.layerVersionArn],
      TracingConfig: { Mode: 'Active' },
    });
    const { ManagedPolicyArns } = properties(stack, 'AWS::IAM::Role', 'StripeWebhookHandlerRole');
    expect(JSON.stringify(ManagedPolicyArns)).toContain('AWSLambdaVPCAccessExecutionRole');
  });

  test('functionOptions of the bridge are the defaults of the writer', () => {
    const stack = inRegion();
    new StripeEventBridge(stack, 'Stripe', {
      functionOptions: { memorySize: 1024, architecture: Architecture.X86_64, layers: [layerIn(stack)], tracing: true },
      customerTable: { functionOptions: { memorySize: 128, tracing: undefined } },
    });
    expect(properties(stack, 'AWS::Lambda::Function', 'StripeWebhook').MemorySize).toBe(1024);
    expect(properties(stack, 'AWS::Lambda::Function', 'StripeCustomerTable')).toMatchObject({
      MemorySize: 128, Architectures: ['x86_64'], Layers: [expect.any(String)], TracingConfig: { Mode: 'Active' },
    });
  });

  test('a custom role of the bridge is not the role of the writer', () => {
    const stack = newStack();
    const role = lambdaRole(stack, 'Mine');
    new StripeEventBridge(stack, 'Stripe', { functionOptions: { role }, customerTable: {} });
    expect(properties(stack, 'AWS::Lambda::Function', 'StripeWebhook').Role).toEqual(stack.resolve(role.roleArn));
    expect(properties(stack, 'AWS::Lambda::Function', 'StripeCustomerTable').Role)
      .toEqual({ 'Fn::GetAtt': [expect.stringContaining('StripeCustomerTableWriterRole'), 'Arn'] });
  });

  test('a custom role receives the permissions that the function needs', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe', { functionOptions: { role: lambdaRole(stack, 'Mine') } });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 1);
    expect(statements(stack).flatMap(({ Action }) => Action))
      .toEqual(expect.arrayContaining(['events:PutEvents', 'secretsmanager:GetSecretValue']));
  });

  test('a permissions boundary reaches every role', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
    PermissionsBoundary.of(bridge).apply(ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'));
    const roles = ofType(stack, 'AWS::IAM::Role');
    expect(roles).toHaveLength(2);
    roles.forEach(({ Properties }) => expect(Properties.PermissionsBoundary).toBeDefined());
    expect(Aspects.of(bridge).all).toHaveLength(1);
  });
});

test('no policy covers every resource, or admits a service for another account', () => {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
  bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
  expect(statements(stack).length).toBeGreaterThan(3);
  expect(statements(stack).flatMap(({ Resource }) => Resource)).not.toContain('*');
  const services = ofType(stack, 'AWS::SQS::QueuePolicy')
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Principal }) => Principal.Service);
  expect(services.length).toBeGreaterThanOrEqual(4);
  services.forEach(({ Condition }) => expect(JSON.stringify(Condition)).toMatch(/aws:Source(Arn|Account)/));
});

test('a family that includes an event to be answered in the response gives a warning', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { eventTypes: StripeEventFilter.family('issuing_authorization') });
  Annotations.fromStack(stack)
    .hasWarning('/Test/Stripe/Webhook', Match.stringLikeRegexp('include issuing_authorization.request'));
});

test('customerTable passes storeRawEvent, partitionKeyName and account on', () => {
  const stack = newStack();
  const table = new TableV2(stack, 'Mine', { partitionKey: { name: 'id', type: 'S' as never } });
  const account = StripeAccount.connected('acct_1');
  new StripeEventBridge(stack, 'Stripe', {
    customerTable: { table, partitionKeyName: 'id', storeRawEvent: true, account },
  });
  expect(environment(stack, 'StripeCustomerTableWriter'))
    .toMatchObject({ STORE_RAW_EVENT: 'true', PARTITION_KEY_NAME: 'id' });
  expect(properties(stack, 'AWS::Events::Rule', 'StripeCustomerTable').EventPattern.detail)
    .toEqual(account._toDetailPattern());
});

const tooManyTypes = Object.values(StripeEventType)
  .filter((type) => type !== StripeEventType.ISSUING_AUTHORIZATION_REQUEST);

test.each<[string, (stack: Stack) => unknown]>([
  ['alarms-without-actions', (stack) => new StripeEventBridge(stack, 'Stripe')],
  ['issuing-authorization-request', (stack) =>
    new StripeEventBridge(stack, 'Stripe', { eventTypes: StripeEventFilter.family('issuing_authorization') })],
  ['too-many-event-types', (stack) =>
    new StripeEventBridge(stack, 'Stripe', { eventTypes: StripeEventFilter.of(...tooManyTypes) })],
  ['foreign-bus', (stack) => new StripeEventBridge(stack, 'Stripe', {
    eventBus: EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:eu-west-1:222222222222:event-bus/billing'),
  })],
  ['imported-key', (stack) => new StripeEventBridge(stack, 'Stripe', {
    encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/a'),
  })],
  ['custom-role', (stack) => new StripeEventBridge(stack, 'Stripe', {
    functionOptions: { role: Role.fromRoleName(stack, 'Role', 'mine') },
  })],
])('the warning %s appears under an id that can be acknowledged', (id, build) => {
  const stack = inRegion();
  build(stack);
  const ids = Annotations.fromStack(stack).findWarning('*', Match.anyValue())
    .map(({ entry }) => /\[ack: cdk-stripe-eventbridge:(.+)\]$/.exec(`${entry.data}`)![1]);
  expect(new Set(ids)).toEqual(new Set(['alarms-without-actions', id]));
});

test('a key of this app gives no warning', () => {
  const stack = inRegion();
  new StripeEventBridge(stack, 'Stripe', { encryptionKey: new Key(stack, 'Key'), alarms: { enabled: false } });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
