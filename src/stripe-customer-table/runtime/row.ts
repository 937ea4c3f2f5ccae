import type { CustomerEvent } from './customer-event';
import { fitFields } from './fit';
import { CUSTOMER_FIELDS, type BOOKKEEPING_ATTRIBUTES } from '../contract';

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
  const { fields, truncated } = fitFields({
    ...Object.fromEntries(CUSTOMER_FIELDS.map((name) => [name, isDeleted ? undefined : fieldOf(event, name)])),
    rawEvent: isDeleted ? undefined : rawEvent,
  }, 'rawEvent');
  return {
    ...fields,
    truncatedFields: truncated.length > 0 ? truncated : undefined,
    objectId: event.customer.id,
    stripeAccount: event.account,
    livemode: event.livemode,
    customerKey: rowKey(event),
    objectCreated: event.objectCreated,
    eventCreated: event.created,
    eventId: event.id,
    eventType: event.type,
    apiVersion: event.apiVersion,
    isDeleted,
    isAmbiguous: false,
  };
}

/** Null and "" are removed, so that no index of the user rejects a row. */
function fieldOf({ customer }: CustomerEvent, name: string): unknown {
  const value = customer[name];
  return value === null || value === '' ? undefined : value;
}
