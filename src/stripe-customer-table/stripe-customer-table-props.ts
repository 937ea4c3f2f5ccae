import type { RemovalPolicy } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { StripeFunctionOptions } from '../handler-function';
import type { StripeAlarmOptions } from '../monitoring';

/** How the table and the way to it are set up. */
export interface StripeCustomerTableOptions {
  /**
   * A table of yours, with a string partition key and no sort key.
   *
   * Fails synthesis together with `deletionProtection`, or if it is a table of this app whose key differs.
   *
   * @default - a new `TableV2`, on demand, with point-in-time recovery
   */
  readonly table?: ITable;

  /**
   * Name of the table's partition key, for a table of yours.
   *
   * Fails synthesis if a row has another attribute of this name.
   *
   * @default 'pk'
   */
  readonly partitionKeyName?: string;

  /**
   * Refuse to delete the table, also when the stack goes.
   *
   * @default false
   */
  readonly deletionProtection?: boolean;

  /**
   * Key that encrypts the new table and the queues. EventBridge is let in by the key's policy.
   *
   * Fails synthesis with a new table in a stack without a region.
   *
   * @default - keys that AWS owns
   */
  readonly encryptionKey?: IKey;

  /**
   * What becomes of the new table and the dead-letter queue when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Write only customers of live mode (true) or of test mode (false).
   *
   * @default - both, in rows of their own
   */
  readonly livemode?: boolean;

  /**
   * Write only customers of this connected account, `acct_…`.
   *
   * @default - every account, in rows of their own
   */
  readonly account?: string;

  /**
   * Keep the whole event in each row, as JSON text in the attribute `rawEvent`.
   *
   * Of an event over 300,000 bytes the row says `truncated` instead.
   *
   * A deletion removes it. It holds personal data beyond the fields of a row.
   *
   * @default false
   */
  readonly storeRawEvent?: boolean;

  /**
   * Alarms for everything that wants a person; each has a section in the runbook.
   *
   * @default - alarms without actions, and a warning at synthesis
   */
  readonly alarms?: StripeAlarmOptions;

  /**
   * How the writer function runs.
   *
   * @default - Node.js 24, arm64, 256 MiB
   */
  readonly functionOptions?: StripeFunctionOptions;

  /**
   * How long the writer's logs are kept. They hold event ids and outcomes, nothing of the customer.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

/** Where a customer table gets its events from. */
export interface StripeCustomerTableProps extends StripeCustomerTableOptions {
  /** The bus that carries Stripe's events. */
  readonly eventBus: IEventBus;

  /**
   * The `source` of the events, exactly.
   *
   * Fails synthesis if the list is empty.
   *
   * @default - `stripe.com`, and all that begins with `aws.partner/stripe.com`, Stripe's own EventBridge destination
   */
  readonly eventSources?: string[];
}
