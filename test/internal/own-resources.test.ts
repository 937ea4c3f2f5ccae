import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget, LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { CfnFunction, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { QueuedFunction, StripeEventBridge } from '../../src';

const env = { account: '111111111111', region: 'eu-west-1' };

function setUp() {
  const stack = new Stack(new App(), 'Test', { env });
  const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {}, alarms: { enabled: false } });
  return { stack, bridge };
}

const functionIn = (stack: Stack, id: string) => new Function(stack, id, {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
});
const warningsOf = (stack: Stack) => Annotations.fromStack(stack)
  .findWarning('*', Match.stringLikeRegexp('second-reader')).map(({ id }) => id);

test.each<[string, (stack: Stack, bridge: StripeEventBridge) => IRuleTarget, RegExp]>([
  ['the bus of the rule', (_stack, { eventBus }) => new BusTarget(eventBus),
    /^`target` must be another bus than that of the rule, which would receive each event again, got Test\/Stripe\//],
  ['the same bus, imported', (stack, { eventBus }) =>
    new BusTarget(EventBus.fromEventBusArn(stack, 'Again', eventBus.eventBusArn)), /^`target` must be another bus /],
  ['the webhook function', (_stack, { webhookFunction }) => new LambdaFunction(webhookFunction),
    /^`target` must be a function of yours, .* got Test\/Stripe\/Webhook\/Handler\/Function; use a function /],
  ['the webhook function with a queue', (_stack, { webhookFunction }) => new QueuedFunction(webhookFunction),
    /^`target` must be a function of yours, /],
  ['the writer', (_stack, { customerTable }) => new QueuedFunction(customerTable!.writerFunction),
    /^`target` must be a function of yours, /],
])('Z07: %s as a target fails synthesis', (_what, target, message) => {
  const { stack, bridge } = setUp();
  expect(() => bridge.onEvent('Paid', { target: target(stack, bridge) })).toThrow(message);
});

test('Z07: another bus, a queue of another rule and a function of the app are targets', () => {
  const { stack, bridge } = setUp();
  const rule = bridge.onEvent('Queued', { target: new QueuedFunction(functionIn(stack, 'Fn')) });
  bridge.onEvent('Same', { target: new SqsQueue(rule.queue!) });
  bridge.onEvent('Bus', { target: new BusTarget(new EventBus(stack, 'Other')) });
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test.each<[string, (stack: Stack, bridge: StripeEventBridge) => void, number]>([
  ['the queue of a QueuedFunction', (stack, bridge) => {
    const rule = bridge.onEvent('Paid', { target: new QueuedFunction(functionIn(stack, 'Fn')) });
    functionIn(stack, 'Second').addEventSource(new SqsEventSource(rule.queue!));
  }, 1],
  ['the queue of a table', (stack, { customerTable }) =>
    functionIn(stack, 'Second').addEventSource(new SqsEventSource(customerTable!.queue)), 1],
  ['a dead-letter queue', (stack, { customerTable }) =>
    functionIn(stack, 'Second').addEventSource(new SqsEventSource(customerTable!.deadLetterQueue)), 0],
  ['another queue', (stack) =>
    functionIn(stack, 'Second').addEventSource(new SqsEventSource(new Queue(stack, 'Mine'))), 0],
])('Z08: a second function that reads %s gives %#', (_what, add, expected) => {
  const { stack, bridge } = setUp();
  add(stack, bridge);
  expect(warningsOf(stack)).toHaveLength(expected);
});

test.each([[300, true], [50, false]])('Z12: a timeout of %d s after onEvent fails synthesis: %s', (timeout, fails) => {
  const { stack, bridge } = setUp();
  const fn = functionIn(stack, 'Fn');
  bridge.onEvent('Paid', { target: new QueuedFunction(fn) });
  (fn.node.defaultChild as CfnFunction).timeout = timeout;
  const synthesize = () => Template.fromStack(stack);
  fails ? expect(synthesize).toThrow('`timeout` of Test/Fn must be at most 50 seconds, a sixth of the visibility ' +
    'timeout that was derived from it, got 300 seconds; set it before onEvent') : expect(synthesize).not.toThrow();
});

test('Z12: a long timeout that is known before onEvent makes the visibility timeout longer', () => {
  const { stack, bridge } = setUp();
  const fn = new Function(stack, 'Fn', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    timeout: Duration.minutes(15),
    code: Code.fromInline('exports.handler = async () => {}'),
  });
  bridge.onEvent('Paid', { target: new QueuedFunction(fn) });
  expect(() => Template.fromStack(stack)).not.toThrow();
});
