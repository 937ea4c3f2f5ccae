import { Annotations } from 'aws-cdk-lib';
import type { IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Difference, differenceOf } from '../../internal/environment';
import { eventQueue, type EventQueueOptions, EventQueueTarget } from '../../internal/event-queue';
import { EventRules } from '../../internal/event-rules';
import { deadLetterAlarms, quarantineAlarms } from '../../internal/queue-alarms';
import { Alarms } from '../../monitoring/alarms';
import type { StripeAlarmOptions } from '../../monitoring/stripe-alarm-options';
import { quoted } from '../../stripe-event-filter/value-kind';
import { QUARANTINE_SUFFIX } from '../webhook/contract';

/** Properties of the quarantine. */
export interface QuarantineProps extends EventQueueOptions {
  /** Bus that the requests are published to. */
  readonly eventBus: IEventBus;
  /** Source of valid events. Requests in quarantine have the same source with a suffix. */
  readonly eventSource: string;
  /** Options for the alarms. */
  readonly alarms?: StripeAlarmOptions;
}

/** Queue of authentic requests that are not valid events. It stores them unmodified for 14 days and raises an alarm. */
export class Quarantine extends Construct {
  /** Queue of the requests. Undefined if the bus is in another account or region, where no rule can be created. */
  public readonly queue?: Queue;

  /** Queue of requests that could not be delivered to the first one. Undefined if there is none. */
  public readonly deadLetterQueue?: Queue;

  /** Rules that deliver the requests. Empty if there is no queue. */
  public readonly rules: readonly Rule[] = [];

  constructor(scope: Construct, id: string, props: QuarantineProps) {
    super(scope, id);
    const { eventBus, encryptionKey, removalPolicy } = props;
    const eventSource = `${props.eventSource}${QUARANTINE_SUFFIX}`;
    const foreign = differenceOf(this, eventBus);
    if (foreign) {
      warnOfForeignBus(this, foreign, eventSource);
      return;
    }
    const queue = this.queue = eventQueue(this, 'Queue', { encryptionKey, removalPolicy });
    const deadLetterQueue = this.deadLetterQueue =
      eventQueue(this, 'DeadLetterQueue', { encryptionKey, removalPolicy });
    const rules = new EventRules(this, 'Rule', {
      eventBus,
      eventSources: [eventSource],
      description: 'Authentic Stripe requests that are not valid events',
      target: new EventQueueTarget(queue),
      deadLetterQueue: () => deadLetterQueue,
    });
    this.rules = rules.rules;
    const alarms = [...quarantineAlarms(queue, rules), ...deadLetterAlarms(deadLetterQueue, rules)];
    new Alarms(this, 'Alarms', props.alarms, alarms);
  }
}

function warnOfForeignBus(scope: Construct, { what, ofResource }: Difference, eventSource: string): void {
  Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:foreign-bus',
    `eventBus is in ${what} ${ofResource}, where this stack cannot create rules; ` +
    `its owner should send events with the source ${quoted(eventSource)} to a queue` +
    (what === 'account' ? ', and must allow the role of the webhook to call events:PutEvents' : ''));
}
