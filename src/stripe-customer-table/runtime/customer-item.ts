import type { CustomerEvent } from './customer-event';
import { CUSTOMER_FIELDS, type BOOKKEEPING_FIELDS, type RAW_EVENT_FIELDS } from '../contract';

/** Of the 400 KB that an item can have; Stripe's own fields are far below the rest. */
const MAX_RAW_EVENT_BYTES = 300_000;

/** A row, less its key. Undefined attributes are removed from the table. */
export type CustomerItem = Readonly<Record<string, unknown> & Record<typeof BOOKKEEPING_FIELDS[number], unknown>>;

/** `<account>#<live|test>#<customer id>`: one customer, in one mode, of one account. */
export function customerKey({ account, livemode, customer }: CustomerEvent): string {
  return `${account}#${livemode ? 'live' : 'test'}#${customer.id}`;
}

/**
 * The whole row as this event has it, with the event itself if its text is given.
 *
 * A deletion leaves a tombstone: key and bookkeeping, nothing of the person.
 */
export function customerItem(event: CustomerEvent, rawEvent?: string): CustomerItem {
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
    ...rawEventFields(deleted ? undefined : rawEvent),
  };
}

/** Null and "" are absent, so that an index of the user's on any field never rejects a row. */
function presentOrUndefined(value: unknown): unknown {
  return value === null || value === '' ? undefined : value;
}

function rawEventFields(rawEvent: string | undefined): Record<typeof RAW_EVENT_FIELDS[number], unknown> {
  const tooLarge = Buffer.byteLength(rawEvent ?? '') > MAX_RAW_EVENT_BYTES;
  return { rawEvent: tooLarge ? undefined : rawEvent, truncated: tooLarge || undefined };
}
