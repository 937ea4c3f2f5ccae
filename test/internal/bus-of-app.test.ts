import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus, type EventBusProps, type IEventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEventBridge } from '../../src';

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
