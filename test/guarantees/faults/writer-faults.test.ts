import { WRITER_FAULTS } from './writer-fault-ids';
import { type RunningBundle, startBundle } from '../../harness/bundle';
import { awsError, type RecordedCall, type Recorder, type RecorderAnswer, startRecorder } from '../../harness/recorder';
import { message, newCustomer, startCustomerTable, T } from '../../harness/writer-bundle';

/**
 * What goes wrong around the built writer, with DynamoDB Local behind an endpoint that fails as it is told: what the queue hears, where
 * the event is found afterwards, which metric tells of it. What is given back to the queue is delivered again, and then its row is right.
 */

jest.setTimeout(60_000);

type Customer = ReturnType<typeof newCustomer>;
type Answer = (call: RecordedCall, calls: RecordedCall[]) => RecorderAnswer;

let table: Awaited<ReturnType<typeof startCustomerTable>>;
let faults: Recorder;
let answer: Answer;
let writer: RunningBundle;

beforeAll(async () => {
  table = await startCustomerTable();
  faults = await startRecorder((call, calls) => ({ forward: table.endpoint, ...answer(call, calls) }));
  writer = await startBundle('writer', { ...table.env, AWS_ENDPOINT_URL_DYNAMODB: faults.url });
});

beforeEach(() => {
  answer = () => ({});
  faults.calls.length = 0;
});

afterAll(async () => {
  await writer?.stop();
  await faults?.stop();
  await table?.stop();
});

/** The service itself answers, and not the table. */
const instead = (what: RecorderAnswer): RecorderAnswer => ({ forward: undefined, ...what });

/** Delivers a batch; gives back what the queue hears and what was decided. */
async function deliver(...records: Array<{ messageId: string; body: string }>) {
  const from = writer.logs().length;
  const { batchItemFailures } = await writer.invoke<{ batchItemFailures: Array<{ itemIdentifier: string }> }>({ Records: records });
  return { back: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), lines: writer.logs().slice(from) };
}

const rowOf = (customer: Customer) => table.rowOf(customer.pk());

/** Nothing of it is acknowledged; healed, the queue's next delivery writes the row. */
async function comesBack(fault: Answer, metric: string): Promise<void> {
  const ada = newCustomer();
  const record = message(ada.created(T), 'm1');
  answer = fault;
  const { back, lines } = await deliver(record);
  expect(back).toEqual(['m1']);
  expect(lines).toMatchObject([{ decision: metric, [metric]: 1 }]);
  answer = () => ({});
  expect((await deliver(record)).back).toEqual([]);
  expect(await rowOf(ada)).toMatchObject({ email: 'ada@example.com', eventId: `evt_${ada.id}_1` });
}

/** The row before and after are the same, and the message is done. */
async function changesNothing(ada: Customer, event: unknown, metric: string): Promise<void> {
  const before = await rowOf(ada);
  expect(await deliver(message(event))).toMatchObject({ back: [], lines: [{ decision: metric, [metric]: 1 }] });
  expect(await rowOf(ada)).toEqual(before);
}

const ROWS: Array<[id: string, what: string, run: () => Promise<void>]> = [
  ['F33', 'the same event twice', async () => {
    const ada = newCustomer();
    const event = ada.created(T);
    await deliver(message(event));
    await changesNothing(ada, event, 'Duplicate');
  }],
  ['F34', 'events out of order', async () => {
    const ada = newCustomer();
    await deliver(message(ada.updated(T + 2)));
    await changesNothing(ada, ada.updated(T + 1, { name: 'late' }), 'Stale');
  }],
  ['F35', 'deleted before created', async () => {
    const ada = newCustomer();
    await deliver(message(ada.deleted(T + 5)));
    await changesNothing(ada, ada.created(T), 'AfterDelete');
    expect(await rowOf(ada)).toMatchObject({ deleted: true });
  }],
  ['F36', 'two updates of one second', async () => {
    const ada = newCustomer();
    await deliver(message(ada.updated(T, { name: 'a' })));
    expect(await deliver(message(ada.updated(T, { name: 'b' })))).toMatchObject({ back: [], lines: [{ decision: 'Ambiguous', Ambiguous: 1 }] });
    expect(await rowOf(ada)).toMatchObject({ ambiguous: true });
  }],
  ['F37', 'DynamoDB throttles', () => comesBack(() => instead(awsError('ThrottlingException')), 'WriteError')],
  ['F37', 'DynamoDB throttles the table', () => comesBack(() => instead(awsError('ProvisionedThroughputExceededException')), 'WriteError')],
  ['F37', 'DynamoDB fails', () => comesBack(() => instead(awsError('InternalServerError', 500)), 'WriteError')],
  ['F37', 'DynamoDB throttles once: the SDK tries again', async () => {
    const ada = newCustomer();
    answer = (_call, calls) => calls.length === 1 ? instead(awsError('ThrottlingException')) : {};
    expect(await deliver(message(ada.created(T)))).toMatchObject({ back: [], lines: [{ decision: 'Written' }] });
    expect(await rowOf(ada)).toBeDefined();
  }],
  ['F38', 'a refused condition between throttles is told from them', async () => {
    const ada = newCustomer();
    await deliver(message(ada.updated(T + 2)));
    answer = (_call, calls) => calls.length <= 2 ? instead(awsError('ThrottlingException')) : {};
    faults.calls.length = 0;
    await changesNothing(ada, ada.updated(T + 1), 'Stale');
    expect(faults.calls).toHaveLength(3);
  }],
  ['F39', 'the write is made, and its answer is lost', async () => {
    const ada = newCustomer();
    const record = message(ada.created(T));
    answer = () => ({ delayMs: 2_500 }); // applied, and answered too late, each time
    expect(await deliver(record)).toMatchObject({ back: ['m1'], lines: [{ decision: 'WriteError' }] });
    answer = () => ({});
    const before = await rowOf(ada);
    expect(before).toMatchObject({ eventId: `evt_${ada.id}_1` });
    expect(await deliver(record)).toMatchObject({ back: [], lines: [{ decision: 'Duplicate' }] });
    expect(await rowOf(ada)).toEqual(before);
  }],
  ['F39', 'DynamoDB never answers', () => comesBack(() => instead({ hang: true }), 'WriteError')],
  ['F39', 'the connection is reset', () => comesBack(() => instead({ reset: true }), 'WriteError')],
  ['F40', 'the table is gone', () => comesBack(() => instead(awsError('ResourceNotFoundException')), 'WriteDenied')],
  ['F40', 'the table\'s key is denied', () => comesBack(() => instead(awsError('KMSAccessDeniedException')), 'WriteDenied')],
  ['F40', 'the role may not write', () => comesBack(() => instead(awsError('AccessDeniedException')), 'WriteDenied')],
  ['F41', 'an event that is too large for its row: the fields stay, the raw event goes', async () => {
    const keeper = await startBundle('writer', { ...table.env, STORE_RAW_EVENT: 'true' });
    const ada = newCustomer();
    expect(await keeper.invoke({ Records: [message(ada.created(T, {}, { pad: 'x'.repeat(500_000) }))] })).toEqual({ batchItemFailures: [] });
    expect(keeper.logs().pop()).toMatchObject({ Truncated: 1 });
    expect(await rowOf(ada)).toMatchObject({ truncated: true, email: 'ada@example.com' });
    await keeper.stop();
  }],
  ['F42', 'a poison message: its mates are written, it alone goes back', async () => {
    const [ada, bob] = [newCustomer(), newCustomer()];
    const { back, lines } = await deliver(message(ada.created(T), 'good'), { messageId: 'poison', body: '{' }, message(bob.created(T), 'good-too'));
    expect(back).toEqual(['poison']);
    expect(lines.find(({ messageId }) => messageId === 'poison')).toMatchObject({ decision: 'WriteError' });
    expect([await rowOf(ada), await rowOf(bob)]).toMatchObject([{ objectId: ada.id }, { objectId: bob.id }]);
  }],
  ['F43', 'a part of a batch fails: those go back and no other', async () => {
    const batch = Array.from({ length: 10 }, () => newCustomer());
    const failing = batch.filter((_customer, index) => index % 3 === 0).map(({ id }) => id);
    answer = ({ body }) => failing.some((id) => body.Key.pk.S.endsWith(`#${id}`)) ? instead(awsError('InternalServerError', 500)) : {};
    const { back } = await deliver(...batch.map((each) => message(each.created(T), each.id)));
    expect(back.sort()).toEqual([...failing].sort());
    const written = await Promise.all(batch.map(rowOf));
    expect(batch.filter((_customer, index) => written[index] === undefined).map(({ id }) => id)).toEqual(failing);
  }],
  ['F46', 'a redrive or a replay of everything, in another order', async () => {
    const customers = Array.from({ length: 20 }, newCustomer);
    const events = customers.flatMap((each) => [each.created(T), each.updated(T + 1, { name: 'b' }), each.updated(T + 1, { name: 'c' }), each.deleted(T + 9)]);
    for (const event of events) {
      await deliver(message(event));
    }
    const before = await table.rows();
    for (const event of [...events].reverse()) {
      expect((await deliver(message(event))).back).toEqual([]);
    }
    expect(await table.rows()).toEqual(before);
  }],
];

test.each(ROWS)('%s: %s', async (_id, _what, run) => {
  await run();
});

test('the rows are those that the table of faults counts on', () => {
  expect([...new Set(ROWS.map(([id]) => id))]).toEqual(WRITER_FAULTS);
});
