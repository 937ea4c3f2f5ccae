import type { CustomerEvent } from './customer-event';
import type { CustomerItem } from './customer-item';

/** What is decided of an event that the row's condition refused. */
export type Refused = 'Duplicate' | 'Stale' | 'AfterDelete' | 'Tie';

/** A condition on the row, and the values that it may compare against. */
export interface RowCondition {
  readonly expression: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * When an event may take the row, in DynamoDB's words, so that judging and writing are one step.
 *
 * Stripe's clock has whole seconds and its deliveries have no order. A strictly newer event takes the row. In the same second an
 * update replaces `customer.created`, the first state by definition. A tombstone gives way only to a customer that was created
 * after it: ids chosen by hand can be used again.
 */
export function mayTakeRow({ type, created, customer }: CustomerEvent): RowCondition {
  const values = {
    ':eventCreated': created,
    ':createdEvent': 'customer.created',
    ':customerCreated': customer.created,
    ':true': true,
    ':false': false,
  };
  const conditions = type === 'customer.deleted' ? [
    'attribute_not_exists(#key)',
    '#deleted = :false AND (attribute_not_exists(#created) OR #created <= :eventCreated)',
    '#deleted = :true AND #eventCreated < :eventCreated',
  ] : [
    'attribute_not_exists(#key)',
    '#deleted = :false AND #eventCreated < :eventCreated',
    ...type === 'customer.updated' ? ['#deleted = :false AND #eventCreated = :eventCreated AND #eventType = :createdEvent'] : [],
    ...typeof customer.created === 'number' ? ['#deleted = :true AND #eventCreated < :customerCreated'] : [],
  ];
  return { values, expression: conditions.map((condition) => `(${condition})`).join(' OR ') };
}

/** When the row may be marked as undecided: it is still of the second in which two events contradict each other. */
export function mayFlagRow({ created }: CustomerEvent): RowCondition {
  return { expression: '#deleted = :false AND #eventCreated = :eventCreated', values: { ':eventCreated': created, ':false': false } };
}

/** Why the row as it stands did not give way to the event. */
export function whyRefused({ id, type, created }: CustomerEvent, row: CustomerItem): Refused {
  if (row.eventId === id) {
    return 'Duplicate';
  }
  if (type === 'customer.deleted') {
    return 'Stale';
  }
  if (row.deleted) {
    return 'AfterDelete';
  }
  const startOfSecond = type === 'customer.created' && row.eventType === 'customer.updated';
  return row.eventCreated === created && !startOfSecond ? 'Tie' : 'Stale';
}
