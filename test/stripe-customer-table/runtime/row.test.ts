import { BOOKKEEPING_ATTRIBUTES, CUSTOMER_FIELDS } from '../../../src/stripe-customer-table/contract';
import { readCustomerEvent } from '../../../src/stripe-customer-table/runtime/customer-event';
import { rowKey, rowOf } from '../../../src/stripe-customer-table/runtime/row';
import { API_VERSION, customerEvent } from '../../harness/stripe';

const updated = (over = {}, customer = {}) => readCustomerEvent(customerEvent('customer.updated', over, customer));
const deleted = () => readCustomerEvent(customerEvent('customer.deleted'));

test.each([
  [{}, 'self#test#customer#cus_1'],
  [{ livemode: true, account: 'acct_1' }, 'acct_1#live#customer#cus_1'],
])('builds the key of a row from account, mode, object and id: %j', (over, key) => {
  expect(rowKey(updated(over))).toBe(key);
  expect(rowOf(updated(over)).customerKey).toBe(key);
});

test.each([
  ['a time in seconds', { created: 7 }, 7],
  ['milliseconds', { created: 1_764_000_000_000 }, undefined],
  ['a simulated time', { created: 7, test_clock: 'clock_1' }, undefined],
  ['no time', { created: null }, undefined],
])('AB13: a row has the creation of its customer if it is a real time in seconds: %s', (_what, customer, expected) => {
  expect(rowOf(updated({}, customer)).objectCreated).toBe(expected);
});

test('gives a row every bookkeeping attribute', () => {
  const row = rowOf(updated({ account: 'acct_1' }));
  expect(Object.fromEntries(BOOKKEEPING_ATTRIBUTES.map((name) => [name, row[name]]))).toEqual({
    objectId: 'cus_1',
    objectCreated: 1_764_000_000,
    stripeAccount: 'acct_1',
    livemode: false,
    customerKey: 'acct_1#test#customer#cus_1',
    eventCreated: 1_764_000_000,
    eventId: 'evt_1',
    eventType: 'customer.updated',
    apiVersion: API_VERSION,
    isDeleted: false,
    isAmbiguous: false,
  });
});

test('gives a row every field of the customer under Stripe\'s own name', () => {
  const customer = Object.fromEntries(CUSTOMER_FIELDS.map((name) => [name, `value of ${name}`]));
  expect(rowOf(updated({}, customer))).toMatchObject(customer);
});

test('leaves out null and empty fields, and keeps zero and false', () => {
  const row = rowOf(updated({}, { name: '', phone: null, balance: 0, delinquent: false }));
  expect(row).toMatchObject({ email: 'ada@example.com', balance: 0, delinquent: false });
  expect([row.name, row.phone]).toEqual([undefined, undefined]);
});

test('N16: keeps a raw event that fits beside the fields, and names it in truncatedFields if it does not', () => {
  const [fits, tooLarge] = ['é'.repeat(194_000), 'é'.repeat(195_000)];
  const short = (row: ReturnType<typeof rowOf>) => ({ ...row, rawEvent: row.rawEvent && `${row.rawEvent}`.length });
  expect(short(rowOf(updated(), fits))).toMatchObject({ rawEvent: fits.length, truncatedFields: undefined });
  expect(short(rowOf(updated(), tooLarge))).toMatchObject({
    rawEvent: undefined, truncatedFields: ['rawEvent'], email: 'ada@example.com',
  });
});

test('N16: names both the raw event and a field if neither fits', () => {
  const event = updated({}, { description: 'x'.repeat(450_000) });
  expect(rowOf(event, 'raw')).toMatchObject({ truncatedFields: ['description', 'rawEvent'], description: undefined });
});

test('N16: does not name a raw event that is not kept', () => {
  const row = rowOf(updated({}, { description: 'x'.repeat(450_000) }));
  expect(row).toMatchObject({ truncatedFields: ['description'], name: 'Ada' });
});

test('leaves neither fields nor the raw event of a deleted customer', () => {
  const tombstone = rowOf(deleted(), 'raw');
  expect(tombstone).toMatchObject({
    objectId: 'cus_1', isDeleted: true, email: undefined, rawEvent: undefined, truncatedFields: undefined,
  });
});

test('does not call a tombstone truncated because its event is large', () => {
  expect(rowOf(deleted(), 'x'.repeat(400_000)).truncatedFields).toBeUndefined();
});
