import { Aws, Names } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { allowSend, eventQueue, type EventQueueOptions } from '../internal/event-queue';
import { encryptionAlarms } from '../internal/queue-alarms';
import { Alarms } from '../monitoring/alarms';
import type { StripeAlarmOptions } from '../monitoring/stripe-alarm-options';

/** Properties of the new bus. */
export interface EventBusProps extends EventQueueOptions {
  /** Name of the bus. The default consists of the names of the stack and of the construct. */
  readonly eventBusName?: string;
  /** Options for the alarm on encryption. */
  readonly alarms?: StripeAlarmOptions;
}

/** Creates the bus of a bridge. With a customer managed key, it has a dead-letter queue and an alarm. */
export function createEventBus(scope: Construct, id: string, props: EventBusProps): EventBus {
  const { eventBusName, encryptionKey, removalPolicy, alarms } = props;
  // without the key, because the queue is needed exactly when the key cannot be used
  const deadLetterQueue = encryptionKey && eventQueue(scope, 'EventBusDeadLetterQueue', { removalPolicy });
  const bus = new EventBus(scope, id, {
    // with the name of the stack, the same app can be deployed twice
    eventBusName: eventBusName ?? `${Aws.STACK_NAME}-${Names.uniqueResourceName(scope, { maxLength: 100 })}`,
    description: 'Events from Stripe',
    kmsKey: encryptionKey,
    deadLetterQueue,
  });
  if (deadLetterQueue) {
    allowSend(deadLetterQueue, bus.eventBusArn); // CDK adds no policy
    new Alarms(scope, 'EventBusAlarms', alarms, encryptionAlarms(deadLetterQueue));
  }
  return bus;
}
