import { KNOWN_API_VERSION } from '../../../../src/stripe-event-bridge/webhook/runtime/known-event-types';
import { readStripeEvent } from '../../../../src/stripe-event-bridge/webhook/runtime/stripe-event';
import { stripeEvent } from '../../../harness/stripe';

/** Fields of an event that routing and the log need. */

const headOf = (over: Record<string, unknown>) => {
  const read = readStripeEvent(Buffer.from(JSON.stringify(stripeEvent(over))));
  return read.ok ? read.value.head : read.reason;
};

test('mode and account are read as Stripe writes them, and values of other types are ignored', () => {
  expect(headOf({ livemode: true, account: 'acct_1' })).toMatchObject({ livemode: true, account: 'acct_1' });
  expect(headOf({ livemode: false })).toMatchObject({ livemode: false, account: undefined });
  expect(headOf({ livemode: 'true', account: 7 })).toMatchObject({ livemode: undefined, account: undefined });
  expect(headOf({ livemode: null, account: null })).toMatchObject({ livemode: undefined, account: undefined });
});

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['N38', { user_id: 'acct_1' }, 'acct_1'],
  ['N38', { account: 'acct_1', user_id: 'acct_2' }, 'acct_1'],
  ['N38', { account: null, user_id: 'acct_2' }, 'acct_2'],
  ['N38', { account: '', user_id: 7 }, undefined],
  ['N39', { context: 'acct_1' }, 'acct_1'],
  ['N39', { context: 'org_1/acct_1' }, 'acct_1'],
  ['N39', { context: 'org_1/org_2/acct_1' }, 'acct_1'],
  ['N39', { account: 'acct_2', context: 'org_1/acct_1' }, 'acct_2'],
  ['N39', { context: 'org_1' }, undefined],
  ['N39', { context: 'acct_1/org_1' }, undefined],
  ['N39', { context: '' }, undefined],
  ['N39', { context: ['acct_1'] }, undefined],
  ['N39', { object: 'v2.core.event', type: 'v2.core.account.created', context: 'org_1/acct_1' }, 'acct_1'],
])('%s: the account of an event with %j in the log is %s', (_row, over, account) => {
  expect(headOf(over)).toMatchObject({ account });
});

test('the text of an event is the body, unchanged', () => {
  const text = '{"id":"evt_1", "type":"a.b","n":9007199254740993,"n":1e2,"s":"\\u00e9"}\n';
  expect(readStripeEvent(Buffer.from(text))).toMatchObject({ ok: true, value: { text } });
});

test.each<[string, Record<string, unknown>, thin: boolean, unknownVersion: boolean]>([
  ['an event of the known version', { api_version: KNOWN_API_VERSION }, false, false],
  ['an event of the same date', { api_version: `${KNOWN_API_VERSION.slice(0, 10)}.zzz` }, false, false],
  ['an event of an older version', { api_version: '2020-01-01' }, false, false],
  ['an event of a newer version', { api_version: '2099-01-01.basil' }, false, true],
  ['an event without a version', { api_version: null }, false, false],
  ['an event of a newer type', { type: 'brand.new', api_version: null }, false, true],
  ['a thin event', { object: 'v2.core.event', type: 'v1.x', api_version: null }, true, false],
  ['an event of another kind', { object: 'other', type: 'brand.new' }, false, false],
])('%s is recognized: thin or not, newer than the library or not', (_what, over, thin, unknownVersion) => {
  expect(headOf(over)).toMatchObject({ thin, unknownVersion });
});

test.each<[string, string | Buffer]>([
  ['not-utf8', Buffer.from([0xff])],
  ['not-json', '{'],
  ['not-object', '[]'],
  ['not-object', 'null'],
  ['not-object', '"text"'],
  ['no-id-or-type', '{"id":7,"type":"a.b"}'],
  ['no-id-or-type', '{"id":"e","type":7}'],
  ['bad-type', '{"id":"e","type":"a b"}'],
])('the reason %s is given for the body %s', (reason, body) => {
  expect(readStripeEvent(Buffer.from(body))).toEqual({ ok: false, reason });
});
