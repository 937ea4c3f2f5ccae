import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeAccount, StripeEventBridge, StripeEventFilter, StripeEvents, StripeEventType, StripeMode,
} from '../../src';
import { newStack, properties } from '../harness/template';

const ENV = { account: '111111111111', region: 'eu-west-1' };
const { INVOICE_PAID, ISSUING_AUTHORIZATION_REQUEST } = StripeEventType;
const EVERY_TYPE = Object.values(StripeEventType).filter((type) => type !== ISSUING_AUTHORIZATION_REQUEST);

const target = (stack: Stack) => new SqsQueue(new Queue(stack, 'Target'));
const userFunction = (stack: Stack) => new Function(stack, 'Fn', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('x'),
});
const idsOf = (stack: Stack, type: string, prefix = '') =>
  Object.keys(Template.fromStack(stack).findResources(type)).filter((id) => id.startsWith(prefix));
const withoutHash = (id: string) => id.replace(/[0-9A-F]{8}$/, '');

describe.each<[string, (stack: Stack) => StripeEvents]>([
  ['a bridge', (stack) => new StripeEventBridge(stack, 'Stripe', { eventSource: 'x.example' })],
  ['an existing bus', (stack) => StripeEvents.fromEventBus(
    stack, 'Stripe', new EventBus(stack, 'Bus'), { eventSources: ['x.example'] })],
])('onEvent on %s', (name, eventsIn) => {
  const build = () => {
    const stack = newStack();
    return { stack, events: eventsIn(stack) };
  };

  test(`a rule on ${name} matches the sources, the event types, the mode and the account`, () => {
    const { stack, events } = build();
    const account = StripeAccount.connected('acct_1');
    const rule = events.onEvent('Paid', {
      eventTypes: StripeEventFilter.of(INVOICE_PAID).plus(StripeEventFilter.family('charge')),
      mode: StripeMode.LIVE,
      account,
      description: 'Paid invoices',
      target: target(stack),
    });
    expect(rule.node.path).toBe('Test/Stripe/Paid');
    expect(properties(stack, 'AWS::Events::Rule', 'StripePaidRule')).toMatchObject({
      Description: 'Paid invoices',
      EventBusName: { Ref: expect.stringMatching(/^(StripeEvent)?Bus/) },
      EventPattern: {
        'source': ['x.example'],
        'detail-type': ['invoice.paid', { prefix: 'charge.' }],
        'detail': { livemode: [true], ...account._toDetailPattern() },
      },
    });
  });

  test.each<[StripeMode, unknown]>([
    [StripeMode.LIVE, { source: ['x.example'], detail: { livemode: [true] } }],
    [StripeMode.TEST, { source: ['x.example'], detail: { livemode: [false] } }],
    [StripeMode.ALL, { source: ['x.example'] }],
  ])(`the mode %s of a rule on ${name} is in the pattern`, (mode, expected) => {
    const { stack, events } = build();
    events.onEvent('All', { mode, target: target(stack) });
    expect(properties(stack, 'AWS::Events::Rule', 'StripeAllRule').EventPattern).toEqual(expected);
  });

  test(`a target on ${name} has a dead-letter queue with alarms, and retries for a day`, () => {
    const { stack, events } = build();
    const rule = events.onEvent('Paid', { target: target(stack) });
    expect(rule.queue).toBeUndefined();
    expect(properties(stack, 'AWS::Events::Rule', 'StripePaidRule').Targets).toMatchObject([{
      DeadLetterConfig: { Arn: stack.resolve(rule.deadLetterQueue!.queueArn) },
    }]);
    // EventBridge's default is 24 hours and 185 attempts
    expect(properties(stack, 'AWS::Events::Rule', 'StripePaidRule').Targets[0]).not.toHaveProperty('RetryPolicy');
    expect(idsOf(stack, 'AWS::SQS::Queue', 'StripePaid').map(withoutHash)).toEqual(['StripePaidDeadLetterQueue']);
    expect(properties(stack, 'AWS::CloudWatch::Alarm', 'StripePaidAlarmsDlqDepth').Dimensions)
      .toEqual([{ Name: 'QueueName', Value: stack.resolve(rule.deadLetterQueue!.queueName) }]);
    expect(properties(stack, 'AWS::CloudWatch::Alarm', 'StripePaidAlarmsDlqDeliveryFailed'))
      .toMatchObject({ Namespace: 'AWS/Events', MetricName: 'InvocationsFailedToBeSentToDlq' });
  });

  test(`the dead-letter queue and the retries of a target itself stay in use on ${name}`, () => {
    const { stack, events } = build();
    const deadLetterQueue = new Queue(stack, 'Mine');
    const rule = events.onEvent('Paid', {
      target: new SqsQueue(new Queue(stack, 'Target'), {
        deadLetterQueue, retryAttempts: 3, maxEventAge: Duration.hours(1),
      }),
    });
    expect(properties(stack, 'AWS::Events::Rule', 'StripePaidRule').Targets).toMatchObject([{
      DeadLetterConfig: { Arn: stack.resolve(deadLetterQueue.queueArn) },
      RetryPolicy: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 3 },
    }]);
    expect(rule.deadLetterQueue).toBeUndefined();
    expect(idsOf(stack, 'AWS::SQS::Queue', 'StripePaid')).toEqual([]);
    expect(idsOf(stack, 'AWS::CloudWatch::Alarm', 'StripePaid').map(withoutHash))
      .toEqual(['StripePaidAlarmsDlqDepth', 'StripePaidAlarmsDlqDeliveryFailed']);
  });

  test(`event types that are too long for one pattern have several rules on ${name}, and no type is added`, () => {
    const { stack, events } = build();
    const many = events.onEvent('Many', { eventTypes: StripeEventFilter.of(...EVERY_TYPE), target: target(stack) });
    const ids = idsOf(stack, 'AWS::Events::Rule', 'StripeMany');
    const rules = ids.map((id) => properties(stack, 'AWS::Events::Rule', id));
    expect(rules.flatMap(({ EventPattern }) => EventPattern['detail-type']).sort()).toEqual([...EVERY_TYPE].sort());
    expect(rules.length).toBeGreaterThan(1);
    expect(rules.length).toBeLessThanOrEqual(10);
    rules.forEach(({ EventPattern }) => expect(JSON.stringify(EventPattern).length).toBeLessThanOrEqual(2_048));
    expect(ids.map(withoutHash))
      .toEqual(['StripeManyRule', ...rules.slice(1).map((_rule, index) => `StripeManyRulePart${index + 2}`)]);
    expect(many.rules).toHaveLength(rules.length);
  });

  test(`the metrics of several rules on ${name} are summed`, () => {
    const { stack, events } = build();
    const many = events.onEvent('Many', { eventTypes: StripeEventFilter.of(...EVERY_TYPE), target: target(stack) });
    const { Metrics } = properties(stack, 'AWS::CloudWatch::Alarm', 'StripeManyAlarmsDlqDeliveryFailed');
    const [sum, ...summands] = Metrics;
    expect(sum.Expression).toBe('SUM(FILL(METRICS(), 0))');
    const ruleOf = ({ MetricStat }: any) =>
      /"Ref":"(\w+)"/.exec(JSON.stringify(MetricStat.Metric.Dimensions[1].Value))![1];
    expect(summands.map(ruleOf).sort()).toEqual(idsOf(stack, 'AWS::Events::Rule', 'StripeMany').sort());
    expect(many.metric('Invocations', { period: Duration.minutes(1) }).toMetricConfig().mathExpression)
      .toMatchObject({ expression: 'SUM(FILL(METRICS(), 0))', period: 60 });
  });

  test(`metric() returns a metric of the rule on ${name}`, () => {
    const { stack, events } = build();
    const metric = events.onEvent('Paid', { target: target(stack) }).metric('Invocations');
    expect(metric.toMetricConfig().metricStat).toMatchObject({
      namespace: 'AWS/Events',
      metricName: 'Invocations',
      statistic: 'Sum',
      dimensions: [{ name: 'EventBusName' }, { name: 'RuleName' }],
    });
  });

  test(`event types that need more than eight rules fail synthesis on ${name}`, () => {
    const { stack, events } = build();
    const names = Array.from({ length: 200 }, (_, index) => `x.${'y'.repeat(110)}${index}`);
    expect(() => events.onEvent('Many', { eventTypes: StripeEventFilter.named(...names), target: target(stack) }))
      .toThrow(/^`eventTypes` and `eventSources` must fit into 8 event patterns .*, got \d+ types; .*Many\)$/);
  });
});

describe('onEvent with a scope in another stack', () => {
  /** Types of the resources that belong to a rule. They are in the stack of the consumer. */
  const OF_RULE = ['AWS::Events::Rule', 'AWS::SQS::Queue', 'AWS::CloudWatch::Alarm', 'AWS::Lambda::EventSourceMapping'];

  interface Case {
    readonly what: string;
    readonly withKey: boolean;
    readonly target: (stack: Stack) => IRuleTarget;
    /** Logical ids of the resources in the stack of the consumer, without their hashes. */
    readonly expected: string[];
  }

  const ALARMS = ['PaidAlarmsDlqDeliveryFailed', 'PaidAlarmsDlqDepth'];
  const TARGETS = [
    { what: 'an SqsQueue', target, expected: [...ALARMS, 'PaidDeadLetterQueue', 'PaidRule', 'Target'] },
    {
      what: 'a QueuedFunction',
      target: (stack: Stack) => new QueuedFunction(userFunction(stack)),
      expected: [
        ...ALARMS, 'PaidAlarmsNothingProcessed', 'PaidAlarmsQueueAge',
        'PaidDeadLetterQueue', 'PaidMapping', 'PaidQueue', 'PaidRule',
      ],
    },
    {
      what: 'a LambdaFunction',
      target: (stack: Stack) => new LambdaFunction(userFunction(stack)),
      expected: [...ALARMS, 'PaidDeadLetterQueue', 'PaidRule'],
    },
  ];
  const CASES: Case[] = TARGETS.flatMap((each) => [{ ...each, withKey: false }, { ...each, withKey: true }]);

  test.each(CASES)(
    'rule, queues and alarms are in the stack of the consumer: $what, with a key: $withKey',
    ({ withKey, target: targetIn, expected }) => {
      const app = new App();
      const owner = new Stack(app, 'Owner', { env: ENV });
      const consumer = new Stack(app, 'Consumer', { env: ENV });
      const topic = new Topic(owner, 'Topic');
      const bridge = new StripeEventBridge(owner, 'Stripe', {
        encryptionKey: withKey ? new Key(owner, 'Key') : undefined, alarms: { actions: [new SnsAction(topic)] },
      });
      const rule = bridge.onEvent('Paid', { scope: consumer, target: targetIn(consumer) });
      app.synth(); // fails if the stacks depend on each other

      expect(rule.node.path).toBe('Consumer/Paid');
      expect(Stack.of(rule.deadLetterQueue!)).toBe(consumer);
      const inConsumer = OF_RULE.flatMap((type) => idsOf(consumer, type)).map(withoutHash);
      expect(inConsumer.sort()).toEqual([...expected].sort());
      expect(idsOf(owner, 'AWS::Events::Rule').map(withoutHash)).toEqual(['StripeQuarantineRule']);
      expect(JSON.stringify(properties(consumer, 'AWS::Events::Rule').EventBusName)).toContain('Owner:ExportsOutput');
      expect(consumer.dependencies).toEqual([owner]);
      expect(owner.dependencies).toEqual([]);

      const alarms = Object.values(Template.fromStack(consumer).findResources('AWS::CloudWatch::Alarm'));
      expect(alarms.map(({ Properties }) => JSON.stringify(Properties.AlarmActions)))
        .toEqual(alarms.map(() => expect.stringContaining('Owner:ExportsOutputRefTopic')));
      const queues = idsOf(consumer, 'AWS::SQS::Queue', 'Paid')
        .map((id) => properties(consumer, 'AWS::SQS::Queue', id));
      expect(queues.length).toBeGreaterThan(0);
      queues.forEach(({ KmsMasterKeyId }) => expect(KmsMasterKeyId !== undefined).toBe(withKey));
    });

  test('the rule of an existing bus can be in the stack of the consumer', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner');
    const consumer = new Stack(app, 'Consumer');
    const events = StripeEvents.fromEventBus(owner, 'Stripe', EventBus.fromEventBusName(owner, 'Bus', 'billing'));
    events.onEvent('Paid', { scope: consumer, target: target(consumer) });
    app.synth();
    Template.fromStack(owner).resourceCountIs('AWS::Events::Rule', 0);
    expect(properties(consumer, 'AWS::Events::Rule').EventBusName).toBe('billing');
  });
});
