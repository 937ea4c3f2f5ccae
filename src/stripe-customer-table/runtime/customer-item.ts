import type { CustomerEvent } from './customer-event';
import { CUSTOMER_FIELDS, type BOOKKEEPING_FIELDS } from '../contract';

/** A row, less its key. Undefined attributes are removed from the table. */
export type CustomerItem = Readonly<Record<string, unknown> & Record<typeof BOOKKEEPING_FIELDS[number], unknown>>;

/** `<account>#<live|test>#<customer id>`: one customer, in one mode, of one account. */
export function customerKey({ account, livemode, customer }: CustomerEvent): string {
  return `${account}#${livemode ? 'live' : 'test'}#${customer.id}`;
}

/** The whole row as this event has it. A deletion leaves a tombstone: key and bookkeeping, nothing of the person. */
export function customerItem(event: CustomerEvent): CustomerItem {
  const deleted = event.type === 'customer.deleted';
  const fields = CUSTOMER_FIELDS.map((name) => [name, deleted ? undefined : presentOrUndefined(event.customer[name])]);
  return {
    ...Object.fromEntries(fields),
    customerId: event.customer.id,
    account: event.account,
    livemode: event.livemode,
    eventCreated: event.created,
    eventId: event.id,
    eventType: event.type,
    apiVersion: event.apiVersion,
    deleted,
    ambiguous: false,
  };
}

/** Null and "" are absent, so that an index of the user's on any field never rejects a row. */
function presentOrUndefined(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}
