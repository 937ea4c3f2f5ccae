import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IEventBus, IRuleTarget } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { StripeEndpoint } from './stripe-endpoint';
import type { StripeEventFilter } from './stripe-event-filter';
import type { StripeFunctionOptions } from '../handler-function';
import type { StripeAlarmOptions } from '../monitoring';
import type { StripeCustomerTableOptions } from '../stripe-customer-table';

/** How the bridge is set up; every prop has a default that works. */
export interface StripeEventBridgeProps {
  /**
   * The events that go on the bus. What `customerTable`, `addCustomerTable` and `onEvent` ask for is always added.
   *
   * Others are answered with 200 and counted as `Filtered`, so that Stripe does not send them again.
   *
   * @default - every event that Stripe sends
   */
  readonly eventTypes?: StripeEventFilter;

  /**
   * The bus that events go to. Fails synthesis if `eventBusName` is given too.
   *
   * @default - a new bus
   */
  readonly eventBus?: IEventBus;

  /**
   * Name of the new bus: 1 to 256 letters, digits and `. - _`, unique in the account and region.
   *
   * Fails synthesis if `eventBus` is given too.
   *
   * @default - a name made of the stack's and the construct's
   */
  readonly eventBusName?: string;

  /**
   * The `source` of the events on the bus, 1 to 256 characters.
   *
   * Fails synthesis if it begins with `aws.`, which EventBridge keeps for AWS.
   *
   * @default 'stripe.com'
   */
  readonly eventSource?: string;

  /**
   * How events come in.
   *
   * @default StripeEndpoint.httpApi()
   */
  readonly endpoint?: StripeEndpoint;

  /**
   * The secret that holds the endpoint's signing secret: the plain `whsec_…`, or a JSON array or object of such.
   *
   * Both its current version and, while a roll can last, the one before are accepted.
   *
   * @default - a new secret without a value; the output `NextStep` says how to fill it
   */
  readonly signingSecret?: ISecret;

  /**
   * More secrets that may have signed, such as that of a Connect endpoint or of test mode with the same address.
   *
   * At most 16 values in all are tried.
   *
   * @default - none
   */
  readonly additionalSigningSecrets?: ISecret[];

  /**
   * How long the version before the current one of a secret counts, from the moment that the current one was stored.
   *
   * Set it to zero after a leak. Whole seconds, 0 to 7 days.
   *
   * @default - 24 hours and 5 minutes, the longest that Stripe lets an old secret live when it is rolled
   * @see https://docs.stripe.com/webhooks#roll-endpoint-secrets
   */
  readonly previousSecretLifetime?: Duration;

  /**
   * Adds a table of customers; short for `addCustomerTable('CustomerTable', …)`.
   *
   * @default - no table
   */
  readonly customerTable?: StripeCustomerTableOptions;

  /**
   * Oldest signature accepted, by the time that Stripe wrote in the header; also how far that may lie ahead.
   *
   * Whole seconds, 1 to 3600. Fails synthesis outside that range.
   *
   * @default Duration.minutes(5)
   * @see https://docs.stripe.com/webhooks
   */
  readonly tolerance?: Duration;

  /**
   * Take only events of live mode (true) or of test mode (false); the others are answered with 200 and counted as `Filtered`.
   *
   * @default - both; `detail.livemode` tells them apart
   */
  readonly livemode?: boolean;

  /**
   * How the webhook function runs.
   *
   * @default - Node.js 24, arm64, 512 MiB
   */
  readonly functionOptions?: StripeFunctionOptions;

  /**
   * How long logs are kept. They hold event ids and decisions, no payload.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * Keeps the events of the bus for a replay.
   *
   * An archive keeps its bus: both stay when the stack goes, unless `removalPolicy` says otherwise.
   *
   * @default - no archive
   */
  readonly archive?: StripeEventArchiveOptions;

  /**
   * Key that encrypts the new bus, its queues, and new tables. EventBridge is let in by the key's policy.
   *
   * The key of an imported secret or bus is not touched.
   *
   * @default - keys that AWS owns
   */
  readonly encryptionKey?: IKey;

  /**
   * Alarms for everything that wants a person; each has a section in the runbook.
   *
   * @default - alarms without actions, and a warning at synthesis
   */
  readonly alarms?: StripeAlarmOptions;

  /**
   * Whether to make a dashboard of the metrics.
   *
   * @default false
   */
  readonly dashboard?: boolean;

  /**
   * What becomes of the new secret, the archive, and of tables, quarantine and dead-letter queues, when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Which events go where. */
export interface StripeEventRuleOptions {
  /**
   * The events.
   *
   * @default - every event from this bridge
   */
  readonly filter?: StripeEventFilter;

  /** Where they go. It gets a dead-letter queue and retries for a day, unless it brings its own. */
  readonly target: IRuleTarget;

  /**
   * Put a queue in front of the function, so that its failures are retried for 14 days and then set aside. It then receives one SQS
   * message an invocation, whose body is the event.
   *
   * Fails synthesis if `target` is not a `LambdaFunction`.
   *
   * @default false
   */
  readonly queued?: boolean;

  /**
   * Only events of live mode (true) or of test mode (false).
   *
   * @default - as the bridge
   */
  readonly livemode?: boolean;

  /**
   * Only events of this connected account, `acct_…`.
   *
   * @default - every account
   */
  readonly account?: string;

  /**
   * What the rule is for.
   *
   * @default - no description
   */
  readonly description?: string;
}

/** What an archive keeps. */
export interface StripeEventArchiveOptions {
  /**
   * How long events can be replayed, in whole days.
   *
   * @default Duration.days(30)
   */
  readonly retention?: Duration;
}
