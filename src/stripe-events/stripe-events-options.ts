import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StripeFunctionOptions } from '../internal/stripe-function-options';
import type { StripeAlarmOptions } from '../monitoring/stripe-alarm-options';
import type { StripeCustomerTableOptions } from '../stripe-customer-table/stripe-customer-table-props';
import type { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import type { StripeMode } from '../stripe-event-filter/stripe-mode';

/** Options for an archive of Stripe events. */
export interface StripeArchiveOptions {
  /**
   * Time for which events can be replayed, in whole days.
   *
   * @default Duration.days(30)
   */
  readonly retention?: Duration;
}

/** Options that every source of Stripe events shares. */
export interface StripeEventsOptions {
  /**
   * Types of the events on the bus.
   *
   * @default StripeEventFilter.all()
   */
  readonly eventTypes?: StripeEventFilter;

  /**
   * Mode of the events. Tables and `onEvent` use it as their default.
   *
   * @default StripeMode.ALL
   */
  readonly mode?: StripeMode;

  /**
   * Adds a table of customers with the id `CustomerTable`, as `addCustomerTable` does.
   *
   * @default - no table
   */
  readonly customerTable?: StripeCustomerTableOptions;

  /**
   * Adds an archive with the id `Archive`, as `addArchive` does.
   *
   * By default, the archive and the new bus are retained when the stack is deleted. The name of the bus is fixed, so
   * that a second deployment fails until you delete both or import the bus as `eventBus`:
   * `aws events delete-archive --archive-name <name>`, then `aws events delete-event-bus --name <name>`.
   *
   * @default - no archive
   */
  readonly archive?: StripeArchiveOptions;

  /**
   * Options for the alarms. Each alarm links to its section in the runbook.
   *
   * @default - alarms without actions, and a warning at synthesis
   */
  readonly alarms?: StripeAlarmOptions;

  /**
   * Key that encrypts the new bus, the archive, the queues, new tables and the new signing secret.
   *
   * It does not cover logs (`logEncryptionKey`), the dead-letter queue of the bus, which is needed when the key cannot
   * be used, alarms and metrics. Resources that you pass keep their own keys.
   *
   * The policy of the key is extended so that EventBridge can use it. For an imported key, synthesis warns with the
   * actions that its policy must allow. Fails synthesis for an alias that is imported by name.
   *
   * To exchange or remove the key: keep its policy as it is, change the property, and remove the statement for
   * EventBridge only after the retention of the archive and 14 days. Until then, archived events and waiting messages
   * need the old key.
   *
   * @default - keys that AWS owns
   */
  readonly encryptionKey?: IKey;

  /**
   * Removal policy of new tables, queues and archives, and of the signing secret.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Options for the Lambda functions. Those of a table win over these. `role` applies to the webhook function only.
   *
   * @default - Node.js 24 on arm64 with 512 MiB for the webhook and 256 MiB for the writer
   */
  readonly functionOptions?: StripeFunctionOptions;

  /**
   * Retention of the logs. They hold event ids and decisions, and no payload.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * Key that encrypts the logs of the functions. Its policy is extended so that CloudWatch Logs can use it. The access
   * log of an endpoint has its own `encryptionKey`.
   *
   * @default - keys that AWS owns
   */
  readonly logEncryptionKey?: IKey;
}

/** Options for `StripeEvents.fromEventBus`. */
export interface StripeEventBusOptions extends StripeEventsOptions {
  /**
   * Values of `source` that the events have.
   *
   * Fails synthesis if the list is empty.
   *
   * @default - `stripe.com`, and every source that begins with `aws.partner/stripe.com`
   */
  readonly eventSources?: string[];
}
