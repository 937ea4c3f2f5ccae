import { failure, success } from '../../../src/runtime/result';
import { batchHandler, type WriterPorts, type WriterSettings } from '../../../src/stripe-customer-table/runtime/batch';
import { readCustomerEvent } from '../../../src/stripe-customer-table/runtime/customer-event';
import { rowOf } from '../../../src/stripe-customer-table/runtime/row';
import type { RowUpdate } from '../../../src/stripe-customer-table/runtime/writer';
import { customerEvent } from '../../harness/stripe';

const SETTINGS: WriterSettings = { partitionKeyName: 'pk', storeRawEvent: false };

const eventOf = (messageId: string) => customerEvent('customer.created', {}, { id: `cus_${messageId}` });

const messageOf = (messageId: string, detail: unknown = eventOf(messageId)) =>
  ({ messageId, body: JSON.stringify({ detail }) });

const keyOf = (messageId: string) => `self#test#customer#cus_${messageId}`;

/** Handler with ports that record what they are given. `update` replaces the table that accepts every row. */
function recorded(update: WriterPorts['update'] = async () => success(undefined), settings = SETTINGS) {
  const calls = { updates: [] as RowUpdate[], deadlines: [] as AbortSignal[], log: [] as unknown[], started: 0 };
  const handler = batchHandler(settings, {
    deadline: () => {
      calls.started += 1;
      return new AbortController().signal;
    },
    update: (row, deadline) => {
      calls.updates.push(row);
      calls.deadlines.push(deadline);
      return update(row, deadline);
    },
    log: ({ fields }) => calls.log.push(`${fields.messageId} ${fields.decision} ${fields.error ?? ''}`.trim()),
  });
  return { ...calls, calls, handle: (...Records: Array<{ messageId: string; body: string }>) => handler({ Records }) };
}

/** Table that fails for some messages. */
const failingFor = (...ids: string[]): WriterPorts['update'] => async ({ Key }) => {
  if (ids.some((id) => Key.pk === keyOf(id))) {
    throw Object.assign(new Error('no'), { name: 'ThrottlingException' });
  }
  return success(undefined);
};

test('writes the other messages of a batch if one fails, and returns only that one to the queue', async () => {
  const { handle, updates, log } = recorded(failingFor('2'));
  expect(await handle(messageOf('1'), messageOf('2'), messageOf('3'))).toEqual({
    batchItemFailures: [{ itemIdentifier: '2' }],
  });
  expect(updates.map(({ Key }) => Key.pk)).toEqual(['1', '2', '3'].map(keyOf));
  expect(log.sort()).toEqual(['1 Written', '2 WriteError ThrottlingException', '3 Written']);
});

test('returns failed messages in the order of the batch, whichever failed first', async () => {
  const fails: Array<() => void> = [];
  const { handle } = recorded(() => new Promise((_resolve, reject) => fails.unshift(() => reject(new Error('no')))));
  const response = handle(messageOf('1'), messageOf('2'));
  fails.forEach((fail) => fail());
  expect(await response).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '2' }] });
});

test.each([
  ['is not JSON', { messageId: 'bad', body: '{' }, 'SyntaxError'],
  ['has no detail', { messageId: 'bad', body: '{}' }, 'NotACustomerEvent'],
  ['holds another event', messageOf('bad', customerEvent('customer.discount.created')), 'NotACustomerEvent'],
])('returns a message that %s to the queue, and writes the others', async (_what, bad, error) => {
  const { handle, updates, log } = recorded();
  expect(await handle(bad, messageOf('1'))).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
  expect(updates.map(({ Key }) => Key.pk)).toEqual([keyOf('1')]);
  expect(log.sort()).toEqual(['1 Written', `bad WriteError ${error}`]);
});

test('creates one deadline per batch and passes it to every update', async () => {
  const { handle, calls } = recorded();
  await handle(messageOf('1'), messageOf('2'), messageOf('3'));
  expect(calls.started).toBe(1);
  expect(calls.deadlines).toHaveLength(3);
  expect(new Set(calls.deadlines).size).toBe(1);
  await handle(messageOf('4'));
  expect(calls.started).toBe(2);
  expect(new Set(calls.deadlines).size).toBe(2);
});

test('passes the same deadline to the second update, which flags an ambiguous row', async () => {
  const row = rowOf(readCustomerEvent({ ...eventOf('1'), id: 'evt_0' }));
  const results = [failure(row), success(undefined)];
  const { handle, calls } = recorded(async () => results.shift()!);
  expect(await handle(messageOf('1'))).toEqual({ batchItemFailures: [] });
  expect(calls.log).toEqual(['1 Ambiguous']);
  expect(calls.deadlines).toHaveLength(2);
  expect(new Set(calls.deadlines).size).toBe(1);
});

test.each([
  [true, { ':rawEvent': JSON.stringify(eventOf('1')) }],
  [false, {}],
])('keeps the event as JSON text only if storeRawEvent is true: %s', async (storeRawEvent, expected) => {
  const { handle, updates } = recorded(undefined, { partitionKeyName: 'id', storeRawEvent });
  await handle(messageOf('1'));
  const [{ Key, ExpressionAttributeValues: values }] = updates;
  expect(Object.fromEntries(Object.entries(values).filter(([name]) => name === ':rawEvent'))).toEqual(expected);
  expect(Key).toEqual({ id: keyOf('1') });
});

test('answers an empty batch without a failure', async () => {
  expect(await recorded().handle()).toEqual({ batchItemFailures: [] });
});

test('AB15: writes large messages one after the other, and none after the deadline', async () => {
  const large = (id: string) => messageOf(id, { ...eventOf(id), pad: 'x'.repeat(200_000) });
  const deadline = new AbortController();
  const steps: string[] = [];
  const handler = batchHandler(SETTINGS, {
    deadline: () => deadline.signal,
    update: async ({ Key }) => {
      steps.push(`begin ${Key.pk}`);
      await new Promise(setImmediate);
      steps.push(`end ${Key.pk}`);
      if (Key.pk === keyOf('2')) {
        deadline.abort();
      }
      return success(undefined);
    },
    log: ({ fields }) => steps.push(`${fields.messageId} ${fields.decision} ${fields.error ?? ''}`.trim()),
  });
  expect(await handler({ Records: [large('1'), large('2'), large('3')] })).toEqual({
    batchItemFailures: [{ itemIdentifier: '3' }],
  });
  expect(steps).toEqual([
    ...['1', '2'].flatMap((id) => [`begin ${keyOf(id)}`, `end ${keyOf(id)}`, `${id} Written`]),
    '3 WriteError AbortError',
  ]);
});

test.each([{}, { source: 'aws.events', detail: { email: 'ada@example.com' } }])(
  'AB04: rejects an event that is no batch of a queue by name, without its content: %j', async (event) => {
    const handler = batchHandler(SETTINGS, {} as WriterPorts);
    await expect(handler(event as {})).rejects.toThrow(
      'the writer takes messages of SQS, which have Records; got an event without them');
  },
);
