import { readStripeEvent } from '../../../../src/stripe-event-bridge/webhook/runtime/stripe-event';
import { KNOWN_API_VERSION } from '../../../../src/stripe-event-bridge/webhook/runtime/known-events';
import { stripeEvent } from '../../../harness/stripe';

/** As much of an event as routing and the log need. */

const headOf = (over: Record<string, unknown>) => {
  const read = readStripeEvent(Buffer.from(JSON.stringify(stripeEvent(over))));
  return typeof read === 'string' ? read : read.head;
};

test('mode and account are taken as Stripe writes them, and else are not there', () => {
  expect(headOf({ livemode: true, account: 'acct_1' })).toMatchObject({ livemode: true, account: 'acct_1' });
  expect(headOf({ livemode: false })).toMatchObject({ livemode: false, account: undefined });
  expect(headOf({ livemode: 'true', account: 7 })).toMatchObject({ livemode: undefined, account: undefined });
  expect(headOf({ livemode: null, account: null })).toMatchObject({ livemode: undefined, account: undefined });
});

test.each<[string, Record<string, unknown>, boolean, boolean]>([
  ['an event of our days', { api_version: KNOWN_API_VERSION }, false, false],
  ['the same, of another name of its day', { api_version: `${KNOWN_API_VERSION.slice(0, 10)}.zzz` }, false, false],
  ['an event of a day before', { api_version: '2020-01-01' }, false, false],
  ['an event of a day after', { api_version: '2099-01-01.basil' }, false, true],
  ['an event without a version', { api_version: null }, false, false],
  ['a type of tomorrow', { type: 'brand.new', api_version: null }, false, true],
  ['a thin event', { object: 'v2.core.event', type: 'v1.x', api_version: null }, true, false],
  ['something else', { object: 'other', type: 'brand.new' }, false, false],
])('%s', (_what, over, thin, unknownVersion) => {
  expect(headOf(over)).toMatchObject({ thin, unknownVersion });
});

test.each<[string, string | Buffer]>([
  ['not-utf8', Buffer.from([0xff])], ['not-json', '{'], ['not-object', '[]'], ['not-object', 'null'], ['not-object', '"text"'],
  ['no-id-or-type', '{"id":7,"type":"a.b"}'], ['no-id-or-type', '{"id":"e","type":7}'], ['bad-type', '{"id":"e","type":"a b"}'],
])('%s is told of %s', (reason, body) => {
  expect(readStripeEvent(Buffer.from(body))).toBe(reason);
});
