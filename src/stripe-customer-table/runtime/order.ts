import { type CustomerEvent, LEAST_MILLISECONDS } from './customer-event';
import type { Row } from './row';

/** Reason why an event did not change the row. `Ambiguous` flags the row instead. */
export type NotApplied = 'Duplicate' | 'Stale' | 'AfterDelete' | 'Ambiguous';

/** DynamoDB condition on a row, and the values that it may compare with. */
export interface RowCondition {
  readonly expression: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * DynamoDB condition under which an event may overwrite the row. DynamoDB checks and writes in one atomic step.
 *
 * Every event overwrites a row unless `eventCreated` is a number of seconds and `isDeleted` is a boolean. A comparison
 * with an absent attribute, or with one of another type, is false.
 *
 * Stripe's timestamps have whole seconds, and deliveries have no order. A newer event overwrites the row. In the same
 * second, an update overwrites `customer.created`, which is the first state by definition. A tombstone gives way only
 * to a customer that was created after the deletion, because ids chosen by hand can be reused. The times of an object
 * with a test clock are simulated, so they prove nothing about that.
 */
export function mayOverwriteRow({ type, created, customer }: CustomerEvent): RowCondition {
  const values = {
    ':eventCreated': created,
    ':createdEvent': 'customer.created',
    ':customerCreated': customer.created,
    ':true': true,
    ':false': false,
    ':boolean': 'BOOL',
    ':milliseconds': LEAST_MILLISECONDS,
  };
  // no event was applied yet, whatever else the row has
  const noEvent = 'NOT (#eventCreated < :milliseconds AND attribute_type(#isDeleted, :boolean))';
  const conditions = type === 'customer.deleted' ? [
    noEvent,
    // the customer of the row was not created after the deletion, as far as its times prove anything
    customer.test_clock ? '#isDeleted = :false'
      : '#isDeleted = :false AND NOT (#created > :eventCreated AND #created < :milliseconds)',
    // the id was used again, and its second customer is deleted
    '#isDeleted = :true AND #eventCreated < :eventCreated',
  ] : [
    noEvent,
    // the event is newer
    '#isDeleted = :false AND #eventCreated < :eventCreated',
    // in the same second, an update follows the creation
    ...type === 'customer.updated'
      ? ['#isDeleted = :false AND #eventCreated = :eventCreated AND #eventType = :createdEvent'] : [],
    // the id of a deleted customer is used again
    ...typeof customer.created === 'number' && !customer.test_clock
      ? ['#isDeleted = :true AND #eventCreated < :customerCreated'] : [],
  ];
  return { values, expression: conditions.map((condition) => `(${condition})`).join(' OR ') };
}

/** Condition under which the row may be flagged: it still shows an event of the same second. */
export function mayFlagRow({ created }: CustomerEvent): RowCondition {
  const expression = '#isDeleted = :false AND #eventCreated = :eventCreated';
  return { expression, values: { ':eventCreated': created, ':false': false } };
}

/** Reason why an event did not overwrite the row, from the row as it was. */
export function whyNotApplied({ id, type, created }: CustomerEvent, row: Row): NotApplied {
  if (row.eventId === id) {
    return 'Duplicate';
  }
  if (type === 'customer.deleted') {
    return 'Stale';
  }
  if (row.isDeleted) {
    return 'AfterDelete';
  }
  const startOfSecond = type === 'customer.created' && row.eventType === 'customer.updated';
  return row.eventCreated === created && !startOfSecond ? 'Ambiguous' : 'Stale';
}
