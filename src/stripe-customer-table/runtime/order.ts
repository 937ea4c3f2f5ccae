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
 * Ids chosen by hand can be used again, so a row may meet events of several customers. A customer that was created
 * later replaces an earlier one. Of one customer, deliveries have no order, and timestamps have whole seconds. A newer
 * event overwrites the row. In the same second, an update overwrites `customer.created`, which is the first state by
 * definition. A deletion overwrites the row whenever it was made.
 */
export function mayOverwriteRow({ type, created, objectCreated }: CustomerEvent): RowCondition {
  const values = {
    ':eventCreated': created,
    ':createdEvent': 'customer.created',
    ':objectCreated': objectCreated,
    ':true': true,
    ':false': false,
    ':boolean': 'BOOL',
    ':milliseconds': LEAST_MILLISECONDS,
  };
  const conditions = [
    // no event was applied yet, whatever else the row has
    'NOT (#eventCreated < :milliseconds AND attribute_type(#isDeleted, :boolean))',
    ...objectCreated === undefined ? [] : [
      // the row shows an earlier customer of this id, or a deleted one whose creation is not known
      '#objectCreated < :objectCreated', '#isDeleted = :true AND #eventCreated < :objectCreated',
    ],
    ...ofOneCustomer(type).map((condition) => `${condition}${showsNoLaterCustomer(objectCreated)}`),
  ];
  return { values, expression: conditions.map((condition) => `(${condition})`).join(' OR ') };
}

/** Conditions for a row that shows the customer of the event. */
function ofOneCustomer(type: CustomerEvent['type']): string[] {
  if (type === 'customer.deleted') {
    return ['#isDeleted = :false', '#isDeleted = :true AND #eventCreated < :eventCreated'];
  }
  return [
    '#isDeleted = :false AND #eventCreated < :eventCreated',
    // in the same second, an update follows the creation
    ...type === 'customer.updated'
      ? ['#isDeleted = :false AND #eventCreated = :eventCreated AND #eventType = :createdEvent'] : [],
  ];
}

/** Condition that the row does not show a customer that was created later than that of the event. */
const showsNoLaterCustomer = (objectCreated: number | undefined) =>
  objectCreated === undefined ? ''
    : ' AND NOT (#objectCreated > :objectCreated AND #objectCreated < :milliseconds)';

/** Whether a row shows such a customer. */
function showsLaterCustomer({ objectCreated: ofRow }: Row, objectCreated: number | undefined): boolean {
  return objectCreated !== undefined && typeof ofRow === 'number' && ofRow > objectCreated
    && ofRow < LEAST_MILLISECONDS;
}

/** Condition under which the row may be flagged: it still shows an event of the same second. */
export function mayFlagRow({ created, objectCreated }: CustomerEvent): RowCondition {
  const sameSecond = '#isDeleted = :false AND #eventCreated = :eventCreated';
  return {
    expression: `${sameSecond}${showsNoLaterCustomer(objectCreated)}`,
    values: {
      ':eventCreated': created, ':objectCreated': objectCreated, ':false': false, ':milliseconds': LEAST_MILLISECONDS,
    },
  };
}

/** Reason why an event did not overwrite the row, from the row as it was. */
export function whyNotApplied({ id, type, created, objectCreated }: CustomerEvent, row: Row): NotApplied {
  if (row.eventId === id) {
    return 'Duplicate';
  }
  if (type === 'customer.deleted' || showsLaterCustomer(row, objectCreated)) {
    return 'Stale';
  }
  if (row.isDeleted) {
    return 'AfterDelete';
  }
  const startOfSecond = type === 'customer.created' && row.eventType === 'customer.updated';
  return row.eventCreated === created && !startOfSecond ? 'Ambiguous' : 'Stale';
}
