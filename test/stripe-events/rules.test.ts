import { App, Aspects, CfnParameter, CfnResource, Duration, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus, type EventBusProps, type IEventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import {
  CloudWatchLogGroup, EventBus as EventBusTarget, KinesisStream, LambdaFunction, SfnStateMachine, SnsTopic, SqsQueue,
} from 'aws-cdk-lib/aws-events-targets';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Alias as KeyAlias, Key } from 'aws-cdk-lib/aws-kms';
import { Alias, Code, Function, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic, type TopicProps } from 'aws-cdk-lib/aws-sns';
import { CfnQueue, type IQueue, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import {
  QueuedFunction, type QueuedFunctionOptions, type StripeAlarmOptions, StripeCustomerTable, StripeEventBridge,
  type StripeEventBridgeProps, StripeEventFilter, StripeEvents, StripeEventType,
} from '../../src';
import { dependenciesOf, metricsOfAlarm, newStack, properties } from '../harness/template';

/** Rules, queues and buses in the forms that lost events without a message. */

const ENV = { account: '111111111111', region: 'eu-west-1' };

const functionIn = (stack: Stack, timeout?: Duration) => new Function(stack, 'Fn', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('x'), timeout,
});

const resourcesOf = (stack: Stack): Record<string, any> => Template.fromStack(stack).toJSON().Resources;

/** Queue in front of a function. */
function queueOf(lambdaFunction: (stack: Stack) => IFunction, options?: QueuedFunctionOptions) {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe')
    .onEvent('Paid', { target: new QueuedFunction(lambdaFunction(stack), options) });
  return properties(stack, 'AWS::SQS::Queue', 'StripePaidQueue');
}

const alias = (stack: Stack, timeout?: Duration) =>
  new Alias(stack, 'Alias', { aliasName: 'live', version: functionIn(stack, timeout).currentVersion });
const imported = (stack: Stack) => Function.fromFunctionAttributes(stack, 'Imported', {
  functionArn: 'arn:aws:lambda:eu-west-1:111111111111:function:paid', role: functionIn(stack).role!,
});

test.each<[string, (stack: Stack) => IFunction, number, number]>([
  ['without a timeout', functionIn, 300, 864],
  ['of 1 second', (stack) => functionIn(stack, Duration.seconds(1)), 300, 864],
  ['of 50 seconds', (stack) => functionIn(stack, Duration.seconds(50)), 300, 864],
  ['of 51 seconds', (stack) => functionIn(stack, Duration.seconds(51)), 306, 847],
  ['of 15 minutes', (stack) => functionIn(stack, Duration.minutes(15)), 5_400, 48],
  ['behind an alias, without a timeout', alias, 300, 864],
  ['behind an alias, of 15 minutes', (stack) => alias(stack, Duration.minutes(15)), 5_400, 48],
  ['of a version, of 15 minutes', (stack) => functionIn(stack, Duration.minutes(15)).currentVersion, 5_400, 48],
  ['whose timeout is a parameter', (stack) =>
    functionIn(stack, Duration.seconds(new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber)),
  5_400, 48],
  ['that is imported', imported, 5_400, 48],
])('N15: messages for a function %s are visible again after %s', (_what, lambdaFunction, visibility, receives) => {
  expect(queueOf(lambdaFunction)).toMatchObject({
    VisibilityTimeout: visibility, RedrivePolicy: { maxReceiveCount: receives },
  });
});

test('U12: the batching window counts for the visibility timeout, because a message waits in it', () => {
  expect(queueOf((stack) => functionIn(stack, Duration.minutes(2)), { maxBatchingWindow: Duration.seconds(90) }))
    .toMatchObject({ VisibilityTimeout: 6 * 120 + 90 });
});

test('N62: a function imported by name, whose role is unknown, fails synthesis with the remedy', () => {
  expect(() => queueOf((stack) => Function.fromFunctionName(stack, 'ByName', 'paid'))).toThrow(
    'QueuedFunction needs the role of its function to grant permission to read the queue, ' +
    'got none for Test/ByName; use Function.fromFunctionAttributes with role (Test/Stripe/Paid)');
});

/** Target of each class, in a stack. */
const TARGETS: Record<string, (stack: Stack) => IRuleTarget> = {
  SqsQueue: (stack) => new SqsQueue(new Queue(stack, 'Queue')),
  SnsTopic: (stack) => new SnsTopic(new Topic(stack, 'Topic')),
  LambdaFunction: (stack) => new LambdaFunction(functionIn(stack)),
  QueuedFunction: (stack) => new QueuedFunction(functionIn(stack)),
  KinesisStream: (stack) => new KinesisStream(new Stream(stack, 'Stream')),
  CloudWatchLogGroup: (stack) => new CloudWatchLogGroup(new LogGroup(stack, 'Events')),
  SfnStateMachine: (stack) => new SfnStateMachine(new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Pass')),
  })),
  EventBus: (stack) => new EventBusTarget(new EventBus(stack, 'Other')),
};

describe('targets in another stack', () => {
  const stacks = () => {
    const app = new App();
    const bridge = new StripeEventBridge(new Stack(app, 'Owner', { env: ENV }), 'Stripe');
    return { app, bridge, consumer: new Stack(app, 'Consumer', { env: ENV }) };
  };

  test.each(Object.keys(TARGETS))('N33: %s of another stack synthesizes with its stack as the scope', (name) => {
    const { app, bridge, consumer } = stacks();
    bridge.onEvent('Paid', { scope: consumer, target: TARGETS[name](consumer) });
    expect(() => app.synth()).not.toThrow();
    Template.fromStack(consumer).resourceCountIs('AWS::Events::Rule', 1);
  });

  test.each(['SnsTopic', 'LambdaFunction', 'KinesisStream', 'SfnStateMachine', 'EventBus'])(
    'N33: %s of another stack also synthesizes without a scope', (name) => {
      const { app, bridge, consumer } = stacks();
      bridge.onEvent('Paid', { target: TARGETS[name](consumer) });
      expect(() => app.synth()).not.toThrow();
    },
  );

  test.each([
    ['SqsQueue', 'Consumer/Queue'],
    ['QueuedFunction', 'Consumer/Fn'],
  ])('N33: %s of another stack without a scope fails synthesis with the remedy', (name, path) => {
    const { bridge, consumer } = stacks();
    const message = expect.stringContaining(path);
    let thrown: Error | undefined;
    try {
      bridge.onEvent('Paid', { target: TARGETS[name](consumer) });
    } catch (error) {
      thrown = error as Error;
    }
    expect(thrown?.message).toEqual(message);
    expect(thrown?.message).toMatch(/^`target` is the \w+ .* of another stack, .*; pass `scope` .* Consumer \(.*\)$/);
  });

  test('N33: a queue in a nested stack synthesizes with the nested stack as the scope', () => {
    const { app, bridge } = stacks();
    const nested = new NestedStack(Stack.of(bridge), 'Nested');
    bridge.onEvent('Paid', { scope: nested, target: TARGETS.SqsQueue(nested) });
    expect(() => app.synth()).not.toThrow();
  });
});

test.each(Object.keys(TARGETS))('N51: the target %s has no retry policy, so EventBridge has its default', (name) => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: TARGETS[name](stack) });
  const [target] = properties(stack, 'AWS::Events::Rule', 'StripePaidRule').Targets;
  expect(target).not.toHaveProperty('RetryPolicy');
  expect(target).toHaveProperty('DeadLetterConfig');
});

describe('order of a deployment', () => {
  /** Logical ids that the webhook function waits for. */
  function waitsFor(props: StripeEventBridgeProps, add: (stack: Stack, bridge: StripeEventBridge) => void = () => {}) {
    const stack = newStack();
    add(stack, new StripeEventBridge(stack, 'Stripe', props));
    const resources = resourcesOf(stack);
    const [webhook] = Object.keys(resources).filter((id) => id.startsWith('StripeWebhookHandlerFunction'));
    return dependenciesOf(resources, webhook).map((id) => id.replace(/[0-9A-F]{8}$/, ''));
  }

  test('N27: the webhook function waits for the quarantine rule, its queues and their policies', () => {
    expect(waitsFor({})).toEqual(expect.arrayContaining([
      'StripeQuarantineRule', 'StripeQuarantineQueuePolicy', 'StripeQuarantineDeadLetterQueuePolicy',
    ]));
  });

  test('N27: the webhook function waits for the rule of a table, its queues and their policies', () => {
    expect(waitsFor({ customerTable: {} })).toEqual(expect.arrayContaining([
      'StripeCustomerTableRule', 'StripeCustomerTableQueuePolicy', 'StripeCustomerTableDeadLetterQueuePolicy',
    ]));
  });

  test('N27: the webhook function waits for every rule of a queued function, its queues and their policies', () => {
    const ids = waitsFor({}, (stack, bridge) => bridge.onEvent('Paid', {
      eventTypes: StripeEventFilter.named(...namesOf(150)), target: new QueuedFunction(functionIn(stack)),
    }));
    expect(ids).toEqual(expect.arrayContaining([
      'StripePaidRule', 'StripePaidRulePart2', 'StripePaidQueuePolicy', 'StripePaidDeadLetterQueuePolicy',
    ]));
  });

  test('N27: a target that needs the webhook function causes no cycle', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe');
    const fn = functionIn(stack);
    fn.addEnvironment('WEBHOOK', bridge.webhookFunction.functionArn);
    bridge.onEvent('Direct', { target: new LambdaFunction(fn) });
    bridge.onEvent('Queued', { target: new QueuedFunction(fn) });
    expect(() => Template.fromStack(stack)).not.toThrow(); // fails for a cycle
  });
});

/** Dimensions of the alarm on failed deliveries of the quarantine rule, as template text. */
function quarantineMetric(busIn: (stack: Stack) => IEventBus): string {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  new StripeEventBridge(stack, 'Stripe', { eventBus: busIn(stack) });
  const { Dimensions, Metrics } = properties(stack, 'AWS::CloudWatch::Alarm', 'StripeQuarantineAlarmsQuarantineFailed');
  return JSON.stringify(Dimensions ?? Metrics);
}

test.each<[string, (stack: Stack) => IEventBus]>([
  ['by its name', (stack) => EventBus.fromEventBusName(stack, 'Bus', 'default')],
  ['by its ARN', (stack) =>
    EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:eu-west-1:111111111111:event-bus/default')],
])('N23: the metrics of a rule on the default bus, imported %s, have the dimension RuleName only', (_how, bus) => {
  expect(quarantineMetric(bus)).toMatch(/^\[\{"Name":"RuleName","Value":\{"Ref":"StripeQuarantineRule\w+"\}\}\]$/);
});

test('N23: on a bus whose name is a parameter and may be default, the alarm watches both metrics', () => {
  const metrics = quarantineMetric((stack) =>
    EventBus.fromEventBusName(stack, 'Bus', new CfnParameter(stack, 'Name').valueAsString));
  expect(metrics.match(/"EventBusName"/g)).toHaveLength(1);
  expect(metrics.match(/"RuleName"/g)).toHaveLength(2);
});

test('N23: the quarantine rule has a dead-letter queue with alarms', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe');
  expect(properties(stack, 'AWS::Events::Rule', 'StripeQuarantineRule').Targets).toMatchObject([{
    DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^StripeQuarantineDeadLetterQueue/), 'Arn'] } },
  }]);
  ['DlqDepth', 'DlqDeliveryFailed'].forEach((id) =>
    expect(properties(stack, 'AWS::CloudWatch::Alarm', `StripeQuarantineAlarms${id}`)).toBeDefined());
});

test.each(['default', 'billing'])('N52: the alarm names the rule on the bus %s, given by a parameter', (busName) => {
  const stack = newStack();
  const eventBus = EventBus.fromEventBusName(stack, 'Bus', new CfnParameter(stack, 'Name').valueAsString);
  new StripeEventBridge(stack, 'Stripe', { eventBus });
  const { Metrics } = properties(stack, 'AWS::CloudWatch::Alarm', 'StripeQuarantineAlarmsQuarantineFailed');
  const names = Metrics.flatMap(({ MetricStat }: any) => MetricStat?.Metric.Dimensions ?? [])
    .filter(({ Name }: any) => Name === 'RuleName').map(({ Value }: any) => Value);
  // Ref of a rule: its name on the default bus, bus|name on another one
  const ref = busName === 'default' ? 'rule-1' : `${busName}|rule-1`;
  const evaluate = (value: any): any => {
    if (typeof value === 'string') { return value; }
    if (value.Ref) { return ref; }
    if (value['Fn::Join']) { return value['Fn::Join'][1].map(evaluate).join(value['Fn::Join'][0]); }
    if (value['Fn::Split']) { return evaluate(value['Fn::Split'][1]).split(value['Fn::Split'][0]); }
    return evaluate(value['Fn::Select'][1])[Number(value['Fn::Select'][0])];
  };
  expect(names.length).toBeGreaterThan(0);
  expect(names.map(evaluate)).toEqual(names.map(() => 'rule-1'));
});

test.each([
  ['SqsQueue', ['DlqDepth', 'DlqDeliveryFailed']],
  ['QueuedFunction', ['DlqDepth', 'DlqDeliveryFailed', 'QueueAge', 'NothingProcessed']],
])('N30: the alarms of onEvent with %s are %j, and a queue that a function reads has QueueAge', (name, expected) => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: TARGETS[name](stack) });
  const ids = Object.keys(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))
    .filter((id) => id.startsWith('StripePaidAlarms')).map((id) => id.slice('StripePaidAlarms'.length, -8));
  expect(ids.sort()).toEqual([...expected].sort());
});

test('N30: QueueAge watches for messages that wait an hour, and stays as it is without data', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: TARGETS.QueuedFunction(stack) });
  const alarm = properties(stack, 'AWS::CloudWatch::Alarm', 'StripePaidAlarmsQueueAge');
  expect(alarm).toMatchObject({ Threshold: 3_600, TreatMissingData: 'ignore' });
  expect(metricsOfAlarm(alarm)).toContainEqual(expect.objectContaining({
    MetricName: 'ApproximateAgeOfOldestMessage',
    Stat: 'Maximum',
    Dimensions: [{
      Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^StripePaidQueue/), 'QueueName'] },
    }],
  }));
});

test.each<[string, QueuedFunctionOptions]>([
  ['and waits for batches', { maxBatchingWindow: Duration.minutes(5) }],
  ['for 13 days', { retryFor: Duration.days(13) }],
])('G4: a message that a function of 15 minutes retries %s is received in every period of the alarm', (_, options) => {
  const stack = newStack();
  const target = new QueuedFunction(functionIn(stack, Duration.minutes(15)), options);
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target });
  const [{ Period: period }] = metricsOfAlarm(
    properties(stack, 'AWS::CloudWatch::Alarm', 'StripePaidAlarmsNothingProcessed'));
  expect(properties(stack, 'AWS::SQS::Queue', 'StripePaidQueue').VisibilityTimeout).toBeLessThan(period);
});

/** Alarms of a stack by their paths. */
const alarmPaths = (stack: Stack) => stack.node.findAll()
  .filter((each) => each instanceof CfnAlarm).map(({ node }) => node.scope!.node.path.replace(/^Test\//, '')).sort();
const newAction = () => ({ bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-west-1:111111111111:on-call' }) });

describe('W4: one alarm for a queue that rules share', () => {
  const of = (id: string, ...alarms: string[]) => alarms.map((alarm) => `Stripe/${id}/Alarms/${alarm}`);
  const QUEUE = ['NothingProcessed', 'QueueAge'];

  test('of a QueuedFunction, below the first rule', () => {
    const stack = newStack();
    const target = new QueuedFunction(functionIn(stack));
    const bridge = new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [newAction()] } });
    ['A', 'B', 'C'].forEach((id) => bridge.onEvent(id, { target }));
    expect(alarmPaths(stack).filter((path) => /Stripe\/[ABC]\//.test(path))).toEqual([
      ...of('A', 'DlqDeliveryFailed', 'DlqDepth', ...QUEUE), ...of('B', 'DlqDeliveryFailed'),
      ...of('C', 'DlqDeliveryFailed'),
    ]);
  });

  test('that is the dead-letter queue of several targets', () => {
    const stack = newStack();
    const deadLetterQueue = new Queue(stack, 'Dead', { retentionPeriod: Duration.days(14) });
    const bridge = new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [newAction()] } });
    const target = () => new SqsQueue(new Queue(stack, `Q${stack.node.children.length}`), { deadLetterQueue });
    ['A', 'B'].forEach((id) => bridge.onEvent(id, { target: target() }));
    bridge.onEvent('C', { target: new QueuedFunction(functionIn(stack), { deadLetterQueue }) });
    expect(alarmPaths(stack).filter((path) => path.endsWith('/DlqDepth') && !path.includes('Quarantine')))
      .toEqual(of('A', 'DlqDepth'));
  });

  test('of two queues, each has its own', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe');
    ['A', 'B'].forEach((id) => bridge.onEvent(id, { target: new SqsQueue(new Queue(stack, id)) }));
    expect(alarmPaths(stack).filter((path) => /\/[AB]\/.*DlqDepth$/.test(path)))
      .toEqual([...of('A', 'DlqDepth'), ...of('B', 'DlqDepth')]);
  });

  test.each<[string, StripeAlarmOptions | undefined, StripeAlarmOptions | undefined]>([
    ['the alarms of the first rule are disabled', { enabled: false }, undefined],
    ['the alarms of the second rule have other actions', { actions: [newAction()] }, { actions: [newAction()] }],
    ['only the alarms of the second rule have actions', undefined, { actions: [newAction()] }],
  ])('the second rule has it as well, if %s', (_what, first, second) => {
    const stack = newStack();
    const target = new QueuedFunction(functionIn(stack));
    const eventBus = new EventBus(stack, 'Bus');
    StripeEvents.fromEventBus(stack, 'One', eventBus, { alarms: first }).onEvent('Paid', { target });
    StripeEvents.fromEventBus(stack, 'Two', eventBus, { alarms: second }).onEvent('Paid', { target });
    expect(alarmPaths(stack)).toEqual(expect.arrayContaining(
      ['DlqDepth', ...QUEUE].map((alarm) => `Two/Paid/Alarms/${alarm}`)));
  });

  test('the second rule has it instead, when the first is removed', () => {
    const stack = newStack();
    const target = new QueuedFunction(functionIn(stack));
    new StripeEventBridge(stack, 'Stripe').onEvent('B', { target });
    expect(alarmPaths(stack)).toEqual(expect.arrayContaining(of('B', 'DlqDepth', ...QUEUE)));
  });
});

test('N61: every alarm on the depth or the age of a queue ignores missing data', () => {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
  bridge.onEvent('Paid', { target: TARGETS.QueuedFunction(stack) });
  const ofQueues = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))
    .filter(({ Properties }) => metricsOfAlarm(Properties).some(({ Namespace }) => Namespace === 'AWS/SQS'));
  expect(ofQueues.length).toBeGreaterThan(5);
  expect(ofQueues.filter(({ Properties }) => Properties.TreatMissingData !== 'ignore')).toEqual([]);
});

test.each<[string, (stack: Stack) => IEventBus]>([
  ['with eventSourceName', (stack) => new EventBus(stack, 'Bus', { eventSourceName: 'aws.partner/stripe.com/ed_1' })],
  ['by name', (stack) => EventBus.fromEventBusName(stack, 'Bus', 'aws.partner/stripe.com/ed_1')],
  ['by ARN', (stack) => EventBus.fromEventBusArn(
    stack, 'Bus', 'arn:aws:events:eu-west-1:111111111111:event-bus/aws.partner/stripe.com/ed_1')],
])('N50: a bridge on a partner bus, %s, fails synthesis, because only the partner may publish', (_how, bus) => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  expect(() => new StripeEventBridge(stack, 'Stripe', { eventBus: bus(stack) })).toThrow(
    '`eventBus` must accept PutEvents, got a bus of a partner, on which only the partner publishes; ' +
    'use StripeEvents.fromEventBus to attach tables and rules to it, or StripeCustomerTable (Test/Stripe)');
});

test('N47: a pattern of 2,048 rendered characters is one rule, and one more makes two', () => {
  const names = namesOf(Infinity);
  const count = names.findIndex((_, index) => JSON.stringify(names.slice(0, index + 1)).length > 1_900);
  const patternsOf = (padding: number) => patterns([...names.slice(0, count), `q.${'x'.repeat(padding)}`]);
  const [shortest] = patternsOf(1).map(({ length }) => length);
  expect(shortest).toBeLessThan(2_048);
  expect(patternsOf(1 + 2_048 - shortest).map(({ length }) => length)).toEqual([2_048]);
  expect(patternsOf(2 + 2_048 - shortest)).toHaveLength(2);
});

describe('several rules for one selection', () => {
  /** Types of each rule. */
  const partsOf = (names: string[]) => patterns(names).map((text) => JSON.parse(text)['detail-type'] as string[]);
  const names = namesOf(170);

  test('S13: no type changes its rule when another type is added or removed', () => {
    const before = partsOf(names);
    expect(before.length).toBeGreaterThan(2);
    const added = namesOf(172).slice(170);
    const inserted = [...added, ...names.slice(0, 50), ...names.slice(51)].reverse();
    const after = partsOf(inserted);
    expect(after).toHaveLength(before.length);
    before.forEach((types, part) => types.filter((type) => type !== names[50])
      .forEach((type) => expect(after[part]).toContain(type)));
  });

  test('S13: types move only from a rule to a new one, which exists before the first is changed', () => {
    const [few, many] = [namesOf(60), namesOf(250)];
    const [before, after] = [partsOf(few), partsOf(many)];
    expect(after.length).toBeGreaterThan(before.length);
    before.forEach((types, part) => types.filter((type) => !after[part].includes(type)).forEach((type) =>
      expect(after.findIndex((each) => each.includes(type))).toBeGreaterThanOrEqual(before.length)));
    const rules = Object.entries(rulesFor(many));
    const waits = rules.map(([, { DependsOn }]) => (DependsOn ?? []) as string[]);
    // 1 is divided from 0, 2 from 0, 3 from 1, 4 from 0 and so on
    rules.slice(1).forEach(([id], index) => expect(waits[[0, 0, 1, 0, 1, 2, 3][index]]).toContain(id));
  });
});

/** Rules of one `onEvent`, in the order of their parts. */
function rulesFor(names: string[]): Record<string, any> {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe').onEvent('Many', {
    eventTypes: StripeEventFilter.named(...names), target: TARGETS.SqsQueue(stack),
  });
  return Object.fromEntries(Object.entries(Template.fromStack(stack).findResources('AWS::Events::Rule'))
    .filter(([id]) => id.startsWith('StripeMany')));
}

function patterns(names: string[]): string[] {
  return Object.values(rulesFor(names)).map(({ Properties }) => JSON.stringify(Properties.EventPattern));
}

/** Types that the library knows, so that none gives a warning. */
function namesOf(count: number): string[] {
  return Object.values(StripeEventType).filter((type) => type !== 'issuing_authorization.request').slice(0, count);
}

/** Targets with a dead-letter queue of the user. */
const WITH_DEAD_LETTER_QUEUE: Array<[string, (stack: Stack, deadLetterQueue: IQueue) => IRuleTarget]> = [
  ['LambdaFunction', (stack, deadLetterQueue) => new LambdaFunction(functionIn(stack), { deadLetterQueue })],
  ['QueuedFunction', (stack, deadLetterQueue) => new QueuedFunction(functionIn(stack), { deadLetterQueue })],
];

test.each<[string, (stack: Stack) => IQueue]>([
  ['of the app', (stack) => new Queue(stack, 'Mine', { fifo: true })],
  ['that is imported', (stack) =>
    Queue.fromQueueArn(stack, 'Mine', 'arn:aws:sqs:eu-west-1:111111111111:mine.fifo')],
])('S11: a FIFO queue %s as dead-letter queue fails synthesis, on every kind of target', (_what, queueIn) => {
  for (const [, target] of WITH_DEAD_LETTER_QUEUE) {
    const stack = new Stack(new App(), 'Test', { env: ENV });
    const bridge = new StripeEventBridge(stack, 'Stripe');
    expect(() => bridge.onEvent('Paid', { target: target(stack, queueIn(stack)) })).toThrow(
      '`deadLetterQueue` must be a standard queue, got a FIFO queue, which EventBridge does not accept; ' +
      'omit it, or use a standard queue (Test/Stripe/Paid');
  }
});

test.each<[string, (stack: Stack) => IQueue]>([
  ['of the app', (stack) => new Queue(stack, 'Mine')],
  ['with a key of the user', (stack) => new Queue(stack, 'Mine', { encryption: QueueEncryption.KMS })],
  ['that is imported', (stack) => Queue.fromQueueArn(stack, 'Mine', 'arn:aws:sqs:eu-west-1:111111111111:mine')],
])('S11: a dead-letter queue of the user %s has an alarm for events that cannot be sent to it', (_what, queueIn) => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  const target = new LambdaFunction(functionIn(stack), { deadLetterQueue: queueIn(stack) });
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target });
  expect(properties(stack, 'AWS::CloudWatch::Alarm', 'StripePaidAlarmsDlqDeliveryFailed'))
    .toMatchObject({ MetricName: 'InvocationsFailedToBeSentToDlq' });
});

test.each(WITH_DEAD_LETTER_QUEUE)('F8: a dead-letter queue of the app on %s has an alarm', (_name, target) => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  const mine = new Queue(stack, 'Mine', { retentionPeriod: Duration.days(14) });
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: target(stack, mine) });
  expect(metricsOfAlarm(properties(stack, 'AWS::CloudWatch::Alarm', 'StripePaidAlarmsDlqDepth'))).toMatchObject([{
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: stack.resolve(mine.queueName) }],
  }]);
});

test.each<[string, (stack: Stack) => IEventBus, number, boolean]>([
  ['by parameter', (stack) =>
    EventBus.fromEventBusName(stack, 'Bus', new CfnParameter(stack, 'Name').valueAsString), 400, true],
  ['by parameter', (stack) =>
    EventBus.fromEventBusName(stack, 'Bus', new CfnParameter(stack, 'Name').valueAsString), 120, false],
  ['of the app', (stack) => new EventBus(stack, 'Bus'), 400, false],
])('F9: a bus %s has %#, because an alarm reads ten metrics', (_how, bus, count, fails) => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  const eventTypes = StripeEventFilter.named(...namesOf(count));
  const add = () => new StripeEventBridge(stack, 'Stripe', { eventBus: bus(stack) })
    .onEvent('Paid', { eventTypes, target: new SqsQueue(new Queue(stack, 'Queue')) });
  fails ? expect(add).toThrow(/must fit into 4 event patterns .* or a bus whose name is known at synthesis \(Test\//)
    : expect(add).not.toThrow();
});

describe('a bus of the app with a key', () => {
  const warnings = (stack: Stack) => Annotations.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp('deadLetterConfig is missing on a bus with a key'));
  const withBus = (props: (stack: Stack) => EventBusProps) => {
    const stack = new Stack(new App(), 'Test', { env: ENV });
    new StripeEventBridge(stack, 'Stripe', { eventBus: new EventBus(stack, 'Bus', props(stack)), customerTable: {} });
    return stack;
  };

  test('F10: without a dead-letter queue gives one warning', () => {
    expect(warnings(withBus((stack) => ({ kmsKey: new Key(stack, 'Key') })))).toHaveLength(1);
    expect(warnings(withBus(() => ({})))).toEqual([]);
  });

  test('F10: with a dead-letter queue may use it, and has an alarm', () => {
    const stack = withBus((scope) => ({ kmsKey: new Key(scope, 'Key'), deadLetterQueue: new Queue(scope, 'Mine') }));
    expect(warnings(stack)).toEqual([]);
    const bus = { 'Fn::GetAtt': [expect.stringMatching(/^Bus/), 'Arn'] };
    expect(properties(stack, 'AWS::SQS::QueuePolicy', 'Mine').PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({ Action: 'sqs:SendMessage', Condition: { ArnLike: { 'aws:SourceArn': bus } } }));
    expect(metricsOfAlarm(properties(stack, 'AWS::CloudWatch::Alarm', 'StripeEventBusAlarmsBusDlqDepth')))
      .toMatchObject([{ Dimensions: [{ Value: { 'Fn::GetAtt': [expect.stringMatching(/^Mine/), 'QueueName'] } }] }]);
  });
});

test('R11: alarms of onEvent and of a table have the actions of the bridge, unless they have their own', () => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  const action = (name: string) => ({ bind: () => ({ alarmActionArn: `arn:aws:sns:eu-west-1:111111111111:${name}` }) });
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    alarms: { actions: [action('bridge')] }, customerTable: { alarms: { enabled: true } },
  });
  bridge.onEvent('Paid', { alarms: { actions: [action('own')] }, target: new SqsQueue(new Queue(stack, 'Queue')) });
  const actionsOf = (id: string) => properties(stack, 'AWS::CloudWatch::Alarm', id).AlarmActions;
  expect(actionsOf('StripeCustomerTableAlarmsWriteDenied')).toEqual([expect.stringMatching(/:bridge$/)]);
  expect(actionsOf('StripePaidAlarmsDlqDepth')).toEqual([expect.stringMatching(/:own$/)]);
});

test.each([
  'arn:aws:lambda:us-east-1:111111111111:function:paid',
  'arn:aws:lambda:eu-west-1:222222222222:function:paid',
])('S20: a function elsewhere (%s) fails synthesis, because the mapping would read a local function', (functionArn) => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  const fn = Function.fromFunctionAttributes(stack, 'Imported', { functionArn, role: functionIn(stack).role! });
  const bridge = new StripeEventBridge(stack, 'Stripe');
  expect(() => bridge.onEvent('Paid', { target: new QueuedFunction(fn) }))
    .toThrow(/^QueuedFunction needs a function in the (account|region) of the rule, got one of \S+ in a stack of /);
});

test.each(WITH_DEAD_LETTER_QUEUE)(
  'N33: %s with a dead-letter queue of another stack fails synthesis with the remedy', (_name, target) => {
    const app = new App();
    const bridge = new StripeEventBridge(new Stack(app, 'Owner', { env: ENV }), 'Stripe');
    const deadLetterQueue = new Queue(new Stack(app, 'Consumer', { env: ENV }), 'Mine');
    expect(() => bridge.onEvent('Paid', { target: target(Stack.of(bridge), deadLetterQueue) })).toThrow(
      '`deadLetterQueue` must be in the stack of the rule, because its policy names the rule, got Consumer/Mine; ' +
      'omit it, or create it in the stack Owner (Owner/Stripe/Paid');
  });

const QUEUE_REMEDY = 'use QueueEncryption.SQS_MANAGED, or QueueEncryption.KMS with a key of your own';

test.each(WITH_DEAD_LETTER_QUEUE)(
  'S11, V1: the key of a dead-letter queue on %s admits EventBridge, or fails synthesis', (_name, target) => {
    const withKey = (key: (stack: Stack) => object) => {
      const stack = new Stack(new App(), 'Test', { env: ENV });
      const deadLetterQueue = new Queue(stack, 'Mine', key(stack));
      new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: target(stack, deadLetterQueue) });
      return stack;
    };
    const own = withKey((stack) => ({ encryptionMasterKey: new Key(stack, 'Key') }));
    const admitted = properties(own, 'AWS::KMS::Key', 'Key').KeyPolicy.Statement
      .filter(({ Principal }: any) => Principal.Service === 'events.amazonaws.com');
    expect(admitted).toMatchObject([{
      Action: expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']),
      Condition: { StringEquals: { 'aws:SourceAccount': ENV.account } },
    }]);

    const withImportedKey = withKey((stack) => ({
      encryptionMasterKey: Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${ENV.region}:${ENV.account}:key/1`),
    }));
    const warning = Match.stringLikeRegexp('must allow events.amazonaws.com');
    expect(Annotations.fromStack(withImportedKey).findWarning('*', warning)).toHaveLength(1);

    for (const ofAws of [
      () => ({ encryption: QueueEncryption.KMS_MANAGED }),
      (stack: Stack) => ({ encryptionMasterKey: KeyAlias.fromAliasName(stack, 'Alias', 'alias/aws/sqs') }),
    ]) {
      expect(() => Template.fromStack(withKey(ofAws))).toThrow(new RegExp(
        'Test/Stripe/Paid\\S+] `deadLetterQueue` must have a key that EventBridge may use, got alias/aws/sqs of ' +
        `Test/Mine; ${QUEUE_REMEDY}`));
    }
  });

const usingKeys = (target: (stack: Stack) => IRuleTarget) => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: target(stack) });
  return stack;
};
const queueWith = (props: (stack: Stack) => QueueProps) => (stack: Stack) =>
  new SqsQueue(new Queue(stack, 'Mine', props(stack)));
const topicWith = (props: (stack: Stack) => TopicProps) => (stack: Stack) =>
  new SnsTopic(new Topic(stack, 'Mine', props(stack)));
const keyByAspect = (queue: Queue, keyId: string | undefined) => {
  Aspects.of(queue).add({ visit: (node) => { node instanceof CfnQueue && (node.kmsMasterKeyId = keyId); } });
  return queue;
};
const aliasNamed = (stack: Stack, name: string) => KeyAlias.fromAliasName(stack, 'KeyAlias', name);

test.each<[string, (stack: Stack) => IRuleTarget, string, string]>([
  ['a queue, by QueueEncryption', queueWith(() => ({ encryption: QueueEncryption.KMS_MANAGED })), 'sqs', QUEUE_REMEDY],
  ['a queue, by an alias', queueWith((stack) => ({ encryptionMasterKey: aliasNamed(stack, 'alias/aws/sqs') })), 'sqs',
    QUEUE_REMEDY],
  ['a queue, by the ARN of the alias', queueWith((stack) => ({
    encryptionMasterKey: Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${ENV.region}:${ENV.account}:alias/aws/sqs`),
  })), 'sqs', QUEUE_REMEDY],
  ['an imported queue', (stack) => new SqsQueue(Queue.fromQueueAttributes(stack, 'Mine', {
    queueArn: `arn:aws:sqs:${ENV.region}:${ENV.account}:mine`,
    keyArn: `arn:aws:kms:${ENV.region}:${ENV.account}:alias/aws/sqs`,
  })), 'sqs', QUEUE_REMEDY],
  ['a queue, by an Aspect', (stack) => {
    return new SqsQueue(keyByAspect(new Queue(stack, 'Mine'), 'alias/aws/sqs'));
  }, 'sqs', QUEUE_REMEDY],
  ['a topic, by an alias', topicWith((stack) => ({ masterKey: aliasNamed(stack, 'alias/aws/sns') })), 'sns',
    'omit masterKey, or use a key of your own'],
])('F5: the key of AWS on %s as a target fails synthesis', (_what, target, service, remedy) => {
  expect(() => Template.fromStack(usingKeys(target))).toThrow(
    `[Test/Stripe/Paid/Rule] \`target\` must have a key that EventBridge may use, got alias/aws/${service} of ` +
    `Test/Mine; ${remedy}`);
});

const importedKeys = (stack: Stack) =>
  Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('imported-key')).map(({ entry }) => entry.data);
const importedKey = (stack: Stack) => Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${ENV.region}:${ENV.account}:key/1`);

test.each<[string, (stack: Stack) => IRuleTarget]>([
  ['a queue', queueWith((stack) => ({ encryptionMasterKey: importedKey(stack) }))],
  ['a queue, by an alias of the user,', queueWith((stack) => ({
    encryptionMasterKey: aliasNamed(stack, 'alias/mine'),
  }))],
  ['a topic', topicWith((stack) => ({ masterKey: importedKey(stack) }))],
])('F7: the imported key of %s as a target gives one warning', (_what, target) => {
  expect(importedKeys(usingKeys(target))).toEqual([expect.stringContaining(
    'the policy of the imported key of `target` Test/Mine cannot be changed here; ' +
    'it must allow events.amazonaws.com to call kms:Decrypt, kms:GenerateDataKey* [ack: ')]);
});

test('F7: a target whose selection needs several rules gives one warning for its imported key', () => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  const target = new SqsQueue(new Queue(stack, 'Mine', { encryptionMasterKey: importedKey(stack) }));
  const types = Object.values(StripeEventType).slice(0, 120);
  const { rules } = new StripeEventBridge(stack, 'Stripe')
    .onEvent('Many', { target, eventTypes: StripeEventFilter.of(...types) });
  expect(rules.length).toBeGreaterThan(1);
  expect(importedKeys(stack)).toHaveLength(1);
});

test.each<[string, (stack: Stack) => IRuleTarget]>([
  ['a queue without a key', queueWith(() => ({}))],
  ['a queue encrypted by SQS', queueWith(() => ({ encryption: QueueEncryption.SQS_MANAGED }))],
  ['a queue with a new key', queueWith(() => ({ encryption: QueueEncryption.KMS }))],
  ['a queue with a key of the app', queueWith((stack) => ({ encryptionMasterKey: new Key(stack, 'Key') }))],
  ['a queue with an alias of the app', queueWith((stack) => ({
    encryptionMasterKey: new Key(stack, 'Key').addAlias('x'),
  }))],
  ['a topic with the key of AWS, for a rule with a role', (stack) => new SnsTopic(
    new Topic(stack, 'Mine', { masterKey: aliasNamed(stack, 'alias/aws/sns') }), { authorizeUsingRole: true },
  )],
  ['a topic with an imported key, for a rule with a role', (stack) => new SnsTopic(
    new Topic(stack, 'Mine', { masterKey: importedKey(stack) }), { authorizeUsingRole: true },
  )],
  ['a topic without a key', topicWith(() => ({}))],
  ['a topic with a key of the app', topicWith((stack) => ({ masterKey: new Key(stack, 'Key') }))],
  ['a topic with an alias of the app', topicWith((stack) => ({ masterKey: new Key(stack, 'Key').addAlias('x') }))],
  ['a queue whose key of AWS an Aspect removes', (stack) => {
    return new SqsQueue(keyByAspect(new Queue(stack, 'Mine', { encryption: QueueEncryption.KMS_MANAGED }), undefined));
  }],
])('F5, F7: %s as a target gives neither an error nor a warning', (_what, target) => {
  expect(importedKeys(usingKeys(target))).toEqual([]);
});

const eventsIn = (region = ENV.region, account = ENV.account, app = new App()) =>
  new StripeEventBridge(new Stack(app, 'Test', { env: { region, account } }), 'Stripe');

test.each<[string, string, string, (stack: Stack) => IRuleTarget]>([
  ['a function', 'region', 'us-east-1', (stack) => new LambdaFunction(functionIn(stack))],
  ['a queue', 'region', 'us-east-1', (stack) => new SqsQueue(new Queue(stack, 'Mine', { queueName: 'mine' }))],
  ['a function', 'account', '222222222222', (stack) => new LambdaFunction(functionIn(stack))],
  ['a queue', 'account', '222222222222', (stack) => new SqsQueue(new Queue(stack, 'Mine', { queueName: 'mine' }))],
])('T10: %s of another %s as a target fails synthesis with a remedy that works', (_what, kind, place, target) => {
  const app = new App();
  const elsewhere = new Stack(app, 'Elsewhere', { env: { ...ENV, [kind]: place } });
  expect(() => eventsIn(undefined, undefined, app).onEvent('Paid', { target: target(elsewhere) })).toThrow(new RegExp(
    `^\`target\` must be in the ${kind} of the rule, got Elsewhere/\\w+ in ${place} and a rule in ` +
    `${ENV[kind as keyof typeof ENV]}; send the events to a bus there, with the target EventBus`));
});

test('T10: a bus of another region and account is a target', () => {
  const events = eventsIn();
  const bus = EventBus.fromEventBusArn(events, 'There', 'arn:aws:events:us-east-1:222222222222:event-bus/there');
  expect(() => events.onEvent('Paid', { target: new EventBusTarget(bus) })).not.toThrow();
});

test.each<[string, object, object, boolean]>([
  ['without deduplication by content', {}, { messageGroupId: 'stripe' }, false],
  ['without a group', { contentBasedDeduplication: true }, {}, false],
  ['with both', { contentBasedDeduplication: true }, { messageGroupId: 'stripe' }, true],
])('T11: a FIFO queue %s as a target', (_what, queue, options, isValid) => {
  const events = eventsIn();
  const target = new SqsQueue(new Queue(events, 'Mine', { fifo: true, ...queue }), options);
  const attach = () => events.onEvent('Paid', { target });
  if (isValid) {
    expect(attach).not.toThrow();
  } else {
    expect(attach).toThrow('`target` must have a messageGroupId and contentBasedDeduplication, got the FIFO queue ' +
      'Test/Stripe/Mine without; use new SqsQueue(queue, { messageGroupId }) on such a queue (Test/Stripe/Paid');
  }
});

test.each([
  ['LambdaFunction', (fn: IFunction) => new LambdaFunction(fn)],
  ['QueuedFunction', (fn: IFunction) => new QueuedFunction(fn)],
])('T32: a durable function as the target of %s must be a version or an alias', (_name, target) => {
  const events = eventsIn();
  const durable = functionIn(Stack.of(events));
  Object.assign(durable.node.defaultChild!, { durableConfig: { executionTimeout: 60 } }); // of newer releases of CDK
  expect(() => events.onEvent('Paid', { target: target(durable) })).toThrow(
    '`target` must be a version or an alias of a durable function, got Test/Fn; use currentVersion of the function');
  expect(() => events.onEvent('Live', { target: target(durable.currentVersion) })).not.toThrow();
});

test.each([
  ['LambdaFunction', (fn: IFunction) => new LambdaFunction(fn)],
  ['QueuedFunction', (fn: IFunction) => new QueuedFunction(fn)],
])('X2: a function of tenants, which no rule can name, is no target of %s', (_name, target) => {
  const events = eventsIn();
  const tenants = functionIn(Stack.of(events));
  Object.assign(tenants.node.defaultChild!, { tenancyConfig: { tenantIsolationMode: 'PER_TENANT' } }); // as above
  expect(() => events.onEvent('Paid', { target: target(tenants) })).toThrow(
    '`target` must be a function without tenants, got Test/Fn, for which each invocation names a tenant; use a ');
});

test.each<[string, (events: StripeEvents, queue: Queue) => IRuleTarget]>([
  ['target', (_events, queue) => new SqsQueue(queue)],
  ['dead-letter queue of a target', (events, queue) =>
    new LambdaFunction(functionIn(Stack.of(events)), { deadLetterQueue: queue })],
  ['dead-letter queue of a QueuedFunction', (events, queue) =>
    new QueuedFunction(functionIn(Stack.of(events)), { deadLetterQueue: queue })],
])('V20: a queue that refuses large messages gives a warning as the %s', (_what, target) => {
  const warnings = (maxMessageSizeBytes?: number) => {
    const events = eventsIn();
    const queue = new Queue(events, 'Mine', { maxMessageSizeBytes, retentionPeriod: Duration.days(14) });
    events.onEvent('Paid', { target: target(events, queue) });
    return Annotations.fromStack(Stack.of(events)).findWarning('*', Match.stringLikeRegexp(
      `^the queue Test/Stripe/Mine refuses messages of more than ${maxMessageSizeBytes} bytes, and an event can`));
  };
  expect(warnings(1_024)).toHaveLength(1);
  expect(warnings(262_144)).toHaveLength(1);
  expect(warnings(1_048_576)).toEqual([]);
  expect(warnings()).toEqual([]);
});

describe('Y09: a target that is added to a rule of onEvent', () => {
  const MESSAGE = 'Test/Stripe/Paid/Rule has targets that were added to it, which have no dead-letter queue or ' +
    'receive only some of the events; call onEvent again for another target';
  const synthesized = (types: number, added: (events: StripeEvents) => IRuleTarget) => () => {
    const events = eventsIn();
    const names = Array.from({ length: types }, (_, index) => `thing${index}.happened_somehow`);
    const { rules } = events.onEvent('Paid', {
      eventTypes: StripeEventFilter.named(...names), target: new SqsQueue(new Queue(events, 'One')),
    });
    rules[0].addTarget(added(events));
    return Template.fromStack(Stack.of(events));
  };

  test('fails synthesis without a dead-letter queue', () => {
    expect(synthesized(1, (events) => new SqsQueue(new Queue(events, 'Two')))).toThrow(MESSAGE);
  });

  test('fails synthesis if it is on one of several rules', () => {
    expect(synthesized(150, (events) =>
      new SqsQueue(new Queue(events, 'Two'), { deadLetterQueue: new Queue(events, 'Dead') }))).toThrow(MESSAGE);
  });

  test('is accepted with a dead-letter queue on the only rule', () => {
    expect(synthesized(1, (events) =>
      new SqsQueue(new Queue(events, 'Two'), { deadLetterQueue: new Queue(events, 'Dead') }))).not.toThrow();
  });
});

describe('W13: a bus whose name and ARN differ', () => {
  const arn = 'arn:aws:events:eu-west-1:111111111111:event-bus/billing';
  const bus = (scope: Stack, eventBusName: string) => EventBus.fromEventBusAttributes(scope, 'Bus', {
    eventBusName, eventBusArn: arn, eventBusPolicy: '',
  });

  test.each<[string, (stack: Stack, eventBus: IEventBus) => unknown]>([
    ['a bridge', (stack, eventBus) => new StripeEventBridge(stack, 'Stripe', { eventBus })],
    ['the events of a bus', (stack, eventBus) => StripeEvents.fromEventBus(stack, 'Stripe', eventBus)],
    ['a table', (stack, eventBus) => new StripeCustomerTable(stack, 'Stripe', { eventBus })],
  ])('fails synthesis for %s', (_what, create) => {
    const stack = new Stack(new App(), 'Test', { env: ENV });
    expect(() => create(stack, bus(stack, 'orders'))).toThrow('`eventBus` must be an IEventBus whose name and ARN ' +
      `are of one bus, got 'orders' and '${arn}'; use EventBus.fromEventBusName(this, 'Bus', name), or EventBus.from`);
    const other = new Stack(new App(), 'Test', { env: ENV });
    expect(() => create(other, bus(other, 'billing'))).not.toThrow();
  });
});

test('T37: a selection that needs several rules calls no deprecated method of the newest CDK', () => {
  const stack = newStack();
  const calls: unknown[] = [];
  const add = jest.spyOn(CfnResource.prototype, 'addDependency')
    .mockImplementation(() => { throw new Error('deprecated'); });
  Object.assign(CfnResource.prototype, { addResourceDependency: (dependency: unknown) => void calls.push(dependency) });
  try {
    new StripeEventBridge(stack, 'Stripe').onEvent('Many', {
      eventTypes: StripeEventFilter.named(...namesOf(200)), target: new SqsQueue(new Queue(stack, 'Mine')),
    });
  } finally {
    add.mockRestore();
    Reflect.deleteProperty(CfnResource.prototype, 'addResourceDependency');
  }
  expect(calls.length).toBeGreaterThan(0);
});

test.each(WITH_DEAD_LETTER_QUEUE)(
  'T38: an imported dead-letter queue on %s gives a warning that names the permission', (_name, target) => {
    const events = eventsIn();
    const stack = Stack.of(events);
    const deadLetterQueue = Queue.fromQueueArn(stack, 'Mine', 'arn:aws:sqs:eu-west-1:111111111111:mine');
    events.onEvent('Paid', { target: target(stack, deadLetterQueue) });
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('imported-dead-letter-queue'))
      .map(({ entry }) => entry.data)).toEqual([expect.stringContaining(
      'must allow events.amazonaws.com to call sqs:SendMessage for the rules, and needs an alarm of its own',
    )]);
  });

test.each<[string, (stack: Stack) => IRuleTarget, string]>([
  ['a FIFO topic', (stack) => new SnsTopic(new Topic(stack, 'Mine', { fifo: true })), 'must be a standard topic'],
  ['an imported FIFO topic', (stack) =>
    new SnsTopic(Topic.fromTopicArn(stack, 'Mine', 'arn:aws:sns:eu-west-1:111111111111:mine.fifo')),
  'must be a standard topic'],
  ['an imported FIFO queue without a group', (stack) =>
    new SqsQueue(Queue.fromQueueArn(stack, 'Mine', 'arn:aws:sqs:eu-west-1:111111111111:mine.fifo')),
  'must have a messageGroupId'],
])('V26, T11: %s as a target fails synthesis', (_what, target, message) => {
  const events = eventsIn();
  expect(() => events.onEvent('Paid', { target: target(Stack.of(events)) })).toThrow(`\`target\` ${message}`);
});

test.each<[string, (stack: Stack) => IRuleTarget, string]>([
  ['queue', (stack) => new SqsQueue(Queue.fromQueueArn(stack, 'Mine', 'arn:aws:sqs:eu-west-1:111111111111:mine')),
    'sqs:SendMessage'],
  ['topic', (stack) => new SnsTopic(Topic.fromTopicArn(stack, 'Mine', 'arn:aws:sns:eu-west-1:111111111111:mine')),
    'sns:Publish'],
])('V03: an imported %s as a target gives a warning that names the permission', (_what, target, action) => {
  const events = eventsIn();
  const stack = Stack.of(events);
  events.onEvent('Paid', { target: target(stack) });
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('imported-target'))
    .map(({ entry }) => entry.data)).toEqual([expect.stringContaining('the policy of the imported target Test/Mine ' +
      `cannot be changed here; it must allow events.amazonaws.com to call ${action} for the rule`)]);
});

test.each<[string, number, string, (stack: Stack) => () => IRuleTarget]>([
  ['a queue', 20, 'the policy of Test/Mine has 21 statements', (stack) => {
    const queue = new Queue(stack, 'Mine');
    return () => new SqsQueue(queue);
  }],
  ['a queue that requires TLS', 19, 'the policy of Test/Mine has 21 statements', (stack) => {
    const queue = new Queue(stack, 'Mine', { enforceSSL: true });
    return () => new SqsQueue(queue);
  }],
  ['a dead-letter queue', 20, 'the policy of Test/Mine has 21 statements', (stack) => {
    const deadLetterQueue = new Queue(stack, 'Mine');
    const fn = functionIn(stack);
    return () => new LambdaFunction(fn, { deadLetterQueue });
  }],
  ['a log group', 10, 'the rules for log groups have 11 resource policies', (stack) => {
    const logGroup = new LogGroup(stack, 'Mine');
    return () => new CloudWatchLogGroup(logGroup);
  }],
])('T06: %s of the user can be shared by %s rules, and not by one more', (_what, most, text, targetsIn) => {
  const events = eventsIn();
  const target = targetsIn(Stack.of(events));
  Array.from({ length: most }, (_, index) => events.onEvent(`Rule${index}`, { target: target() }));
  const synth = () => Stage.of(events)!.synth({ force: true });
  expect(synth).not.toThrow();
  events.onEvent('Last', { target: target() });
  expect(synth).toThrow(
    new RegExp(`${text}, and AWS allows (20|10); use fewer rules with wider filters, or another target`));
});

test('V02: the remedy for a queue in a nested stack names the path of that stack', () => {
  const events = eventsIn();
  const nested = new NestedStack(Stack.of(events), 'Nested');
  expect(() => events.onEvent('Paid', { target: new SqsQueue(new Queue(nested, 'Mine')) }))
    .toThrow('pass `scope` with a construct of the stack Test/Nested (Test/Stripe/Paid');
});

describe('stages and stacks that cannot refer to each other', () => {
  const stacks = (env: object, otherEnv: object, isOneStage: boolean) => {
    const app = new App();
    const [one, two] = ['One', 'Two'].map((id) => isOneStage ? app : new Stage(app, id));
    return [new Stack(one, 'A', { env }), new Stack(two, 'B', { env: otherEnv })];
  };
  const attach: Array<[string, (bridge: StripeEventBridge, other: Stack) => unknown]> = [
    ['a rule', (bridge, other) =>
      bridge.onEvent('Paid', { scope: other, target: new LambdaFunction(functionIn(other)) })],
    ['a target', (bridge, other) => bridge.onEvent('Paid', { target: new SqsQueue(new Queue(other, 'Mine')) })],
    ['a table', (bridge, other) => new StripeCustomerTable(other, 'Customers', { eventBus: bridge.eventBus })],
  ];

  test.each(attach)('V01: %s of another stage fails synthesis with a remedy that works', (_what, use) => {
    const [stack, other] = stacks(ENV, ENV, false);
    expect(() => use(new StripeEventBridge(stack, 'Stripe', { eventBusName: 'stripe' }), other)).toThrow(
      /^`(eventBus|target)` belongs to another stage, got .*, to which this stage cannot refer; import it by its name/);
    const events = StripeEvents.fromEventBus(other, 'Events', EventBus.fromEventBusName(other, 'Bus', 'stripe'));
    expect(() => events.onEvent('Imported', { target: new SqsQueue(new Queue(events, 'Mine')) })).not.toThrow();
  });

  test.each<[object, object]>([[{}, ENV], [ENV, {}]])('V14: a rule across stacks of %j and %j', (one, two) => {
    const [stack, other] = stacks(one, two, true);
    const bridge = new StripeEventBridge(stack, 'Stripe', { eventBusName: 'stripe' });
    const target = new LambdaFunction(functionIn(other));
    expect(() => bridge.onEvent('Paid', { scope: other, target })).toThrow(/set `env` on/);
  });
});
