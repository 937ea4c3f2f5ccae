import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { BOOKKEEPING_ATTRIBUTES, CUSTOMER_EVENTS } from '../../src/stripe-customer-table/contract';
import { startBundle } from '../harness/bundle';
import { FOREIGN_ROWS } from '../harness/order-model';
import { awsError, startRecorder } from '../harness/recorder';
import { type RunningWriter, startWriter } from '../harness/running-writer';
import { API_VERSION, customerEvent } from '../harness/stripe';
import { message, newCustomer, startCustomerTable, T, TABLE_ARN, WRITER } from '../harness/writer-bundle';

/** The built writer on AWS's DynamoDB Local, whose conditions, old items and number formats are those of DynamoDB. */

let table: Awaited<ReturnType<typeof startCustomerTable>>;
let writer: RunningWriter;

beforeAll(async () => {
  table = await startCustomerTable();
  writer = await startWriter(table.env);
});

afterAll(async () => {
  await writer?.stop();
  await table?.stop();
});

function customer() {
  const events = newCustomer();
  return { ...events, row: (account?: string, mode?: string) => table.rowOf(events.pk(account, mode)) };
}

const putRow = (Item: Record<string, unknown>) =>
  table.documents.send(new PutCommand({ TableName: 'customers', Item }));

const deliver = (...events: unknown[]) => writer.deliver(...events);

describe('row', () => {
  test('the row of a new customer has its fields under Stripe\'s own names, and the bookkeeping', async () => {
    const ada = customer();
    const metadata = { '#plan': 'a.b', ':é': '' };
    expect(await deliver(ada.created(T, { metadata, preferred_locales: ['en'], object: 'customer' })))
      .toEqual(['Written']);
    expect(await ada.row()).toEqual({
      pk: `self#test#customer#${ada.id}`,
      objectId: ada.id,
      objectCreated: T,
      stripeAccount: 'self',
      livemode: false,
      customerKey: `self#test#customer#${ada.id}`,
      created: T,
      eventCreated: T,
      eventId: `evt_${ada.id}_1`,
      eventType: 'customer.created',
      apiVersion: API_VERSION,
      isDeleted: false,
      isAmbiguous: false,
      email: 'ada@example.com',
      name: 'Ada',
      phone: '+44 20 7946 0000',
      balance: 0,
      delinquent: false,
      metadata,
      preferred_locales: ['en'],
    });
  });

  test('the row of the customer cus_1 has the key self#test#customer#cus_1, and a tombstone keeps it', async () => {
    const key = 'self#test#customer#cus_1';
    const event = (type: string, created: number) => customerEvent(type, { id: `evt_${created}`, created });
    for (const [index, eventType] of CUSTOMER_EVENTS.entries()) {
      expect(await deliver(event(eventType, T + index))).toEqual(['Written']);
      expect(await table.rowOf(key)).toMatchObject({ pk: key, customerKey: key, objectId: 'cus_1', eventType });
    }
    expect(await table.rowOf(key)).toMatchObject({ isDeleted: true });
  });

  test('attributes that were cleared are removed, because null and "" are not stored', async () => {
    const ada = customer();
    await deliver(ada.created(T), ada.updated(T + 1, { phone: null, name: '' }));
    const row = await ada.row();
    expect(row).toMatchObject({ email: 'ada@example.com' });
    expect(row).not.toHaveProperty('phone');
    expect(row).not.toHaveProperty('name');
  });

  test('numbers that JavaScript would round keep their digits', async () => {
    const ada = customer();
    const body = message(ada.created(T)).body.replace('"balance":0', '"balance":9007199254740993');
    await writer.deliverBody(body);
    const exact = DynamoDBDocumentClient.from(new DynamoDBClient(table.clientConfig), {
      unmarshallOptions: { wrapNumbers: true },
    });
    const { Item } = await exact.send(new GetCommand({ TableName: 'customers', Key: { pk: ada.pk() } }));
    expect(Item!.balance.value).toBe('9007199254740993');
    // the writer reads the old item with such a number, too
    expect(await deliver(ada.updated(T - 1), ada.updated(T + 1))).toEqual(['Stale', 'Written']);
  });

  test('S7: two modes, two accounts and two customers have eight rows', async () => {
    const [ada, bob] = [customer(), customer()];
    for (const who of [ada, bob]) {
      for (const livemode of [true, false]) {
        await deliver(
          who.created(T, { name: `${livemode}` }, { livemode }),
          who.created(T, { name: `${livemode}-acct` }, { livemode, account: 'acct_1' }),
        );
      }
    }
    const rows = await Promise.all([ada, bob].flatMap((who) => [
      who.row('self', 'live'), who.row('self', 'test'), who.row('acct_1', 'live'), who.row('acct_1', 'test'),
    ]));
    expect(rows.map((row) => `${row?.objectId} ${row?.name}`)).toEqual([ada, bob].flatMap(({ id }) => [
      `${id} true`, `${id} false`, `${id} true-acct`, `${id} false-acct`,
    ]));
  });

  test.each([
    ['N39: the account of a row comes from account', { account: 'acct_6' }, 'acct_6'],
    ['N38: the account of a row comes from user_id, as before the API version 2017-05-25',
      { user_id: 'acct_7', api_version: '2014-08-20' }, 'acct_7'],
    ['N39: the account of a row comes from a context that is an account', { context: 'acct_8' }, 'acct_8'],
    ['N39: the account of a row comes from the last part of context', { context: 'org_1/acct_9' }, 'acct_9'],
  ])('%s', async (_title, over, account) => {
    const ada = customer();
    expect(await deliver(ada.created(T, {}, over))).toEqual(['Written']);
    expect(await ada.row(account)).toMatchObject({ stripeAccount: account, customerKey: ada.pk(account) });
    expect(await ada.row('self')).toBeUndefined();
  });

  test('a tombstone has exactly its key and the bookkeeping', async () => {
    const ada = customer();
    await deliver(ada.created(T), ada.deleted(T + 1));
    expect(await ada.row()).toEqual({
      pk: ada.pk(),
      objectId: ada.id,
      objectCreated: T,
      stripeAccount: 'self',
      livemode: false,
      customerKey: ada.pk(),
      eventCreated: T + 1,
      eventId: `evt_${ada.id}_2`,
      eventType: 'customer.deleted',
      apiVersion: API_VERSION,
      isDeleted: true,
      isAmbiguous: false,
    });
    expect(Object.keys((await ada.row())!).sort()).toEqual(['pk', ...BOOKKEEPING_ATTRIBUTES].sort());
  });

  test('attributes of the application stay in a row, also when the customer is deleted', async () => {
    const ada = customer();
    await deliver(ada.created(T));
    await putRow({ ...await ada.row(), note: 'called on Monday' });
    await deliver(ada.updated(T + 1), ada.deleted(T + 2));
    expect(await ada.row()).toMatchObject({ note: 'called on Monday', isDeleted: true });
  });

  test.each(['created', 'updated', 'deleted'] as const)(
    'N01: a row that the application wrote before the first event is filled by customer.%s and keeps its attributes',
    async (type) => {
      const ada = customer();
      await putRow({ pk: ada.pk(), plan: 'pro' });
      expect(await deliver(ada[type](T))).toEqual(['Written']);
      expect(await ada.row()).toMatchObject({
        ...type !== 'deleted' && { email: 'ada@example.com', name: 'Ada' },
        pk: ada.pk(),
        plan: 'pro',
        objectId: ada.id,
        customerKey: ada.pk(),
        eventType: `customer.${type}`,
        isDeleted: type === 'deleted',
      });
      // from now on, the order of events decides as in every other row
      expect(await deliver(ada.updated(T - 1))).toEqual([type === 'deleted' ? 'AfterDelete' : 'Stale']);
    },
  );
});

describe('Z13: a row that somebody else began', () => {
  const TYPES = ['created', 'updated', 'deleted'] as const;

  test.each(FOREIGN_ROWS)('it is filled by the first event, keeps other attributes, and ends as a tombstone: %s',
    async (_what, began) => {
      for (const type of TYPES) {
        const ada = customer();
        await putRow({ pk: ada.pk(), note: 'called on Monday', ...began });
        expect(await deliver(ada[type](T))).toEqual(['Written']);
        expect(await ada.row()).toMatchObject({
          ...type !== 'deleted' && { email: 'ada@example.com' },
          note: 'called on Monday',
          eventCreated: T,
          isDeleted: type === 'deleted',
          isAmbiguous: false,
        });
        expect(await deliver(ada.deleted(T + 1))).toEqual(['Written']);
        expect(await ada.row()).toMatchObject({ note: 'called on Monday', isDeleted: true });
        expect(await ada.row()).not.toHaveProperty('email');
      }
    });

  test.each<[string, Record<string, unknown>, string[]]>([
    ['an older second, not deleted', { eventCreated: T - 1, isDeleted: false }, ['Written', 'Written', 'Written']],
    ['a newer second, not deleted', { eventCreated: T + 1, isDeleted: false }, ['Stale', 'Stale', 'Written']],
    ['a newer second, deleted', { eventCreated: T + 1, isDeleted: true }, ['AfterDelete', 'AfterDelete', 'Stale']],
    ['an older second and a date as objectCreated',
      { eventCreated: T - 1, isDeleted: false, objectCreated: '2020-09-13' }, ['Written', 'Written', 'Written']],
    ['an older second and a later customer', { eventCreated: T - 1, isDeleted: false, objectCreated: T + 1 },
      ['Stale', 'Stale', 'Stale']],
  ])('with valid attributes, the order of events decides: %s', async (_what, attributes, decisions) => {
    const made: unknown[] = [];
    for (const type of TYPES) {
      const ada = customer();
      await putRow({ pk: ada.pk(), ...attributes });
      made.push(...await deliver(ada[type](T)));
    }
    expect(made).toEqual(decisions);
  });
});

describe('order of events', () => {
  test('a newer event overwrites the row, and an older one does not change it', async () => {
    const ada = customer();
    const created = ada.created(T);
    const older = ada.updated(T + 1, { name: 'older' });
    const newest = ada.updated(T + 2, { name: 'newest' });
    expect(await deliver(created, newest)).toEqual(['Written', 'Written']);
    const before = await ada.row();
    expect(await deliver(older, created)).toEqual(['Stale', 'Stale']);
    expect(await ada.row()).toEqual(before);
    expect(before).toMatchObject({ name: 'newest' });
  });

  test('a duplicate does not change the row', async () => {
    const ada = customer();
    const created = ada.created(T);
    await deliver(created);
    const before = await ada.row();
    expect(await deliver(created, created)).toEqual(['Duplicate', 'Duplicate']);
    expect(await ada.row()).toEqual(before);
  });

  test.each(['created first', 'updated first'])(
    'customer.created and customer.updated in the same second end in the update, unflagged: %s',
    async (order) => {
      const ada = customer();
      const events = [ada.created(T, { name: 'first' }), ada.updated(T, { name: 'second' })];
      await deliver(...order === 'created first' ? events : events.reverse());
      expect(await ada.row()).toMatchObject({ name: 'second', eventType: 'customer.updated', isAmbiguous: false });
    },
  );

  test('two updates in the same second are flagged in either order, and a newer event clears the flag', async () => {
    const ada = customer();
    const [a, b] = [ada.updated(T, { name: 'a' }), ada.updated(T, { name: 'b' })];
    expect(await deliver(a, b)).toEqual(['Written', 'Ambiguous']);
    expect(await ada.row()).toMatchObject({ name: 'a', isAmbiguous: true });
    expect(await deliver(b, a)).toEqual(['Ambiguous', 'Duplicate']);
    expect(await ada.row()).toMatchObject({ name: 'a', isAmbiguous: true });
    expect(await deliver(ada.created(T))).toEqual(['Stale']);
    await deliver(ada.updated(T + 1, { name: 'c' }));
    expect(await ada.row()).toMatchObject({ name: 'c', isAmbiguous: false });
  });

  test('older, simultaneous and newer events of a deleted customer do not change its tombstone', async () => {
    const ada = customer();
    const deleted = ada.deleted(T + 5);
    await deliver(ada.created(T), deleted);
    const before = await ada.row();
    expect(await deliver(ada.updated(T + 4), ada.updated(T + 5), ada.updated(T + 6), ada.created(T), deleted))
      .toEqual(['AfterDelete', 'AfterDelete', 'AfterDelete', 'AfterDelete', 'Duplicate']);
    expect(await ada.row()).toEqual(before);
  });

  test('a deletion that arrives before the creation leaves a tombstone, which stays', async () => {
    const ada = customer();
    expect(await deliver(ada.deleted(T + 5), ada.created(T))).toEqual(['Written', 'AfterDelete']);
    expect(await ada.row()).toMatchObject({ isDeleted: true });
  });

  test('a deletion overwrites a row of the same customer whose event is newer', async () => {
    const ada = customer();
    await deliver(ada.updated(T + 6), ada.deleted(T + 5));
    expect(await ada.row()).toMatchObject({ isDeleted: true, isAmbiguous: false });
  });

  test('a reused id is a new customer, whose row the events of the old one do not change', async () => {
    const ada = customer();
    const oldDeletion = ada.deleted(T + 5);
    const again = ada.created(T + 10, { created: T + 10, name: 'Ada II' });
    expect(await deliver(ada.created(T), oldDeletion, again)).toEqual(['Written', 'Written', 'Written']);
    expect(await deliver(ada.updated(T + 4), oldDeletion, ada.deleted(T + 6))).toEqual(['Stale', 'Stale', 'Stale']);
    expect(await ada.row()).toMatchObject({ name: 'Ada II', isDeleted: false });
  });

  test('N60: a customer whose test clock is ahead is a tombstone after its deletion, and stays one', async () => {
    const ada = customer();
    const ahead = { created: T + 60 * 86_400, test_clock: 'clock_1' };
    expect(await deliver(
      ada.created(T, ahead), ada.deleted(T + 100, ahead), ada.updated(T + 50, { ...ahead, email: 'a@example.com' }),
    )).toEqual(['Written', 'Written', 'AfterDelete']);
    expect(await ada.row()).toMatchObject({ isDeleted: true, eventType: 'customer.deleted' });
    expect(await ada.row()).not.toHaveProperty('email');
  });

  test('a late deletion of the old customer does not change the row of a reused id', async () => {
    const ada = customer();
    await deliver(ada.created(T), ada.created(T + 10, { created: T + 10, name: 'Ada II' }));
    expect(await deliver(ada.deleted(T + 5))).toEqual(['Stale']);
    expect(await ada.row()).toMatchObject({ name: 'Ada II' });
  });
});

test('a replay from an archive, in another order, does not change the row', async () => {
  const ada = customer();
  const history = [ada.created(T), ada.updated(T + 1, { name: 'b' }), ada.updated(T + 2, { name: 'c' })];
  await deliver(...history);
  const before = await ada.row();
  for (const event of [...history].reverse()) {
    await writer.deliverBody(JSON.stringify({ 'version': '0', 'replay-name': 'again', 'detail': event }));
  }
  expect(await ada.row()).toEqual(before);
});

describe('batch', () => {
  test('only the messages that failed return to the queue', async () => {
    const ada = customer();
    const batch = [
      message(ada.created(T), 'good'),
      { messageId: 'not-json', body: '{' },
      { messageId: 'no-detail', body: '{}' },
      message({ ...ada.created(T), type: 'customer.discount.created' }, 'other-type'),
      message({ ...ada.created(T), created: '2026-11-24T00:00:00Z' }, 'no-seconds'),
      message({ ...ada.created(T), data: { object: { object: 'customer' } } }, 'no-id'),
    ];
    const failed = ['not-json', 'no-detail', 'other-type', 'no-seconds', 'no-id'];
    expect(await writer.invoke({ Records: batch })).toEqual({
      batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })),
    });
    expect(await ada.row()).toBeDefined();
  });

  test('N19: a customer event with another object returns to the queue, and its batch is written', async () => {
    const [ada, bob, wrong] = [customer(), customer(), customer()];
    const record = message(wrong.updated(T, { object: 'subscription' }), 'wrong');
    const from = writer.logs().length;
    expect(await writer.invoke({ Records: [message(ada.created(T), 'a'), record, message(bob.created(T), 'b')] }))
      .toEqual({ batchItemFailures: [{ itemIdentifier: 'wrong' }] });
    expect(writer.logs().slice(from).find(({ messageId }) => messageId === 'wrong'))
      .toMatchObject({ decision: 'WriteError', error: 'NotACustomerEvent' });
    const rows = await table.rows();
    expect(rows.filter(({ pk }) => `${pk}`.endsWith(wrong.id))).toEqual([]);
    expect([await ada.row(), await bob.row()]).toMatchObject([{ objectId: ada.id }, { objectId: bob.id }]);
  });

  test('the log has nothing of the customer', async () => {
    const ada = customer();
    await deliver(
      ada.created(T, { email: 'canary@example.com', name: 'canary-name', metadata: { k: 'canary-meta' } }),
      ada.updated(T, { phone: 'canary-phone' }),
    );
    expect(writer.output()).toContain(`evt_${ada.id}_1`);
    expect(writer.output()).not.toMatch(/canary/);
  });
});

describe('storeRawEvent', () => {
  let keeper: RunningWriter;
  beforeAll(async () => {
    keeper = await startWriter({ ...table.env, STORE_RAW_EVENT: 'true' });
  });
  afterAll(() => keeper?.stop());

  test('a row keeps the event with every number as it was written, until the customer is deleted', async () => {
    const ada = customer();
    const body = message(ada.created(T)).body.replace('"balance":0', '"balance":9007199254740993.10');
    await keeper.deliverBody(body);
    const { rawEvent } = (await ada.row())! as { rawEvent: string };
    expect(rawEvent).toContain('"balance":9007199254740993.10');
    expect(JSON.parse(rawEvent)).toEqual(JSON.parse(body).detail);
    await keeper.deliverBody(message(ada.deleted(T + 1)).body);
    expect(await ada.row()).not.toHaveProperty('rawEvent');
  });
});

describe('failing table', () => {
  const RETURNED = { batchItemFailures: [{ itemIdentifier: 'm1' }] };

  test('a message returns to the queue if the table is gone, and the log says that a retry cannot help', async () => {
    const gone = await startBundle('writer', { ...table.env, TABLE_ARN: TABLE_ARN.replace('customers', 'gone') });
    expect(await gone.invoke({ Records: [message(customer().created(T))] })).toEqual(RETURNED);
    expect(gone.logs()).toMatchObject([{ decision: 'WriteDenied', error: 'ResourceNotFoundException' }]);
    await gone.stop();
  });

  test.each([
    ['throttles', awsError('ThrottlingException')],
    ['fails', awsError('InternalServerError', 500)],
    ['takes too long', { hang: true }],
  ])('a message returns to the queue if DynamoDB %s', async (_what, answer) => {
    const faulty = await startRecorder(() => answer);
    const stuck = await startBundle('writer', { ...WRITER, AWS_ENDPOINT_URL_DYNAMODB: faulty.url });
    expect(await stuck.invoke({ Records: [message(customer().created(T))] })).toEqual(RETURNED);
    expect(stuck.logs()).toMatchObject([{ decision: 'WriteError', WriteError: 1 }]);
    await Promise.all([stuck.stop(), faulty.stop()]);
  });
});

test.each(Object.keys(WRITER))('the writer does not start without %s, and names it', async (name) => {
  const starting = startBundle('writer', { ...WRITER, [name]: '' });
  await expect(starting).rejects.toThrow(`environment variable ${name} is not set`);
});
