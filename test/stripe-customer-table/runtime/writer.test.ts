import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { readCustomerEvent } from '../../../src/stripe-customer-table/runtime/customer-event';
import { rowOf, customerKey } from '../../../src/stripe-customer-table/runtime/row';
import { detailOf, detailTextOf } from '../../../src/stripe-customer-table/runtime/message';
import { type RowUpdate, type WriterOutcome, writeCustomer } from '../../../src/stripe-customer-table/runtime/writer';
import { writerLog, writeFailure } from '../../../src/stripe-customer-table/runtime/writer-log';
import { applyUpdate, type Item } from '../../harness/dynamodb-model';
import { customerEvent } from '../../harness/stripe';

/** The pure parts of the writer; what is built of them runs on DynamoDB Local in `upsert.bundle.test.ts`. */

const created = customerEvent('customer.created');
const named = (name: string) => Object.assign(new Error('no'), { name });

describe('an event', () => {
  test('is read with all that the writer needs', () => {
    expect(readCustomerEvent({ ...created, livemode: true })).toMatchObject({
      id: 'evt_1', type: 'customer.created', created: 1_764_000_000, apiVersion: API_VERSION, livemode: true, account: 'self', customer: { id: 'cus_1' },
    });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a connected account', { account: 'acct_1' }, 'acct_1'],
    ['an organization\'s context', { context: 'org_1/acct_2' }, 'acct_2'],
    ['a context that ends in no account', { context: 'org_1/ws_1' }, 'self'],
    ['an account before a context', { account: 'acct_1', context: 'org_1/acct_2' }, 'acct_1'],
    ['an account without a name', { account: '' }, 'self'],
    ['an account that is no text', { account: 7, context: 7 }, 'self'],
  ])('of %s belongs to %j', (_what, over, account) => {
    expect(readCustomerEvent({ ...created, ...over }).account).toBe(account);
  });

  test.each<[string, unknown]>([
    ['detail is not an object', null],
    ['detail is not an object', 'text'],
    ['detail is not an object', []],
    ['detail.data is not an object', { ...created, data: undefined }],
    ['detail.data.object is not an object', { ...created, data: { object: [] } }],
    ['detail.id is not a text', { ...created, id: '' }],
    ['detail.id is not a text', { ...created, id: 7 }],
    ['detail.type is not one of the three customer events', { ...created, type: 'customer.discount.created' }],
    ['detail.created is not a whole number of seconds', { ...created, created: '2026-11-24' }],
    ['detail.created is not a whole number of seconds', { ...created, created: 1.5 }],
    ['detail.data.object.id is not a text', { ...created, data: { object: {} } }],
  ])('is refused when %s', (message, detail) => {
    expect(() => readCustomerEvent(detail)).toThrow(expect.objectContaining({ message, name: 'NotACustomerEvent' }));
  });

  test('without a text for its version, or a yes to live, has none and is not', () => {
    expect(readCustomerEvent({ ...created, api_version: 7, livemode: 'true' })).toMatchObject({ apiVersion: undefined, livemode: false });
  });
});

describe('a row', () => {
  const event = (over = {}, customer = {}) => readCustomerEvent(customerEvent('customer.updated', over, customer));

  test('is kept by account, mode and customer', () => {
    expect(rowKey(event())).toBe('self#test#customer#cus_1');
    expect(rowKey(event({ livemode: true, account: 'acct_1' }))).toBe('acct_1#live#customer#cus_1');
  });

  test('has what is there, and not what is null or empty', () => {
    const item = rowOf(event({}, { name: '', phone: null, balance: 0, delinquent: false }));
    expect(item).toMatchObject({ email: 'ada@example.com', balance: 0, delinquent: false, deleted: false, ambiguous: false, eventType: 'customer.updated' });
    expect([item.name, item.phone]).toEqual([undefined, undefined]);
  });

  test('has the event itself up to 300,000 bytes, and says so beyond', () => {
    const text = 'é'.repeat(150_000);
    expect(rowOf(event(), text)).toMatchObject({ rawEvent: text, truncated: undefined });
    expect(rowOf(event(), `${text}x`)).toMatchObject({ rawEvent: undefined, truncated: true });
  });

  test('of a deleted customer has neither fields nor the event', () => {
    const tombstone = rowOf(readCustomerEvent(customerEvent('customer.deleted')), 'raw');
    expect(tombstone).toMatchObject({ deleted: true, email: undefined, rawEvent: undefined, truncated: undefined, objectId: 'cus_1' });
  });
});

describe('a message', () => {
  test('keeps the digits that JavaScript would round, and leaves other numbers numbers', () => {
    const { large, small, negative } = detailOf('{"detail":{"large":9007199254740993,"small":1.50,"negative":-9007199254740993}}') as Record<string, unknown>;
    expect(large).toEqual(NumberValue.from('9007199254740993'));
    expect(negative).toEqual(NumberValue.from('-9007199254740993'));
    expect(small).toBe(1.5);
  });

  test('leaves a text of digits a text', () => {
    expect(detailOf('{"detail":{"phone":"9007199254740993"}}')).toEqual({ phone: '9007199254740993' });
  });

  test('gives its detail back as text, each number as it was written', () => {
    expect(detailTextOf('{"detail":{"a":1.50,"b":9007199254740993,"c":"1.50"}}')).toBe('{"a":1.50,"b":9007199254740993,"c":"1.50"}');
  });

  test.each(['null', '{}'])('%s has no detail', (body) => {
    expect(detailOf(body)).toBeUndefined();
  });
});

describe('what is decided', () => {
  /** Writes events one after the other into a row of the model. */
  async function decisions(...events: unknown[]): Promise<WriterOutcome[]> {
    let row: Item | undefined;
    const outcomes: WriterOutcome[] = [];
    for (const event of events) {
      outcomes.push(await writeCustomer(readCustomerEvent(event), { partitionKeyName: 'pk', rawEvent: undefined }, {
        update: async (update) => {
          const { applied, item } = applyUpdate(row, update);
          row = item;
          return applied ? 'applied' : item as never;
        },
      }));
    }
    return outcomes;
  }

  const at = (type: string, second: number, id: string, customerCreated = 0) =>
    customerEvent(type, { id, created: second }, { created: customerCreated, name: id });

  test.each<[string, unknown[], WriterOutcome[]]>([
    ['newer, older, the same', [at('customer.updated', 2, 'b'), at('customer.updated', 1, 'a'), at('customer.updated', 2, 'b')], ['Written', 'Stale', 'Duplicate']],
    ['created after an update of its second', [at('customer.updated', 1, 'b'), at('customer.created', 1, 'a')], ['Written', 'Stale']],
    ['created before an update of its second', [at('customer.created', 1, 'a'), at('customer.updated', 1, 'b')], ['Written', 'Written']],
    ['two updates of a second', [at('customer.updated', 1, 'a'), at('customer.updated', 1, 'b')], ['Written', 'Ambiguous']],
    ['two creations of a second', [at('customer.created', 1, 'a'), at('customer.created', 1, 'b')], ['Written', 'Ambiguous']],
    ['an update after a deletion', [at('customer.deleted', 1, 'a'), at('customer.updated', 2, 'b')], ['Written', 'AfterDelete']],
    ['two deletions', [at('customer.deleted', 2, 'a'), at('customer.deleted', 1, 'b'), at('customer.deleted', 3, 'c')], ['Written', 'Stale', 'Written']],
    ['an id that is used again', [at('customer.deleted', 1, 'a'), at('customer.created', 2, 'b', 2), at('customer.deleted', 1, 'a')], ['Written', 'Written', 'Stale']],
  ])('of %s', async (_what, events, outcomes) => {
    expect(await decisions(...events)).toEqual(outcomes);
  });

  test('of a tie that was settled meanwhile is what the row says then', async () => {
    const tie = readCustomerEvent(at('customer.updated', 1, 'b'));
    const rows = [at('customer.updated', 1, 'a'), at('customer.updated', 2, 'c')].map((event) => rowOf(readCustomerEvent(event)));
    expect(await writeCustomer(tie, { partitionKeyName: 'pk', rawEvent: undefined }, { update: async () => rows.shift()! })).toBe('Stale');
  });

  test('of an event too large for its row is Truncated', async () => {
    const outcome = await writeCustomer(readCustomerEvent(created), { partitionKeyName: 'id', rawEvent: 'x'.repeat(300_001) }, {
      update: async ({ Key }) => {
        expect(Key).toEqual({ id: 'self#test#customer#cus_1' });
        return 'applied';
      },
    });
    expect(outcome).toBe('Truncated');
  });
});

describe('a write', () => {
  const writesOf = async (event: unknown, rows: unknown[]) => {
    const updates: RowUpdate[] = [];
    await writeCustomer(readCustomerEvent(event), { partitionKeyName: 'id', rawEvent: undefined }, {
      update: async (update) => {
        updates.push(update);
        return rows.shift() as never;
      },
    });
    return updates;
  };

  test.each(['customer.created', 'customer.updated', 'customer.deleted'])('of %s has every name and value that it uses, and uses all that it has, which DynamoDB demands', async (type) => {
    const [{ UpdateExpression, ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues }] = await writesOf(customerEvent(type), ['applied']);
    const used = [...new Set(`${UpdateExpression} ${ConditionExpression}`.match(/[#:]\w+/g))].sort();
    expect([...Object.keys(ExpressionAttributeNames), ...Object.keys(ExpressionAttributeValues)].sort()).toEqual(used);
    expect(ExpressionAttributeNames).toMatchObject({ '#key': 'id', '#deleted': 'deleted', '#eventId': 'eventId' });
    expect(Object.values(ExpressionAttributeValues)).not.toContain(undefined);
  });

  test.each(['customer.created', 'customer.updated'])('of %s for a customer of unknown age leaves a tombstone alone, by conditions that DynamoDB knows', async (type) => {
    const event = customerEvent(type, {}, { created: undefined });
    const tombstone = { id: 'self#test#customer#cus_1', ...rowOf(readCustomerEvent(customerEvent('customer.deleted', { created: 1 }))) };
    const [update] = await writesOf(event, [tombstone]);
    expect(Object.values(update.ExpressionAttributeValues)).not.toContain(undefined);
    expect(applyUpdate(tombstone, update)).toEqual({ applied: false, item: tombstone });
  });

  test('that flags a tie sets the flag and touches nothing else', async () => {
    const [, flag] = await writesOf(customerEvent('customer.updated', { id: 'evt_2' }), [rowOf(readCustomerEvent(customerEvent('customer.updated'))), 'applied']);
    expect(flag).toEqual({
      Key: { id: 'self#test#customer#cus_1' },
      UpdateExpression: 'SET #ambiguous = :ambiguous',
      ConditionExpression: '#deleted = :false AND #eventCreated = :eventCreated',
      ExpressionAttributeNames: { '#ambiguous': 'ambiguous', '#deleted': 'deleted', '#eventCreated': 'eventCreated' },
      ExpressionAttributeValues: { ':ambiguous': true, ':false': false, ':eventCreated': 1_764_000_000 },
    });
  });

  test('removes what the event has not', async () => {
    const [{ UpdateExpression }] = await writesOf(customerEvent('customer.updated', {}, { phone: null }), ['applied']);
    expect(UpdateExpression).toMatch(/^SET (#\w+ = :\w+, )+#\w+ = :\w+ REMOVE (#\w+, )*#phone(, #\w+)*$/);
  });
});

describe('the log', () => {
  test('says what was decided of which event, and nothing of the customer', () => {
    expect(writerLog('m1', 'Written', readCustomerEvent(created))).toEqual({
      level: 'info',
      fields: { decision: 'Written', messageId: 'm1', eventId: 'evt_1', type: 'customer.created', livemode: false, account: 'self' },
      metrics: [{ name: 'Written', value: 1, unit: 'Count' }],
    });
    expect(writerLog('m1', 'WriteError', undefined, named('Oops')).fields).toMatchObject({ error: 'Oops', messageId: 'm1' });
  });

  test.each([
    ['Truncated', 'warn'], ['Ambiguous', 'warn'], ['WriteError', 'error'], ['WriteDenied', 'error'],
    ['Duplicate', 'info'], ['Stale', 'info'], ['AfterDelete', 'info'],
  ] as const)('tells %s at level %s', (outcome, level) => {
    expect(writerLog('m1', outcome).level).toBe(level);
  });

  test.each([
    ['AccessDeniedException', 'WriteDenied'], ['ResourceNotFoundException', 'WriteDenied'], ['KMSDisabledException', 'WriteDenied'],
    ['UnrecognizedClientException', 'WriteDenied'], ['ThrottlingException', 'WriteError'], ['NotAccessDenied', 'WriteError'],
  ])('tells %s as %s', (name, failure) => {
    expect(writeFailure(named(name))).toBe(failure);
  });
});
