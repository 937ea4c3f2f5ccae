import { usableSecrets } from '../../../../src/runtime/secrets';
import { digest, httpApiEvent, restApiEvent, stripeSignature } from '../../../harness/stripe';
import { world } from '../../../harness/webhook-harness';

/**
 * The distinct cases of the webhook suites of Stripe's SDKs and of Standard Webhooks that apply here, in our own words, over the whole
 * webhook. Where the suite hands a body that is no event to its caller, ours keeps it in quarantine.
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
const THIN = '{"id":"evt_234","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","created":"2025-10-04T15:13:32.232083866Z"}';
const NOT_JSON = '} I am not valid JSON; 123][';

const v1 = (body: string | Buffer, time: string | number = NOW, secret = SECRET) => `v1=${digest(body, time, secret)}`;
const signed = (body: string | Buffer, time: string | number = NOW, secret = SECRET) => `t=${time},${v1(body, time, secret)}`;
const withVersion = (version: string) => BODY.replace('"event",', `"event", "api_version": "${version}",`);

interface Case {
  readonly header?: string;
  readonly body?: string | Buffer;
  /** In the place of the HTTP API's event that `header` and `body` make. */
  readonly event?: unknown;
  readonly tolerance?: number;
  readonly now?: number;
  readonly secret?: string;
}

type Row = readonly [suite: keyof typeof SUITES, name: string, expected: string, given: Case];

const ACCEPTED = 'Accepted';
const MISMATCH = 'SignatureMismatch';
const MALFORMED = 'MalformedSignature';
const TOO_OLD = 'TimestampOutsideTolerance';

const CASES: Row[] = [
  ['node', 'a valid body under a valid header', ACCEPTED, { header: signed(BODY) }],
  ['node', 'the header that the SDK generates', ACCEPTED, { header: stripeSignature(BODY, { secret: SECRET, timestamp: NOW }) }],
  ['node', 'a body that comes as bytes', ACCEPTED, { event: restApiEvent(Buffer.from(BODY), signed(BODY)) }],
  ['node', 'a signed body that is not JSON', 'not-json', { body: NOT_JSON, header: signed(NOT_JSON) }],
  ['node', 'a header that is one word', MALFORMED, { header: 'bad_header' }],
  ['node', 'a header that is a sentence', MALFORMED, { header: 'I\'m not even a real signature header' }],
  ['node', 'an empty body', 'EmptyBody', { body: '', header: signed('') }],
  ['node', 'no body', 'EmptyBody', { event: { ...httpApiEvent('', signed('')), body: null } }],
  ['node', 'a body that is no text', 'EmptyBody', { event: { ...httpApiEvent('', signed(BODY)), body: {} } }],
  ['node', 'a header in an array: HTTP joins what is given twice, so it counts', ACCEPTED, {
    event: { ...httpApiEvent(BODY, undefined), headers: { 'stripe-signature': [signed(BODY)] } },
  }],
  ['node', 'a thin event', ACCEPTED, { body: THIN, header: signed(THIN) }],
  ['node', 'a header that is empty', 'NoSignature', { header: '' }],
  ['node', 'a header that is null', 'NoSignature', { event: { ...httpApiEvent(BODY, undefined), headers: { 'stripe-signature': null } } }],
  ['node', 'no header', 'NoSignature', {}],
  ['node', 'a signature of scheme v0 alone', MALFORMED, { header: `t=${NOW},v0=${digest(BODY, NOW, SECRET)}` }],
  ['node', 'a signature that is a word', MALFORMED, { header: `t=${NOW},v1=bad_signature` }],
  ['node', 'a time 15 s ago where 10 are tolerated', TOO_OLD, { header: signed(BODY, NOW - 15), tolerance: 10 }],
  ['node', 'a time 9 s ago where 10 are tolerated', ACCEPTED, { header: signed(BODY, NOW - 9), tolerance: 10 }],
  ['node', 'a time 100 s ago by default', ACCEPTED, { header: signed(BODY, NOW - 100) }],
  ['node', 'a time 400 s ago by default', TOO_OLD, { header: signed(BODY, NOW - 400) }],
  ['node', 'one valid signature and one that is a word', ACCEPTED, { header: `${signed(BODY)},v1=potato` }],
  ['node', 'a time of 1970, which without a tolerance passes there and never here', TOO_OLD, { header: signed(BODY, 12_345) }],
  ['node', 'a secret with a blank at its end, which we take off as we read it', ACCEPTED, { header: signed(BODY), secret: `${SECRET} ` }],
  ['node', 'a fraction in the time', MALFORMED, { header: `t=${NOW}.5,${v1(BODY, `${NOW}.5`)}` }],

  ['go', 'a signed body with a bracket too many', 'not-json', { body: `${BODY}[`, header: signed(`${BODY}[`) }],
  ['go', 'a bare v1 before the time', MALFORMED, { header: 'v1,t=1' }],
  ['go', 'a time without a value', MALFORMED, { header: 't=' }],
  ['go', 'a signature of the wrong length', MALFORMED, { header: `t=${NOW},v1=${Buffer.from('deadbeef').toString('hex')}` }],
  ['go', 'a signature of the right length that nobody made', MISMATCH, { header: `t=${NOW},v1=${'deadbeef'.repeat(8)}` }],
  ['go', 'signatures by old and new secret while it is rolled: the old one is known', ACCEPTED, {
    header: `${signed(BODY)},${v1(BODY, NOW, `${SECRET}_rolled_key`)}`,
  }],
  ['go', 'signatures by old and new secret while it is rolled: the new one is known', ACCEPTED, {
    header: `${signed(BODY)},${v1(BODY, NOW, `${SECRET}_rolled_key`)}`, secret: `${SECRET}_rolled_key`,
  }],
  ['go', 'a time 15 s ago where 20 are tolerated', ACCEPTED, { header: signed(BODY, NOW - 15), tolerance: 20 }],
  ['go', 'a time 299 s ago by default', ACCEPTED, { header: signed(BODY, NOW - 299) }],
  ['go', 'an API version of the release train', ACCEPTED, { body: withVersion('2099-10-10.basil'), header: signed(withVersion('2099-10-10.basil')) }],
  ['go', 'an old API version: publishing takes every one', ACCEPTED, { body: withVersion('2020-01-01'), header: signed(withVersion('2020-01-01')) }],
  ['go', 'a release train that nobody knows', ACCEPTED, { body: withVersion('2099-10-10.the_larch'), header: signed(withVersion('2099-10-10.the_larch')) }],

  ['python', 'a body that is a sentence, signed', 'not-json', { body: 'this is not valid JSON', header: signed('this is not valid JSON') }],
  ['python', 'a body as bytes with characters beyond ASCII', ACCEPTED, {
    event: restApiEvent(Buffer.from(BODY.replace('webhook', 'wébhook✓')), signed(BODY.replace('webhook', 'wébhook✓'))),
  }],

  ['java', 'a time that is no number', MALFORMED, { header: 't=not_a_number,v1=somesignature' }],
  ['java', 'a time that is no number, under a good signature over it', MALFORMED, { header: signed(BODY, 'not_a_number') }],
  ['java', 'a time of 1 s when it is 12 s, where 10 are tolerated', TOO_OLD, { header: signed(BODY, 1), now: 12, tolerance: 10 }],
  ['java', 'a time of 11 s when it is 0 s, where 10 are tolerated: the future passes there, and never here', TOO_OLD, {
    header: signed(BODY, 11), now: 0, tolerance: 10,
  }],
  ['java', 'a time of 10 s when it is 0 s, where 10 are tolerated', ACCEPTED, { header: signed(BODY, 10), now: 0, tolerance: 10 }],

  ['ruby', 'a body with a line end at its end', ACCEPTED, { body: `${BODY}\n`, header: signed(`${BODY}\n`) }],
  ['ruby', 'a body whose line end was lost on the way', MISMATCH, { header: signed(`${BODY}\n`) }],

  ['standard', 'an empty secret', 'SecretInvalid', { header: signed(BODY, NOW, ''), secret: '' }],
  ['standard', 'no time', MALFORMED, { header: v1(BODY) }],
  ['standard', 'a time that is a word', MALFORMED, { header: signed(BODY, 'hello') }],
  ['standard', 'no signature beside the time', MALFORMED, { header: `t=${NOW}` }],
  ['standard', 'a part of the signature', MALFORMED, { header: signed(BODY).slice(0, -56) }],
  ['standard', 'a signature without a value', MALFORMED, { header: `t=${NOW},v1=` }],
  ['standard', 'a time one second older than is tolerated', TOO_OLD, { header: signed(BODY, NOW - 301) }],
  ['standard', 'a time one second newer than is tolerated', TOO_OLD, { header: signed(BODY, NOW + 301) }],
  ['standard', 'a valid signature among others, of another scheme too', ACCEPTED, {
    header: `t=${NOW},${v1(BODY, NOW, 'whsec_other')},v2=${digest(BODY, NOW, SECRET)},${v1(BODY)},${v1(BODY, NOW, 'whsec_another')}`,
  }],
  ['standard', 'a signature by the secret without its prefix: for Stripe the prefix is part of the key', MISMATCH, {
    header: signed(BODY, NOW, SECRET.replace('whsec_', '')),
  }],
  ['standard', 'a digest that was computed beforehand, by openssl', ACCEPTED, {
    body: '{"id":"evt_1","type":"a.b"}',
    now: 1_614_265_330,
    header: 't=1614265330,v1=12a5d629373622ec040b6d300283d4b495145e524e5b6e920cc70d6857bba4a9',
  }],
  ['standardGo', 'a valid signature with the time of another day', MISMATCH, { header: `t=${NOW - 1},${v1(BODY)}` }],
  ['standardRuby', 'a signature one character short', MALFORMED, { header: signed(BODY).slice(0, -1) }],
];

test.each(CASES)('%s: %s → %s', async (_suite, _name, expected, { header, body = BODY, event, tolerance, now = NOW, secret = SECRET }) => {
  const { receive, entries } = world({
    toleranceSeconds: tolerance, now: () => new Date(now * 1000), secrets: { secrets: usableSecrets(secret, false) },
  });
  const outcome = await receive(event ?? httpApiEvent(body, header));
  expect('reason' in outcome ? outcome.reason : outcome.decision).toBe(expected);
  expect(entries).toHaveLength(expected === ACCEPTED || expected === 'not-json' ? 1 : 0);
  expect(outcome.status).toBe(entries.length === 1 ? 200 : expected === 'SecretInvalid' ? 503 : 400);
});

test('the table has at least 40 cases, all different, of every suite', () => {
  expect(new Set(CASES.map(([, name]) => name)).size).toBe(CASES.length);
  expect(CASES.length).toBeGreaterThanOrEqual(40);
  expect(new Set(CASES.map(([suite]) => suite))).toEqual(new Set(Object.keys(SUITES)));
});
