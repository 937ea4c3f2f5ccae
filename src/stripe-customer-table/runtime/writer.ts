import type { CustomerEvent } from './customer-event';
import { mayFlagRow, mayOverwriteRow, whyNotApplied, type NotApplied, type RowCondition } from './order';
import { rowKey, rowOf, type Row } from './row';
import type { Result } from '../../runtime/result';

/** DynamoDB update of a row, without the name of the table. */
export interface RowUpdate {
  readonly Key: Record<string, unknown>;
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/** Applies an update. If the condition fails, the reason is the row as it was. Rejects on anything else. */
export type UpdateRow = (update: RowUpdate) => Promise<Result<void, Row>>;

/** Options for the rows. */
export interface RowOptions {
  readonly partitionKeyName: string;
  /** Sort key with its value. Empty for a table without one. */
  readonly sortKey?: Readonly<Record<string, string>>;
  /** Complete event as JSON text, if rows keep it. */
  readonly rawEvent: string | undefined;
}

/** Outcome of an event. It is also the name of its metric. `Truncated` is written, without the raw event. */
export type WriterOutcome = 'Written' | 'Truncated' | NotApplied;

/** Writes a customer event by one conditional update. Only an ambiguous one needs a second update, to flag the row. */
export async function writeCustomer(
  event: CustomerEvent, { partitionKeyName, sortKey, rawEvent }: RowOptions, update: UpdateRow,
): Promise<WriterOutcome> {
  const key = { [partitionKeyName]: rowKey(event), ...sortKey };
  const row = rowOf(event, rawEvent);
  const written = await update(rowUpdate(key, row, mayOverwriteRow(event)));
  if (written.ok) {
    return row.truncatedFields ? 'Truncated' : 'Written';
  }
  const notApplied = whyNotApplied(event, written.reason);
  if (notApplied !== 'Ambiguous') {
    return notApplied;
  }
  const flagged = await update(rowUpdate(key, { isAmbiguous: true }, mayFlagRow(event)));
  return flagged.ok ? 'Ambiguous' : whyNotApplied(event, flagged.reason);
}

/**
 * Sets every attribute that has a value and removes the others, under the condition.
 *
 * Names and values are placeholders, `#name` and `:name`, so that no key of a customer is read as an expression. A
 * condition that compares with a value of the row shares its placeholder.
 */
function rowUpdate(
  key: Record<string, unknown>, attributes: Record<string, unknown>, condition: RowCondition,
): RowUpdate {
  const names = Object.keys(attributes);
  const set = names.filter((name) => attributes[name] !== undefined);
  const remove = names.filter((name) => attributes[name] === undefined);
  const UpdateExpression = [
    `SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`,
    ...remove.length > 0 ? [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`] : [],
  ].join(' ');
  // DynamoDB rejects placeholders that are not used
  const used = new Set(`${UpdateExpression} ${condition.expression}`.match(/[#:]\w+/g));
  const values = { ...condition.values, ...Object.fromEntries(set.map((name) => [`:${name}`, attributes[name]])) };
  return {
    Key: key,
    UpdateExpression,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: Object.fromEntries([...used]
      .filter((name) => name.startsWith('#')).map((name) => [name, name.slice(1)])),
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).filter(([name]) => used.has(name))),
  };
}
