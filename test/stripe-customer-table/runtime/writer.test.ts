import { readCustomerEvent } from '../../../src/stripe-customer-table/runtime/customer-event';
import { rowOf } from '../../../src/stripe-customer-table/runtime/row';
import {
  type RowUpdate, type UpdateRow, type WriterOutcome, writeCustomer,
} from '../../../src/stripe-customer-table/runtime/writer';
import { applyUpdate, type Item, updateResult } from '../../harness/dynamodb-model';
import { FOREIGN_ROWS } from '../../harness/order-model';
import { customerEvent } from '../../harness/stripe';

const OPTIONS = { partitionKeyName: 'id', rawEvent: undefined };
const KEY = { id: 'self#test#customer#cus_1' };

/** Row of the model with the port of the writer, and the updates that were made to it. */
function modelRow(item?: Item) {
  const row = { item, updates: [] as RowUpdate[] };
  const update: UpdateRow = async (rowUpdate) => {
    row.updates.push(rowUpdate);
    const applied = applyUpdate(row.item, rowUpdate);
    row.item = applied.item;
    return updateResult(applied);
  };
  const write = (event: unknown, rawEvent?: string) =>
    writeCustomer(readCustomerEvent(event), { ...OPTIONS, rawEvent }, update);
  return Object.assign(row, { write });
}

/** Returns the row that an event leaves. */
const itemAfter = (event: unknown): Item => ({ ...KEY, ...rowOf(readCustomerEvent(event)) });

const event = (type: 'created' | 'updated' | 'deleted', second: number, id: string, customerCreated = 0) =>
  customerEvent(`customer.${type}`, { id, created: second }, { created: customerCreated, name: id });

test.each<[string, unknown[], WriterOutcome[]]>([
  ['a newer, an older and the same event',
    [event('updated', 2, 'b'), event('updated', 1, 'a'), event('updated', 2, 'b')], ['Written', 'Stale', 'Duplicate']],
  ['a creation after an update in the same second',
    [event('updated', 1, 'b'), event('created', 1, 'a')], ['Written', 'Stale']],
  ['a creation before an update in the same second',
    [event('created', 1, 'a'), event('updated', 1, 'b')], ['Written', 'Written']],
  ['two updates in the same second',
    [event('updated', 1, 'a'), event('updated', 1, 'b')], ['Written', 'Ambiguous']],
  ['two creations in the same second',
    [event('created', 1, 'a'), event('created', 1, 'b')], ['Written', 'Ambiguous']],
  ['an update after a deletion',
    [event('deleted', 1, 'a'), event('updated', 2, 'b')], ['Written', 'AfterDelete']],
  ['three deletions',
    [event('deleted', 2, 'a'), event('deleted', 1, 'b'), event('deleted', 3, 'c')], ['Written', 'Stale', 'Written']],
  ['an id that is used again',
    [event('deleted', 1, 'a'), event('created', 2, 'b', 2), event('deleted', 1, 'a')],
    ['Written', 'Written', 'Stale']],
  ['AB13: an id that is used again in the second of its deletion',
    [event('deleted', 1, 'a'), event('created', 1, 'b', 1), event('updated', 2, 'c', 1)],
    ['Written', 'Written', 'Written']],
  ['AB13: the events of an earlier customer after those of a later one, all in one second',
    [event('created', 1, 'b', 1), event('deleted', 1, 'a'), event('updated', 1, 'c')], ['Written', 'Stale', 'Stale']],
  ['AB13: a later customer after an update of an earlier one in the same second',
    [event('updated', 1, 'a'), event('created', 1, 'b', 1)], ['Written', 'Written']],
  ['AB13: a customer that is created and deleted in one second',
    [event('deleted', 1, 'b', 1), event('created', 1, 'a', 1)], ['Written', 'AfterDelete']],
])('decides on %s', async (_what, events, outcomes) => {
  const row = modelRow();
  const decisions: WriterOutcome[] = [];
  for (const each of events) {
    decisions.push(await row.write(each));
  }
  expect(decisions).toEqual(outcomes);
});

test.each(['created', 'updated', 'deleted'] as const)(
  'N01: customer.%s fills a row that has attributes of the application only', async (type) => {
    const row = modelRow({ ...KEY, plan: 'pro' });
    expect(await row.write(event(type, 1, 'a'))).toBe('Written');
    expect(row.item).toMatchObject({ plan: 'pro', objectId: 'cus_1', eventId: 'a' });
  },
);

const TYPES = ['created', 'updated', 'deleted'] as const;

test.each(FOREIGN_ROWS.flatMap(([what, row]) => TYPES.map((type) => [type, what, row] as const)))(
  'Z13: customer.%s fills a row that somebody else began: %s', async (type, _what, began) => {
    const row = modelRow({ ...KEY, own: 'kept', ...began });
    expect(await row.write(event(type, 1, 'a'))).toBe('Written');
    const { own, ...written } = row.item!;
    expect(own).toBe('kept');
    expect(written).toMatchObject(JSON.parse(JSON.stringify(itemAfter(event(type, 1, 'a')))));
  },
);

test.each<[number, WriterOutcome]>([
  [1, 'Written'], [3, 'Stale'], [99_999_999_999, 'Stale'], [100_000_000_000, 'Written'],
])('Z13: an update of second 2 meets a row with both attributes and eventCreated %d: %s', async (...test) => {
  const [eventCreated, outcome] = test;
  const row = modelRow({ ...KEY, eventCreated, isDeleted: false });
  expect(await row.write(event('updated', 2, 'a'))).toBe(outcome);
});

test.each<[string, unknown, WriterOutcome]>([
  ['absent', undefined, 'Written'],
  ['that of the deleted customer', 0, 'Written'],
  ['a second later', 1, 'Stale'],
  ['the last number that is a second', 99_999_999_999, 'Stale'],
  ['a number of milliseconds', 100_000_000_000, 'Written'],
  ['a text', '2020-09-13T12:26:40Z', 'Written'],
  ['null', null, 'Written'],
])('Z13, AB13: a deletion meets a row whose objectCreated is %s: %s', async (_what, objectCreated, outcome) => {
  const row = modelRow({
    ...KEY, eventCreated: 1, isDeleted: false, ...objectCreated !== undefined && { objectCreated },
  });
  expect(await row.write(event('deleted', 2, 'a'))).toBe(outcome);
});

test.each<[string, unknown]>([
  ['with a test clock, whose time of creation is ahead of the events', 'clock_1'],
  ['without a test clock, whose time of creation is that of an id that was used again', null],
])('N60: the row of a customer %s shows the right state after its deletion', async (_what, clock) => {
  const ahead = 60 * 86_400;
  const row = modelRow();
  const write = (type: string, second: number) => row.write(customerEvent(
    `customer.${type}`, { id: `${type}_${second}`, created: second }, { created: ahead, test_clock: clock },
  ));
  const decisions = [
    await write('created', 1), await write('deleted', 100), await write('updated', 50), await write('updated', 101),
  ];
  expect(decisions).toEqual(clock
    ? ['Written', 'Written', 'AfterDelete', 'AfterDelete']
    : ['Written', 'Written', 'Written', 'Written']);
  expect(row.item).toMatchObject({ isDeleted: clock !== null });
});

test('N60: a test clock does not change the order of updates', async () => {
  const row = modelRow();
  const write = (type: string, second: number) => row.write(customerEvent(
    `customer.${type}`, { id: `${type}_${second}`, created: second }, { created: 9, test_clock: 'clock_1' },
  ));
  expect([await write('updated', 2), await write('created', 1), await write('updated', 3)])
    .toEqual(['Written', 'Stale', 'Written']);
});

test('N57: every update of a table with a sort key has both parts of the key', async () => {
  const key = { id: KEY.id, sk: 'CUSTOMER' };
  const updates: RowUpdate[] = [];
  const options = { ...OPTIONS, sortKey: { sk: 'CUSTOMER' } };
  const ambiguous = itemAfter(event('updated', 1, 'a'));
  await writeCustomer(readCustomerEvent(event('updated', 1, 'b')), options, async (update) => {
    updates.push(update);
    return updateResult({ applied: false, item: ambiguous });
  });
  expect(updates.map(({ Key }) => Key)).toEqual([key, key]);
});

test.each<[string, unknown, WriterOutcome]>([
  ['a later second', 1, 'Stale'], ['milliseconds', 1_764_000_000_000, 'Ambiguous'], ['a text', '1', 'Ambiguous'],
])('AB13: an update meets another one of its second, on a row whose objectCreated is %s: %s', async (...given) => {
  const [, objectCreated, outcome] = given;
  const row = modelRow({ ...KEY, eventCreated: 1, isDeleted: false, eventType: 'customer.updated', objectCreated });
  expect(await row.write(event('updated', 1, 'b'))).toBe(outcome);
});

test('decides again on an ambiguous event if the row changed before it was flagged', async () => {
  const rows = [event('updated', 1, 'a'), event('updated', 2, 'c')].map(itemAfter);
  const outcome = await writeCustomer(readCustomerEvent(event('updated', 1, 'b')), OPTIONS, async () =>
    updateResult({ applied: false, item: rows.shift() }));
  expect(outcome).toBe('Stale');
  expect(rows).toEqual([]);
});

test('writes an event that is too large for its row without the raw event, and reports it as truncated', async () => {
  const row = modelRow();
  expect(await row.write(event('created', 1, 'a'), 'x'.repeat(400_000))).toBe('Truncated');
  expect(row.item).toMatchObject({ ...KEY, truncatedFields: ['rawEvent'], name: 'a' });
  expect(row.item).not.toHaveProperty('rawEvent');
});

test('rejects if the update rejects', async () => {
  const failing = writeCustomer(readCustomerEvent(event('created', 1, 'a')), OPTIONS, async () => {
    throw new Error('no table');
  });
  await expect(failing).rejects.toThrow('no table');
});

test.each(['created', 'updated', 'deleted'] as const)(
  'declares exactly the names and values that the expressions of customer.%s use, which DynamoDB demands',
  async (type) => {
    const row = modelRow();
    await row.write(event(type, 1, 'a'));
    const [update] = row.updates;
    const used = new Set(`${update.UpdateExpression} ${update.ConditionExpression}`.match(/[#:]\w+/g));
    const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = update;
    expect([...Object.keys(names), ...Object.keys(values)].sort()).toEqual([...used].sort());
    expect(names).toMatchObject({ '#isDeleted': 'isDeleted', '#eventId': 'eventId' });
    expect(Object.values(values)).not.toContain(undefined);
    expect(update.Key).toEqual(KEY);
  },
);

test.each(['customer.created', 'customer.updated'])(
  '%s leaves a tombstone unchanged if it is unknown when the customer was created', async (type) => {
    const tombstone = itemAfter(event('deleted', 1, 'a'));
    const row = modelRow(tombstone);
    expect(await row.write(customerEvent(type, {}, { created: undefined }))).toBe('AfterDelete');
    expect(row.item).toBe(tombstone);
    expect(Object.values(row.updates[0].ExpressionAttributeValues)).not.toContain(undefined);
  },
);

test('flags an ambiguous row and changes nothing else', async () => {
  const before = itemAfter(event('updated', 7, 'a'));
  const row = modelRow(before);
  expect(await row.write(event('updated', 7, 'b'))).toBe('Ambiguous');
  expect(row.item).toEqual({ ...before, isAmbiguous: true });
  expect(row.updates[1]).toEqual({
    Key: KEY,
    UpdateExpression: 'SET #isAmbiguous = :isAmbiguous',
    ConditionExpression: '#isDeleted = :false AND #eventCreated = :eventCreated' +
      ' AND NOT (#objectCreated > :objectCreated AND #objectCreated < :milliseconds)',
    ExpressionAttributeNames: {
      '#isAmbiguous': 'isAmbiguous',
      '#isDeleted': 'isDeleted',
      '#eventCreated': 'eventCreated',
      '#objectCreated': 'objectCreated',
    },
    ExpressionAttributeValues: {
      ':isAmbiguous': true, ':false': false, ':eventCreated': 7, ':objectCreated': 0, ':milliseconds': 100_000_000_000,
    },
  });
});

test('removes the attributes that an event has no value for', async () => {
  const row = modelRow();
  await row.write(customerEvent('customer.updated', {}, { phone: null }));
  expect(row.updates.map(({ UpdateExpression }) => UpdateExpression)).toEqual([
    expect.stringMatching(/^SET (#\w+ = :\w+, )+#\w+ = :\w+ REMOVE (#\w+, )*#phone(, #\w+)*$/),
  ]);
});
