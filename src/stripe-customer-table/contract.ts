/** What the writer function reads from its environment; the construct sets every one of them. */
export const WRITER_ENV = {
  /** Name of the table. */
  TABLE_NAME: 'TABLE_NAME',
  /** Name of the table's partition key. */
  PARTITION_KEY_NAME: 'PARTITION_KEY_NAME',
  /** `true` if rows carry the whole event, else `false`. */
  STORE_RAW_EVENT: 'STORE_RAW_EVENT',
} as const;

/** Partition key of a table that we make. */
export const PARTITION_KEY_NAME = 'pk';

/** The three events whose `data.object` is a customer; eighteen others share the prefix. */
export const CUSTOMER_EVENTS = ['customer.created', 'customer.updated', 'customer.deleted'] as const;

/** The function's own limit, in seconds. */
export const WRITER_TIMEOUT_SECONDS = 10;

/**
 * Stripe's own fields that a row carries, under their own names.
 *
 * Left out: `id` (it is `customerId`), `object`, `livemode` and `deleted` (bookkeeping), and the lists `sources`, `subscriptions`
 * and `tax_ids`, which are only there when somebody expanded them.
 *
 * @see https://docs.stripe.com/api/customers/object
 */
export const CUSTOMER_FIELDS = [
  'address', 'balance', 'business_name', 'cash_balance', 'created', 'currency', 'customer_account', 'default_source',
  'delinquent', 'description', 'discount', 'email', 'individual_name', 'invoice_credit_balance', 'invoice_prefix', 'invoice_settings',
  'metadata', 'name', 'next_invoice_sequence', 'phone', 'preferred_locales', 'shipping', 'tax', 'tax_exempt', 'test_clock',
] as const;

/** What a row carries of its own: whose it is, and which event it stands at. A tombstone has these and its key alone. */
export const BOOKKEEPING_FIELDS = [
  'customerId', 'account', 'livemode', 'eventCreated', 'eventId', 'eventType', 'apiVersion', 'deleted', 'ambiguous',
] as const;

/** Only with `storeRawEvent`: the whole event as JSON text, or the mark that it was too large for a row. */
export const RAW_EVENT_FIELDS = ['rawEvent', 'truncated'] as const;
