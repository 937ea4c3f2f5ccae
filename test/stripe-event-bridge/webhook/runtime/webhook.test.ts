import { randomBytes } from 'crypto';
import { gunzipSync } from 'zlib';
import { entryBytes, MAX_ENTRY_BYTES } from '../../../../src/stripe-event-bridge/webhook/runtime/stripe-event';
import { MAX_BODY_BYTES } from '../../../../src/stripe-event-bridge/webhook/runtime/webhook';
import { webhookLog } from '../../../../src/stripe-event-bridge/webhook/runtime/webhook-log';
import { digest, httpApiEvent, SECRET, stripeEvent, stripeSignature } from '../../../harness/stripe';
import { NOW, reading, world } from '../../../harness/webhook-harness';

const named = (name: string) => Object.assign(new Error('no'), { name });
const signed = (body: string | Buffer) => httpApiEvent(body, `t=${NOW},v1=${digest(body, NOW)}`);
const signedJson = (event: unknown) => signed(JSON.stringify(event));

describe('a signed event', () => {
  test('goes on the bus as received and is answered 200 with the bus event id known', async () => {
    const text = '{"id":"evt_1", "type":"invoice.paid","n":9007199254740993,"n":1e2,"s":"\\u00e9","__proto__":{"x":1}}\n';
    const { entries, receive } = world();
    expect(await receive(signed(text))).toMatchObject({ status: 200, decision: 'Accepted', busEventId: 'bus-event-1' });
    expect(entries).toEqual([{ source: 'stripe.com', detailType: 'invoice.paid', detail: text }]);
  });

  test('says how long it took to verify and to publish, and that the secret was the current one, as cached', async () => {
    let clock = NOW * 1000;
    const { receive } = world({ now: () => new Date(clock += 2) }); // each look at the clock takes 2 ms
    expect(await receive(signed(JSON.stringify(stripeEvent())))).toMatchObject({
      publishMs: 2, verified: { verifyMs: 2, previous: false, refreshed: false, staleSeconds: undefined },
    });
  });

  test('may come in base64', async () => {
    const { entries, receive } = world();
    const text = JSON.stringify(stripeEvent({ note: 'é' }));
    expect(await receive(signed(Buffer.from(text)))).toMatchObject({ status: 200 });
    expect(entries[0].detail).toBe(text);
  });

  test.each([
    ['a known type and version', {}, false],
    ['a type newer than this library', { type: 'brand.new' }, true],
    ['a version newer than this library', { api_version: '2999-01-01.zebra' }, true],
    ['an old version', { api_version: '2015-10-16' }, false],
    ['no version', { api_version: null }, false],
    ['a thin kind', { object: 'v2.core.event', type: 'v1.customer.created' }, false],
  ])('of %s is published, and counted as unknown if it is', async (_what, over, unknownVersion) => {
    const outcome = await world().receive(signedJson(stripeEvent(over)));
    expect(outcome).toMatchObject({ status: 200, decision: 'Accepted', event: { unknownVersion } });
    const counted = webhookLog(outcome, 'request').metrics.map(({ name }) => name).includes('UnknownVersion');
    expect(counted).toBe(unknownVersion);
  });

  test('of a thin kind goes under its own type', async () => {
    const { entries, receive } = world();
    await receive(signedJson({ id: 'evt_2', object: 'v2.core.event', type: 'v2.core.account[requirements].updated', created: '2026-11-24T00:00:00Z' }));
    expect(entries[0].detailType).toBe('v2.core.account[requirements].updated');
  });

  test.each([
    ['the names', 'invoice.paid,charge.refunded', 'Accepted'],
    ['the family', 'invoice.,charge.refunded', 'Accepted'],
    ['another name', 'invoice.paid.again', 'Filtered'],
    ['another family', 'invoice_payment.,in', 'Filtered'],
  ])('is judged by %s that are wanted', async (_name, wanted, decision) => {
    const { entries, receive } = world({ wanted });
    expect(await receive(signedJson(stripeEvent()))).toMatchObject({ status: 200, decision });
    expect(entries).toHaveLength(decision === 'Accepted' ? 1 : 0);
  });

  test.each([
    ['any', true, 'Accepted'], ['any', false, 'Accepted'], ['true', true, 'Accepted'],
    ['true', false, 'Filtered'], ['false', true, 'Filtered'], ['false', false, 'Accepted'],
    ['true', undefined, 'Accepted'], ['true', 'yes', 'Accepted'], // who cannot be told is not held back
  ])('with livemode %s wanted and %s given is %s', async (livemode, given, decision) => {
    expect(await world({ livemode }).receive(signedJson(stripeEvent({ livemode: given })))).toMatchObject({ status: 200, decision });
  });

  test.each([
    ['ThrottlingException', 'PublishThrottled'], ['TooManyRequestsException', 'PublishThrottled'], ['AccessDeniedException', 'PublishDenied'],
    ['NotAuthorizedForSourceException', 'PublishDenied'], ['InvalidAccountIdException', 'PublishDenied'], ['TimeoutError', 'PublishTimeout'],
    ['AbortError', 'PublishTimeout'], ['InternalFailure', 'PublishFailed'], ['NoEventId', 'PublishFailed'],
  ])('is answered 503 when the bus says %s, so that Stripe delivers it again: %s', async (name, decision) => {
    const { receive } = world({ publish: () => Promise.reject(named(name)) });
    expect(await receive(signedJson(stripeEvent()))).toMatchObject({ status: 503, decision });
  });

  test.each(['MalformedDetail', 'InvalidArgument'])('that the bus will never take (%s) is kept in quarantine', async (name) => {
    const { entries, receive } = world({ publish: ({ source }) => source === 'stripe.com' ? Promise.reject(named(name)) : Promise.resolve('kept') });
    expect(await receive(signedJson(stripeEvent()))).toMatchObject({ status: 200, decision: 'Quarantined', reason: 'malformed-detail', busEventId: 'kept' });
    expect(entries[1]).toMatchObject({ source: 'stripe.com.quarantine', detailType: 'malformed-detail' });
  });

  test.each([
    ['cannot be read', { secrets: [], error: new Error('down') }, 'SecretFetchError'],
    ['has no value yet', { secrets: [] }, 'SecretInvalid'],
  ])('is answered 503 when the secret %s', async (_name, secrets, decision) => {
    const { entries, receive } = world({ secrets });
    expect(await receive(signedJson(stripeEvent()))).toMatchObject({ status: 503, decision });
    expect(entries).toEqual([]);
  });

  test.each([
    ['not-utf8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['not-json', '{"id":'],
    ['not-json', '\uFEFF{"id":"evt_1","type":"invoice.paid"}'],
    ['not-object', 'null'], ['not-object', '1'], ['not-object', '"x"'], ['not-object', '[]'],
    ['no-id-or-type', '{"type":"invoice.paid"}'], ['no-id-or-type', '{"id":"evt_1","type":1}'],
    ['bad-type', '{"id":"evt_1","type":"a b"}'], ['bad-type', `{"id":"evt_1","type":"${'a'.repeat(129)}"}`],
  ])('whose body is %s (%j) is kept whole in quarantine', async (reason, body) => {
    const { entries, receive } = world();
    expect(await receive(signed(body))).toMatchObject({ status: 200, decision: 'Quarantined', reason });
    expect(entries).toMatchObject([{ source: 'stripe.com.quarantine', detailType: reason }]);
    const detail = JSON.parse(entries[0].detail);
    expect(detail).toMatchObject({ reason, receivedAt: new Date(NOW * 1000).toISOString(), encoding: 'gzip+base64' });
    expect(gunzipSync(Buffer.from(detail.body, 'base64'))).toEqual(Buffer.from(body));
  });

  test('that the quarantine cannot keep either is answered 503', async () => {
    const noise = randomBytes(1_500_000);
    expect(await world().receive(signed(noise))).toMatchObject({ status: 503, decision: 'Oversize' });
    expect(await world({ publish: () => Promise.reject(named('ThrottlingException')) }).receive(signed('null'))).toMatchObject({ status: 503, decision: 'PublishThrottled' });
  });

  test('fits the bus to the byte', async () => {
    const eventOf = (bytes: number) => {
      const frame = entryBytes({ source: 'stripe.com', detailType: 'invoice.paid', detail: JSON.stringify(stripeEvent({ pad: '' })) });
      return signedJson(stripeEvent({ pad: 'x'.repeat(bytes - frame) }));
    };
    expect(await world().receive(eventOf(MAX_ENTRY_BYTES))).toMatchObject({ status: 200, decision: 'Accepted' });
    expect(await world().receive(eventOf(MAX_ENTRY_BYTES + 1))).toMatchObject({ status: 200, decision: 'Quarantined', reason: 'oversize' });
  });

  test('may be nested 200,000 levels deep', async () => {
    const deep = `{"id":"evt_1","type":"invoice.paid","a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(await world().receive(signed(deep))).toMatchObject({ status: 200 });
  });
});

describe('a request that Stripe did not sign', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x'],
    ['headers that are null', { ...signedJson(stripeEvent()), headers: null }],
    ['a body that is not a text', { ...signedJson(stripeEvent()), body: { a: 1 } }],
    ['a header that is a number', { ...signedJson(stripeEvent()), headers: { 'stripe-signature': 1 } }],
    ['no signature', httpApiEvent('{}', undefined)],
    ['an empty body, rightly signed', signed('')],
    ['a stale signature', httpApiEvent('{}', stripeSignature('{}', { timestamp: NOW - 301 }))],
    ['a changed body', { ...signed('{}'), body: '{ }' }],
  ])('is answered 400: %s', async (_name, event) => {
    const { entries, receive } = world();
    expect(await receive(event)).toMatchObject({ status: 400, decision: 'Rejected' });
    expect(entries).toEqual([]);
  });

  test('costs no read of the secret while its header is not fresh and well-formed', async () => {
    const { receive, secretReads } = world();
    await receive(httpApiEvent('{}', 'junk'));
    await receive(httpApiEvent('{}', stripeSignature('{}', { timestamp: NOW + 301 })));
    await receive(httpApiEvent('x'.repeat(MAX_BODY_BYTES + 1), stripeSignature('{}', { timestamp: NOW })));
    expect(secretReads()).toBe(0);
  });

  test('is answered 413 above the limit of bytes, and 400 at it', async () => {
    expect(await world().receive(httpApiEvent('x'.repeat(MAX_BODY_BYTES + 1), undefined))).toMatchObject({ status: 413 });
    expect(await world().receive(httpApiEvent(Buffer.alloc(MAX_BODY_BYTES + 1), undefined))).toMatchObject({ status: 413 });
    expect(await world().receive(httpApiEvent('x'.repeat(MAX_BODY_BYTES), undefined))).toMatchObject({ status: 400 });
  });
});

describe('the signature header', () => {
  const body = JSON.stringify(stripeEvent());
  const value = `t=${NOW},v1=${digest(body, NOW)}`;

  test.each<[string, Record<string, unknown>]>([
    ['as Stripe writes it', { headers: { 'Stripe-Signature': value } }],
    ['in upper case', { headers: { 'STRIPE-SIGNATURE': value } }],
    ['in multiValueHeaders alone', { headers: null, multiValueHeaders: { 'stripe-signature': [value] } }],
    ['in multiValueHeaders, where headers has null for it', { headers: { 'stripe-signature': null }, multiValueHeaders: { 'stripe-signature': [value] } }],
    ['in parts', { multiValueHeaders: { 'Stripe-Signature': value.split(',') } }],
    ['as a list', { headers: { 'stripe-signature': [value] } }],
    ['in both places', { headers: { 'stripe-signature': value }, multiValueHeaders: { 'stripe-signature': [value] } }],
  ])('is found %s', async (_name, where) => {
    expect(await world().receive({ body, ...where })).toMatchObject({ status: 200 });
  });

  test('given twice with different times is refused', async () => {
    const other = `t=${NOW - 1},v1=${digest(body, NOW - 1)}`;
    expect(await world().receive({ body, multiValueHeaders: { 'stripe-signature': [value, other] } })).toMatchObject({ status: 400 });
  });
});

describe('the secret that signed', () => {
  const event = signedJson(stripeEvent());

  test('may be the version before the current one, which is counted', async () => {
    expect(await world({ secrets: reading(SECRET, {}, true) }).receive(event)).toMatchObject({ status: 200, verified: { previous: true } });
  });

  test('may be found by the one read that a mismatch forces, which is counted', async () => {
    const outcome = await world({ secrets: reading('whsec_old'), refreshed: reading(SECRET) }).receive(event);
    expect(outcome).toMatchObject({ status: 200, verified: { refreshed: true } });
  });

  test('may be a stale one, whose age is told', async () => {
    const outcome = await world({ secrets: reading(SECRET, { staleSeconds: 400 }) }).receive(event);
    expect(outcome).toMatchObject({ status: 200, verified: { staleSeconds: 400 } });
  });

  test('is refused when neither reading has it', async () => {
    expect(await world({ secrets: reading('whsec_a'), refreshed: reading('whsec_b') }).receive(event)).toMatchObject({ status: 400 });
    expect(await world({ secrets: reading('whsec_a') }).receive(event)).toMatchObject({ status: 400 });
  });
});
