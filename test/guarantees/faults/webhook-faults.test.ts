import { gunzipSync, gzipSync } from 'zlib';
import { ALL_FAULTS, ELSEWHERE, NOT_BUILT } from './fault-ids';
import { WRITER_FAULTS } from './writer-fault-ids';
import { ACCEPTED, awsError, type RecorderAnswer } from '../../harness/recorder';
import { digest, httpApiEvent, restApiEvent, SECRET, stripeEvent } from '../../harness/stripe';
import { ENV, onlyCurrent, type Services, startedWebhook, type StartedWebhook, stored } from '../../harness/webhook-bundle';

/**
 * What goes wrong around the built webhook, row by row: what Stripe hears, where the event is found afterwards, which metric tells of it.
 *
 * The law behind all rows: what was answered 2xx is on the bus, in quarantine, or filtered on purpose; what was not is sent again by
 * Stripe, and passes once the fault is over.
 */

jest.setTimeout(60_000);

/** Where an event is after the answer. */
type Place = 'bus' | 'quarantine' | 'filtered' | 'Stripe';

interface Given {
  readonly env?: Record<string, string>;
  /** How the services answer; may be changed by `meanwhile`. */
  readonly services?: Services;
  /** What happens between the start and the event. */
  readonly meanwhile?: (webhook: StartedWebhook, services: Services) => Promise<unknown> | void;
  readonly body?: string | Buffer;
  /** The gateway's event, where it is not the HTTP API's usual one. */
  readonly request?: (body: string | Buffer, webhook: { readonly now: number }) => unknown;
  /** The clock that Stripe signs by is this much behind ours. */
  readonly behind?: number;
  /** Our clock is this much ahead of the world's, until Stripe's next attempt finds it put right. */
  readonly ahead?: number;
}

interface Expected {
  readonly status: number;
  readonly place: Place;
  /** Of the line about the request; `SecretStale` and `Verified` are values, the rest counts. */
  readonly metrics?: Record<string, number>;
  readonly withinMs?: number;
  readonly copies?: number;
  readonly puts?: number;
  readonly reason?: string;
}

type Row = readonly [id: string, what: string, given: Given, expected: Expected];

const OTHER = 'whsec_test_another_secret';
const EVENT = JSON.stringify(stripeEvent());
const always = (answer: RecorderAnswer): Services => ({ bus: () => answer });
const refusal = (ErrorCode: string): RecorderAnswer => ({ body: { FailedEntryCount: 1, Entries: [{ ErrorCode }] } });
const unreadable = (name: string): Services => ({ secret: () => awsError(name, 400) });
const holding = (text: string): Services => ({ secret: (stage) => stage === 'AWSCURRENT' ? stored(text) : awsError('ResourceNotFoundException') });
const header = (body: string | Buffer, now: number, secret = SECRET) => `t=${now},v1=${digest(body, now, secret)}`;
const signedBy = (...keys: string[]) => (body: string | Buffer, { now }: { now: number }) =>
  httpApiEvent(body, [`t=${now}`, ...keys.map((key) => `v1=${digest(body, now, key)}`)].join(','));
const warm = async (webhook: StartedWebhook) => webhook.invoke(httpApiEvent(EVENT, header(EVENT, Math.floor(Date.now() / 1000))));
/** An event whose entry has this many bytes. */
const ofEntrySize = (bytes: number) => {
  const empty = JSON.stringify(stripeEvent({ pad: '' }));
  return JSON.stringify(stripeEvent({ pad: 'x'.repeat(bytes - 'stripe.com'.length - 'invoice.paid'.length - empty.length) }));
};
const thin = JSON.stringify({ id: 'evt_1', object: 'v2.core.event', type: 'v1.billing.meter.error_report_triggered', livemode: false });
/** The secret that is stored becomes another one, after the first was read. */
const rolledAfterReading = (current: string, previous?: string): Given['meanwhile'] => async (webhook, services) => {
  await warm(webhook);
  services.secret = (stage) => stage === 'AWSCURRENT' ? stored(current, 0) : previous ? stored(previous) : awsError('ResourceNotFoundException');
};
const onceWith = (answer: RecorderAnswer): Services => ({ bus: (_call, calls) => calls.length === 1 ? answer : ACCEPTED });

const ROWS: Row[] = [
  ['F1', 'Secrets Manager fails at a cold start', { services: unreadable('InternalServiceError') },
    { status: 503, place: 'Stripe', metrics: { SecretFetchError: 1 }, withinMs: 3_000 }],
  ['F1', 'Secrets Manager hangs at a cold start', { services: { secret: () => ({ hang: true }) } },
    { status: 503, place: 'Stripe', metrics: { SecretFetchError: 1 }, withinMs: 3_000 }],
  ['F2', 'Secrets Manager fails when the secret is due to be read again', {
    meanwhile: async (webhook, services) => {
      await warm(webhook);
      services.secret = () => awsError('InternalServiceError', 500);
      await webhook.advance(3_900);
    },
    behind: -3_900,
  }, { status: 200, place: 'bus', metrics: { Accepted: 1, SecretStale: 3_900 } }],
  ['F3', 'the secret is rolled in Stripe, which signs with both', { request: signedBy(OTHER, SECRET) }, { status: 200, place: 'bus', metrics: { Accepted: 1 } }],
  ['F4', 'the secret is rolled, ours is cached, Stripe signs with the new one alone', { meanwhile: rolledAfterReading(OTHER), request: signedBy(OTHER) },
    { status: 200, place: 'bus', metrics: { Accepted: 1, SecretRefreshed: 1 } }],
  ['F5', 'the secret is stored before it is rolled in Stripe', {
    services: { secret: (stage) => stored(stage === 'AWSCURRENT' ? OTHER : SECRET) },
  }, { status: 200, place: 'bus', metrics: { Accepted: 1, SecretPreviousUsed: 1 } }],
  ...['', '   ', 'replace me', '{"endpoint":', '{"endpoint":"sk_live_1"}', '[]'].map((text): Row =>
    ['F6', `the secret reads '${text}'`, { services: holding(text) }, { status: 503, place: 'Stripe', metrics: { SecretInvalid: 1 } }]),
  ['F7', 'the key of the secret is denied at a cold start', { services: unreadable('AccessDeniedException') },
    { status: 503, place: 'Stripe', metrics: { SecretFetchError: 1 }, withinMs: 3_000 }],
  ['F7', 'the key of the secret is disabled after it was read', {
    meanwhile: async (webhook, services) => {
      await warm(webhook);
      services.secret = () => awsError('DecryptionFailure');
      await webhook.advance(400);
    },
    behind: -400,
  }, { status: 200, place: 'bus', metrics: { Accepted: 1, SecretStale: 400 } }],
  ['F8', 'PutEvents is throttled', { services: always(awsError('ThrottlingException')) },
    { status: 503, place: 'Stripe', metrics: { PublishThrottled: 1 }, puts: 3, withinMs: 8_000 }],
  ['F9', 'PutEvents answers 200 and refuses the entry, for a moment', { services: onceWith(refusal('InternalFailure')) },
    { status: 200, place: 'bus', metrics: { Accepted: 1 }, puts: 2 }],
  ['F9', 'PutEvents answers 200 and refuses the entry, again and again', { services: always(refusal('InternalFailure')) },
    { status: 503, place: 'Stripe', metrics: { PublishFailed: 1 }, puts: 3, withinMs: 8_000 }],
  ['F10', 'the entry is denied', { services: always(refusal('NotAuthorizedForSourceException')) },
    { status: 503, place: 'Stripe', metrics: { PublishDenied: 1 }, puts: 1 }],
  ['F10', 'the call is denied', { services: always(awsError('AccessDeniedException')) }, { status: 503, place: 'Stripe', metrics: { PublishDenied: 1 }, puts: 1 }],
  ...['MalformedDetail', 'InvalidArgument'].map((code): Row =>
    ['F11', `the bus refuses the entry for good: ${code}`, { services: onceWith(refusal(code)) },
      { status: 200, place: 'quarantine', metrics: { Quarantined: 1 }, reason: 'malformed-detail' }]),
  ['F11', 'the bus refuses the entry for good, and the quarantine too', { services: always(refusal('MalformedDetail')) },
    { status: 503, place: 'Stripe', metrics: { PublishFailed: 1 } }],
  ['F12', 'PutEvents answers 200 without entries', { services: always({ body: {} }) }, { status: 503, place: 'Stripe', metrics: { PublishFailed: 1 } }],
  ['F12', 'PutEvents answers 200 without an event id', { services: always({ body: { FailedEntryCount: 0, Entries: [{}] } }) },
    { status: 503, place: 'Stripe', metrics: { PublishFailed: 1 } }],
  ['F13', 'PutEvents hangs', { services: always({ hang: true }) }, { status: 503, place: 'Stripe', metrics: { PublishTimeout: 1 }, withinMs: 8_000 }],
  ['F14', 'the bus took the event, and its answer came too late', { services: onceWith({ ...ACCEPTED, delayMs: 2_500 }) },
    { status: 200, place: 'bus', metrics: { Accepted: 1 }, copies: 2 }],
  ['F14', 'the bus took the event each time, and each answer came too late', { services: always({ ...ACCEPTED, delayMs: 2_500 }) },
    { status: 503, place: 'Stripe', metrics: { PublishTimeout: 1 }, withinMs: 8_000 }],
  ['F19', 'an entry at its limit', { body: ofEntrySize(1_000_000) }, { status: 200, place: 'bus', metrics: { Accepted: 1 } }],
  ['F19', 'an entry one byte above its limit', { body: ofEntrySize(1_000_001) },
    { status: 200, place: 'quarantine', metrics: { Quarantined: 1 }, reason: 'oversize' }],
  ['F20', 'a body over the cap', { body: Buffer.alloc(4_500_001, 0x20) }, { status: 413, place: 'Stripe', metrics: { TooLarge: 1 } }],
  ['F21', 'a compressed body: the signature covers the plain one', {
    request: (body, { now }) => httpApiEvent(gzipSync(body), header(body, now)),
  }, { status: 400, place: 'Stripe', metrics: { Rejected: 1 }, reason: 'SignatureMismatch' }],
  ['F22', 'a body in base64', { request: (body, { now }) => httpApiEvent(Buffer.from(body), header(body, now)) },
    { status: 200, place: 'bus', metrics: { Accepted: 1 } }],
  ['F23', 'a REST API\'s event, headers as sent', { request: (body, { now }) => restApiEvent(body, header(body, now)) },
    { status: 200, place: 'bus', metrics: { Accepted: 1 } }],
  ['F23', 'headers null, multi-value headers in capitals, no word on base64', {
    request: (body, { now }) => ({ headers: null, multiValueHeaders: { 'STRIPE-SIGNATURE': [header(body, now)] }, body }),
  }, { status: 200, place: 'bus', metrics: { Accepted: 1 } }],
  ['F24', 'the header in an array: one time, one valid digest', {
    request: (body, { now }) => ({ ...httpApiEvent(body, undefined), headers: { 'stripe-signature': [`t=${now},v1=${'a'.repeat(64)}`, header(body, now)] } }),
  }, { status: 200, place: 'bus', metrics: { Accepted: 1 } }],
  ['F24', 'the header in an array: two times that differ', {
    request: (body, { now }) =>
      ({ ...httpApiEvent(body, undefined), headers: { 'stripe-signature': [header(body, now), header(body, now - 1)] } }),
  }, { status: 400, place: 'Stripe', metrics: { Rejected: 1 }, reason: 'MalformedSignature' }],
  ['F25', 'bytes that are not UTF-8', { body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
    { status: 200, place: 'quarantine', metrics: { Quarantined: 1 }, reason: 'not-utf8' }],
  ...([['{"id":', 'not-json'], ['1', 'not-object'], ['null', 'not-object'], ['[]', 'not-object'], ['{"id":"evt_1"}', 'no-id-or-type'],
    ['{"id":"evt_1","type":"a b"}', 'bad-type']] as const).map(([body, reason]): Row =>
    ['F26', `a signed ${body}`, { body }, { status: 200, place: 'quarantine', metrics: { Quarantined: 1 }, reason }]),
  ['F27', 'no signature', { request: (body) => httpApiEvent(body, undefined) }, { status: 400, place: 'Stripe', metrics: { Rejected: 1 }, reason: 'NoSignature' }],
  ['F27', 'a malformed signature', { request: (body) => httpApiEvent(body, 'bad_header') },
    { status: 400, place: 'Stripe', metrics: { Rejected: 1 }, reason: 'MalformedSignature' }],
  ['F27', 'a wrong signature', { request: signedBy(OTHER) },
    { status: 400, place: 'Stripe', metrics: { Rejected: 1, Signed: 1, Verified: 0 }, reason: 'SignatureMismatch' }],
  ['F27', 'a stale signature', { behind: 301 }, { status: 400, place: 'Stripe', metrics: { Rejected: 1 }, reason: 'TimestampOutsideTolerance' }],
  ['F27', 'a signature from the future', { behind: -310 }, { status: 400, place: 'Stripe', metrics: { Rejected: 1 }, reason: 'TimestampOutsideTolerance' }],
  ['F28', 'our clock is an hour fast', { meanwhile: (webhook) => webhook.advance(3_600), ahead: 3_600 },
    { status: 400, place: 'Stripe', metrics: { Rejected: 1, Signed: 1, Verified: 0 }, reason: 'TimestampOutsideTolerance' }],
  ['F29', 'a type that is newer than the library', { body: JSON.stringify(stripeEvent({ type: 'brand.new_type' })) },
    { status: 200, place: 'bus', metrics: { Accepted: 1, UnknownVersion: 1 } }],
  ['F29', 'an API version that is newer than the library', { body: JSON.stringify(stripeEvent({ api_version: '2099-01-01.dahlia' })) },
    { status: 200, place: 'bus', metrics: { Accepted: 1, UnknownVersion: 1 } }],
  ['F30', 'a thin event', { body: thin }, { status: 200, place: 'bus', metrics: { Accepted: 1, Thin: 1 } }],
  ['F31', 'an event of a connected account', { body: JSON.stringify(stripeEvent({ account: 'acct_1' })) }, { status: 200, place: 'bus', metrics: { Accepted: 1 } }],
  ['F32', 'a test event at a live endpoint', { env: { ...ENV, MODE: 'live' } },
    { status: 200, place: 'filtered', metrics: { Filtered: 1, LivemodeMismatch: 1 } }],
  ['F49', 'the connection went stale while the function was frozen', {
    services: { bus: (_call, calls) => calls.length === 2 ? { reset: true } : ACCEPTED },
    meanwhile: warm,
  }, { status: 200, place: 'bus', metrics: { Accepted: 1 }, puts: 2 }],
  ['F51', 'a secret of the right form, and of another endpoint', { services: holding(OTHER) },
    { status: 400, place: 'Stripe', metrics: { Rejected: 1, Signed: 1, Verified: 0 }, reason: 'SignatureMismatch' }],
];

const running: StartedWebhook[] = [];

afterAll(() => Promise.all(running.map((webhook) => webhook.stop())));

async function start(env?: Record<string, string>, services?: Services): Promise<StartedWebhook> {
  const webhook = await startedWebhook(env, services);
  running.push(webhook);
  return webhook;
}

test.each(ROWS)('%s: %s', async (_id, _what, given, expected) => {
  const services: Services = { ...given.services };
  const webhook = await start(given.env, services);
  const body = given.body ?? EVENT;
  await given.meanwhile?.(webhook, services);
  const before = webhook.bus.calls.length;
  const started = Date.now();
  const now = Math.floor(started / 1000) - (given.behind ?? 0);
  const { statusCode } = await webhook.invoke((given.request ?? signedBy(SECRET))(body, { now }));

  expect(statusCode).toBe(expected.status);
  expect(Date.now() - started).toBeLessThan(expected.withinMs ?? 8_000);
  expect(expected.puts ?? webhook.bus.calls.length - before).toBe(webhook.bus.calls.length - before);
  expectMetrics(webhook.logs().pop()!, expected);
  const places = placesOf(webhook, body, before);
  if (expected.place === 'bus' || expected.place === 'quarantine') {
    expect(places).toContain(expected.place);
    expect(places.filter((place) => place === expected.place).length).toBeGreaterThanOrEqual(expected.copies ?? 1);
  } else if (expected.status === 400 || expected.status === 413 || expected.place === 'filtered') {
    expect(places).toEqual([]);
  }
  if (expected.place === 'Stripe' && statusCode !== 413) {
    await passesOnceHealed(webhook, services, body, given);
  }
  await webhook.stop();
});

/** Each metric has its value, and is declared as a metric, not only written. */
function expectMetrics(line: Record<string, any>, { metrics = {}, reason }: Expected): void {
  const declared: string[] = line._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name);
  for (const [name, value] of Object.entries(metrics)) {
    expect(declared).toContain(name);
    expect(Math.abs(line[name] - value)).toBeLessThanOrEqual(name === 'SecretStale' ? 5 : 0);
  }
  expect(line.Reason).toBe(reason ?? line.Reason);
}

/** Where the bus's own recorder has the bytes. */
function placesOf(webhook: StartedWebhook, body: string | Buffer, from: number): Place[] {
  const entries: Array<{ Source: string; Detail: string }> = webhook.bus.calls.slice(from).flatMap((call) => call.body.Entries);
  return entries.map((entry) => {
    if (entry.Source === 'stripe.com.quarantine') {
      expect(gunzipSync(Buffer.from(JSON.parse(entry.Detail).body, 'base64'))).toEqual(Buffer.from(body));
      return 'quarantine';
    }
    expect(entry.Detail).toBe(body.toString());
    return 'bus';
  });
}

/** Stripe sends it again, signed anew: with the fault gone, it arrives. */
async function passesOnceHealed(webhook: StartedWebhook, services: Services, body: string | Buffer, given: Given): Promise<void> {
  services.bus = () => ACCEPTED;
  services.secret = onlyCurrent;
  const ration = 31; // seconds; beyond it every read may be tried again
  await webhook.advance(ration);
  const before = webhook.bus.calls.length;
  const now = Math.floor(Date.now() / 1000) + ration + (given.ahead ?? 0);
  expect(await webhook.invoke(httpApiEvent(body, header(body, now)))).toMatchObject({ statusCode: 200 });
  expect(placesOf(webhook, body, before)).toHaveLength(1);
}

test('F17: a crash of the function is no answer, and what was on its way passes at the next attempt', async () => {
  const webhook = await start(ENV, always({ hang: true }));
  const now = Math.floor(Date.now() / 1000);
  const answer = webhook.invoke(httpApiEvent(EVENT, header(EVENT, now)));
  setTimeout(() => void webhook.stop(), 200);
  await expect(answer).rejects.toThrow('the bundle ended');
  const next = await start();
  expect(await next.invoke(httpApiEvent(EVENT, header(EVENT, now)))).toMatchObject({ statusCode: 200 });
  await next.stop();
});

test('F50: nothing runs on after the answer', async () => {
  const webhook = await start();
  await warm(webhook);
  const idle = ['PipeWrap', 'TCPSocketWrap', 'TTYWrap']; // our line to it, its output, connections kept alive
  expect((await webhook.resources()).filter((resource) => !idle.includes(resource))).toEqual([]);
  await webhook.stop();
});

test('every row of the fault table is tested, or named with the reason why it is not', () => {
  const tested = new Set([...ROWS.map(([id]) => id), 'F17', 'F50', ...WRITER_FAULTS, ...Object.keys(ELSEWHERE)]);
  expect(ALL_FAULTS.filter((id) => !tested.has(id) && !(id in NOT_BUILT))).toEqual([]);
  expect(Object.keys(NOT_BUILT).filter((id) => tested.has(id))).toEqual([]);
});
