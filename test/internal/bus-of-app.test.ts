import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { type CfnEventBus, EventBus, type EventBusProps, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEventBridge } from '../../src';
import { weakReferenceTo } from '../harness/weak-reference';

const env = { account: '111111111111', region: 'eu-west-1' };

/** A bus of the app, itself or imported by its own ARN or name. */
const WAYS: Array<[string, (bus: EventBus) => IEventBus]> = [
  ['itself', (bus) => bus],
  ['by its ARN', (bus) => EventBus.fromEventBusArn(bus.stack, 'Again', bus.eventBusArn)],
  ['by its name', (bus) => EventBus.fromEventBusName(bus.stack, 'Again', bus.eventBusName)],
];

/** Bridge on such a bus. */
function onBus(again: (bus: EventBus) => IEventBus, props: (stack: Stack) => EventBusProps): Stack {
  const stack = new Stack(new App(), 'Test', { env });
  new StripeEventBridge(stack, 'Stripe', { eventBus: again(new EventBus(stack, 'Bus', props(stack))) });
  return stack;
}

test.each(WAYS)('AA15: a bus given %s, with a key and no dead-letter queue, gives one warning', (_way, again) => {
  const warnings = (stack: Stack) => Annotations.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp('deadLetterConfig is missing on a bus with a key'));
  expect(warnings(onBus(again, (stack) => ({ kmsKey: new Key(stack, 'Key') })))).toHaveLength(1);
  expect(warnings(onBus(again, () => ({})))).toEqual([]);
});

test.each(WAYS)('AA15: the dead-letter queue of a bus that is given %s, with a key, has an alarm', (_way, again) => {
  const alarms = (props: (stack: Stack) => EventBusProps) => Object.keys(
    Template.fromStack(onBus(again, props)).findResources('AWS::CloudWatch::Alarm'))
    .filter((id) => id.startsWith('StripeEventBusAlarms'));
  expect(alarms((stack) => ({ kmsKey: new Key(stack, 'Key'), deadLetterQueue: new Queue(stack, 'Mine') })))
    .toEqual([expect.stringContaining('BusDlqDepth')]);
  expect(alarms((stack) => ({ deadLetterQueue: new Queue(stack, 'Mine') }))).toEqual([]);
});

test.each(WAYS)('AA15: a bus of a partner that is given %s fails synthesis', (_way, again) => {
  expect(() => onBus(again, () => ({ eventSourceName: 'aws.partner/stripe.com/ed_123' })))
    .toThrow('`eventBus` must accept PutEvents, got a bus of a partner, on which only the partner publishes');
});

/** Resources of a stack that use the bus of another stack: rules, an archive and a function that publishes. */
function consumersOf(eventBusName: string | undefined, refer: (bus: CfnEventBus, stack: Stack) => IEventBus) {
  const app = new App();
  const bus = new StripeEventBridge(new Stack(app, 'Producer', { env }), 'Stripe', { eventBusName }).eventBus;
  const stack = new Stack(app, 'Consumer', { env });
  const eventBus = refer(bus.node.defaultChild as CfnEventBus, stack);
  const bridge = new StripeEventBridge(stack, 'Connect', { eventBus, archive: {}, customerTable: {} });
  bridge.onEvent('Paid', { target: new SqsQueue(new Queue(stack, 'Queue')) });
  return usersOf(stack);
}

/** Rules, archives and functions of a stack that use its bus. */
const usersOf = (stack: Stack) => Object.values<any>(Template.fromStack(stack).toJSON().Resources)
  .filter(({ Type, Properties }) => ['AWS::Events::Rule', 'AWS::Events::Archive'].includes(Type)
    || Properties?.Environment?.Variables.EVENT_BUS_ARN);
const weak = (bus: CfnEventBus, stack: Stack) => EventBus.fromEventBusName(stack, 'Again', weakReferenceTo(bus));
const strong = (bus: CfnEventBus) => bus.node.scope as EventBus;

test.each<[string, string | undefined, string | undefined]>([
  ['another name', 'one', 'two'], ['a name', undefined, 'two'], ['no name', 'one', undefined],
])('AA08a: what uses a bus by a weak reference changes when the bus gets %s', (_what, before, after) => {
  const [one, two] = [before, after].map((name) => consumersOf(name, weak));
  expect(new Set(one.map(({ Type }) => Type)).size).toBe(3);
  expect(one.map(({ Properties }) => Properties)).toEqual(two.map(({ Properties }) => Properties));
  one.forEach((each, at) => expect(each).not.toEqual(two[at]));
  expect(consumersOf(before, weak)).toEqual(one);
});

test('AA08a: what uses a bus by a strong reference, or in its stack, has no metadata', () => {
  const users = consumersOf('one', strong);
  expect(JSON.stringify(users)).toContain('Fn::ImportValue');
  const all = [...users, ...usersOf(onBus((bus) => bus, () => ({ eventBusName: 'one' })))];
  expect(all.filter(({ Metadata }) => Metadata)).toEqual([]);
});
