import { readHttpRequest } from '../../../../src/stripe-event-bridge/webhook/runtime/http-request';
import { digest, functionUrlEvent, httpApiEvent, restApiEvent, SECRET, stripeEvent } from '../../../harness/stripe';
import { NOW, webhookHarness } from '../../../harness/webhook-harness';

const BODY = JSON.stringify(stripeEvent());
const header = (time: number, secret: string) => `t=${time},v1=${digest(BODY, time, secret)}`;
const GOOD = header(NOW, SECRET);
const WRONG = header(NOW, 'whsec_wrong');
const EARLIER = header(NOW - 5, SECRET);

/** How each kind of endpoint passes a header that a client sends more than once. */
const ENDPOINTS: Record<string, (values: string[]) => object> = {
  'an HTTP API, which joins the values': (values) => httpApiEvent(BODY, values.join(',')),
  'a function URL, which joins the values': (values) => functionUrlEvent(BODY, values.join(',')),
  'an HTTP API with payload format 1.0': (values) => ({
    ...httpApiEvent(BODY, undefined),
    version: '1.0',
    headers: { 'stripe-signature': values.join(',') },
    multiValueHeaders: { 'stripe-signature': values },
  }),
  'a REST API, whose headers have the last value': (values) => ({
    ...restApiEvent(BODY, values.at(-1)), multiValueHeaders: { 'Stripe-Signature': values },
  }),
  'a REST API whose headers have the first value': (values) => ({
    ...restApiEvent(BODY, values[0]), multiValueHeaders: { 'Stripe-Signature': values },
  }),
  'only headers, as arrays': (values) => ({
    ...httpApiEvent(BODY, undefined), headers: { 'Stripe-Signature': values },
  }),
  'only headers, in several spellings': (values) => ({
    ...httpApiEvent(BODY, undefined),
    headers: Object.fromEntries(values.map((value, index) => [['stripe-signature', 'Stripe-Signature'][index], value])),
  }),
  'only multi-value headers': (values) => ({
    ...restApiEvent(BODY, undefined), headers: null, multiValueHeaders: { 'STRIPE-SIGNATURE': values },
  }),
};

const VALUES: Array<[what: string, values: string[], expected: object]> = [
  ['valid', [GOOD], { status: 200 }],
  ['valid, valid', [GOOD, GOOD], { status: 200 }],
  ['valid, wrong', [GOOD, WRONG], { status: 200 }],
  ['wrong, valid', [WRONG, GOOD], { status: 200 }],
  ['wrong', [WRONG], { status: 400, reason: 'SignatureMismatch' }],
  ['wrong, wrong', [WRONG, WRONG], { status: 400, reason: 'SignatureMismatch' }],
  ['valid, valid of another time', [GOOD, EARLIER], { status: 400, reason: 'MalformedSignature' }],
  ['valid of another time, valid', [EARLIER, GOOD], { status: 400, reason: 'MalformedSignature' }],
  ['valid, wrong of another time', [GOOD, header(NOW - 5, 'whsec_wrong')],
    { status: 400, reason: 'MalformedSignature' }],
];

describe.each(Object.entries(ENDPOINTS))('behind %s', (endpoint, eventOf) => {
  test.each(VALUES)(`N35: behind ${endpoint}, the signatures [%s] have one outcome`, async (_, values, expected) => {
    expect(await webhookHarness().receive(eventOf(values))).toMatchObject(expected);
  });
});

test('N35: a value that is in both forms of the headers counts once', () => {
  const event = { ...restApiEvent(BODY, GOOD), multiValueHeaders: { 'Stripe-Signature': [WRONG, GOOD] } };
  expect(readHttpRequest(event).signature?.split(',').sort()).toEqual(`${GOOD},${WRONG}`.split(',').sort());
});
