import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IEventBus, IRuleTarget } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StripeAlarmOptions } from '../monitoring/stripe-alarm-options';
import type { StripeAccount } from '../stripe-event-filter/stripe-account';
import type { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
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
