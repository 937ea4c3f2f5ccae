import { digest, httpApiEvent, restApiEvent, stripeSignature } from '../../../harness/stripe';
import { contentOf, webhookHarness } from '../../../harness/webhook-harness';

/**
 * Distinct cases of the webhook test suites of Stripe's SDKs and of Standard Webhooks, in our own words.
 *
 * They run against the whole webhook. A signed body that is not an event is an error there and in quarantine here.
 */

const SUITES = {
  node: 'stripe/stripe-node:test/Webhook.spec.ts',
  go: 'stripe/stripe-go:webhook/client_test.go',
  python: 'stripe/stripe-python:tests/test_webhook.py',
  java: 'stripe/stripe-java:src/test/java/com/stripe/net/WebhookTest.java',
  ruby: 'stripe/stripe-ruby:test/stripe/webhook_test.rb',
  standard: 'standard-webhooks/standard-webhooks:libraries/javascript/src/webhook.test.ts',
  standardGo: 'standard-webhooks/standard-webhooks:libraries/go/webhook_test.go',
  standardRuby: 'standard-webhooks/standard-webhooks:libraries/ruby/spec/webhook_spec.rb',
} as const;

const SECRET = 'whsec_test_secret';
const NOW = 1_764_000_000;
const BODY = '{\n  "id": "evt_test_webhook",\n  "object": "event",\n  "type": "invoice.paid"\n}';
const THIN = JSON.stringify({
  id: 'evt_234',
  object: 'v2.core.event',
  type: 'v1.billing.meter.error_report_triggered',
  created: '2025-10-04T15:13:32.232083866Z',
});
const NOT_JSON = '} I am not valid JSON; 123][';

const v1 = (body: string | Buffer, time: string | number = NOW, secret = SECRET) => `v1=${digest(body, time, secret)}`;
const signed = (body: string | Buffer, time: string | number = NOW, secret = SECRET) =>
  `t=${time},${v1(body, time, secret)}`;
/** Header for the usual body with this text as its only signature. */
const withSignature = (text: string) => `t=${NOW},v1=${text}`;
const BEYOND_ASCII = BODY.replace('webhook', 'wébhook✓');

interface Case {
  readonly header?: string;
  readonly body?: string | Buffer;
  /** Event of the endpoint. By default it is that of an HTTP API with `header` and `body`. */
  readonly event?: unknown;
  readonly tolerance?: number;
  readonly now?: number;
  readonly secret?: string;
}

/** Signed event of an API version. */
function versioned(version: string): Case {
  const body = BODY.replace('"event",', `"event", "api_version": "${version}",`);
  return { body, header: signed(body) };
}

type Row = readonly [suite: keyof typeof SUITES, name: string, expected: string, given: Case];

const ACCEPTED = 'Accepted';
const MISMATCH = 'SignatureMismatch';
const MALFORMED = 'MalformedSignature';
const TOO_OLD = 'TimestampOutsideTolerance';

const CASES: Row[] = [
  ['node', 'a valid body and a valid header', ACCEPTED, { header: signed(BODY) }],
  ['node', 'a header that the SDK generates', ACCEPTED, {
    header: stripeSignature(BODY, { secret: SECRET, timestamp: NOW }),
  }],
  ['node', 'a body that arrives as bytes', ACCEPTED, { event: restApiEvent(Buffer.from(BODY), signed(BODY)) }],
  ['node', 'a signed body that is not JSON', 'not-json', { body: NOT_JSON, header: signed(NOT_JSON) }],
  ['node', 'a header that is one word', MALFORMED, { header: 'bad_header' }],
  ['node', 'a header that is a sentence', MALFORMED, { header: 'I\'m not even a real signature header' }],
  ['node', 'an empty body', 'EmptyBody', { body: '', header: signed('') }],
  ['node', 'no body', 'EmptyBody', { event: { ...httpApiEvent('', signed('')), body: null } }],
  ['node', 'a body that is not a string', 'EmptyBody', { event: { ...httpApiEvent('', signed(BODY)), body: {} } }],
  ['node', 'a header in an array, which counts here because HTTP joins repeated headers', ACCEPTED, {
    event: { ...httpApiEvent(BODY, undefined), headers: { 'stripe-signature': [signed(BODY)] } },
  }],
  ['node', 'a thin event', ACCEPTED, { body: THIN, header: signed(THIN) }],
  ['node', 'an empty header', 'NoSignature', { header: '' }],
  ['node', 'a header that is null', 'NoSignature', {
    event: { ...httpApiEvent(BODY, undefined), headers: { 'stripe-signature': null } },
  }],
  ['node', 'no header', 'NoSignature', {}],
  ['node', 'only a signature of the scheme v0', MALFORMED, { header: `t=${NOW},v0=${digest(BODY, NOW, SECRET)}` }],
  ['node', 'a signature that is a word', MALFORMED, { header: withSignature('bad_signature') }],
  ['node', 'a time 15 s ago with a tolerance of 10 s', TOO_OLD, { header: signed(BODY, NOW - 15), tolerance: 10 }],
  ['node', 'a time 9 s ago with a tolerance of 10 s', ACCEPTED, { header: signed(BODY, NOW - 9), tolerance: 10 }],
  ['node', 'a time 100 s ago with the default tolerance', ACCEPTED, { header: signed(BODY, NOW - 100) }],
  ['node', 'a time 400 s ago with the default tolerance', TOO_OLD, { header: signed(BODY, NOW - 400) }],
  ['node', 'a valid signature and one that is a word', ACCEPTED, { header: `${signed(BODY)},v1=potato` }],
  ['node', 'a time in 1970, which passes there without a tolerance', TOO_OLD, { header: signed(BODY, 12_345) }],
  ['node', 'a secret that ends in a blank, which is trimmed here', ACCEPTED, {
    header: signed(BODY), secret: `${SECRET} `,
  }],
  ['node', 'a time with a fraction', MALFORMED, { header: `t=${NOW}.5,${v1(BODY, `${NOW}.5`)}` }],

  ['go', 'a signed body with an extra bracket', 'not-json', { body: `${BODY}[`, header: signed(`${BODY}[`) }],
  ['go', 'a bare v1 before the time', MALFORMED, { header: 'v1,t=1' }],
  ['go', 'a time without a value', MALFORMED, { header: 't=' }],
  ['go', 'a signature of the wrong length', MALFORMED, {
    header: withSignature(Buffer.from('deadbeef').toString('hex')),
  }],
  ['go', 'an invalid signature of the right length', MISMATCH, { header: withSignature('deadbeef'.repeat(8)) }],
  ['go', 'signatures by old and new secret during a roll, with the old secret stored', ACCEPTED, {
    header: `${signed(BODY)},${v1(BODY, NOW, `${SECRET}_rolled_key`)}`,
  }],
  ['go', 'signatures by old and new secret during a roll, with the new secret stored', ACCEPTED, {
    header: `${signed(BODY)},${v1(BODY, NOW, `${SECRET}_rolled_key`)}`, secret: `${SECRET}_rolled_key`,
  }],
  ['go', 'a time 15 s ago with a tolerance of 20 s', ACCEPTED, { header: signed(BODY, NOW - 15), tolerance: 20 }],
  ['go', 'a time 299 s ago with the default tolerance', ACCEPTED, { header: signed(BODY, NOW - 299) }],
  ['go', 'an API version of a known release train', ACCEPTED, versioned('2099-10-10.basil')],
  ['go', 'an old API version, which is published here', ACCEPTED, versioned('2020-01-01')],
  ['go', 'an API version of an unknown release train', ACCEPTED, versioned('2099-10-10.the_larch')],

  ['python', 'a signed body that is a sentence', 'not-json', {
    body: 'this is not valid JSON', header: signed('this is not valid JSON'),
  }],
  ['python', 'a body as bytes with characters beyond ASCII', ACCEPTED, {
    event: restApiEvent(Buffer.from(BEYOND_ASCII), signed(BEYOND_ASCII)),
  }],

  ['java', 'a time that is not a number', MALFORMED, { header: 't=not_a_number,v1=somesignature' }],
  ['java', 'a time that is not a number, with a valid signature over it', MALFORMED, {
    header: signed(BODY, 'not_a_number'),
  }],
  ['java', 'a time of 1 s at 12 s with a tolerance of 10 s', TOO_OLD, {
    header: signed(BODY, 1), now: 12, tolerance: 10,
  }],
  ['java', 'a time of 11 s at 0 s with a tolerance of 10 s: times in the future pass there', TOO_OLD, {
    header: signed(BODY, 11), now: 0, tolerance: 10,
  }],
  ['java', 'a time of 10 s at 0 s with a tolerance of 10 s', ACCEPTED, {
    header: signed(BODY, 10), now: 0, tolerance: 10,
  }],

  ['ruby', 'a body that ends in a newline', ACCEPTED, { body: `${BODY}\n`, header: signed(`${BODY}\n`) }],
  ['ruby', 'a body whose last newline was lost on the way', MISMATCH, { header: signed(`${BODY}\n`) }],

  ['standard', 'an empty secret', 'SecretInvalid', { header: signed(BODY, NOW, ''), secret: '' }],
  ['standard', 'no time', MALFORMED, { header: v1(BODY) }],
  ['standard', 'a time that is a word', MALFORMED, { header: signed(BODY, 'hello') }],
  ['standard', 'a time without a signature', MALFORMED, { header: `t=${NOW}` }],
  ['standard', 'a part of the signature', MALFORMED, { header: signed(BODY).slice(0, -56) }],
  ['standard', 'a signature without a value', MALFORMED, { header: withSignature('') }],
  ['standard', 'a time one second before the tolerance', TOO_OLD, { header: signed(BODY, NOW - 301) }],
  ['standard', 'a time one second after the tolerance', TOO_OLD, { header: signed(BODY, NOW + 301) }],
  ['standard', 'a valid signature among others, one of them of another scheme', ACCEPTED, {
    header: [
      `t=${NOW}`, v1(BODY, NOW, 'whsec_other'), `v2=${digest(BODY, NOW, SECRET)}`, v1(BODY),
      v1(BODY, NOW, 'whsec_another'),
    ].join(','),
  }],
  ['standard', 'a signature by the secret without its prefix, which is part of the key for Stripe', MISMATCH, {
    header: signed(BODY, NOW, SECRET.replace('whsec_', '')),
  }],
  ['standard', 'a digest that was computed beforehand by openssl', ACCEPTED, {
    body: '{"id":"evt_1","type":"a.b"}',
    now: 1_614_265_330,
    header: 't=1614265330,v1=12a5d629373622ec040b6d300283d4b495145e524e5b6e920cc70d6857bba4a9',
  }],
  ['standardGo', 'a valid signature with another time', MISMATCH, { header: `t=${NOW - 1},${v1(BODY)}` }],
  ['standardRuby', 'a signature that lacks its last character', MALFORMED, { header: signed(BODY).slice(0, -1) }],
];

test.each(CASES)('%s suite: a request with %s has the outcome %s', async (_suite, _name, expected, given) => {
  const { header, body = BODY, event = httpApiEvent(body, header), tolerance, now = NOW, secret = SECRET } = given;
  const { receive, entries } = webhookHarness({
    toleranceSeconds: tolerance,
    now: () => new Date(now * 1000),
    secrets: contentOf(secret),
  });
  const outcome = await receive(event);
  expect('reason' in outcome && outcome.decision !== expected ? outcome.reason : outcome.decision).toBe(expected);
  expect(entries).toHaveLength(expected === ACCEPTED || expected === 'not-json' ? 1 : 0);
  expect(outcome.status).toBe(entries.length === 1 ? 200 : expected === 'SecretInvalid' ? 503 : 400);
});

test('the table has at least 40 different cases, and some of every suite', () => {
  expect(new Set(CASES.map(([, name]) => name)).size).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThanOrEqual(40);
  expect(new Set(CASES.map(([suite]) => suite))).toEqual(new Set(Object.keys(SUITES)));
});
