import type { RemovalPolicy } from 'aws-cdk-lib';
import type { ITable, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StripeFunctionOptions } from '../internal/stripe-function-options';
import type { StripeAlarmOptions } from '../monitoring/stripe-alarm-options';
import type { StripeAccount } from '../stripe-event-filter/stripe-account';
import type { StripeMode } from '../stripe-event-filter/stripe-mode';

/** Sort key of an existing table. Every row of this library has the same value. */
export interface StripeSortKey {
  /** Name of the sort key, such as `sk`. */
  readonly name: string;

  /** Value of the sort key, a string such as `CUSTOMER`. */
  readonly value: string;
}

/** Options for a table of customers. */
export interface StripeCustomerTableOptions {
  /**
   * Existing table, with a string partition key. If it has a sort key, set `sortKey`.
   *
   * It can belong to another account. Fails synthesis if it is in another region, if it is a table of this app with
   * another key, or together with `tableName`, `deletionProtection` or `dynamoStream`.
   *
   * @default - a new `TableV2`, on demand, with point-in-time recovery
   */
  readonly table?: ITable;

  /**
   * Name of the partition key. For an existing table, the name that it has.
   *
   * A new table is replaced if this changes. Fails synthesis if a row has another attribute of this name.
   *
   * @default 'pk'
   */
  readonly partitionKeyName?: string;

  /**
   * Sort key of the existing table, with the value that every row of this library has.
   *
   * Fails synthesis without `table`, or if its name is that of the partition key or of an attribute of a row.
   *
   * @default - no sort key
   */
  readonly sortKey?: StripeSortKey;

  /**
   * Name of the new table, 3 to 255 letters, digits and `. - _`.
   *
   * Synthesis warns, because a stack with a fixed name cannot be deployed twice. A change that replaces the table then
   * fails as well, because the old table still has the name.
   *
   * @default - a name that CloudFormation generates
   */
  readonly tableName?: string;

  /**
   * Stream of the new table, for consumers such as `DynamoEventSource`.
   *
   * @default - no stream
   */
  readonly dynamoStream?: StreamViewType;

  /**
   * Whether the new table is protected from deletion, also when the stack is deleted.
   *
   * @default false
   */
  readonly deletionProtection?: boolean;

  /**
   * Key that encrypts the new table and the queues. Its policy is extended so that EventBridge can use it.
   *
   * Fails synthesis for a new table in a stack whose region is unknown.
   *
   * @default - keys that AWS owns
   */
  readonly encryptionKey?: IKey;

  /**
   * Removal policy of the new table and of the dead-letter queue.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Mode of the customers. Customers of different modes have separate rows.
   *
   * @default StripeMode.ALL
   */
  readonly mode?: StripeMode;

  /**
   * Account of the customers. Customers of different accounts have separate rows.
   *
   * @default StripeAccount.any()
   */
  readonly account?: StripeAccount;

  /**
   * Whether each row keeps the complete event as JSON text in the attribute `rawEvent`.
   *
   * It holds personal data beyond the other attributes. `customer.deleted` removes it. An event that does not fit into
   * the row is not kept, and `truncatedFields` then contains `rawEvent`.
   *
   * @default false
   */
  readonly storeRawEvent?: boolean;

  /**
   * Options for the alarms. Each alarm links to its section in the runbook.
   *
   * @default - alarms without actions, and a warning at synthesis
   */
  readonly alarms?: StripeAlarmOptions;

  /**
   * Options for the writer function.
   *
   * @default - Node.js 24 on arm64 with 256 MiB
   */
  readonly functionOptions?: StripeFunctionOptions;

  /**
   * Retention of the logs of the writer. They hold event ids and outcomes, and nothing of the customer.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * Key that encrypts the logs of the function. Its policy is extended so that CloudWatch Logs can use it.
   *
   * @default - keys that AWS owns
   */
  readonly logEncryptionKey?: IKey;
}

/** Properties for `StripeCustomerTable`. */
export interface StripeCustomerTableProps extends StripeCustomerTableOptions {
  /** Bus that carries the events of Stripe. */
  readonly eventBus: IEventBus;

  /**
   * Values of `source` that the events have.
   *
   * Fails synthesis if the list is empty.
   *
   * @default - `stripe.com`, and every source that begins with `aws.partner/stripe.com`
   */
  readonly eventSources?: string[];
}
