import { App, Duration, Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus, type IRule, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Alias, Code, Function, type IFunction, Runtime, Version } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, type QueuedFunctionOptions, StripeEventFilter, StripeEvents, type StripeEventsOptions,
} from '../../src';
import { newStack, properties, statements } from '../harness/template';

const DAY = 24 * 3600;

const userFunction = (stack: Stack, timeout?: Duration) => new Function(stack, 'Fn', {
  runtime: Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: Code.fromInline('exports.handler = async () => {}'),
  timeout,
});
const IMPORTED_ARN = 'arn:aws:lambda:eu-west-1:111111111111:function:orders';
const imported = (stack: Stack) => Function.fromFunctionAttributes(stack, 'Fn', {
  functionArn: IMPORTED_ARN, sameEnvironment: true, role: Role.fromRoleName(stack, 'Role', 'orders'),
});

const eventsIn = (stack: Stack, options: StripeEventsOptions = {}) =>
  StripeEvents.fromEventBus(stack, 'Stripe', EventBus.fromEventBusName(stack, 'Bus', 'billing'), options);

interface Setup {
  readonly stack?: Stack;
  readonly handler?: (stack: Stack) => IFunction;
  readonly options?: QueuedFunctionOptions;
  readonly events?: StripeEventsOptions;
}

function queued({ stack = newStack(), handler = userFunction, options, events }: Setup = {}) {
  const rule = eventsIn(stack, events).onEvent('Paid', { target: new QueuedFunction(handler(stack), options) });
  return {
    stack,
    rule,
    get target() { return properties(stack, 'AWS::Events::Rule').Targets[0]; },
    get queue() { return properties(stack, 'AWS::SQS::Queue', 'StripePaidQueue'); },
    get mapping() { return properties(stack, 'AWS::Lambda::EventSourceMapping'); },
  };
}

/** Statements of the policies of a queue that admit a service. */
const serviceStatements = (stack: Stack, queue: IQueue) =>
  Object.values(Template.fromStack(stack).findResources('AWS::SQS::QueuePolicy'))
    .filter(({ Properties }) => JSON.stringify(Properties.Queues) === JSON.stringify([stack.resolve(queue.queueUrl)]))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Effect }) => Effect === 'Allow');

/** What the ARN of a rule of the account is like. */
const ruleArnIn = (stack: Stack) =>
  stack.resolve(stack.formatArn({ service: 'events', resource: 'rule', resourceName: '*' }));
const arnsOf = (stack: Stack, rules: Rule[]) => rules.map(({ ruleArn }) => stack.resolve(ruleArn));

test('the rule sends events to the queue, and the function reads it one message at a time', () => {
  const { stack, rule, target, mapping } = queued();
  const queueArn = stack.resolve(rule.queue!.queueArn);
  expect(target).toMatchObject({
    Arn: queueArn,
    DeadLetterConfig: { Arn: stack.resolve(rule.deadLetterQueue!.queueArn) },
  });
  expect(mapping).toEqual({
    BatchSize: 1, EventSourceArn: queueArn, FunctionName: { Ref: expect.stringMatching(/^Fn/) },
  });
  const received = statements(stack).filter(({ Action }) => Action.includes('sqs:ReceiveMessage'));
  expect(received.map(({ Resource }) => Resource)).toEqual([queueArn]);
});

test('the function itself stays unchanged', () => {
  const direct = newStack();
  userFunction(direct, Duration.seconds(20));
  const { stack } = queued({ handler: (scope) => userFunction(scope, Duration.seconds(20)) });
  expect(properties(stack, 'AWS::Lambda::Function')).toEqual(properties(direct, 'AWS::Lambda::Function'));
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::Permission', 0); // a direct target would add one
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventInvokeConfig', 0);
});

test('only rules of the account may send to the queues, also before the rule exists (F1)', () => {
  const { stack, rule } = queued();
  [rule.queue!, rule.deadLetterQueue!].forEach((queue) => {
    expect(serviceStatements(stack, queue)).toEqual([expect.objectContaining({
      Action: 'sqs:SendMessage',
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnLike: { 'aws:SourceArn': ruleArnIn(stack) } },
    })]);
  });
});

test('the complete event is the body of the message by default', () => {
  const { target } = queued();
  expect(Object.keys(target).sort()).toEqual(['Arn', 'DeadLetterConfig', 'Id']);
});

test.each<[string, RuleTargetInput, object]>([
  ['a path', RuleTargetInput.fromEventPath('$.detail'), { InputPath: '$.detail' }],
  ['an object', RuleTargetInput.fromObject({ paid: true }), { Input: '{"paid":true}' }],
])('N14: input is the body of the message: %s', (_what, input, expected) => {
  expect(queued({ options: { input } }).target).toMatchObject(expected);
});

describe('retryFor', () => {
  const days = (amount: number) => Duration.days(amount);
  const minutes = (amount: number) => Duration.minutes(amount);

  test.each<[string, Setup['handler'], Duration | undefined, number, number]>([
    ['a default function, 3 days', userFunction, undefined, 300, 864],
    ['a function of 20 seconds, 3 days', (stack) => userFunction(stack, Duration.seconds(20)), undefined, 300, 864],
    ['a function of 50 seconds, 3 days', (stack) => userFunction(stack, Duration.seconds(50)), days(3), 300, 864],
    ['a function of 51 seconds, 3 days', (stack) => userFunction(stack, Duration.seconds(51)), days(3), 306, 847],
    ['a function of 15 minutes, 3 days', (stack) => userFunction(stack, minutes(15)), undefined, 5_400, 48],
    ['an imported function, whose timeout is unknown', imported, undefined, 5_400, 48],
    ['a default function, 7 days', userFunction, days(7), 605, 999],
    ['a default function, 13 days', userFunction, days(13), 1_124, 999],
    ['a function of 15 minutes, 13 days', (stack) => userFunction(stack, minutes(15)), days(13), 5_400, 208],
    ['a default function, the shortest time', userFunction, minutes(25), 300, 5],
    ['15 minutes, the shortest time', (stack) => userFunction(stack, minutes(15)), minutes(450), 5_400, 5],
  ])('visibility timeout and receive count add up to retryFor: %s', (_what, handler, retryFor, visibility, count) => {
    const { queue } = queued({ handler, options: { retryFor } });
    expect([queue.VisibilityTimeout, queue.RedrivePolicy.maxReceiveCount]).toEqual([visibility, count]);
  });

  test.each([1, 2, 3, 5, 6, 7, 10, 12, 13])(
    'a message is retried for %s days, less than one visibility timeout, and expires a day later at the earliest',
    (amount) => {
      const { queue } = queued({ options: { retryFor: days(amount) } });
      const { VisibilityTimeout, MessageRetentionPeriod, RedrivePolicy: { maxReceiveCount } } = queue;
      const retried = VisibilityTimeout * maxReceiveCount;
      expect(maxReceiveCount).toBeLessThanOrEqual(1_000); // limit of SQS
      expect(VisibilityTimeout).toBeLessThanOrEqual(12 * 3_600); // limit of SQS
      expect(retried).toBeLessThanOrEqual(amount * DAY);
      expect(retried).toBeGreaterThan(amount * DAY - VisibilityTimeout);
      expect(MessageRetentionPeriod).toBe(14 * DAY);
      expect(MessageRetentionPeriod - retried).toBeGreaterThanOrEqual(DAY);
    });

  test.each<[string, Setup['handler'], Duration, number, number]>([
    ['shorter than 25 minutes', userFunction, Duration.seconds(1_499), 1_500, 1_499],
    ['shorter than 30 timeouts', (stack) => userFunction(stack, minutes(15)), Duration.hours(1), 27_000, 3_600],
    ['shorter than 30 timeouts of an imported function', imported, Duration.minutes(449), 27_000, 26_940],
  ])('retryFor fails synthesis if it is %s', (_what, handler, retryFor, least, got) => {
    expect(() => queued({ handler, options: { retryFor } })).toThrow(
      `\`retryFor\` must be at least ${least} seconds, 5 visibility timeouts for this function, and at most 13 days, ` +
      `got ${got} seconds; use Duration.days(3) (Test/Stripe/Paid)`);
  });

  test.each([
    ['zero', Duration.seconds(0), 0],
    ['longer than 13 days', Duration.seconds(13 * DAY + 1), 13 * DAY + 1],
    ['14 days', Duration.days(14), 14 * DAY],
  ])('retryFor fails synthesis for every function if it is %s', (_what, retryFor, got) => {
    expect(() => queued({ options: { retryFor } })).toThrow(
      `\`retryFor\` must be a Duration of 1 to 1123200 whole seconds, got ${got} seconds; use Duration.days(3)`);
  });
});

test('U12: batchSize, maxBatchingWindow, maxConcurrency and reportBatchItemFailures configure the invocations', () => {
  const { mapping } = queued({
    options: {
      batchSize: 10, maxBatchingWindow: Duration.seconds(5), maxConcurrency: 7, reportBatchItemFailures: true,
    },
  });
  expect(mapping).toMatchObject({
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 5,
    ScalingConfig: { MaximumConcurrency: 7 },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
});

test('the queues keep messages for 14 days, and the dead-letter queue has an alarm on its depth', () => {
  const { stack, rule } = queued();
  const queues = Object.values(Template.fromStack(stack).findResources('AWS::SQS::Queue'));
  expect(queues.map(({ Properties }) => Properties.MessageRetentionPeriod)).toEqual([14 * DAY, 14 * DAY]);
  expect(properties(stack, 'AWS::CloudWatch::Alarm', 'StripePaidAlarmsDlqDepth').Dimensions)
    .toEqual([{ Name: 'QueueName', Value: stack.resolve(rule.deadLetterQueue!.queueName) }]);
});

test('the dead-letter queue is retained when the stack is deleted, and the queue is not', () => {
  const { stack } = queued();
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::SQS::Queue'))
    .map(([id, { DeletionPolicy }]) => [id.replace(/[0-9A-F]{8}$/, ''), DeletionPolicy]);
  expect(Object.fromEntries(policies))
    .toEqual({ StripePaidDeadLetterQueue: 'RetainExceptOnCreate', StripePaidQueue: 'Delete' });
});

test('the key of the source encrypts both queues, and the function may decrypt', () => {
  const stack = new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
  const encryptionKey = new Key(stack, 'Key');
  queued({ stack, events: { encryptionKey } });
  const keyArn = stack.resolve(encryptionKey.keyArn);
  const queues = Object.values(Template.fromStack(stack).findResources('AWS::SQS::Queue'));
  expect(queues.map(({ Properties }) => Properties.KmsMasterKeyId)).toEqual([keyArn, keyArn]);
  expect(statements(stack)).toContainEqual(expect.objectContaining({ Action: 'kms:Decrypt', Resource: keyArn }));
});

test('N14: a dead-letter queue of the options is used by the rule and by the queue', () => {
  const stack = newStack();
  const deadLetterQueue = new Queue(stack, 'Mine');
  const { rule, target, queue } = queued({ stack, options: { deadLetterQueue } });
  const arn = stack.resolve(deadLetterQueue.queueArn);
  expect(target.DeadLetterConfig).toEqual({ Arn: arn });
  expect(queue.RedrivePolicy).toEqual({ deadLetterTargetArn: arn, maxReceiveCount: 864 });
  Template.fromStack(stack).resourceCountIs('AWS::SQS::Queue', 2);
  expect(serviceStatements(stack, deadLetterQueue)).toEqual([expect.objectContaining({
    Action: 'sqs:SendMessage', Condition: { ArnEquals: { 'aws:SourceArn': arnsOf(stack, rule.rules)[0] } },
  })]);
});

test('rules that share a QueuedFunction share its queues, and each may send to them', () => {
  const stack = newStack();
  const events = eventsIn(stack);
  const target = new QueuedFunction(userFunction(stack));
  const first = events.onEvent('First', { eventTypes: StripeEventFilter.family('invoice'), target });
  const second = events.onEvent('Second', { eventTypes: StripeEventFilter.family('charge'), target });
  expect(second.queue).toBe(first.queue);
  expect(second.deadLetterQueue).toBe(first.deadLetterQueue);
  Template.fromStack(stack).resourceCountIs('AWS::SQS::Queue', 2);
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
  [first.queue!, first.deadLetterQueue!].forEach((queue) => {
    const admitted = serviceStatements(stack, queue).map(({ Condition }) => Condition.ArnLike['aws:SourceArn']);
    expect(admitted).toEqual([ruleArnIn(stack)]);
  });
});

test('an imported function reads the queue, which its role may do', () => {
  const { stack, rule, mapping } = queued({ handler: imported });
  expect(mapping.FunctionName).toBe('orders');
  expect(properties(stack, 'AWS::IAM::Policy').Roles).toEqual(['orders']);
  expect(statements(stack).map(({ Resource }) => Resource)).toEqual([stack.resolve(rule.queue!.queueArn)]);
});

describe('G5: the mapping of an imported function', () => {
  const mappingOf = (functionArn: (stack: Stack) => string) => queued({
    handler: (scope) => Function.fromFunctionAttributes(scope, 'Fn', {
      functionArn: functionArn(scope as Stack), sameEnvironment: true, role: Role.fromRoleName(scope, 'Role', 'orders'),
    }),
  }).mapping.FunctionName;

  test.each([':prod', ':3'])('keeps the qualifier %s of its ARN', (qualifier) => {
    expect(mappingOf(() => `${IMPORTED_ARN}${qualifier}`)).toBe(`${IMPORTED_ARN}${qualifier}`);
  });

  test('has the ARN that is known later, which may have a qualifier', () => {
    expect(mappingOf(() => Fn.importValue('arn'))).toEqual({ 'Fn::ImportValue': 'arn' });
  });

  test('has the name of a function without a qualifier', () => {
    expect(mappingOf(() => IMPORTED_ARN)).toBe('orders');
  });

  test('has the qualifier of an imported alias', () => {
    const handler = (stack: Stack) => Alias.fromAliasAttributes(stack, 'Alias', {
      aliasName: 'prod',
      aliasVersion: Version.fromVersionAttributes(stack, 'Version', { version: '1', lambda: imported(stack) }),
    });
    expect(queued({ handler }).mapping.FunctionName).toMatch(/:?orders:prod$/);
  });

  test('has the reference to an alias of the app', () => {
    const { mapping } = queued({ handler: (stack) => userFunction(stack).addAlias('live') });
    expect(JSON.stringify(mapping.FunctionName)).toMatch(/Aliaslive/);
  });
});

test('S20: the mapping of an imported function waits for the permission to read the queue', () => {
  const { stack } = queued({ handler: imported });
  const [policy] = Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const [mapping] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::EventSourceMapping'));
  expect(mapping.DependsOn).toEqual([policy]);
});

test('S20: an imported function whose role cannot be changed gives a warning that names the permission', () => {
  const { stack } = queued({
    handler: (scope) => Function.fromFunctionAttributes(scope, 'Fn', {
      functionArn: IMPORTED_ARN, role: Role.fromRoleName(scope, 'Role', 'orders', { mutable: false }),
    }),
  });
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('unchanged-role'))
    .map(({ entry }) => entry.data)).toEqual([expect.stringMatching(
    /^The role of \w+\/Fn cannot be changed here; it must be allowed to read the queue \(AWSLambdaSQS/,
  )]);
});

test.each<[string, Duration | undefined, Duration | undefined]>([
  ['4 days, the default of SQS,', undefined, Duration.days(4)],
  ['3 days', Duration.days(3), undefined],
  ['1 hour', Duration.hours(1), Duration.days(1)],
])('T16: a dead-letter queue that keeps messages for %s and not longer than retryFor fails synthesis', (
  _what, retentionPeriod, retryFor,
) => {
  const stack = newStack();
  const deadLetterQueue = new Queue(stack, 'Mine', { retentionPeriod });
  expect(() => queued({ stack, options: { deadLetterQueue, retryFor } })).toThrow(
    /^`deadLetterQueue` must keep messages for longer than `retryFor`, .+; use `retentionPeriod: Duration.days\(14\)`/);
});

test('T16: a dead-letter queue that keeps messages for longer than retryFor is used', () => {
  const stack = newStack();
  const retentionPeriod = Duration.days(3).plus(Duration.minutes(1));
  const { rule } = queued({ stack, options: { deadLetterQueue: new Queue(stack, 'Mine', { retentionPeriod }) } });
  expect(rule.deadLetterQueue).toBeUndefined();
});

test('N62: an imported function whose role is unknown fails with the remedy', () => {
  expect(() => queued({ handler: (scope) => Function.fromFunctionArn(scope, 'Fn', IMPORTED_ARN) }))
    .toThrow(/needs the role of its function.+got none for \w+\/Fn; use Function.fromFunctionAttributes with role/);
});

test('a plain rule of EventBridge can use a QueuedFunction', () => {
  const stack = newStack();
  const rule = new Rule(stack, 'Plain', {
    eventPattern: { source: ['orders'] },
    targets: [new QueuedFunction(userFunction(stack), { input: RuleTargetInput.fromEventPath('$.detail') })],
  });
  const { RedrivePolicy, VisibilityTimeout } = properties(stack, 'AWS::SQS::Queue', 'PlainQueue');
  const [target] = properties(stack, 'AWS::Events::Rule').Targets;
  const deadLetterQueueArn = { 'Fn::GetAtt': [expect.stringMatching(/^PlainDeadLetterQueue/), 'Arn'] };
  expect(target).toMatchObject({
    Arn: { 'Fn::GetAtt': [expect.stringMatching(/^PlainQueue/), 'Arn'] },
    DeadLetterConfig: { Arn: deadLetterQueueArn },
    InputPath: '$.detail',
  });
  expect([VisibilityTimeout, RedrivePolicy]).toEqual([
    300, { deadLetterTargetArn: deadLetterQueueArn, maxReceiveCount: 864 },
  ]);
  const queues = rule.node.findAll().filter((each): each is Queue => each instanceof Queue);
  expect(queues).toHaveLength(2);
  queues.forEach((queue) => expect(serviceStatements(stack, queue)).toEqual([expect.objectContaining({
    Condition: { ArnLike: { 'aws:SourceArn': ruleArnIn(stack) } },
  })]));
});

test('T06: fifty rules that share a QueuedFunction need one statement in the policy of each queue', () => {
  const stack = newStack();
  const events = eventsIn(stack);
  const target = new QueuedFunction(userFunction(stack));
  const rules = Array.from({ length: 50 }, (_, index) => events.onEvent(`Rule${index}`, { target }));
  [rules[0].queue!, rules[0].deadLetterQueue!].forEach((queue) => {
    const admitted = serviceStatements(stack, queue).map(({ Condition }) => Condition.ArnLike['aws:SourceArn']);
    expect(admitted).toEqual([ruleArnIn(stack)]);
  });
});

test.each<[string, (stack: Stack) => IQueue, RegExp]>([
  ['accepts no queue', (stack) => new Queue(stack, 'Mine', {
    retentionPeriod: Duration.days(14), redriveAllowPolicy: { redrivePermission: RedrivePermission.DENY_ALL },
  }), /must accept the new queue before it, got one with `redriveAllowPolicy` 'denyAll'; omit redriveAllowPolicy/],
  ['accepts other queues', (stack) => new Queue(stack, 'Mine', {
    retentionPeriod: Duration.days(14), redriveAllowPolicy: { sourceQueues: [new Queue(stack, 'Other')] },
  }), /must accept the new queue before it, got one with `redriveAllowPolicy` 'byQueue'/],
  ['is in another account', (stack) => Queue.fromQueueArn(stack, 'Mine', 'arn:aws:sqs:eu-west-1:222222222222:mine'),
    /must be in the account and the region of the queue before it, got Test\/Mine/],
])('V19: a dead-letter queue that %s fails synthesis', (_what, queueIn, message) => {
  const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
  expect(() => queued({ stack, options: { deadLetterQueue: queueIn(stack) } })).toThrow(message);
});

test('V30: a subclass can override bind()', () => {
  class Recording extends QueuedFunction {
    public readonly rules: IRule[] = [];

    public bind(rule: any) {
      this.rules.push(rule);
      return { ...super.bind(rule), input: RuleTargetInput.fromText('mine') };
    }
  }
  const stack = newStack();
  const target = new Recording(userFunction(stack));
  const { rules } = eventsIn(stack).onEvent('Paid', { target });
  expect(target.rules).toEqual(rules);
  const [{ Input }] = properties(stack, 'AWS::Events::Rule').Targets;
  expect(Input).toBe('"mine"');
});

describe('Y10: reserved concurrency', () => {
  const reserving = (reservedConcurrentExecutions: number) => (stack: Stack) => new Function(stack, 'Fn', {
    runtime: Runtime.NODEJS_22_X, handler: 'i.h', code: Code.fromInline('x'), reservedConcurrentExecutions,
  });

  test.each([[1, 2], [2, 2], [50, 50], [2_000, 1_000]])('of %s limits the mapping to %s', (reserved, expected) => {
    expect(queued({ handler: reserving(reserved) }).mapping.ScalingConfig).toEqual({ MaximumConcurrency: expected });
  });

  const warnings = (stack: Stack) => Annotations.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp('scarce-concurrency')).map(({ entry }) => entry.data);

  test.each<[number, number | undefined, number[], number | undefined]>([
    [10, undefined, [5, 5], undefined],
    [5, undefined, [2, 2], undefined],
    [4, 2, [2, 2], undefined],
    [3, undefined, [2, 2], 4],
    [5, 4, [4, 2], 6],
  ])('W2: of %d, with maxConcurrency %s, is shared by two queues as %j', (reserved, maxConcurrency, expected, sum) => {
    const stack = newStack();
    const fn = reserving(reserved)(stack);
    const events = eventsIn(stack);
    events.onEvent('One', { target: new QueuedFunction(fn, { maxConcurrency }) });
    events.onEvent('Two', { target: new QueuedFunction(fn.addAlias('live')) });
    const limits = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::EventSourceMapping'))
      .map(({ Properties }) => Properties.ScalingConfig.MaximumConcurrency);
    expect(limits).toEqual(expected);
    expect(warnings(stack)).toEqual(sum ? [expect.stringContaining(
      `queues invoke this function up to ${sum} times at the same time, and its reserved concurrency is ${reserved}, ` +
      `so that messages that Lambda refuses use up their receives; reserve at least ${sum}, or`)] : []);
  });

  test.each([[1, 1], [2, 0]])('W2: of %d for one queue gives %d warnings', (reserved, count) => {
    expect(warnings(queued({ handler: reserving(reserved) }).stack)).toHaveLength(count);
  });

  test('W2: of 1 for the writer of a table gives a warning', () => {
    const stack = newStack();
    eventsIn(stack).addCustomerTable('Customers', { functionOptions: { reservedConcurrentExecutions: 1 } });
    expect(properties(stack, 'AWS::Lambda::EventSourceMapping').ScalingConfig).toEqual({ MaximumConcurrency: 2 });
    expect(warnings(stack)).toHaveLength(1);
  });

  test('of the function of an alias limits the mapping', () => {
    const alias = (stack: Stack) => reserving(7)(stack).currentVersion.addAlias('live');
    expect(queued({ handler: alias }).mapping.ScalingConfig).toEqual({ MaximumConcurrency: 7 });
  });

  test('that is not set, or not known, does not', () => {
    expect(queued().mapping.ScalingConfig).toBeUndefined();
    expect(queued({ handler: imported }).mapping.ScalingConfig).toBeUndefined();
  });

  test('of 0, or below maxConcurrency, fails synthesis', () => {
    expect(() => queued({ handler: reserving(0) })).toThrow(
      '`target` must be a function that may run, got Test/Fn with a reserved concurrency of 0; use at least 1');
    expect(() => queued({ handler: reserving(5), options: { maxConcurrency: 6 } })).toThrow(
      '`maxConcurrency` must be at most the reserved concurrency of the function, because messages that Lambda ' +
      'refuses use up their receives, got 6 and 5; omit it');
    expect(queued({ handler: reserving(5), options: { maxConcurrency: 5 } }).mapping.ScalingConfig)
      .toEqual({ MaximumConcurrency: 5 });
  });
});
