import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IEventBus, IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueuedFunction } from './queued-function';
import { eventQueue } from '../internal/event-queue';
import { EventRules } from '../internal/event-rules';
import { deadLetterAlarms } from '../internal/queue-alarms';
import { Alarms } from '../monitoring/alarms';
import type { StripeAlarmOptions } from '../monitoring/stripe-alarm-options';
import type { StripeAccount } from '../stripe-event-filter/stripe-account';
import { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import type { StripeMode } from '../stripe-event-filter/stripe-mode';

/** Events that a target receives. */
export interface StripeEventTargetOptions {
  /**
   * Target of the events, such as `new SqsQueue(queue)`, or `new QueuedFunction(fn)` for a Lambda function.
   *
   * A target without its own dead-letter queue gets one, with alarms. EventBridge retries for 24 hours.
   */
  readonly target: IRuleTarget;

  /**
   * Types of the events.
   *
   * @default - the event types of the bus
   */
  readonly eventTypes?: StripeEventFilter;

  /**
   * Mode of the events.
   *
   * @default - the mode of the bus
   */
  readonly mode?: StripeMode;

  /**
   * Account of the events, for Connect platforms and organizations.
   *
   * @default StripeAccount.any()
   */
  readonly account?: StripeAccount;

  /**
   * Description of the rule.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * Alarms for the dead-letter queue.
   *
   * @default - the alarm options of the bus
   */
  readonly alarms?: StripeAlarmOptions;
}

/** Options for `onEvent`. */
export interface StripeEventRuleOptions extends StripeEventTargetOptions {
  /**
   * Scope of the rule, its queues and its alarms. Set it to the stack of a target that belongs to another stack.
   *
   * @default - the construct that `onEvent` is called on
   */
  readonly scope?: Construct;
}

/** Properties for `StripeEventRule`. */
export interface StripeEventRuleProps extends StripeEventTargetOptions {
  /** Bus that carries the events. */
  readonly eventBus: IEventBus;

  /** Values of `source` that the events have, as items of an event pattern. */
  readonly eventSources: string[];

  /**
   * Key that encrypts the queues. Its policy must allow EventBridge to use it.
   *
   * @default - encryption with keys of SQS
   */
  readonly encryptionKey?: IKey;

  /**
   * Removal policy of the dead-letter queue.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Rule that sends Stripe events from a bus to a target, with a dead-letter queue and alarms.
 *
 * Created by `onEvent`. Event types that do not fit into one event pattern need several rules. Fails synthesis if they
 * need more than ten.
 */
export class StripeEventRule extends Construct {
  /** Rules on the bus, usually one. */
  public readonly rules: Rule[];

  /** Queue in front of the function. Undefined unless the target is a `QueuedFunction`. */
  public readonly queue?: Queue;

  /** Queue for events that could not be delivered or processed. Undefined if the target has its own. */
  public readonly deadLetterQueue?: Queue;

  private readonly eventRules: EventRules;

  /**
   * @param scope scope of the construct
   * @param id id, unique in the scope
   * @param props bus, selection of events and target
   */
  constructor(scope: Construct, id: string, props: StripeEventRuleProps) {
    super(scope, id);
    const { eventTypes = StripeEventFilter.all(), alarms, encryptionKey, removalPolicy, ...rest } = props;
    let created: Queue | undefined;
    if (props.target instanceof QueuedFunction) {
      ({ queue: this.queue, newDeadLetterQueue: created } =
        props.target._createQueues(this, { encryptionKey, removalPolicy }));
    }
    this.eventRules = new EventRules(this, 'Rule', {
      ...rest,
      detailTypes: eventTypes._toDetailTypes(),
      deadLetterQueue: () => created ??= eventQueue(this, 'DeadLetterQueue', { encryptionKey, removalPolicy }),
    });
    this.rules = this.eventRules.rules;
    this.deadLetterQueue = created;
    if (this.deadLetterQueue) {
      new Alarms(this, 'Alarms', alarms, deadLetterAlarms(this.deadLetterQueue, this.eventRules));
    }
  }

  /**
   * Returns a metric of EventBridge for the rules, such as `Invocations`.
   *
   * @param metricName name in the namespace `AWS/Events`
   * @param props options for the metric, whose default statistic is the sum
   */
  public metric(metricName: string, props: MetricOptions = {}): IMetric {
    return this.eventRules.metric(metricName, props);
  }
}
