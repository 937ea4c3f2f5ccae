import type { CustomerEvent } from './customer-event';
import { customerItem, customerKey, type CustomerItem } from './customer-item';
import { mayFlagRow, mayTakeRow, whyRefused, type Refused, type RowCondition } from './order';

/** A DynamoDB update, less the table. */
export interface RowUpdate {
  readonly Key: Record<string, unknown>;
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/** What the writer asks of the world. */
export interface UpsertPorts {
  /** Applies the update; resolves with the row as it stood if the condition refused it. Rejects on anything else. */
  readonly update: (update: RowUpdate) => Promise<'applied' | CustomerItem>;
}

/** How a row is written. */
export interface UpsertOptions {
  readonly partitionKeyName: string;
  /** The whole event as JSON text, if rows carry it. */
  readonly rawEvent: string | undefined;
}

/** What became of an event; also the name of its metric. `Truncated` is written, less the raw event. */
export type UpsertOutcome = 'Written' | 'Truncated' | Refused;

/** Writes a customer event in one conditional update; only a tie within one second needs another, to flag the row. */
export async function upsertCustomer(
  event: CustomerEvent, { partitionKeyName, rawEvent }: UpsertOptions, { update }: UpsertPorts,
): Promise<UpsertOutcome> {
  const key = { [partitionKeyName]: customerKey(event) };
  const item = customerItem(event, rawEvent);
  const row = await update(rowUpdate(key, item, mayTakeRow(event)));
  if (row === 'applied') {
    return item.truncated ? 'Truncated' : 'Written';
  }
  const refused = whyRefused(event, row);
  if (refused !== 'Tie') {
    return refused;
  }
  const meanwhile = await update(rowUpdate(key, { ambiguous: true }, mayFlagRow(event)));
  return meanwhile === 'applied' ? 'Tie' : whyRefused(event, meanwhile);
}

/**
 * Sets every attribute that has a value and removes the others, under the condition.
 *
 * Names and values go in by placeholders, `#name` and `:name`; a condition that compares with a value of the item shares its placeholder.
 */
function rowUpdate(key: Record<string, unknown>, attributes: Record<string, unknown>, condition: RowCondition): RowUpdate {
  const names = Object.keys(attributes);
  const set = names.filter((name) => attributes[name] !== undefined);
  const remove = names.filter((name) => attributes[name] === undefined);
  const UpdateExpression = [
    `SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`,
    ...remove.length > 0 ? [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`] : [],
  ].join(' ');
  const used = new Set(`${UpdateExpression} ${condition.expression}`.match(/[#:]\w+/g)); // DynamoDB refuses what is not used
  const values = Object.entries({ ...condition.values, ...Object.fromEntries(set.map((name) => [`:${name}`, attributes[name]])) });
  return {
    Key: key,
    UpdateExpression,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: Object.fromEntries([...used]
      .filter((name) => name.startsWith('#'))
      .map((name) => [name, name === '#key' ? Object.keys(key)[0] : name.slice(1)])),
    ExpressionAttributeValues: Object.fromEntries(values.filter(([name]) => used.has(name))),
  };
}
