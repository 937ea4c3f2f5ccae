import type { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueuedFunction } from './queued-function';
import type { StripeEventRuleProps } from './stripe-event-rule-props';
import { validateRule } from './validation';
import { keyBehind } from '../internal/encryption-key';
import { eventQueue } from '../internal/event-queue';
import { EventRules } from '../internal/event-rules';
import { deadLetterAlarms } from '../internal/queue-alarms';
import { warnOfUnknownTypes } from '../internal/unknown-event-types';
import { watchEncryptedBus } from '../internal/watch-encrypted-bus';
import { Alarms } from '../monitoring/alarms';
import { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import { StripeMode } from '../stripe-event-filter/stripe-mode';

/**
 * Rule that sends Stripe events from a bus to a target, with a dead-letter queue and alarms.
 *
 * Created by `onEvent`. Event types that do not fit into one event pattern need several rules. Fails synthesis if they
 * need more than eight.
 */
export class StripeEventRule extends Construct {
  /** Rules on the bus, usually one. For another target, call `onEvent` again. */
  public readonly rules: Rule[];

  /** Queue in front of the function. Undefined unless the target is a `QueuedFunction`. */
  public readonly queue?: Queue;

  /** Queue for events that could not be delivered or processed. Undefined if the target has its own. */
  public readonly deadLetterQueue?: Queue;

  /** @internal */
  public readonly _eventBus: IEventBus;

  /** @internal */
  public readonly _eventSources: readonly unknown[];

  /** @internal */
  public readonly _eventTypes?: StripeEventFilter;

  /** @internal */
  public readonly _mode: StripeMode;

  private readonly eventRules: EventRules;

  /**
   * @param scope scope of the construct
   * @param id id, unique in the scope
   * @param props bus, selection of events and target
   */
  constructor(scope: Construct, id: string, props: StripeEventRuleProps) {
    super(scope, id);
    validateRule(this, props);
    const { eventTypes = StripeEventFilter.all(), alarms, removalPolicy, ...rest } = props;
    warnOfUnknownTypes(this, eventTypes);
    const queueOptions = { encryptionKey: keyBehind(props.encryptionKey), removalPolicy };
    let created: Queue | undefined;
    if (props.target instanceof QueuedFunction) {
      ({ queue: this.queue, newDeadLetterQueue: created } = props.target._createQueues(this, queueOptions));
    }
    this.eventRules = new EventRules(this, 'Rule', {
      ...rest,
      detailTypes: eventTypes._toDetailTypes(),
      deadLetterQueue: () => created ??= eventQueue(this, 'DeadLetterQueue', queueOptions),
    });
    this.rules = this.eventRules.rules;
    this._eventBus = watchEncryptedBus(this, props.eventBus, alarms);
    this._eventSources = props.eventSources;
    this._eventTypes = props.eventTypes;
    this._mode = props.mode ?? StripeMode.ALL;
    this.deadLetterQueue = created;
    const ofFunction = props.target instanceof QueuedFunction ? props.target._alarms() : [];
    const ofQueue = deadLetterAlarms(created ?? this.eventRules.ownDeadLetterQueue, this.eventRules);
    new Alarms(this, 'Alarms', alarms, [...ofQueue, ...ofFunction]);
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
