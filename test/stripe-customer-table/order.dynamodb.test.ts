import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { readCustomerEvent } from '../../src/stripe-customer-table/runtime/customer-event';
import { type RowUpdate, writeCustomer } from '../../src/stripe-customer-table/runtime/writer';
import { applyUpdate, type Item } from '../harness/dynamodb-model';
import { histories, type HistoryEvent } from '../harness/order-model';
import { casesOr, report, seeded } from '../harness/random-runs';
import { startCustomerTable } from '../harness/writer-bundle';

jest.setTimeout(3_600_000);

/** Deliveries in their order, each with when its writer takes its second step, if it needs one: after so many deliveries, or never. */
interface Schedule {
  readonly deliveries: readonly HistoryEvent[];
  readonly delays: readonly number[];
}

const NEVER = Infinity;
const short = fc.constantFrom(...[3, 4].flatMap((events) => histories(events, 3)));
const schedules: fc.Arbitrary<Schedule> = short.chain((history) => fc.record({
  deliveries: fc.shuffledSubarray([...history, ...history], { minLength: history.length }),
  delays: fc.array(fc.constantFrom(0, 0, 1, 2, NEVER), { minLength: 2 * history.length, maxLength: 2 * history.length }),
}));

test('AWS\'s DynamoDB Local does to a row what the model does, step by step, with writers that cross each other and some that die', async () => {
  const table = await startCustomerTable();
  const seen = { steps: 0, refused: 0, crossed: 0, died: 0 };
  let run = 0;
  await fc.assert(fc.asyncProperty(schedules, async ({ deliveries, delays }) => {
    run += 1;
    let row: Item | undefined;
    const step = async (update: RowUpdate) => {
      const { applied, item } = applyUpdate(row, update);
      expect(await realUpdate(table, update)).toBe(applied);
      expect(await table.rowOf(update.Key.pk as string)).toEqual(JSON.parse(JSON.stringify(item)));
      row = item;
      seen.steps += 1;
      seen.refused += applied ? 0 : 1;
      return applied ? 'applied' as const : item as never;
    };
    let pending: Array<{ readonly begun: number; readonly due: number; readonly update: RowUpdate }> = [];
    for (const [index, event] of deliveries.entries()) {
      let first = true;
      await writeCustomer(readCustomerEvent(detail(event, `cus_${run}`)), { partitionKeyName: 'pk', rawEvent: undefined }, {
        update: async (update) => {
          if (first) {
            first = false;
            return step(update);
          }
          pending.push({ begun: index, due: index + delays[index], update });
          return 'applied';
        },
      });
      for (const { begun, update } of pending.filter((each) => each.due <= index)) {
        await step(update);
        seen.crossed += begun < index ? 1 : 0;
      }
      pending = pending.filter(({ due }) => due > index);
    }
    seen.died += pending.length; // whatever is still to do is never done
  }), seeded(Math.min(casesOr(150), 3_000)));
  report('order on DynamoDB Local', { schedules: run, ...seen });
  expect(seen.refused).toBeGreaterThan(seen.steps / 10);
  expect(Math.min(seen.crossed, seen.died)).toBeGreaterThan(0);
  await table.stop();
});

const detail = ({ id, type, at, customerCreated }: HistoryEvent, customer: string) =>
  ({ id, type, created: at, livemode: false, data: { object: { id: customer, object: 'customer', created: customerCreated, name: id } } });

async function realUpdate({ documents }: Awaited<ReturnType<typeof startCustomerTable>>, update: RowUpdate): Promise<boolean> {
  return documents.send(new UpdateCommand({ TableName: 'customers', ...update })).then(() => true, (error: Error) => {
    expect(error.name).toBe('ConditionalCheckFailedException');
    return false;
  });
}
