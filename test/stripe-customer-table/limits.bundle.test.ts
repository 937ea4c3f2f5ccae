import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { success } from '../../src/runtime/result';
import { readCustomerEvent } from '../../src/stripe-customer-table/runtime/customer-event';
import { fitFields } from '../../src/stripe-customer-table/runtime/fit';
import { writeCustomer } from '../../src/stripe-customer-table/runtime/writer';
import { type RunningWriter, startWriter } from '../harness/running-writer';
import { message, newCustomer, startCustomerTable, T } from '../harness/writer-bundle';

/** Customers that do not fit into an item of DynamoDB, written by the built writer to AWS's DynamoDB Local. */

jest.setTimeout(60_000);

let table: Awaited<ReturnType<typeof startCustomerTable>>;
let writer: RunningWriter;
let keeper: RunningWriter;

beforeAll(async () => {
  table = await startCustomerTable();
  writer = await startWriter(table.env);
  keeper = await startWriter({ ...table.env, STORE_RAW_EVENT: 'true' });
});

afterAll(async () => {
  await Promise.all([writer?.stop(), keeper?.stop()]);
  await table?.stop();
});

/** Writes a new customer with these fields. Returns the decision and the row. */
async function written(fields: Record<string, unknown>, by = writer) {
  const ada = newCustomer();
  const decisions = await by.deliver(ada.created(T, fields));
  return { decisions, row: await table.rowOf(ada.pk()) };
}

/** Writes a new customer whose metadata is a JSON text, with keys that an object literal cannot have. */
async function writtenWithMetadata(metadata: string) {
  const ada = newCustomer();
  await writer.deliverBody(message(ada.created(T, { metadata: 'HERE' })).body.replace('"HERE"', metadata));
  return { decision: writer.logs().pop()!.decision, row: await table.rowOf(ada.pk()) };
}

/** Maps in maps, so many that the innermost is at that depth. */
function nested(levels: number): unknown {
  return Array.from({ length: levels - 1 }).reduce<unknown>((inner) => ({ k: inner }), { k: 'v' });
}

const manyKeys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'x'.repeat(500)]));

describe('N16: size', () => {
  const MEDIUM = { description: 150_000, name: 140_000, phone: 130_000 };
  test.each<[string, Record<string, unknown>, string[]]>([
    ['whose description has 450 KB', { description: 'x'.repeat(450_000) }, ['description']],
    ['whose metadata has 500 KB', { metadata: manyKeys(1_000) }, ['metadata']],
    ['whose shipping has 450 KB', { shipping: { address: { line1: 'x'.repeat(450_000) } } }, ['shipping']],
    ['whose preferred_locales have 450 KB', { preferred_locales: Array(90_000).fill('en-GB') }, ['preferred_locales']],
    ['with three medium fields',
      Object.fromEntries(Object.entries(MEDIUM).map(([name, size]) => [name, 'x'.repeat(size)])), ['description']],
    ['with two fields, each of which is too large',
      { description: 'x'.repeat(450_000), metadata: manyKeys(1_000) }, ['description', 'metadata']],
    ['whose description has 150,000 characters of three bytes', { description: '€'.repeat(150_000) }, ['description']],
  ])('a customer %s is written without its largest fields', async (_what, fields, truncatedFields) => {
    const expected = { email: 'ada@example.com', created: T, isDeleted: false };
    const { decisions, row } = await written(fields);
    expect(decisions).toEqual(['Truncated']);
    expect(row).toMatchObject({ ...expected, truncatedFields });
    expect(truncatedFields.filter((name) => name in row!)).toEqual([]);
    const kept = Object.keys(fields).filter((name) => !truncatedFields.includes(name));
    expect(kept.filter((name) => JSON.stringify(row![name]) !== JSON.stringify(fields[name]))).toEqual([]);

    const withRawEvent = await written(fields, keeper);
    expect(withRawEvent.decisions).toEqual(['Truncated']);
    expect(withRawEvent.row).toMatchObject({ ...expected, truncatedFields: [...truncatedFields, 'rawEvent'].sort() });
    expect(withRawEvent.row).not.toHaveProperty('rawEvent');
  });

  test('a raw event that does not fit beside the fields is left out and named, and every field is kept', async () => {
    const ada = newCustomer();
    expect(await keeper.deliver(ada.created(T, {}, { pad: 'x'.repeat(500_000) }))).toEqual(['Truncated']);
    const row = await table.rowOf(ada.pk());
    expect(row).toMatchObject({ truncatedFields: ['rawEvent'], email: 'ada@example.com', metadata: { plan: 'pro' } });
    expect(row).not.toHaveProperty('rawEvent');
  });

  test('a later event that fits makes the row complete again', async () => {
    const ada = newCustomer();
    expect(await writer.deliver(ada.created(T, { description: 'x'.repeat(450_000) }), ada.updated(T + 1)))
      .toEqual(['Truncated', 'Written']);
    expect(await table.rowOf(ada.pk())).not.toHaveProperty('truncatedFields');
  });

  test.each<[string, (size: number) => unknown]>([
    ['text', (size) => 'x'.repeat(size)],
    ['text of four bytes per character', (size) => '😀'.repeat(size / 4)],
    ['a list of booleans', (size) => Array(Math.floor(size / 20)).fill(true)],
    ['a list of long numbers', (size) => Array(Math.floor(size / 20)).fill(-1_234_567_890_123_456)],
    ['maps in a list',
      (size) => Array.from({ length: size / 1_000 }, (_, n) => ({ [`${n}`]: { k: ['x'.repeat(980)] } }))],
  ])('the largest field of %s that the writer keeps fits into an item with the longest keys', async (_what, field) => {
    const keeps = (size: number) => fitFields({ metadata: field(size) }, '').truncated.length === 0;
    let [kept, dropped] = [0, 1_000_000];
    while (dropped - kept > 1) {
      const middle = Math.floor((kept + dropped) / 2);
      [kept, dropped] = keeps(middle) ? [middle, dropped] : [kept, middle];
    }
    // the key of a row can have 2,048 bytes: the rest of it is the account
    const ada = newCustomer();
    const account = `acct_${'1'.repeat(2_048 - ada.pk('acct_').length)}`;
    const bare = { email: null, name: null, phone: null, balance: null, delinquent: null, created: null };
    const event = readCustomerEvent(ada.created(T, { ...bare, metadata: field(kept) }, { account }));
    // without the time limit of the built writer, which such an item reaches on a slow machine
    expect(await writeCustomer(event, { partitionKeyName: 'pk', rawEvent: undefined }, async (update) => {
      await table.documents.send(new UpdateCommand({ TableName: 'customers', ...update }));
      return success(undefined);
    })).toBe('Written');
    expect(await table.rowOf(ada.pk(account))).toMatchObject({ stripeAccount: account, eventCreated: T });
  });
});

describe('N17: depth', () => {
  test.each<[string, string, unknown]>([
    ['discount', '40 nested maps', nested(40)],
    ['metadata', '32 nested maps', nested(32)],
    ['tax', '1,000 nested lists', Array.from({ length: 999 }).reduce<unknown>((inner) => [inner], ['v'])],
    ['shipping', 'maps in lists', [[nested(31)]]],
  ])('a customer whose %s has %s is written with that field as JSON text', async (name, _what, value) => {
    const { decisions, row } = await written({ [name]: value });
    expect(decisions).toEqual(['Truncated']);
    expect(row).toMatchObject({ email: 'ada@example.com', truncatedFields: [name], [name]: JSON.stringify(value) });
  });

  test('a customer whose discount has 31 nested maps is written as it is', async () => {
    const { decisions, row } = await written({ discount: nested(31) });
    expect(decisions).toEqual(['Written']);
    expect(row).toMatchObject({ discount: nested(31) });
  });
});

describe('N18: keys of maps', () => {
  const NAMES = Object.getOwnPropertyNames(Object.prototype).filter((name) => name !== '__proto__');
  const MAPS: Array<[field: string, wrap: (map: unknown) => unknown]> = [
    ['metadata', (map) => map],
    ['address', (map) => map],
    ['shipping', (map) => ({ address: map })],
    ['invoice_settings', (map) => ({ custom_fields: [map] })],
    ['discount', (map) => ({ coupon: { metadata: map } })],
  ];

  test('the names of the prototype of objects are read', () => {
    expect(NAMES).toEqual(expect.arrayContaining(['constructor', 'hasOwnProperty', 'toString', '__defineGetter__']));
  });

  test.each(MAPS)('every name of the prototype of objects is a key like any other in %s', async (field, wrap) => {
    for (const value of ['8', { constructor: '8', a: 'b' }]) {
      const map = wrap({ ...Object.fromEntries(NAMES.map((name) => [name, value])), a: 'b' });
      const { decisions, row } = await written({ [field]: map });
      expect(decisions).toEqual(['Written']);
      expect(JSON.parse(JSON.stringify(row![field]))).toEqual(JSON.parse(JSON.stringify(map)));
    }
  });

  test.each([
    ['__proto__', '__proto__'], ['empty', ''], ['longer than 64 KB', 'x'.repeat(65_537)],
  ])('a key that is %s is dropped, because DynamoDB does not accept it', async (_what, key) => {
    const { decision, row } = await writtenWithMetadata(`{${JSON.stringify(key)}:{"polluted":true},"a":"b"}`);
    expect(decision).toBe('Truncated');
    expect(row).toMatchObject({ truncatedFields: ['metadata'] });
    expect(row!.metadata).toEqual({ a: 'b' });
    expect(Object.keys(row!.metadata as object)).toEqual(['a']);
  });

  test('a key of 32,768 bytes is stored', async () => {
    const metadata = { ['x'.repeat(32_768)]: 'a' };
    const { decisions, row } = await written({ metadata });
    expect([decisions, row!.metadata]).toEqual([['Written'], metadata]);
  });

  test('keys that have a meaning in expressions or in the notation of DynamoDB are stored', async () => {
    const names = ['a.b', '#x', ':y', '[x]', 'length', 'S', 'M', 'NULL', 'toJSON', 'then', 'clé', ' '];
    const metadata = Object.fromEntries(names.map((name) => [name, 'v']));
    expect((await written({ metadata })).row).toMatchObject({ metadata });
  });
});
