/** Variables of the writer function. The construct sets every one of them. */
export const WRITER_ENV = {
  /** ARN of the table, which may be in another account. */
  TABLE_ARN: 'TABLE_ARN',
  /** Name of the partition key. */
  PARTITION_KEY_NAME: 'PARTITION_KEY_NAME',
  /** JSON object of a sort key and its value. `{}` for a table without one. */
  SORT_KEY: 'SORT_KEY',
  /** `true` if rows keep the complete event, else `false`. */
  STORE_RAW_EVENT: 'STORE_RAW_EVENT',
} as const;

/** Metrics that the function writes. The runbook explains them. */
export const WRITER_METRICS = [
  'AfterDelete', 'Ambiguous', 'Duplicate', 'Stale', 'Truncated', 'WriteDenied', 'WriteError', 'Written',
] as const;

/** Partition key of a new table. */
export const PARTITION_KEY_NAME = 'pk';

/** Events whose `data.object` is a customer. Eighteen other types share the prefix. */
export const CUSTOMER_EVENTS = ['customer.created', 'customer.updated', 'customer.deleted'] as const;

/** Timeout of the writer function in seconds. */
export const WRITER_TIMEOUT_SECONDS = 10;

/**
 * Fields of a customer that a row has, under Stripe's own names.
 *
 * Without `id` (attribute `objectId`), `object` (part of the key), `livemode` and `deleted` (bookkeeping), and without
 * the lists `sources`, `subscriptions` and `tax_ids`, which exist only if a request expanded them.
 *
 * @see https://docs.stripe.com/api/customers/object
 */
export const CUSTOMER_FIELDS = [
  'address', 'balance', 'business_name', 'cash_balance', 'created', 'currency', 'customer_account', 'default_source',
  'delinquent', 'description', 'discount', 'email', 'individual_name', 'invoice_credit_balance', 'invoice_prefix',
  'invoice_settings', 'metadata', 'name', 'next_invoice_sequence', 'phone', 'preferred_locales', 'shipping', 'tax',
  'tax_exempt', 'test_clock',
] as const;

/**
 * Attributes that say which object a row holds, and which event was applied last. A tombstone has only these.
 *
 * No field of a Stripe object has one of these names, since those have no capital letter. `livemode` is Stripe's own.
 */
export const BOOKKEEPING_ATTRIBUTES = [
  'objectId', 'objectCreated', 'stripeAccount', 'livemode', 'customerKey', 'eventCreated', 'eventId', 'eventType',
  'apiVersion', 'isDeleted', 'isAmbiguous',
] as const;

/** Attributes that some rows have: the complete event as JSON text, and the names of what did not fit. */
export const OPTIONAL_ATTRIBUTES = ['rawEvent', 'truncatedFields'] as const;
