import { randomBytes } from 'crypto';
import { gunzipSync } from 'zlib';
import { failure, success } from '../../../../src/runtime/result';
import type { SecretReading } from '../../../../src/runtime/secrets';
import { entryBytes, MAX_ENTRY_BYTES } from '../../../../src/stripe-event-bridge/webhook/runtime/bus-entry';
import { MAX_BODY_BYTES } from '../../../../src/stripe-event-bridge/webhook/runtime/handle-webhook';
import { webhookLog } from '../../../../src/stripe-event-bridge/webhook/runtime/webhook-log';
import { digest, httpApiEvent, SECRET, stripeEvent, stripeSignature } from '../../../harness/stripe';
import { NOW, reading, webhookHarness } from '../../../harness/webhook-harness';

const named = (name: string) => Object.assign(new Error('no'), { name });
const signed = (body: string | Buffer) => httpApiEvent(body, `t=${NOW},v1=${digest(body, NOW)}`);
const signedJson = (event: unknown) => signed(JSON.stringify(event));
/** Secrets of which none signed. */
const UNRELATED = reading('whsec_other');

describe('a signed event', () => {
  test('a signed event is published as received and answered with 200, and its bus event id is known', async () => {
    const text = '{"id":"evt_1", "type":"invoice.paid","n":9007199254740993,"n":1e2,"s":"\\u00e9",' +
      '"__proto__":{"x":1}}\n';
    const { entries, receive } = webhookHarness();
    expect(await receive(signed(text))).toMatchObject({ status: 200, decision: 'Accepted', busEventId: 'bus-event-1' });
    expect(entries).toEqual([{ source: 'stripe.com', detailType: 'invoice.paid', detail: text }]);
  });

  test('the outcome contains the time for verifying and publishing, and facts about the secret', async () => {
    let clock = NOW * 1000;
    const { receive } = webhookHarness({ now: () => new Date(clock += 2) }); // each read of the clock takes 2 ms
    expect(await receive(signed(JSON.stringify(stripeEvent())))).toMatchObject({
      publishMs: 2, verified: { verifyMs: 2, previous: false, refreshed: false, staleSeconds: undefined },
    });
  });

  test('a body in base64 is decoded before it is published', async () => {
    const { entries, receive } = webhookHarness();
    const text = JSON.stringify(stripeEvent({ note: 'é' }));
    expect(await receive(signed(Buffer.from(text)))).toMatchObject({ status: 200 });
    expect(entries[0].detail).toBe(text);
  });

  test.each([
    ['an event of a known type and version', {}, false],
    ['an event of a newer type', { type: 'brand.new' }, true],
    ['an event of a newer version', { api_version: '2999-01-01.zebra' }, true],
    ['an event of an old version', { api_version: '2015-10-16' }, false],
    ['an event without a version', { api_version: null }, false],
    ['a thin event', { object: 'v2.core.event', type: 'v1.customer.created' }, false],
  ])('%s is published, and counted if it is newer than the library', async (_what, over, unknownVersion) => {
    const outcome = await webhookHarness().receive(signedJson(stripeEvent(over)));
    expect(outcome).toMatchObject({ status: 200, decision: 'Accepted', event: { unknownVersion } });
    const counted = webhookLog(outcome, 'request').metrics.map(({ name }) => name).includes('UnknownVersion');
    expect(counted).toBe(unknownVersion);
  });

  test('a thin event is published under its own type', async () => {
    const { entries, receive } = webhookHarness();
    const type = 'v2.core.account[requirements].updated';
    await receive(signedJson({ id: 'evt_2', object: 'v2.core.event', type, created: '2026-11-24T00:00:00Z' }));
    expect(entries[0].detailType).toBe(type);
  });

  test.each([
    ['its type', 'invoice.paid,charge.refunded', 'Accepted'],
    ['its family', 'invoice.,charge.refunded', 'Accepted'],
    ['a type that begins like its type', 'invoice.paid.again', 'Filtered'],
    ['other families', 'invoice_payment.,in', 'Filtered'],
  ])('with a filter for %s (%s), an event of the type invoice.paid is %s', async (_name, eventTypes, decision) => {
    const { entries, receive } = webhookHarness({ eventTypes });
    expect(await receive(signedJson(stripeEvent()))).toMatchObject({ status: 200, decision });
    expect(entries).toHaveLength(decision === 'Accepted' ? 1 : 0);
  });

  test.each([
    ['invoice.paid', 'v1.invoice.paid', 'PayloadStyle'],
    ['invoice.', 'v1.invoice.paid', 'PayloadStyle'],
    ['v1.invoice.paid', 'invoice.paid', 'PayloadStyle'],
    ['v1.invoice.,v1.invoice[', 'invoice.paid', 'PayloadStyle'],
    ['invoice.paid', 'v1.invoice.sent', 'Type'],
    ['invoice.paid', 'v2.invoice.paid', 'Type'],
    ['invoice.paid', 'v1.v1.invoice.paid', 'Type'],
  ])('W22: with a filter for %s, an event of the type %s is filtered out with the reason %s', async (...row) => {
    const [eventTypes, type, reason] = row;
    const { entries, receive } = webhookHarness({ eventTypes });
    expect(await receive(signedJson(stripeEvent({ type }))))
      .toMatchObject({ status: 200, decision: 'Filtered', reason });
    expect(entries).toEqual([]);
  });

  test.each([
    ['all', true, 'Accepted'],
    ['all', false, 'Accepted'],
    ['live', true, 'Accepted'],
    ['live', false, 'Filtered'],
    ['test', true, 'Filtered'],
    ['test', false, 'Accepted'],
    ['live', undefined, 'Accepted'], // without a boolean, the mode is unknown, and the event is not held back
    ['live', 'yes', 'Accepted'],
  ])('in the mode %s, an event with livemode %s is %s', async (mode, livemode, decision) => {
    const { receive } = webhookHarness({ mode });
    expect(await receive(signedJson(stripeEvent({ livemode })))).toMatchObject({ status: 200, decision });
  });

  test.each([
    ['ThrottlingException', 'PublishThrottled'],
    ['TooManyRequestsException', 'PublishThrottled'],
    ['AccessDeniedException', 'PublishDenied'],
    ['NotAuthorizedForSourceException', 'PublishDenied'],
    ['InvalidAccountIdException', 'PublishDenied'],
    ['TimeoutError', 'PublishTimeout'],
    ['AbortError', 'PublishTimeout'],
    ['InternalFailure', 'PublishFailed'],
    ['NoEventId', 'PublishFailed'],
  ])('when the bus fails with %s, the answer is 503, so that Stripe delivers again: %s', async (name, decision) => {
    const { receive } = webhookHarness({ publish: () => failure(named(name)) });
    expect(await receive(signedJson(stripeEvent()))).toMatchObject({ status: 503, decision });
  });

  test.each(['MalformedDetail', 'InvalidArgument'])(
    'an event that the bus can never accept (%s) is stored in quarantine', async (name) => {
      const { entries, receive } = webhookHarness({
        publish: ({ source }) => source === 'stripe.com' ? failure(named(name)) : success('in-quarantine'),
      });
      expect(await receive(signedJson(stripeEvent()))).toMatchObject({
        status: 200, decision: 'Quarantined', reason: 'malformed-detail', busEventId: 'in-quarantine',
      });
      expect(entries[1]).toMatchObject({ source: 'stripe.com.quarantine', detailType: 'malformed-detail' });
    },
  );

  test.each<[string, SecretReading, string]>([
    ['cannot be read', { secrets: [], error: new Error('down') }, 'SecretFetchError'],
    ['has no value yet', { secrets: [], invalid: 'NoValue' }, 'SecretInvalid'],
  ])('when the secret %s, the answer is 503 and nothing is published', async (_name, secrets, decision) => {
    const { entries, receive } = webhookHarness({ secrets });
    expect(await receive(signedJson(stripeEvent()))).toMatchObject({ status: 503, decision });
    expect(entries).toEqual([]);
  });

  test.each<[string, SecretReading, Record<string, unknown>]>([
    ['that cannot be read', { ...UNRELATED, error: new Error('denied') },
      { status: 503, decision: 'SecretFetchError' }],
    ['without a value', { ...UNRELATED, invalid: 'NoValue' },
      { status: 503, decision: 'SecretInvalid', reason: 'NoValue' }],
    ['with a text that is no secret', { ...UNRELATED, invalid: 'NotASecret' },
      { status: 503, decision: 'SecretInvalid', reason: 'NotASecret' }],
    ['that cannot be read and one without a value', { ...UNRELATED, error: new Error('denied'), invalid: 'NoValue' },
      { status: 503, decision: 'SecretFetchError' }],
    ['that is readable and valid', UNRELATED, { status: 400, decision: 'Rejected', reason: 'SignatureMismatch' }],
  ])('N22: a request that no known secret signed is answered by the state of another source %s', async (
    _, secrets, answer,
  ) => {
    const { entries, receive } = webhookHarness({ secrets });
    expect(await receive(signedJson(stripeEvent()))).toMatchObject(answer);
    expect(entries).toEqual([]);
  });

  test('N22: the read that a mismatch causes decides, if it was made', async () => {
    const secrets = { ...UNRELATED, error: new Error('denied') };
    expect(await webhookHarness({ secrets, refreshed: UNRELATED }).receive(signedJson(stripeEvent())))
      .toMatchObject({ status: 400, decision: 'Rejected' });
    expect(await webhookHarness({ secrets, refreshed: reading(SECRET) }).receive(signedJson(stripeEvent())))
      .toMatchObject({ status: 200, decision: 'Accepted' });
  });

  test('N22: a source that cannot be read does not matter for a request that another secret signed', async () => {
    const secrets = reading(SECRET, { error: new Error('denied'), invalid: 'NoValue' });
    expect(await webhookHarness({ secrets }).receive(signedJson(stripeEvent())))
      .toMatchObject({ status: 200, decision: 'Accepted' });
  });

  test('N21: an event that the bus rejects for its size is stored in quarantine as oversize', async () => {
    const { entries, receive } = webhookHarness({
      publish: ({ source }) => source === 'stripe.com' ? failure(named('ValidationException')) : success('q'),
    });
    expect(await receive(signedJson(stripeEvent({ pad: 'x'.repeat(300_000) }))))
      .toMatchObject({ status: 200, decision: 'Quarantined', reason: 'oversize', busEventId: 'q' });
    expect(entries[1]).toMatchObject({ source: 'stripe.com.quarantine', detailType: 'oversize' });
  });

  test('N21: a small event that the bus rejects with ValidationException is answered with 503', async () => {
    const { entries, receive } = webhookHarness({ publish: () => failure(named('ValidationException')) });
    expect(await receive(signedJson(stripeEvent()))).toMatchObject({ status: 503, decision: 'PublishFailed' });
    expect(entries).toHaveLength(1);
  });

  test('N21: an event that is too large for the bus and the quarantine is Oversize, answered with 503', async () => {
    const body = JSON.stringify(stripeEvent({ pad: randomBytes(300_000).toString('base64') }));
    const { receive } = webhookHarness({ publish: () => failure(named('ValidationException')) });
    expect(await receive(signed(body))).toMatchObject({ status: 503, decision: 'Oversize' });
  });

  test.each([
    ['not-utf8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['not-json', '{"id":'],
    ['not-json', '\uFEFF{"id":"evt_1","type":"invoice.paid"}'],
    ['not-object', 'null'],
    ['not-object', '1'],
    ['not-object', '"x"'],
    ['not-object', '[]'],
    ['no-id-or-type', '{"type":"invoice.paid"}'],
    ['no-id-or-type', '{"id":"evt_1","type":1}'],
    ['bad-type', '{"id":"evt_1","type":"a b"}'],
    ['bad-type', `{"id":"evt_1","type":"${'a'.repeat(129)}"}`],
  ])('a signed body that is invalid (%s: %j) is stored unmodified in quarantine', async (reason, body) => {
    const { entries, receive } = webhookHarness();
    expect(await receive(signed(body))).toMatchObject({ status: 200, decision: 'Quarantined', reason });
    expect(entries).toMatchObject([{ source: 'stripe.com.quarantine', detailType: reason }]);
    const detail = JSON.parse(entries[0].detail);
    expect(detail).toMatchObject({ reason, receivedAt: new Date(NOW * 1000).toISOString(), encoding: 'gzip+base64' });
    expect(gunzipSync(Buffer.from(detail.body, 'base64'))).toEqual(Buffer.from(body));
  });

  test('a request that the quarantine cannot store either is answered with 503', async () => {
    const noise = randomBytes(1_500_000); // it does not get smaller by compression
    expect(await webhookHarness().receive(signed(noise))).toMatchObject({ status: 503, decision: 'Oversize' });
    const throttled = webhookHarness({ publish: () => failure(named('ThrottlingException')) });
    expect(await throttled.receive(signed('null'))).toMatchObject({ status: 503, decision: 'PublishThrottled' });
  });

  test('the largest entry is published, and one byte more goes to quarantine', async () => {
    const eventOf = (bytes: number) => {
      const detail = JSON.stringify(stripeEvent({ pad: '' }));
      const frame = entryBytes({ source: 'stripe.com', detailType: 'invoice.paid', detail });
      return signedJson(stripeEvent({ pad: 'x'.repeat(bytes - frame) }));
    };
    const { receive } = webhookHarness();
    expect(await receive(eventOf(MAX_ENTRY_BYTES))).toMatchObject({ status: 200, decision: 'Accepted' });
    expect(await receive(eventOf(MAX_ENTRY_BYTES + 1)))
      .toMatchObject({ status: 200, decision: 'Quarantined', reason: 'oversize' });
  });

  test('an event that is nested 200,000 levels deep is accepted', async () => {
    const deep = `{"id":"evt_1","type":"invoice.paid","a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(await webhookHarness().receive(signed(deep))).toMatchObject({ status: 200, decision: 'Accepted' });
  });
});

describe('a request that Stripe did not sign', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'x'],
    ['headers that are null', { ...signedJson(stripeEvent()), headers: null }],
    ['a body that is not a string', { ...signedJson(stripeEvent()), body: { a: 1 } }],
    ['a header that is a number', { ...signedJson(stripeEvent()), headers: { 'stripe-signature': 1 } }],
    ['no signature', httpApiEvent('{}', undefined)],
    ['an empty body with a valid signature', signed('')],
    ['an old signature', httpApiEvent('{}', stripeSignature('{}', { timestamp: NOW - 301 }))],
    ['a changed body', { ...signed('{}'), body: '{ }' }],
  ])('a request with %s is answered with 400', async (_name, event) => {
    const { entries, receive } = webhookHarness();
    expect(await receive(event)).toMatchObject({ status: 400, decision: 'Rejected' });
    expect(entries).toEqual([]);
  });

  test('a request without a recent, well-formed signature causes no read of the secret', async () => {
    const { receive, secretReads } = webhookHarness();
    await receive(httpApiEvent('{}', undefined));
    await receive(httpApiEvent('{}', 'junk'));
    await receive(httpApiEvent('{}', stripeSignature('{}', { timestamp: NOW + 301 })));
    await receive(httpApiEvent('', stripeSignature('', { timestamp: NOW })));
    await receive(httpApiEvent('x'.repeat(MAX_BODY_BYTES + 1), stripeSignature('{}', { timestamp: NOW })));
    expect(secretReads()).toBe(0);
  });

  test.each([
    ['a recent, well-formed signature', stripeSignature('{}', { timestamp: NOW }), 'WellFormedSignature'],
    ['an old signature', stripeSignature('{}', { timestamp: NOW - 301 }), 'TimestampOutsideTolerance'],
    ['junk as its signature', 'junk', 'MalformedSignature'],
    ['no signature', undefined, 'NoSignature'],
  ])('N20: a body above the limit with %s is TooLarge, and the reason says so', async (_name, header, reason) => {
    expect(await webhookHarness().receive(httpApiEvent('x'.repeat(MAX_BODY_BYTES + 1), header)))
      .toMatchObject({ status: 413, decision: 'TooLarge', reason });
  });

  test('a body above the limit is answered with 413, and one at the limit with 400', async () => {
    const { receive } = webhookHarness();
    const unsigned = (body: string | Buffer) => receive(httpApiEvent(body, undefined));
    expect(await unsigned('x'.repeat(MAX_BODY_BYTES + 1))).toMatchObject({ status: 413 });
    expect(await unsigned(Buffer.alloc(MAX_BODY_BYTES + 1))).toMatchObject({ status: 413 });
    expect(await unsigned('x'.repeat(MAX_BODY_BYTES))).toMatchObject({ status: 400 });
  });
});

describe('the signature header', () => {
  const body = JSON.stringify(stripeEvent());
  const value = `t=${NOW},v1=${digest(body, NOW)}`;
  const multiValueHeaders = { 'stripe-signature': [value] };

  test.each<[string, Record<string, unknown>]>([
    ['as Stripe writes it', { headers: { 'Stripe-Signature': value } }],
    ['in upper case', { headers: { 'STRIPE-SIGNATURE': value } }],
    ['only in multiValueHeaders', { headers: null, multiValueHeaders }],
    ['in multiValueHeaders beside a null in headers', { headers: { 'stripe-signature': null }, multiValueHeaders }],
    ['in several values', { multiValueHeaders: { 'Stripe-Signature': value.split(',') } }],
    ['as a list', { headers: { 'stripe-signature': [value] } }],
    ['in both places', { headers: { 'stripe-signature': value }, multiValueHeaders }],
  ])('the signature header is found %s', async (_name, where) => {
    expect(await webhookHarness().receive({ body, ...where })).toMatchObject({ status: 200 });
  });

  test('two signature headers with different times are rejected', async () => {
    const other = `t=${NOW - 1},v1=${digest(body, NOW - 1)}`;
    const event = { body, multiValueHeaders: { 'stripe-signature': [value, other] } };
    expect(await webhookHarness().receive(event)).toMatchObject({ status: 400, reason: 'MalformedSignature' });
  });
});

describe('the secret that signed', () => {
  const event = signedJson(stripeEvent());

  test('a signature by the previous version of the secret is accepted and reported', async () => {
    const { receive } = webhookHarness({ secrets: reading(SECRET, {}, true) });
    expect(await receive(event)).toMatchObject({ status: 200, verified: { previous: true } });
  });

  test('a signature by a secret that only the read after a mismatch finds is accepted and reported', async () => {
    const { receive, secretReads } = webhookHarness({ secrets: reading('whsec_old'), refreshed: reading(SECRET) });
    expect(await receive(event)).toMatchObject({ status: 200, verified: { refreshed: true } });
    expect(secretReads()).toBe(2);
  });

  test('a signature by a stale secret is accepted, and the age of the secret is reported', async () => {
    const { receive } = webhookHarness({ secrets: reading(SECRET, { staleSeconds: 400 }) });
    expect(await receive(event)).toMatchObject({ status: 200, verified: { staleSeconds: 400 } });
  });

  test('a signature by a secret that neither read finds is rejected', async () => {
    const both = webhookHarness({ secrets: reading('whsec_a'), refreshed: reading('whsec_b') });
    expect(await both.receive(event)).toMatchObject({ status: 400, reason: 'SignatureMismatch' });
    const tooSoon = webhookHarness({ secrets: reading('whsec_a') });
    expect(await tooSoon.receive(event)).toMatchObject({ status: 400, reason: 'SignatureMismatch' });
  });
});
