import type { CustomerEvent } from './customer-event';
import { CUSTOMER_FIELDS, type BOOKKEEPING_ATTRIBUTES, type OPTIONAL_ATTRIBUTES } from '../contract';

/** An item can have 400 KB. The other attributes of a customer are far below the rest. */
const MAX_RAW_EVENT_BYTES = 300_000;

/** Row without its key. Undefined attributes are removed from the table. */
export type Row = Readonly<Record<string, unknown> & Record<typeof BOOKKEEPING_ATTRIBUTES[number], unknown>>;

/** Key of the row: `<account>#<live|test>#customer#<customer id>`. */
export function rowKey({ account, livemode, customer }: CustomerEvent): string {
  return `${account}#${livemode ? 'live' : 'test'}#customer#${customer.id}`;
}

/**
 * Complete row after an event. It keeps the event itself if its text is given.
 *
 * A deletion leaves a tombstone: key and bookkeeping, and nothing of the customer.
 */
export function rowOf(event: CustomerEvent, rawEvent?: string): Row {
  const isDeleted = event.type === 'customer.deleted';
  const { customer } = event;
  return {
    ...Object.fromEntries(CUSTOMER_FIELDS.map((name) => [name, isDeleted ? undefined : valueOf(customer[name])])),
    objectId: customer.id,
    stripeAccount: event.account,
    livemode: event.livemode,
    customerKey: rowKey(event),
    eventCreated: event.created,
    eventId: event.id,
    eventType: event.type,
    apiVersion: event.apiVersion,
    isDeleted,
    isAmbiguous: false,
    ...optionalAttributes(isDeleted ? undefined : rawEvent),
  };
}

/** Null and "" are removed, so that no index of the user rejects a row. */
function valueOf(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}

function optionalAttributes(rawEvent: string | undefined): Record<typeof OPTIONAL_ATTRIBUTES[number], unknown> {
  const tooLarge = Buffer.byteLength(rawEvent ?? '') > MAX_RAW_EVENT_BYTES;
  return { rawEvent: tooLarge ? undefined : rawEvent, truncatedFields: tooLarge ? ['rawEvent'] : undefined };
}
