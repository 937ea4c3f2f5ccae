import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { readCustomerEvent } from '../../src/stripe-customer-table/runtime/customer-event';
import { type RowUpdate, upsertCustomer } from '../../src/stripe-customer-table/runtime/upsert';
import { applyUpdate, type Item } from '../support/dynamodb-model';
import { histories, type HistoryEvent } from '../support/order-model';
import { casesOr, report, seeded } from '../support/runs';
import { startCustomerTable } from '../support/writer-bundle';

jest.setTimeout(3_600_000);

test('AWS\'s DynamoDB Local does to a row what the model does, step by step', async () => {
  const table = await startCustomerTable();
  const schedules = fc.constantFrom(...[3, 4].flatMap((events) => histories(events, 3))).chain((history) =>
    fc.shuffledSubarray([...history, ...history], { minLength: history.length }));
  let steps = 0;
  let refused = 0;
  let run = 0;
  await fc.assert(fc.asyncProperty(schedules, async (schedule: HistoryEvent[]) => {
    run += 1;
    let row: Item | undefined;
    for (const event of schedule) {
      await upsertCustomer(readCustomerEvent(detail(event, `cus_${run}`)), { partitionKeyName: 'pk', rawEvent: undefined }, {
        update: async (update) => {
          const { applied, item } = applyUpdate(row, update);
          expect(await realUpdate(table, update)).toBe(applied);
          expect(await table.rowOf(update.Key.pk as string)).toEqual(JSON.parse(JSON.stringify(item)));
          row = item;
          steps += 1;
          refused += applied ? 0 : 1;
          return applied ? 'applied' : item as never;
        },
      });
    }
  }), seeded(Math.min(casesOr(150), 3_000)));
  report('order on DynamoDB Local', { schedules: run, steps, refused });
  expect(refused).toBeGreaterThan(steps / 10);
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
