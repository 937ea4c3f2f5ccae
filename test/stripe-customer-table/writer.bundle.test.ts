import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { BOOKKEEPING_FIELDS } from '../../src/stripe-customer-table/contract';
import { type RunningBundle, startBundle } from '../harness/bundle';
import { awsError, startRecorder } from '../harness/recorder';
import { message, newCustomer, startCustomerTable, T, WRITER } from '../harness/writer-bundle';

/** The built writer on AWS's DynamoDB Local: conditions, old items and number formats are DynamoDB's own. */

let table: Awaited<ReturnType<typeof startCustomerTable>>;
let writer: RunningBundle;

beforeAll(async () => {
  table = await startCustomerTable();
  writer = await startBundle('writer', table.env);
});

afterAll(async () => {
  await writer?.stop();
  await table?.stop();
});

function customer() {
  const events = newCustomer();
  return { ...events, row: (account?: string, mode?: string) => table.rowOf(events.pk(account, mode)) };
}

/** Delivers one event after the other and gives back what the writer logged of each. */
async function deliver(...events: unknown[]): Promise<unknown[]> {
  const before = writer.logs().length;
  for (const event of events) {
    const { batchItemFailures } = await writer.invoke<{ batchItemFailures: unknown[] }>({ Records: [message(event)] });
    expect(batchItemFailures).toEqual([]);
  }
  return writer.logs().slice(before).map(({ decision }) => decision);
}

describe('a row', () => {
  test('has the customer under Stripe\'s own names, and its bookkeeping', async () => {
    const ada = customer();
    expect(await deliver(ada.created(T, { metadata: { '#plan': 'a.b', ':é': '' }, preferred_locales: ['en'], object: 'customer' }))).toEqual(['Written']);
    expect(await ada.row()).toEqual({
      pk: `self#test#${ada.id}`,
      objectId: ada.id,
      account: 'self',
      livemode: false,
      created: T,
      eventCreated: T,
      eventId: `evt_${ada.id}_1`,
      eventType: 'customer.created',
      apiVersion: API_VERSION,
      deleted: false,
      ambiguous: false,
      email: 'ada@example.com',
      name: 'Ada',
      phone: '+44 20 7946 0000',
      balance: 0,
      delinquent: false,
      metadata: { '#plan': 'a.b', ':é': '' },
      preferred_locales: ['en'],
    });
  });

  test('loses what was cleared: null and "" are no attributes', async () => {
    const ada = customer();
    await deliver(ada.created(T), ada.updated(T + 1, { phone: null, name: '' }));
    const row = await ada.row();
    expect(row).toMatchObject({ email: 'ada@example.com' });
    expect(row).not.toHaveProperty('phone');
    expect(row).not.toHaveProperty('name');
  });

  test('keeps numbers that JavaScript would round', async () => {
    const ada = customer();
    const body = message(ada.created(T)).body.replace('"balance":0', '"balance":9007199254740993');
    expect(await writer.invoke({ Records: [{ messageId: 'm', body }] })).toEqual({ batchItemFailures: [] });
    const exact = DynamoDBDocumentClient.from(new DynamoDBClient(table.clientConfig), { unmarshallOptions: { wrapNumbers: true } });
    const { Item } = await exact.send(new GetCommand({ TableName: 'customers', Key: { pk: `self#test#${ada.id}` } }));
    expect(Item!.balance.value).toBe('9007199254740993');
    expect(await deliver(ada.updated(T - 1), ada.updated(T + 1))).toEqual(['Stale', 'Written']); // the old item is read back, too
  });

  test('S7: is one of eight for two modes, two accounts and two customers', async () => {
    const [ada, bob] = [customer(), customer()];
    for (const who of [ada, bob]) {
      for (const livemode of [true, false]) {
        await deliver(who.created(T, { name: `${livemode}` }, { livemode }), who.created(T, { name: `${livemode}-acct` }, { livemode, account: 'acct_1' }));
      }
    }
    const rows = await Promise.all([ada, bob].flatMap((who) => [
      who.row('self', 'live'), who.row('self', 'test'), who.row('acct_1', 'live'), who.row('acct_1', 'test'),
    ]));
    expect(rows.map((row) => `${row?.customerId} ${row?.name}`)).toEqual([ada, bob].flatMap(({ id }) => [
      `${id} true`, `${id} false`, `${id} true-acct`, `${id} false-acct`,
    ]));
  });

  test('of an organization\'s event belongs to the account that its context names last', async () => {
    const ada = customer();
    await deliver(ada.created(T, {}, { context: 'org_1/acct_7' }));
    expect(await ada.row('acct_7')).toMatchObject({ account: 'acct_7' });
  });

  test('of a deleted customer has exactly its key and bookkeeping', async () => {
    const ada = customer();
    await deliver(ada.created(T), ada.deleted(T + 1));
    expect(await ada.row()).toEqual({
      pk: `self#test#${ada.id}`,
      objectId: ada.id,
      account: 'self',
      livemode: false,
      eventCreated: T + 1,
      eventId: `evt_${ada.id}_2`,
      eventType: 'customer.deleted',
      apiVersion: API_VERSION,
      deleted: true,
      ambiguous: false,
    });
    expect(Object.keys((await ada.row())!).sort()).toEqual(['pk', ...BOOKKEEPING_FIELDS].sort());
  });

  test('keeps what the user adds to it, also when the customer is deleted', async () => {
    const ada = customer();
    await deliver(ada.created(T));
    await table.documents.send(new PutCommand({ TableName: 'customers', Item: { ...await ada.row(), note: 'called on Monday' } }));
    await deliver(ada.updated(T + 1), ada.deleted(T + 2));
    expect(await ada.row()).toMatchObject({ note: 'called on Monday', deleted: true });
  });
});

describe('the order of events', () => {
  test('a newer event takes the row, an older one leaves it alone', async () => {
    const ada = customer();
    const [created, late, newest] = [ada.created(T), ada.updated(T + 1, { name: 'late' }), ada.updated(T + 2, { name: 'newest' })];
    expect(await deliver(created, newest)).toEqual(['Written', 'Written']);
    const before = await ada.row();
    expect(await deliver(late, created)).toEqual(['Stale', 'Stale']);
    expect(await ada.row()).toEqual(before);
    expect(before).toMatchObject({ name: 'newest' });
  });

  test('the same event again changes nothing', async () => {
    const ada = customer();
    const created = ada.created(T);
    await deliver(created);
    const before = await ada.row();
    expect(await deliver(created, created)).toEqual(['Duplicate', 'Duplicate']);
    expect(await ada.row()).toEqual(before);
  });

  test.each(['created first', 'updated first'])('created and updated of one second end in the update, unflagged: %s', async (order) => {
    const ada = customer();
    const events = [ada.created(T, { name: 'first' }), ada.updated(T, { name: 'second' })];
    await deliver(...order === 'created first' ? events : events.reverse());
    expect(await ada.row()).toMatchObject({ name: 'second', eventType: 'customer.updated', ambiguous: false });
  });

  test('two updates of one second are flagged, whichever came first, and a newer event settles it', async () => {
    const ada = customer();
    const [a, b] = [ada.updated(T, { name: 'a' }), ada.updated(T, { name: 'b' })];
    expect(await deliver(a, b)).toEqual(['Written', 'Ambiguous']);
    expect(await ada.row()).toMatchObject({ name: 'a', ambiguous: true });
    expect(await deliver(b, a)).toEqual(['Ambiguous', 'Duplicate']);
    expect(await ada.row()).toMatchObject({ name: 'a', ambiguous: true });
    expect(await deliver(ada.created(T))).toEqual(['Stale']);
    await deliver(ada.updated(T + 1, { name: 'c' }));
    expect(await ada.row()).toMatchObject({ name: 'c', ambiguous: false });
  });

  test('a deletion stays: late, equal and later events of the customer do not revive it', async () => {
    const ada = customer();
    const deleted = ada.deleted(T + 5);
    await deliver(ada.created(T), deleted);
    const before = await ada.row();
    expect(await deliver(ada.updated(T + 4), ada.updated(T + 5), ada.updated(T + 6), ada.created(T), deleted))
      .toEqual(['AfterDelete', 'AfterDelete', 'AfterDelete', 'AfterDelete', 'Duplicate']);
    expect(await ada.row()).toEqual(before);
  });

  test('a deletion that comes first leaves a tombstone for the creation to find', async () => {
    const ada = customer();
    expect(await deliver(ada.deleted(T + 5), ada.created(T))).toEqual(['Written', 'AfterDelete']);
    expect(await ada.row()).toMatchObject({ deleted: true });
  });

  test('a deletion takes a row that later events of the same customer had reached', async () => {
    const ada = customer();
    await deliver(ada.updated(T + 6), ada.deleted(T + 5));
    expect(await ada.row()).toMatchObject({ deleted: true, ambiguous: false });
  });

  test('an id that is used again is a new customer, and the old one\'s events leave it alone', async () => {
    const ada = customer();
    const oldDeletion = ada.deleted(T + 5);
    const again = ada.created(T + 10, { created: T + 10, name: 'Ada II' });
    expect(await deliver(ada.created(T), oldDeletion, again)).toEqual(['Written', 'Written', 'Written']);
    expect(await deliver(ada.updated(T + 4), oldDeletion, ada.deleted(T + 6))).toEqual(['Stale', 'Stale', 'Stale']);
    expect(await ada.row()).toMatchObject({ name: 'Ada II', deleted: false });
  });

  test('an id that is used again may be heard of before its old deletion', async () => {
    const ada = customer();
    await deliver(ada.created(T), ada.created(T + 10, { created: T + 10, name: 'Ada II' }));
    expect(await deliver(ada.deleted(T + 5))).toEqual(['Stale']);
    expect(await ada.row()).toMatchObject({ name: 'Ada II' });
  });
});

test('a replay from an archive, in any order, changes nothing', async () => {
  const ada = customer();
  const history = [ada.created(T), ada.updated(T + 1, { name: 'b' }), ada.updated(T + 2, { name: 'c' })];
  await deliver(...history);
  const before = await ada.row();
  for (const event of [...history].reverse()) {
    const body = JSON.stringify({ 'version': '0', 'replay-name': 'again', 'detail': event });
    expect(await writer.invoke({ Records: [{ messageId: 'm', body }] })).toEqual({ batchItemFailures: [] });
  }
  expect(await ada.row()).toEqual(before);
});

describe('a batch', () => {
  test('gives back only the messages that failed', async () => {
    const ada = customer();
    const batch = [
      message(ada.created(T), 'good'),
      { messageId: 'not-json', body: '{' },
      { messageId: 'no-detail', body: '{}' },
      message({ ...ada.created(T), type: 'customer.discount.created' }, 'other-type'),
      message({ ...ada.created(T), created: '2026-11-24T00:00:00Z' }, 'no-seconds'),
      message({ ...ada.created(T), data: { object: { object: 'customer' } } }, 'no-id'),
    ];
    expect(await writer.invoke({ Records: batch })).toEqual({
      batchItemFailures: ['not-json', 'no-detail', 'other-type', 'no-seconds', 'no-id'].map((itemIdentifier) => ({ itemIdentifier })),
    });
    expect(await ada.row()).toBeDefined();
  });

  test('is logged without a word of the customer', async () => {
    const ada = customer();
    await deliver(ada.created(T, { email: 'canary@example.com', name: 'canary-name', metadata: { k: 'canary-meta' } }), ada.updated(T, { phone: 'canary-phone' }));
    expect(writer.output()).toContain(`evt_${ada.id}_1`);
    expect(writer.output()).not.toMatch(/canary/);
  });
});

describe('with storeRawEvent', () => {
  let keeper: RunningBundle;
  beforeAll(async () => {
    keeper = await startBundle('writer', { ...table.env, STORE_RAW_EVENT: 'true' });
  });
  afterAll(() => keeper?.stop());

  const keep = (body: string) => keeper.invoke({ Records: [{ messageId: 'm', body }] });

  test('a row has the event, every number as it was written, until the customer is deleted', async () => {
    const ada = customer();
    const body = message(ada.created(T)).body.replace('"balance":0', '"balance":9007199254740993.10');
    await keep(body);
    const { rawEvent } = (await ada.row())! as { rawEvent: string };
    expect(rawEvent).toContain('"balance":9007199254740993.10');
    expect(JSON.parse(rawEvent)).toEqual(JSON.parse(body).detail);
    await keep(message(ada.deleted(T + 1)).body);
    expect(await ada.row()).not.toHaveProperty('rawEvent');
  });

  test('an event that is too large for a row is left out of it, and the row says so', async () => {
    const ada = customer();
    await keep(message(ada.created(T, {}, { pad: 'x'.repeat(500_000) })).body);
    const row = await ada.row();
    expect(row).toMatchObject({ truncated: true, email: 'ada@example.com' });
    expect(row).not.toHaveProperty('rawEvent');
    expect(keeper.logs().pop()).toMatchObject({ decision: 'Truncated', Truncated: 1 });
  });
});

describe('a table that refuses', () => {
  test('sends the message back, and tells whether a person must act', async () => {
    const gone = await startBundle('writer', { ...table.env, TABLE_NAME: 'gone' });
    expect(await gone.invoke({ Records: [message(customer().created(T))] })).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(gone.logs()).toMatchObject([{ decision: 'WriteDenied', error: 'ResourceNotFoundException' }]);
    await gone.stop();
  });

  test.each([['throttles', 'ThrottlingException'], ['fails', 'InternalServerError'], ['takes too long', undefined]])('or %s sends the message back', async (_what, name) => {
    const faulty = await startRecorder(() => name ? awsError(name, name === 'InternalServerError' ? 500 : 400) : { hang: true });
    const stuck = await startBundle('writer', { ...WRITER, AWS_ENDPOINT_URL_DYNAMODB: faulty.url });
    expect(await stuck.invoke({ Records: [message(customer().created(T))] })).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(stuck.logs()).toMatchObject([{ decision: 'WriteError', WriteError: 1 }]);
    await Promise.all([stuck.stop(), faulty.stop()]);
  });
});

test.each(['TABLE_NAME', 'PARTITION_KEY_NAME', 'STORE_RAW_EVENT'])('without %s the writer stops at its start, by name', async (name) => {
  await expect(startBundle('writer', { ...WRITER, [name]: '' })).rejects.toThrow(`environment variable ${name} is not set`);
});
