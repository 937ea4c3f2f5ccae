import { readCustomerEvent } from '../../../src/stripe-customer-table/runtime/customer-event';
import { API_VERSION, customerEvent } from '../../harness/stripe';

const created = customerEvent('customer.created');

test('reads everything that the writer needs from a customer event', () => {
  expect(readCustomerEvent({ ...created, livemode: true })).toMatchObject({
    id: 'evt_1',
    type: 'customer.created',
    created: 1_764_000_000,
    apiVersion: API_VERSION,
    livemode: true,
    account: 'self',
    customer: { id: 'cus_1', email: 'ada@example.com' },
  });
});

test.each(['customer.created', 'customer.updated', 'customer.deleted'])('accepts the event type %s', (type) => {
  expect(readCustomerEvent(customerEvent(type)).type).toBe(type);
});

test.each<[string, Record<string, unknown>, string]>([
  ['no account at all', {}, 'self'],
  ['a connected account', { account: 'acct_1' }, 'acct_1'],
  ['a user id, which is the name of `account` before 2017-05-25', { user_id: 'acct_3' }, 'acct_3'],
  ['the context of an organization', { context: 'org_1/acct_2' }, 'acct_2'],
  ['a context that is an account only', { context: 'acct_4' }, 'acct_4'],
  ['a context whose last part is not an account', { context: 'org_1/acct_2/ws_1' }, 'self'],
  ['a context in which the prefix is not at the start of a part', { context: 'org_1/not_acct_2' }, 'self'],
  ['an account and a user id', { account: 'acct_1', user_id: 'acct_3' }, 'acct_1'],
  ['an account and a context', { account: 'acct_1', context: 'org_1/acct_2' }, 'acct_1'],
  ['a user id and a context', { user_id: 'acct_3', context: 'org_1/acct_2' }, 'acct_3'],
  ['an empty account and a user id', { account: '', user_id: 'acct_3' }, 'acct_3'],
  ['an empty account', { account: '' }, 'self'],
  ['accounts that are not strings', { account: 7, user_id: null, context: 7 }, 'self'],
])('finds the account of an event with %s', (_what, over, account) => {
  expect(readCustomerEvent({ ...created, ...over }).account).toBe(account);
});

test.each<[string, unknown]>([
  ['detail is not an object', null],
  ['detail is not an object', 'text'],
  ['detail is not an object', []],
  ['detail.data is not an object', { ...created, data: undefined }],
  ['detail.data.object is not an object', { ...created, data: { object: [] } }],
  ['detail.id is not a string', { ...created, id: '' }],
  ['detail.id is not a string', { ...created, id: 7 }],
  ['detail.type is not one of the three customer events', { ...created, type: 'customer.discount.created' }],
  ['detail.created is not a whole number of seconds', { ...created, created: '2026-11-24' }],
  ['detail.created is not a whole number of seconds', { ...created, created: 1.5 }],
  ['detail.created is not a whole number of seconds', { ...created, created: 100_000_000_000 }],
  ['detail.data.object.id is not a string', { ...created, data: { object: { object: 'customer' } } }],
])('throws because %s, without quoting a value', (message, detail) => {
  expect(() => readCustomerEvent(detail)).toThrow(expect.objectContaining({ message, name: 'NotACustomerEvent' }));
});

test.each(['subscription', 'customer_cash_balance_transaction', 'Customer', '', undefined, null, 7, ['customer']])(
  'N19: throws because detail.data.object is not a customer: %j', (object) => {
    const event = customerEvent('customer.updated', {}, { object });
    expect(() => readCustomerEvent(event)).toThrow(expect.objectContaining({
      name: 'NotACustomerEvent', message: 'detail.data.object is not a customer',
    }));
  },
);

test('reads the last second that cannot be a time in milliseconds', () => {
  expect(readCustomerEvent({ ...created, created: 99_999_999_999 }).created).toBe(99_999_999_999);
});

test('reads an event without a valid API version or mode as one of test mode without a version', () => {
  const event = readCustomerEvent({ ...created, api_version: 7, livemode: 'true' });
  expect(event).toMatchObject({ apiVersion: undefined, livemode: false });
});
