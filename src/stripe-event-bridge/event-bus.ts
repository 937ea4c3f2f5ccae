import { Aws, Names } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { eventQueue, type EventQueueOptions } from '../internal/event-queue';

/** Properties of the new bus. */
export interface EventBusProps extends EventQueueOptions {
  /** Name of the bus. The default consists of the names of the stack and of the construct. */
  readonly eventBusName?: string;
}

/** Creates the bus of a bridge. */
export function createEventBus(scope: Construct, id: string, props: EventBusProps): EventBus {
  const { eventBusName, encryptionKey, removalPolicy } = props;
  return new EventBus(scope, id, {
    // with the name of the stack, the same app can be deployed twice
    eventBusName: eventBusName ?? `${Aws.STACK_NAME}-${Names.uniqueResourceName(scope, { maxLength: 100 })}`,
    description: 'Events from Stripe',
    kmsKey: encryptionKey,
    // receives only events that EventBridge could not encrypt or decrypt
    deadLetterQueue: encryptionKey && eventQueue(scope, 'EventBusDeadLetterQueue', { encryptionKey, removalPolicy }),
  });
}
