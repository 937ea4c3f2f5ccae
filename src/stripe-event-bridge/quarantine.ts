import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QUARANTINE_SUFFIX } from './contract';
import { eventQueue, EventQueueTarget } from '../event-rules/event-queue';
import { addEventRules } from '../event-rules/event-rules';
import type { StripeAlarmOptions } from '../monitoring';
import { quarantineAlarms } from '../monitoring/alarm-specs';
import { Alarms } from '../monitoring/alarms';

/** What the quarantine needs. */
export interface QuarantineProps {
  /** The bus that they come over. */
  readonly eventBus: IEventBus;
  /** The source of usable events; theirs is longer by a suffix. */
  readonly eventSource: string;
  /** The user's key; SQS's own otherwise. */
  readonly encryptionKey?: IKey;
  /** What becomes of the queue when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
  /** Who hears of them. */
  readonly alarms?: StripeAlarmOptions;
}

/** Authentic events that cannot go on the bus as they are: kept whole in a queue of 14 days, and told of. */
export class Quarantine extends Construct {
  /** Where they wait. */
  public readonly queue: Queue;

  constructor(scope: Construct, id: string, { eventBus, eventSource, encryptionKey, removalPolicy, alarms }: QuarantineProps) {
    super(scope, id);
    this.queue = eventQueue(this, 'Queue', { encryptionKey, removalPolicy });
    const rules = addEventRules(this, 'Rule', {
      eventBus,
      source: [`${eventSource}${QUARANTINE_SUFFIX}`],
      description: 'Authentic Stripe events that cannot go on the bus as they are',
      target: new EventQueueTarget(this.queue),
    });
    new Alarms(this, 'Alarms', alarms, quarantineAlarms(this.queue, rules));
  }
}
