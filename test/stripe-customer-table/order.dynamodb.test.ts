import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { success } from '../../src/runtime/result';
import { readCustomerEvent } from '../../src/stripe-customer-table/runtime/customer-event';
import { type RowUpdate, writeCustomer } from '../../src/stripe-customer-table/runtime/writer';
import { applyUpdate, type Item, updateResult } from '../harness/dynamodb-model';
import { detailOf, histories, type HistoryEvent, ROW_OPTIONS, simulated, withoutReuse } from '../harness/order-model';
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
      const modeled = applyUpdate(row, rowUpdate);
      expect(await updateTable(rowUpdate)).toBe(modeled.applied);
      expect(await table.rowOf(rowUpdate.Key.pk as string)).toEqual(withoutUndefined(modeled.item));
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

/** Applies an update to the table. False if its condition fails. */
async function updateTable(update: RowUpdate): Promise<boolean> {
  const command = new UpdateCommand({ TableName: 'customers', ...update });
  return table.documents.send(command).then(() => true, (error: Error) => {
    expect(error.name).toBe('ConditionalCheckFailedException');
    return false;
  });
}

const withoutUndefined = (item: Item | undefined) => item && JSON.parse(JSON.stringify(item));
