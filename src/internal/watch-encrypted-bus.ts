import { Stack } from 'aws-cdk-lib';
import { CfnEventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { openKeyOfQueue, queueOf } from './dead-letter-queue';
import { deadLetterArnOf, resourceOfBus, trustQueue } from './encrypted-bus';
import { differenceOf } from './environment';
import { allowSend } from './event-queue';
import { encryptionAlarms } from './queue-alarms';
import { checkResourcePolicy } from './resource-policies';
import { Alarms } from '../monitoring/alarms';
import { resourceOf } from '../monitoring/reference';
import type { StripeAlarmOptions } from '../monitoring/stripe-alarm-options';

/** Buses whose dead-letter queue has an alarm. */
const WATCHED = new WeakSet<CfnEventBus>();

/**
 * Lets a bus of the app with a key use its dead-letter queue, and watches it.
 *
 * CDK does neither. Without the queue, an event that cannot be encrypted is lost, after it was answered with 200.
 *
 * @returns the bus
 */
export function watchEncryptedBus(
  scope: Construct, eventBus: IEventBus, alarms: StripeAlarmOptions | undefined,
): IEventBus {
  const bus = resourceOfBus(scope, eventBus);
  const queue = bus?.kmsKeyIdentifier === undefined ? undefined : queueOf(deadLetterArnOf(bus) ?? '');
  // a bus that is known by its name belongs to a stack that may depend on this one
  if (!bus || !queue || differenceOf(scope, queue) || !(isReferred(eventBus) || bus.stack === Stack.of(scope))) {
    return eventBus;
  }
  trustQueue(queue);
  allowSend(queue, busArnFor(queue, bus));
  openKeyOfQueue(queue, scope);
  checkResourcePolicy(queue);
  if (alarms?.enabled !== false && !WATCHED.has(bus)) {
    WATCHED.add(bus);
    new Alarms(scope, 'EventBusAlarms', alarms, encryptionAlarms(queue));
  }
  return eventBus;
}

/** Pattern for the ARN of a bus. In another stack, it cannot name the bus, whose stack needs the queue. */
function busArnFor(queue: Queue, bus: CfnEventBus): string {
  const stack = Stack.of(queue);
  return stack === bus.stack ? bus.attrArn
    : stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: '*' });
}

const isReferred = ({ eventBusName }: IEventBus) => resourceOf(eventBusName) instanceof CfnEventBus;
