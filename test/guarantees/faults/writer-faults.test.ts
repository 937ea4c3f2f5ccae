import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { WRITER_FAULTS } from './writer-fault-ids';
import { type RunningBundle, startBundle } from '../../harness/bundle';
import { awsError, type RecordedCall, type Recorder, type RecorderAnswer, startRecorder } from '../../harness/recorder';
import { message, newCustomer, startCustomerTable, T } from '../../harness/writer-bundle';

/**
 * Faults around the built writer, with DynamoDB Local behind an endpoint that fails on request.
 *
 * Each row asserts which messages return to the queue, where the event is afterwards and which metric reports the
 * fault. A message that returned is delivered again, which then writes its row.
 */

jest.setTimeout(60_000);

type Customer = ReturnType<typeof newCustomer>;
type Answer = (call: RecordedCall, calls: RecordedCall[]) => RecorderAnswer;

let table: Awaited<ReturnType<typeof startCustomerTable>>;
let endpoint: Recorder;
let answer: Answer;
let writer: RunningBundle;

const noFault: Answer = () => ({});

beforeAll(async () => {
  table = await startCustomerTable();
  endpoint = await startRecorder((call, calls) => ({ forward: table.endpoint, ...answer(call, calls) }));
  writer = await startBundle('writer', { ...table.env, AWS_ENDPOINT_URL_DYNAMODB: endpoint.url });
});

beforeEach(() => {
  answer = noFault;
  endpoint.calls.length = 0;
});

afterAll(async () => {
  await writer?.stop();
  await endpoint?.stop();
  await table?.stop();
});

/** Answers a call without the table. */
const instead = (what: RecorderAnswer): RecorderAnswer => ({ forward: undefined, ...what });

/** Delivers a batch. Returns the messages that return to the queue, and the log lines. */
async function deliver(...records: Array<{ messageId: string; body: string }>) {
  const from = writer.logs().length;
  const { batchItemFailures } = await writer.invoke<{ batchItemFailures: Array<{ itemIdentifier: string }> }>({
    Records: records,
  });
  return { returned: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), lines: writer.logs().slice(from) };
}

const rowOf = (customer: Customer) => table.rowOf(customer.pk());

/** Asserts that a message returns to the queue because of a fault, and writes its row once the fault is over. */
async function returns(fault: Answer, metric: string): Promise<void> {
  const ada = newCustomer();
  const record = message(ada.created(T), 'm1');
  answer = fault;
  const { returned, lines } = await deliver(record);
  expect(returned).toEqual(['m1']);
  expect(lines).toMatchObject([{ decision: metric, [metric]: 1 }]);
  answer = noFault;
  expect((await deliver(record)).returned).toEqual([]);
  expect(await rowOf(ada)).toMatchObject({ email: 'ada@example.com', eventId: `evt_${ada.id}_1` });
}

/** Asserts that an event does not change the row of a customer, and that its message does not return. */
async function changesNothing(ada: Customer, event: unknown, metric: string): Promise<void> {
  const before = await rowOf(ada);
  expect(before).toBeDefined();
  expect(await deliver(message(event))).toMatchObject({ returned: [], lines: [{ decision: metric, [metric]: 1 }] });
  expect(await rowOf(ada)).toEqual(before);
}

const ROWS: Array<[id: string, title: string, run: () => Promise<void>]> = [
  ['F33', 'the same event twice changes the row once', async () => {
    const ada = newCustomer();
    const event = ada.created(T);
    await deliver(message(event));
    await changesNothing(ada, event, 'Duplicate');
  }],
  ['F34', 'an event that arrives out of order does not change the row', async () => {
    const ada = newCustomer();
    await deliver(message(ada.updated(T + 2)));
    await changesNothing(ada, ada.updated(T + 1, { name: 'older' }), 'Stale');
  }],
  ['F35', 'a deletion that arrives before the creation leaves a tombstone', async () => {
    const ada = newCustomer();
    await deliver(message(ada.deleted(T + 5)));
    await changesNothing(ada, ada.created(T), 'AfterDelete');
    expect(await rowOf(ada)).toMatchObject({ isDeleted: true });
  }],
  ['F36', 'two updates in the same second flag the row', async () => {
    const ada = newCustomer();
    await deliver(message(ada.updated(T, { name: 'a' })));
    expect(await deliver(message(ada.updated(T, { name: 'b' })))).toMatchObject({
      returned: [], lines: [{ decision: 'Ambiguous', Ambiguous: 1 }],
    });
    expect(await rowOf(ada)).toMatchObject({ name: 'a', isAmbiguous: true });
  }],
  ['F37', 'a message returns if DynamoDB throttles', () =>
    returns(() => instead(awsError('ThrottlingException')), 'WriteError')],
  ['F37', 'a message returns if DynamoDB throttles the table', () =>
    returns(() => instead(awsError('ProvisionedThroughputExceededException')), 'WriteError')],
  ['F37', 'a message returns if DynamoDB fails', () =>
    returns(() => instead(awsError('InternalServerError', 500)), 'WriteError')],
  ['F37', 'the SDK retries if DynamoDB throttles once', async () => {
    const ada = newCustomer();
    answer = (_call, calls) => calls.length === 1 ? instead(awsError('ThrottlingException')) : {};
    expect(await deliver(message(ada.created(T)))).toMatchObject({ returned: [], lines: [{ decision: 'Written' }] });
    expect(await rowOf(ada)).toBeDefined();
    expect(endpoint.calls).toHaveLength(2);
  }],
  ['F38', 'a condition that fails after throttling is not taken for throttling', async () => {
    const ada = newCustomer();
    await deliver(message(ada.updated(T + 2)));
    answer = (_call, calls) => calls.length <= 2 ? instead(awsError('ThrottlingException')) : {};
    endpoint.calls.length = 0;
    await changesNothing(ada, ada.updated(T + 1), 'Stale');
    expect(endpoint.calls).toHaveLength(3);
  }],
  ['F39', 'a write whose answer is lost is a duplicate when the message returns', async () => {
    const ada = newCustomer();
    const record = message(ada.created(T));
    answer = () => ({ delayMs: 2_500 }); // DynamoDB applies each attempt, and answers after the timeout of the client
    expect(await deliver(record)).toMatchObject({ returned: ['m1'], lines: [{ decision: 'WriteError' }] });
    answer = noFault;
    const before = await rowOf(ada);
    expect(before).toMatchObject({ eventId: `evt_${ada.id}_1` });
    expect(await deliver(record)).toMatchObject({ returned: [], lines: [{ decision: 'Duplicate' }] });
    expect(await rowOf(ada)).toEqual(before);
  }],
  ['F39', 'a message returns if DynamoDB never answers', () => returns(() => instead({ hang: true }), 'WriteError')],
  ['F39', 'a message returns if the connection is reset', () => returns(() => instead({ reset: true }), 'WriteError')],
  ['F40', 'a message returns if the table is gone', () =>
    returns(() => instead(awsError('ResourceNotFoundException')), 'WriteDenied')],
  ['F40', 'a message returns if the KMS key of the table is denied', () =>
    returns(() => instead(awsError('KMSAccessDeniedException')), 'WriteDenied')],
  ['F40', 'a message returns if the role may not write', () =>
    returns(() => instead(awsError('AccessDeniedException')), 'WriteDenied')],
  ['F41', 'an event that is too large for its row leaves the fields without the raw event', async () => {
    const keeper = await startBundle('writer', { ...table.env, STORE_RAW_EVENT: 'true' });
    const ada = newCustomer();
    const record = message(ada.created(T, {}, { pad: 'x'.repeat(500_000) }));
    expect(await keeper.invoke({ Records: [record] })).toEqual({ batchItemFailures: [] });
    expect(keeper.logs().pop()).toMatchObject({ Truncated: 1 });
    const row = await rowOf(ada);
    expect(row).toMatchObject({ truncatedFields: ['rawEvent'], email: 'ada@example.com' });
    expect(row).not.toHaveProperty('rawEvent');
    await keeper.stop();
  }],
  ['F42', 'a message that is never valid returns by itself, and the rest of its batch is written', async () => {
    const [ada, bob] = [newCustomer(), newCustomer()];
    const invalid = { messageId: 'invalid', body: '{' };
    const { returned, lines } = await deliver(message(ada.created(T), 'a'), invalid, message(bob.created(T), 'b'));
    expect(returned).toEqual(['invalid']);
    expect(lines.find(({ messageId }) => messageId === 'invalid')).toMatchObject({ decision: 'WriteError' });
    expect([await rowOf(ada), await rowOf(bob)]).toMatchObject([{ objectId: ada.id }, { objectId: bob.id }]);
  }],
  ['F43', 'only the failed messages of a batch return', async () => {
    const batch = Array.from({ length: 10 }, () => newCustomer());
    const failing = batch.filter((_customer, index) => index % 3 === 0);
    const fails = (key: string) => failing.some((each) => key === each.pk());
    answer = ({ body }) => fails(body.Key.pk.S) ? instead(awsError('InternalServerError', 500)) : {};
    const { returned } = await deliver(...batch.map((each) => message(each.created(T), each.id)));
    expect(returned.sort()).toEqual(failing.map(({ id }) => id).sort());
    const rows = await Promise.all(batch.map(rowOf));
    expect(batch.filter((_customer, index) => rows[index] === undefined)).toEqual(failing);
  }],
  ['F46', 'a redrive or a replay of every event, in another order, does not change the rows', async () => {
    const customers = Array.from({ length: 20 }, newCustomer);
    const events = customers.flatMap((each) => [
      each.created(T), each.updated(T + 1, { name: 'b' }), each.updated(T + 1, { name: 'c' }), each.deleted(T + 9),
    ]);
    for (const event of events) {
      await deliver(message(event));
    }
    const before = await table.rows();
    expect(before.length).toBeGreaterThanOrEqual(customers.length);
    for (const event of [...events].reverse()) {
      expect((await deliver(message(event))).returned).toEqual([]);
    }
    expect(await table.rows()).toEqual(before);
  }],
  ['F59', 'a row that the application wrote first is filled, and keeps its attributes', async () => {
    const ada = newCustomer();
    await table.documents.send(new PutCommand({ TableName: 'customers', Item: { pk: ada.pk(), plan: 'pro' } }));
    expect(await deliver(message(ada.created(T)))).toMatchObject({ returned: [], lines: [{ Written: 1 }] });
    expect(await rowOf(ada)).toMatchObject({ plan: 'pro', email: 'ada@example.com', objectId: ada.id });
  }],
  ['F59', 'a row that a script began with attributes of the writer is filled, and later a tombstone', async () => {
    const ada = newCustomer();
    const began = { pk: ada.pk(), plan: 'pro', email: 'old@example.com', eventCreated: T - 1 };
    await table.documents.send(new PutCommand({ TableName: 'customers', Item: began }));
    expect(await deliver(message(ada.updated(T)))).toMatchObject({ returned: [], lines: [{ Written: 1 }] });
    expect(await rowOf(ada)).toMatchObject({ plan: 'pro', email: 'ada@example.com', objectId: ada.id });
    expect(await deliver(message(ada.deleted(T + 1)))).toMatchObject({ returned: [], lines: [{ Written: 1 }] });
    expect(await rowOf(ada)).toMatchObject({ plan: 'pro', isDeleted: true });
  }],
  ['F60', 'a message whose object is not a customer returns by itself, and nothing is written', async () => {
    const [ada, other] = [newCustomer(), newCustomer()];
    const wrong = message(other.updated(T, { object: 'subscription' }), 'wrong');
    const { returned, lines } = await deliver(wrong, message(ada.created(T), 'good'));
    expect(returned).toEqual(['wrong']);
    expect(lines.find(({ messageId }) => messageId === 'wrong'))
      .toMatchObject({ WriteError: 1, error: 'NotACustomerEvent' });
    expect(await rowOf(ada)).toBeDefined();
    expect((await table.rows()).filter(({ pk }) => `${pk}`.includes(other.id))).toEqual([]);
  }],
  ...([
    ['constructor', 'Written', { constructor: 'x', a: 'b' }],
    ['__proto__', 'Truncated', { a: 'b' }],
    ['', 'Truncated', { a: 'b' }],
  ] as const).map(([key, metric, metadata]): typeof ROWS[number] => [
    'F61', `an event with the metadata key '${key}' is ${metric}`, async () => {
      const ada = newCustomer();
      const { messageId, body } = message(ada.created(T, { metadata: { KEY: 'x', a: 'b' } }));
      const record = { messageId, body: body.replace('"KEY"', JSON.stringify(key)) };
      expect(await deliver(record)).toMatchObject({ returned: [], lines: [{ [metric]: 1 }] });
      const row = await rowOf(ada);
      expect(row!.metadata).toEqual(metadata);
      expect(row!.truncatedFields).toEqual(metric === 'Truncated' ? ['metadata'] : undefined);
    },
  ]),
  ['F62', 'a field that is nested too deeply is JSON text', async () => {
    const ada = newCustomer();
    const discount = Array.from({ length: 40 }).reduce<unknown>((inner) => ({ k: inner }), 'v');
    expect(await deliver(message(ada.created(T, { discount })))).toMatchObject({
      returned: [], lines: [{ Truncated: 1 }],
    });
    expect(await rowOf(ada)).toMatchObject({ discount: JSON.stringify(discount), truncatedFields: ['discount'] });
  }],
];

test.each(ROWS)('%s: %s', async (_id, _title, run) => {
  await run();
});

test('the rows are those that the list of faults names', () => {
  expect([...new Set(ROWS.map(([id]) => id))]).toEqual(WRITER_FAULTS);
});
