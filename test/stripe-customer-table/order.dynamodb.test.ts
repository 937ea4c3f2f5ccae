import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { success } from '../../src/runtime/result';
import { readCustomerEvent } from '../../src/stripe-customer-table/runtime/customer-event';
import { rowKey } from '../../src/stripe-customer-table/runtime/row';
import { type RowUpdate, writeCustomer } from '../../src/stripe-customer-table/runtime/writer';
import { type Applied, applyUpdate, type Item, updateResult } from '../harness/dynamodb-model';
import {
  detailOf, FOREIGN_ROWS, histories, type HistoryEvent, ROW_OPTIONS, simulated, withoutReuse,
} from '../harness/order-model';
import { casesOr, report, seeded } from '../harness/random-runs';
import { startCustomerTable } from '../harness/writer-bundle';

/** The model of a row and AWS's DynamoDB Local, given the same updates. */

jest.setTimeout(3_600_000);

let table: Awaited<ReturnType<typeof startCustomerTable>>;

beforeAll(async () => {
  table = await startCustomerTable();
});

afterAll(() => table?.stop());

/** Deliveries in order. Each writer makes its second update, if any, after a number of further deliveries or never. */
interface Schedule {
  readonly deliveries: readonly HistoryEvent[];
  readonly delays: readonly number[];
}

const NEVER = Infinity;

const all = [3, 4].flatMap((events) => histories(events, 3));
const onTestClock = withoutReuse(all).map((history) => simulated(history, 9)); // N60: ahead of every event
const shortHistories = fc.oneof(fc.constantFrom(...all), fc.constantFrom(...onTestClock));

const schedules: fc.Arbitrary<Schedule> = shortHistories.chain((history) => {
  const most = 2 * history.length;
  return fc.record({
    deliveries: fc.shuffledSubarray([...history, ...history], { minLength: history.length }),
    delays: fc.array(fc.constantFrom(0, 0, 1, 2, NEVER), { minLength: most, maxLength: most }),
  });
});

test('DynamoDB Local changes a row as the model does, with writers that interleave or crash', async () => {
  const seen = { updates: 0, notApplied: 0, interleaved: 0, crashed: 0, onTestClock: 0 };
  let run = 0;
  await fc.assert(fc.asyncProperty(schedules, async ({ deliveries, delays }) => {
    run += 1;
    seen.onTestClock += deliveries[0].hasTestClock ? 1 : 0;
    let row: Item | undefined;
    const update = async (rowUpdate: RowUpdate) => {
      const modeled = await updateBoth(row, rowUpdate);
      row = modeled.item;
      seen.updates += 1;
      seen.notApplied += modeled.applied ? 0 : 1;
      return updateResult(modeled);
    };
    let pending: Array<{ readonly begun: number; readonly due: number; readonly second: RowUpdate }> = [];
    for (const [index, historyEvent] of deliveries.entries()) {
      let isFirst = true;
      const event = readCustomerEvent(detailOf(historyEvent, `cus_order_${run}`));
      await writeCustomer(event, ROW_OPTIONS, async (rowUpdate) => {
        if (isFirst) {
          isFirst = false;
          return update(rowUpdate);
        }
        pending.push({ begun: index, due: index + delays[index], second: rowUpdate });
        return success(undefined);
      });
      for (const { begun, second } of pending.filter(({ due }) => due <= index)) {
        await update(second);
        seen.interleaved += begun < index ? 1 : 0;
      }
      pending = pending.filter(({ due }) => due > index);
    }
    seen.crashed += pending.length; // whatever is still pending is never done
  }), seeded(Math.min(casesOr(150), 3_000)));
  report('order on DynamoDB Local', { schedules: run, ...seen });
  expect(seen.notApplied).toBeGreaterThan(seen.updates / 10);
  expect(Math.min(seen.interleaved, seen.crashed, seen.onTestClock)).toBeGreaterThan(0);
});

/** Z13: values of each type, and on both sides of each limit of the condition. */
const anyValue = fc.constantFrom<unknown>(
  null, true, false, 'x', '1', -1, 0, 0.5, 1, 2, 3, 99_999_999_999, 100_000_000_000, 1_600_000_000_000, [1], { a: 1 },
);
const anyAttributes: fc.Arbitrary<Item> = fc.oneof(
  fc.constantFrom(...FOREIGN_ROWS.map(([, row]) => row)),
  fc.record({ eventCreated: anyValue, isDeleted: anyValue, objectCreated: anyValue, eventType: anyValue },
    { requiredKeys: [] }),
  fc.record({ eventCreated: fc.constantFrom(0, 1, 2), isDeleted: fc.boolean(), objectCreated: anyValue }),
);
const anyEvent = fc.constantFrom(...[...histories(4, 3), ...onTestClock].flat());

test('Z13: DynamoDB Local decides as the model does on rows that somebody else began', async () => {
  const seen = { foreign: 0, applied: 0, notApplied: 0 };
  let run = 0;
  await fc.assert(fc.asyncProperty(anyAttributes, anyEvent, async (attributes, historyEvent) => {
    run += 1;
    const event = readCustomerEvent(detailOf(historyEvent, `cus_began_${run}`));
    const row = { pk: rowKey(event), ...attributes };
    const { eventCreated, isDeleted } = attributes;
    const isForeign = typeof eventCreated !== 'number' || eventCreated >= 1e11 || typeof isDeleted !== 'boolean';
    await table.documents.send(new PutCommand({ TableName: 'customers', Item: row }));
    let applied: boolean | undefined;
    await writeCustomer(event, ROW_OPTIONS, async (rowUpdate) => {
      const modeled = await updateBoth(row, rowUpdate);
      applied ??= modeled.applied;
      return updateResult(modeled);
    });
    expect(applied || !isForeign).toBe(true);
    seen.foreign += isForeign ? 1 : 0;
    seen[applied ? 'applied' : 'notApplied'] += 1;
  }), seeded(Math.min(casesOr(300), 10_000)));
  report('rows that somebody else began on DynamoDB Local', { rows: run, ...seen });
  expect(Math.min(seen.foreign, seen.applied, seen.notApplied)).toBeGreaterThan(run / 20);
});

/** Applies an update to the table and to the model of its row, which must agree. */
async function updateBoth(row: Item | undefined, update: RowUpdate): Promise<Applied> {
  const modeled = applyUpdate(row, update);
  expect(await updateTable(update)).toBe(modeled.applied);
  expect(await table.rowOf(update.Key.pk as string)).toEqual(withoutUndefined(modeled.item));
  return modeled;
}

/** Applies an update to the table. False if its condition fails. */
async function updateTable(update: RowUpdate): Promise<boolean> {
  const command = new UpdateCommand({ TableName: 'customers', ...update });
  return table.documents.send(command).then(() => true, (error: Error) => {
    expect(error.name).toBe('ConditionalCheckFailedException');
    return false;
  });
}

const withoutUndefined = (item: Item | undefined) => item && JSON.parse(JSON.stringify(item));
