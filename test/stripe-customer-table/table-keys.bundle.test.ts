import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { startRecorder } from '../harness/recorder';
import { startWriter } from '../harness/running-writer';
import { newCustomer, startCustomerTable, T, TABLE_ARN } from '../harness/writer-bundle';

/** The built writer on tables of the user: with a sort key, and in another account. */

jest.setTimeout(60_000);

test('N57: rows of a table with a sort key have its value, and its other items are not changed', async () => {
  const table = await startCustomerTable({ sortKey: 'sk' });
  const writer = await startWriter({ ...table.env, SORT_KEY: '{"sk":"CUSTOMER"}' });
  const ada = newCustomer();
  const order = { pk: ada.pk(), sk: 'ORDER#1', total: 10 };
  await table.documents.send(new PutCommand({ TableName: 'customers', Item: order }));
  const rowOf = async (sk: string) =>
    (await table.documents.send(new GetCommand({ TableName: 'customers', Key: { pk: ada.pk(), sk } }))).Item;

  const [a, b] = [ada.updated(T + 1, { name: 'a' }), ada.updated(T + 1, { name: 'b' })];
  expect(await writer.deliver(ada.created(T), a, b)).toEqual(['Written', 'Written', 'Ambiguous']);
  expect(await rowOf('CUSTOMER')).toMatchObject({ name: 'a', isAmbiguous: true, customerKey: ada.pk() });
  expect(await writer.deliver(ada.deleted(T + 2), ada.updated(T + 1))).toEqual(['Written', 'AfterDelete']);
  expect(await rowOf('CUSTOMER')).toMatchObject({ isDeleted: true });
  expect(await rowOf('ORDER#1')).toEqual(order);
  expect(await table.rows()).toHaveLength(2);
  await writer.stop();
  await table.stop();
});

test('N26: the writer names its table by the ARN, so that the table can be in another account', async () => {
  const recorder = await startRecorder(() => ({}));
  const arn = TABLE_ARN.replace('000000000000', '222222222222');
  const env = { PARTITION_KEY_NAME: 'pk', SORT_KEY: '{}', STORE_RAW_EVENT: 'false', TABLE_ARN: arn };
  const writer = await startWriter({ ...env, AWS_ENDPOINT_URL_DYNAMODB: recorder.url });
  const ada = newCustomer();
  expect(await writer.deliver(ada.created(T))).toEqual(['Written']);
  expect(recorder.calls).toMatchObject([
    { operation: 'UpdateItem', body: { TableName: arn, Key: { pk: { S: ada.pk() } } } },
  ]);
  await writer.stop();
});
