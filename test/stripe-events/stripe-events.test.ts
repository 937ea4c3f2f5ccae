import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import {
  QueuedFunction,
  StripeAccount,
  type StripeEventBusOptions,
  StripeEventBridge,
  StripeEventFilter,
  StripeEvents,
  type StripeEventsOptions,
  StripeEventType,
  StripeMode,
} from '../../src';
import { environment, newStack, properties } from '../harness/template';

const ENV = { account: '111111111111', region: 'eu-west-1' };
const FOREIGN_ARN = 'arn:aws:events:eu-west-1:222222222222:event-bus/billing';
const DEFAULT_SOURCES = ['stripe.com', { prefix: 'aws.partner/stripe.com' }];

const target = (stack: Stack) => new SqsQueue(new Queue(stack, 'Target'));
const inRegion = () => new Stack(new App(), 'Test', { env: ENV });

function onExistingBus(options?: StripeEventBusOptions, stack = newStack()) {
  const eventBus = EventBus.fromEventBusName(stack, 'Bus', 'billing');
  return { stack, eventBus, events: StripeEvents.fromEventBus(stack, 'Stripe', eventBus, options) };
}

/** Resources whose logical id begins with the prefix. */
function resourcesOf(stack: Stack, prefix = 'Stripe'): Record<string, any> {
  const resources = Object.entries<any>(Template.fromStack(stack).toJSON().Resources ?? {});
  return Object.fromEntries(resources.filter(([id]) => id.startsWith(prefix)));
}

const PARTNER_NAME = 'aws.partner/stripe.com/ed_123';

describe.each<[string, (stack: Stack) => IEventBus, unknown]>([
  ['a new bus of the app', (stack) => new EventBus(stack, 'Bus'), { Ref: expect.stringMatching(/^Bus/) }],
  ['a bus imported by name', (stack) => EventBus.fromEventBusName(stack, 'Bus', 'billing'), 'billing'],
  ['a bus imported by ARN',
    (stack) => EventBus.fromEventBusArn(stack, 'Bus', FOREIGN_ARN.replace('222222222222', ENV.account)), 'billing'],
  ['a partner bus', (stack) => new EventBus(stack, 'Bus', { eventSourceName: PARTNER_NAME }),
    { Ref: expect.stringMatching(/^Bus/) }],
])('StripeEvents.fromEventBus with %s', (name, busIn, busName) => {
  const build = (options?: StripeEventBusOptions) => {
    const stack = inRegion();
    const eventBus = busIn(stack);
    return { stack, eventBus, events: StripeEvents.fromEventBus(stack, 'Stripe', eventBus, options) };
  };

  test(`fromEventBus creates nothing by itself on ${name}`, () => {
    const { stack, eventBus, events } = build();
    expect(events.eventBus).toBe(eventBus);
    expect(stack.resolve(events.eventSources)).toEqual(DEFAULT_SOURCES);
    expect([events.customerTable, events.archive]).toEqual([undefined, undefined]);
    expect(resourcesOf(stack)).toEqual({});
  });

  test(`onEvent creates a rule on ${name}`, () => {
    const { stack, events } = build();
    events.onEvent('All', { target: target(stack) });
    expect(properties(stack, 'AWS::Events::Rule')).toMatchObject({
      EventBusName: busName, EventPattern: { source: DEFAULT_SOURCES },
    });
  });

  test(`addCustomerTable creates a table that ${name} keeps up to date`, () => {
    const { stack, events } = build();
    const table = events.addCustomerTable('Customers');
    expect(table.newTable).toBeDefined();
    expect(properties(stack, 'AWS::Events::Rule', 'StripeCustomersRule')).toMatchObject({
      EventBusName: busName,
      EventPattern: {
        'source': DEFAULT_SOURCES, 'detail-type': ['customer.created', 'customer.updated', 'customer.deleted'],
      },
    });
  });

  test(`addArchive creates an archive of the Stripe events on ${name}`, () => {
    const { stack, eventBus, events } = build();
    events.addArchive('Replay', { retention: Duration.days(7) });
    expect(properties(stack, 'AWS::Events::Archive', 'StripeReplay')).toMatchObject({
      EventPattern: { source: DEFAULT_SOURCES }, RetentionDays: 7, SourceArn: stack.resolve(eventBus.eventBusArn),
    });
    // a bus that the construct did not create keeps its removal policy
    Object.values(resourcesOf(stack, 'Bus')).forEach((bus) => expect(bus.DeletionPolicy).toBeUndefined());
  });

  test(`the options customerTable and archive add both to ${name}`, () => {
    const { stack, events } = build({ customerTable: { storeRawEvent: true }, archive: {} });
    expect(events.customerTable!.node.path).toBe('Test/Stripe/CustomerTable');
    expect(events.archive!.node.path).toBe('Test/Stripe/Archive');
    expect(environment(stack)).toMatchObject({ STORE_RAW_EVENT: 'true' });
    expect(properties(stack, 'AWS::Events::Archive').RetentionDays).toBe(30);
  });
});

describe('event sources', () => {
  const eventSources = ['billing.example.com', 'x.example'];

  test('rules, tables and archives match the eventSources of the options', () => {
    const { stack, events } = onExistingBus({ eventSources, customerTable: {}, archive: {} });
    events.onEvent('All', { target: target(stack) });
    expect(events.eventSources).toEqual(eventSources);
    const patterns = ['AWS::Events::Rule', 'AWS::Events::Archive']
      .flatMap((type) => Object.values(Template.fromStack(stack).findResources(type)))
      .map(({ Properties }) => Properties.EventPattern.source);
    expect(patterns).toEqual([eventSources, eventSources, eventSources]);
  });

  test('an empty list of eventSources fails synthesis', () => {
    expect(() => onExistingBus({ eventSources: [] })).toThrow(
      '`eventSources` must be a list of at least 1: each a string of 1 to 256 characters, got an empty list; ' +
        "use a source such as 'stripe.com' (Test/Stripe)");
  });
});

describe('defaults of what is attached', () => {
  test('onEvent uses the event types and the mode of the options unless it has its own', () => {
    const patternOf = (own: { eventTypes?: StripeEventFilter; mode?: StripeMode }) => {
      const { stack, events } = onExistingBus({
        eventTypes: StripeEventFilter.family('invoice'), mode: StripeMode.LIVE, eventSources: ['x.example'],
      });
      events.onEvent('Some', { ...own, target: target(stack) });
      return properties(stack, 'AWS::Events::Rule').EventPattern;
    };
    expect(patternOf({})).toEqual({
      'source': ['x.example'], 'detail-type': [{ prefix: 'invoice.' }], 'detail': { livemode: [true] },
    });
    expect(patternOf({ eventTypes: undefined, mode: undefined })).toEqual(patternOf({}));
    expect(patternOf({ eventTypes: StripeEventFilter.all(), mode: StripeMode.ALL })).toEqual({ source: ['x.example'] });
    const refunded = StripeEventFilter.of(StripeEventType.CHARGE_REFUNDED);
    expect(patternOf({ eventTypes: refunded, mode: StripeMode.TEST })).toEqual({
      'source': ['x.example'], 'detail-type': ['charge.refunded'], 'detail': { livemode: [false] },
    });
  });

  test('a table uses mode, log retention, removal policy and function options of the options', () => {
    const { stack } = onExistingBus({
      mode: StripeMode.TEST,
      logRetention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
      functionOptions: { memorySize: 512, architecture: Architecture.X86_64 },
      customerTable: {},
    });
    expect(properties(stack, 'AWS::Events::Rule').EventPattern.detail).toEqual({ livemode: [false] });
    expect(properties(stack, 'AWS::Logs::LogGroup').RetentionInDays).toBe(7);
    expect(properties(stack, 'AWS::Lambda::Function')).toMatchObject({ MemorySize: 512, Architectures: ['x86_64'] });
    const policies = Object.values(resourcesOf(stack)).map(({ DeletionPolicy }) => DeletionPolicy).filter(Boolean);
    expect(new Set(policies)).toEqual(new Set(['Delete']));
  });

  test('the options of a table win over those of the source', () => {
    const { stack } = onExistingBus({
      mode: StripeMode.TEST,
      logRetention: RetentionDays.ONE_WEEK,
      functionOptions: { memorySize: 512, architecture: Architecture.X86_64 },
      customerTable: {
        mode: StripeMode.LIVE, logRetention: RetentionDays.ONE_YEAR, functionOptions: { memorySize: 128 },
      },
    });
    expect(properties(stack, 'AWS::Events::Rule').EventPattern.detail).toEqual({ livemode: [true] });
    expect(properties(stack, 'AWS::Logs::LogGroup').RetentionInDays).toBe(365);
    expect(properties(stack, 'AWS::Lambda::Function')).toMatchObject({ MemorySize: 128, Architectures: ['x86_64'] });
  });

  test('alarms have the actions of the options, and of onEvent if it has its own', () => {
    const stack = newStack();
    const [ofSource, ofRule] = ['OfSource', 'OfRule'].map((id) => new SnsAction(new Topic(stack, id)));
    const { events } = onExistingBus({ alarms: { actions: [ofSource] }, customerTable: {} }, stack);
    events.onEvent('Some', { target: target(stack), alarms: { actions: [ofRule] } });
    const topicsOf = (prefix: string) => Object.values(resourcesOf(stack, prefix))
      .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
      .flatMap(({ Properties }) => Properties.AlarmActions.map(({ Ref }: any) => Ref.replace(/[0-9A-F]{8}$/, '')));
    expect(topicsOf('StripeSome')).toEqual(['OfRule', 'OfRule']);
    expect(new Set(topicsOf('StripeCustomerTable'))).toEqual(new Set(['OfSource']));
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('alarms that are switched off are not created', () => {
    const { stack, events } = onExistingBus({ alarms: { enabled: false }, customerTable: {} });
    events.onEvent('Some', { target: target(stack) });
    Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 0);
  });

  test('the key of the options encrypts every queue, the table and the archive', () => {
    const stack = inRegion();
    const encryptionKey = new Key(stack, 'Key');
    const { events } = onExistingBus({ encryptionKey, customerTable: {}, archive: {} }, stack);
    events.onEvent('Some', { target: target(stack) });
    const keyArn = stack.resolve(encryptionKey.keyArn);
    const queues = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::SQS::Queue');
    expect(queues.map(({ Properties }) => Properties.KmsMasterKeyId)).toEqual([keyArn, keyArn, keyArn]);
    expect(properties(stack, 'AWS::Events::Archive').KmsKeyIdentifier).toEqual(keyArn);
    const [replica] = properties(stack, 'AWS::DynamoDB::GlobalTable').Replicas;
    expect(replica.SSESpecification.KMSMasterKeyId).toEqual(keyArn);
  });
});

describe('a bus of another account or region', () => {
  const foreign = (stack: Stack) => EventBus.fromEventBusArn(stack, 'Bus', FOREIGN_ARN);

  test('fromEventBus accepts a bus of another account as long as nothing is attached', () => {
    const stack = inRegion();
    expect(StripeEvents.fromEventBus(stack, 'Stripe', foreign(stack)).eventBus.eventBusArn).toBe(FOREIGN_ARN);
  });

  test.each<[string, (events: StripeEvents, stack: Stack) => unknown]>([
    ['onEvent', (events, stack) => events.onEvent('All', { target: target(stack) })],
    ['addCustomerTable', (events) => events.addCustomerTable('Customers')],
    ['addArchive', (events) => events.addArchive('Replay')],
  ])('%s fails synthesis on a bus of another account', (_what, attach) => {
    const stack = inRegion();
    const events = StripeEvents.fromEventBus(stack, 'Stripe', foreign(stack));
    expect(() => attach(events, stack))
      .toThrow(/^`eventBus` must be in the account of the stack .*, got 2{12} in a stack of 1{12}; /);
  });

  test.each<[string, StripeEventsOptions]>([['customerTable', { customerTable: {} }], ['archive', { archive: {} }]])(
    'the option %s fails synthesis on a bus of another account', (_what, options) => {
      const stack = inRegion();
      expect(() => StripeEvents.fromEventBus(stack, 'Stripe', foreign(stack), options))
        .toThrow(/^`eventBus` must be in the account of the stack/);
    });

  test('onEvent fails synthesis if its scope is in another region than the bus', () => {
    const app = new App();
    const events = new StripeEventBridge(new Stack(app, 'Owner', { env: ENV }), 'Stripe');
    const scope = new Stack(app, 'Consumer', { env: { ...ENV, region: 'us-east-1' } });
    expect(() => events.onEvent('All', { scope, target: target(scope) }))
      .toThrow(/^`eventBus` must be in the region of the stack .*, got eu-west-1 in a stack of us-east-1; /);
  });
});

describe('one home for every source', () => {
  /** Attaches everything that can be attached, with and without options. */
  function attachAll(stack: Stack, events: StripeEvents): void {
    const fn = new Function(stack, 'Fn', {
      runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('x'),
    });
    const queue = new Queue(stack, 'Target');
    const everyType = Object.values(StripeEventType)
      .filter((type) => type !== StripeEventType.ISSUING_AUTHORIZATION_REQUEST);
    events.onEvent('Plain', { target: new SqsQueue(queue) });
    events.onEvent('Many', { eventTypes: StripeEventFilter.of(...everyType), target: new SqsQueue(queue) });
    events.onEvent('Queued', {
      target: new QueuedFunction(fn),
      eventTypes: StripeEventFilter.family('charge'),
      mode: StripeMode.ALL,
      account: StripeAccount.own(),
      description: 'Charges',
    });
    events.addCustomerTable('More', { account: StripeAccount.connected('acct_1'), mode: StripeMode.LIVE });
    events.addArchive('Replay', { retention: Duration.days(3) });
  }

  const attachedTo = (create: (stack: Stack, eventBus: IEventBus, options: StripeEventsOptions) => StripeEvents) => {
    const stack = inRegion();
    const events = create(stack, new EventBus(stack, 'Bus'), {
      mode: StripeMode.LIVE,
      encryptionKey: new Key(stack, 'Key'),
      logRetention: RetentionDays.ONE_YEAR,
      alarms: { actions: [new SnsAction(new Topic(stack, 'Topic'))] },
      functionOptions: { memorySize: 512 },
      customerTable: {},
      archive: {},
    });
    attachAll(stack, events);
    const attached = /^Stripe(Plain|Many|Queued|More|Replay|CustomerTable|Archive)/;
    return Object.fromEntries(Object.entries(resourcesOf(stack)).filter(([id]) => attached.test(id)));
  };

  test('the same attachments on a bridge and on an existing bus have equal resources', () => {
    const onBridge = attachedTo((stack, eventBus, options) =>
      new StripeEventBridge(stack, 'Stripe', { ...options, eventBus }));
    const onBus = attachedTo((stack, eventBus, options) =>
      StripeEvents.fromEventBus(stack, 'Stripe', eventBus, { ...options, eventSources: ['stripe.com'] }));
    const types = new Set(Object.values(onBus).map(({ Type }) => Type));
    ['AWS::Events::Rule', 'AWS::SQS::Queue', 'AWS::CloudWatch::Alarm', 'AWS::DynamoDB::GlobalTable',
      'AWS::Events::Archive', 'AWS::Lambda::Function', 'AWS::Lambda::EventSourceMapping']
      .forEach((type) => expect(types).toContain(type));
    expect(Object.keys(onBus).length).toBeGreaterThan(30);
    expect(onBridge).toEqual(onBus);
  });

  test('a subclass of StripeEvents needs only eventBus and eventSources', () => {
    class OtherSource extends StripeEvents {
      public readonly eventSources = ['other.example'];

      constructor(scope: Construct, id: string, public readonly eventBus: IEventBus) {
        super(scope, id, {});
      }
    }
    const stack = inRegion();
    const events = new OtherSource(stack, 'Stripe', EventBus.fromEventBusName(stack, 'Bus', 'billing'));
    attachAll(stack, events);
    const rules = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Events::Rule');
    expect(rules.length).toBeGreaterThan(4);
    rules.forEach(({ Properties }) => expect(Properties).toMatchObject({
      EventBusName: 'billing', EventPattern: { source: ['other.example'] },
    }));
    expect(properties(stack, 'AWS::Events::Archive').EventPattern).toEqual({ source: ['other.example'] });
  });
});
