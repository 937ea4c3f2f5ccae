import { gunzipSync, gzipSync } from 'zlib';
import { ALL_FAULTS, ELSEWHERE, NOT_BUILT } from './fault-ids';
import { WRITER_FAULTS } from './writer-fault-ids';
import { ACCEPTED, awsError, type RecorderAnswer } from '../../harness/recorder';
import { digest, httpApiEvent, restApiEvent, SECRET, stripeEvent } from '../../harness/stripe';
import {
  ENV, onlyCurrent, onlyCurrentOf, SECRET_ARN, type Services, startedWebhook, type StartedWebhook, stored,
} from '../../harness/webhook-bundle';

/**
 * Faults around the built webhook: the answer to Stripe, where the event is afterwards, and which metrics report it.
 *
 * For every fault, an event that was answered 2xx is on the bus, in quarantine, or filtered out. An event that was not
 * is delivered again by Stripe and passes once the fault is over.
 */

jest.setTimeout(60_000);

/** Place of an event after the answer. */
type Place = 'bus' | 'quarantine' | 'filtered' | 'Stripe';

interface Given {
  readonly env?: Record<string, string>;
  /** Answers of the services. `meanwhile` may change them. */
  readonly services?: Services;
  /** Runs between the start and the event. */
  readonly meanwhile?: (webhook: StartedWebhook, services: Services) => Promise<unknown> | void;
  readonly body?: string | Buffer;
  /** Event of the endpoint, where it is not the usual one of an HTTP API. */
  readonly request?: (body: string | Buffer, webhook: { readonly now: number }) => unknown;
  /** Seconds by which the clock that Stripe signs with is behind the real time. */
  readonly behind?: number;
  /** Seconds by which our clock is ahead of the real time, until Stripe's next attempt. */
  readonly ahead?: number;
}

interface Expected {
  readonly status: number;
  readonly place: Place;
  /** Metrics of the line about the request. */
  readonly metrics: Record<string, number>;
  readonly reason?: string;
  /** Calls of PutEvents. By default one for an event on the bus or in quarantine, and none otherwise. */
  readonly puts?: number;
  /** Maximum number of calls of PutEvents, where their timeouts decide how many there are. */
  readonly maxPuts?: number;
  /** Name of the logged error. */
  readonly error?: string;
  /** Whether a timeout is the logged error. */
  readonly timesOut?: boolean;
  /** Minimum number of copies on the bus. */
  readonly copies?: number;
}

type Row = readonly [id: string, what: string, given: Given, expected: Expected];

const OTHER = 'whsec_test_another_secret';
const EVENT = JSON.stringify(stripeEvent());
const THIN = JSON.stringify({
  id: 'evt_1', object: 'v2.core.event', type: 'v1.billing.meter.error_report_triggered', livemode: false,
});

const always = (answer: RecorderAnswer): Services => ({ bus: () => answer });
const once = (answer: RecorderAnswer): Services => ({
  bus: (_call, calls) => calls.length === 1 ? answer : ACCEPTED,
});
const rejectedEntry = (ErrorCode: string): RecorderAnswer =>
  ({ body: { FailedEntryCount: 1, Entries: [{ ErrorCode }] } });
const unreadable = (name: string): Services => ({ secret: () => awsError(name, 400) });
const holding = (text: string): Services => ({ secret: onlyCurrentOf(text) });
const header = (body: string | Buffer, now: number, secret = SECRET) => `t=${now},v1=${digest(body, now, secret)}`;
const signedBy = (...keys: string[]) => (body: string | Buffer, { now }: { now: number }) =>
  httpApiEvent(body, [`t=${now}`, ...keys.map((key) => `v1=${digest(body, now, key)}`)].join(','));
const withHeaders = (headersOf: (body: string | Buffer, now: number) => object): Given['request'] =>
  (body, { now }) => ({ ...httpApiEvent(body, undefined), ...headersOf(body, now) });
const warm = async (webhook: StartedWebhook) =>
  webhook.invoke(httpApiEvent(EVENT, header(EVENT, Math.floor(Date.now() / 1000))));
const eventOf = (over: Record<string, unknown>) => JSON.stringify(stripeEvent(over));
/** Event whose entry has a number of bytes. */
const ofEntrySize = (bytes: number) => {
  const frame = 'stripe.com'.length + 'invoice.paid'.length + eventOf({ pad: '' }).length;
  return eventOf({ pad: 'x'.repeat(bytes - frame) });
};
/** Stores another secret after the first one was read. */
const rolledAfterReading = (current: string): Given['meanwhile'] => async (webhook, services) => {
  await warm(webhook);
  services.secret = onlyCurrentOf(current, 0);
};
/** Lets reads of the secret fail after the first one, and time pass. */
const failingAfterReading = (answer: RecorderAnswer, seconds: number): Given => ({
  meanwhile: async (webhook, services) => {
    await warm(webhook);
    services.secret = () => answer;
    await webhook.advance(seconds);
  },
  behind: -seconds,
});

/** Secrets Manager with an answer for the previous version. By default, the current one is not what tests sign with. */
const withPrevious = (previous: RecorderAnswer, current = OTHER): Services =>
  ({ secret: (stage) => stage === 'AWSCURRENT' ? stored(current) : previous });

/** The main secret did not sign. The answer is about the additional one. */
const withAdditional = (answer: RecorderAnswer): Given => ({
  env: { ...ENV, SIGNING_SECRET_IDS: `${SECRET_ARN},${SECRET_ARN}-connect` },
  services: { secret: (stage, arn) => arn === SECRET_ARN ? onlyCurrentOf(OTHER)(stage) : answer },
});
/** Lets the first comparison of digests throw. */
const BUG = {
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(`
    import crypto from 'node:crypto';
    const { timingSafeEqual } = crypto;
    crypto.timingSafeEqual = () => { crypto.timingSafeEqual = timingSafeEqual; throw new TypeError('bug'); };
  `)}`,
};

const onBus = (metrics: Record<string, number> = {}): Expected =>
  ({ status: 200, place: 'bus', metrics: { Accepted: 1, ...metrics } });
const inQuarantine = (reason: string): Expected =>
  ({ status: 200, place: 'quarantine', metrics: { Quarantined: 1 }, reason });
const atStripe = (metric: string, metrics: Record<string, number> = {}): Expected =>
  ({ status: 503, place: 'Stripe', metrics: { [metric]: 1, ...metrics } });
const rejected = (reason: string, metrics: Record<string, number> = {}): Expected =>
  ({ status: 400, place: 'Stripe', metrics: { Rejected: 1, ...metrics }, reason });
const NOT_VERIFIED = { Signed: 1, Verified: 0 };

const ROWS: Row[] = [
  ['F1', 'Secrets Manager fails at a cold start', { services: unreadable('InternalServiceError') },
    atStripe('SecretFetchError')],
  ['F1', 'Secrets Manager hangs at a cold start', { services: { secret: () => ({ hang: true }) } },
    { ...atStripe('SecretFetchError'), timesOut: true }],
  ['F2', 'Secrets Manager fails when the secret is due to be read again',
    failingAfterReading(awsError('InternalServiceError', 500), 3_900), onBus({ SecretStale: 3_900 })],
  ['F3', 'the secret is rolled in Stripe, which signs with both', { request: signedBy(OTHER, SECRET) }, onBus()],
  ['F4', 'the secret is rolled, ours is cached, and Stripe signs only with the new one',
    { meanwhile: rolledAfterReading(OTHER), request: signedBy(OTHER) }, onBus({ SecretRefreshed: 1 })],
  ['F5', 'the secret is stored before it is rolled in Stripe',
    { services: { secret: (stage) => stored(stage === 'AWSCURRENT' ? OTHER : SECRET) } },
    onBus({ SecretPreviousUsed: 1 })],
  ...(['AccessDeniedException', 'DecryptionFailure', 'InternalServiceError', 'InvalidRequestException']).flatMap(
    (name): Row[] => [
      ['F5', `the previous version, which may have signed, cannot be read: ${name}`,
        { services: withPrevious(awsError(name)) }, { ...atStripe('SecretFetchError'), error: name }],
      ['F5', `the previous version cannot be read, and the current one signed: ${name}`,
        { services: withPrevious(awsError(name), SECRET) }, onBus()],
    ]),
  ['F5', 'the previous version hangs, and may have signed', { services: withPrevious({ hang: true }) },
    { ...atStripe('SecretFetchError'), timesOut: true }],
  ['F5', 'the previous version becomes readable after the first read', {
    services: withPrevious(awsError('InternalServiceError')),
    meanwhile: async (webhook, services) => {
      await webhook.secrets.received(2);
      services.secret = withPrevious(stored(SECRET)).secret;
    },
  }, onBus({ SecretPreviousUsed: 1, SecretRefreshed: 1 })],
  ['F5', 'the previous version is not used, and cannot be read', {
    env: { ...ENV, PREVIOUS_SECRET_SECONDS: '0' }, services: withPrevious(awsError('AccessDeniedException')),
  }, rejected('SignatureMismatch', NOT_VERIFIED)],
  ['F5', 'there is no previous version, and none signed', {
    services: withPrevious(awsError('ResourceNotFoundException')),
  }, rejected('SignatureMismatch', NOT_VERIFIED)],
  ...([
    ['', 'NoValue'], ['   ', 'NoValue'], ['replace me', 'NotASecret'], ['{"endpoint":', 'NotJson'],
    ['{"endpoint":"sk_live_1"}', 'NotASecret'], ['[]', 'NotASecret'],
  ] as const).map(([text, reason]): Row =>
    ['F6', `the text of the secret is '${text}'`, { services: holding(text) },
      { ...atStripe('SecretInvalid'), reason }]),
  ['F7', 'the key of the secret is denied at a cold start', { services: unreadable('AccessDeniedException') },
    atStripe('SecretFetchError')],
  ['F7', 'the key of the secret is disabled after it was read',
    failingAfterReading(awsError('DecryptionFailure'), 400), onBus({ SecretStale: 400 })],
  ['F8', 'PutEvents is throttled', { services: always(awsError('ThrottlingException')) },
    { ...atStripe('PublishThrottled'), puts: 3 }],
  ['F9', 'PutEvents answers 200 and rejects the entry once', { services: once(rejectedEntry('InternalFailure')) },
    { ...onBus(), puts: 2 }],
  ['F9', 'PutEvents answers 200 and rejects the entry every time',
    { services: always(rejectedEntry('InternalFailure')) }, { ...atStripe('PublishFailed'), puts: 3 }],
  ['F10', 'the entry is denied', { services: always(rejectedEntry('NotAuthorizedForSourceException')) },
    { ...atStripe('PublishDenied'), puts: 1 }],
  ['F10', 'the call is denied', { services: always(awsError('AccessDeniedException')) },
    { ...atStripe('PublishDenied'), puts: 1 }],
  ...['MalformedDetail', 'InvalidArgument'].map((code): Row =>
    ['F11', `the bus rejects the entry for good: ${code}`, { services: once(rejectedEntry(code)) },
      { ...inQuarantine('malformed-detail'), puts: 2 }]),
  ['F11', 'the bus rejects the entry for good, and the quarantine too',
    { services: always(rejectedEntry('MalformedDetail')) }, { ...atStripe('PublishFailed'), puts: 2 }],
  ['F11', 'the bus rejects an entry of 300 KB for its size',
    { body: ofEntrySize(300_000), services: once(awsError('ValidationException')) },
    { ...inQuarantine('oversize'), puts: 2 }],
  ['F12', 'PutEvents answers 200 without entries', { services: always({ body: {} }) },
    { ...atStripe('PublishFailed'), puts: 1 }],
  ['F12', 'PutEvents answers 200 without an event id',
    { services: always({ body: { FailedEntryCount: 0, Entries: [{}] } }) },
    { ...atStripe('PublishFailed'), puts: 1 }],
  ['F13', 'PutEvents hangs', { services: always({ hang: true }) },
    { ...atStripe('PublishTimeout'), maxPuts: 3, timesOut: true }],
  ['F14', 'the bus accepts the event, and its answer is too late',
    { services: once({ ...ACCEPTED, delayMs: 2_500 }) }, { ...onBus(), puts: 2, copies: 2 }],
  ['F14', 'the bus accepts the event each time, and each answer is too late',
    { services: always({ ...ACCEPTED, delayMs: 2_500 }) },
    { ...atStripe('PublishTimeout'), maxPuts: 3, timesOut: true }],
  ['F19', 'an entry has the largest size', { body: ofEntrySize(1_000_000) }, onBus()],
  ['F19', 'an entry is one byte too large', { body: ofEntrySize(1_000_001) }, inQuarantine('oversize')],
  ['F20', 'a body is larger than the limit', { body: Buffer.alloc(4_500_001, 0x20) },
    { status: 413, place: 'Stripe', metrics: { TooLarge: 1 }, reason: 'WellFormedSignature' }],
  ['F21', 'a body is compressed, and the signature covers the plain one',
    { request: (body, { now }) => httpApiEvent(gzipSync(body), header(body, now)) },
    rejected('SignatureMismatch', NOT_VERIFIED)],
  ['F22', 'a body is in base64',
    { request: (body, { now }) => httpApiEvent(Buffer.from(body), header(body, now)) }, onBus()],
  ['F23', 'a REST API keeps the spelling of the headers',
    { request: (body, { now }) => restApiEvent(body, header(body, now)) }, onBus()],
  ['F23', 'headers are null, multi-value headers in upper case, and nothing is said about base64', {
    request: (body, { now }) => ({
      headers: null, multiValueHeaders: { 'STRIPE-SIGNATURE': [header(body, now)] }, body,
    }),
  }, onBus()],
  ['F24', 'the header is an array with one time and one valid digest', {
    request: withHeaders((body, now) => ({
      headers: { 'stripe-signature': [`t=${now},v1=${'a'.repeat(64)}`, header(body, now)] },
    })),
  }, onBus()],
  ['F24', 'the header is an array with two different times', {
    request: withHeaders((body, now) => ({
      headers: { 'stripe-signature': [header(body, now), header(body, now - 1)] },
    })),
  }, rejected('MalformedSignature')],
  ['F25', 'a body is not UTF-8', { body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }, inQuarantine('not-utf8')],
  ...([
    ['{"id":', 'not-json'], ['1', 'not-object'], ['null', 'not-object'], ['[]', 'not-object'],
    ['{"id":"evt_1"}', 'no-id-or-type'], ['{"id":"evt_1","type":"a b"}', 'bad-type'],
  ] as const).map(([body, reason]): Row =>
    ['F26', `a signed body is invalid: ${body}`, { body }, inQuarantine(reason)]),
  ['F27', 'a request has no signature', { request: (body) => httpApiEvent(body, undefined) },
    rejected('NoSignature')],
  ['F27', 'a signature is malformed', { request: (body) => httpApiEvent(body, 'bad_header') },
    rejected('MalformedSignature')],
  ['F27', 'a signature is wrong', { request: signedBy(OTHER) }, rejected('SignatureMismatch', NOT_VERIFIED)],
  ['F27', 'a signature is too old', { behind: 301 }, rejected('TimestampOutsideTolerance', NOT_VERIFIED)],
  ['F27', 'a signature is from the future', { behind: -330 },
    rejected('TimestampOutsideTolerance', NOT_VERIFIED)],
  ['F28', 'our clock is an hour fast', { meanwhile: (webhook) => webhook.advance(3_600), ahead: 3_600 },
    rejected('TimestampOutsideTolerance', NOT_VERIFIED)],
  ['F29', 'a type is newer than the library', { body: eventOf({ type: 'brand.new_type' }) },
    onBus({ UnknownVersion: 1 })],
  ['F29', 'an API version is newer than the library', { body: eventOf({ api_version: '2099-01-01.dahlia' }) },
    onBus({ UnknownVersion: 1 })],
  ['F30', 'an event is thin', { body: THIN }, onBus({ Thin: 1 })],
  ['F31', 'an event is of a connected account', { body: eventOf({ account: 'acct_1' }) }, onBus()],
  ['F32', 'a test event arrives at a live endpoint', { env: { ...ENV, MODE: 'live' } }, {
    status: 200, place: 'filtered', metrics: { Filtered: 1, LivemodeMismatch: 1 }, reason: 'LivemodeMismatch',
  }],
  ['W22', 'an event arrives in the thin form of a type that passes', {
    env: { ...ENV, EVENT_TYPES: 'billing.meter.error_report_triggered' }, body: THIN,
  }, { status: 200, place: 'filtered', metrics: { Filtered: 1, PayloadStyle: 1, Thin: 1 }, reason: 'PayloadStyle' }],
  ['F49', 'a connection was closed while the function was frozen', {
    services: { bus: (_call, calls) => calls.length === 2 ? { reset: true } : ACCEPTED },
    meanwhile: warm,
  }, { ...onBus(), puts: 2 }],
  ['F51', 'the secret has the right form and is that of another endpoint', { services: holding(OTHER) },
    rejected('SignatureMismatch', NOT_VERIFIED)],
  ['F53', 'every call of PutEvents fails for a reason that nobody expects',
    { services: always(awsError('InternalException', 500)) },
    { ...atStripe('PublishFailed', { NotPublished: 1, Accepted: 0 }), puts: 3 }],
  ['F53', 'a small entry is rejected with ValidationException',
    { services: always(awsError('ValidationException')) },
    { ...atStripe('PublishFailed', { NotPublished: 1, Accepted: 0 }), puts: 1 }],
  ['F54', 'a bug in the function causes an exception', { env: { ...ENV, ...BUG } },
    { status: 500, place: 'Stripe', metrics: { Failed: 1 } }],
  ['F55', 'an additional secret is denied, and no other one signed', withAdditional(awsError('AccessDeniedException')),
    atStripe('SecretFetchError')],
  ['F55', 'the previous version of an additional secret is denied, and no other one signed', {
    env: { ...ENV, SIGNING_SECRET_IDS: `${SECRET_ARN},${SECRET_ARN}-connect` },
    services: {
      secret: (stage, arn) => arn === SECRET_ARN ? onlyCurrentOf(OTHER)(stage)
        : withPrevious(awsError('AccessDeniedException'), 'whsec_another_one').secret!(stage, arn),
    },
  }, { ...atStripe('SecretFetchError'), error: 'AccessDeniedException' }],
  ['F55', 'an additional secret has no value, and no other one signed',
    withAdditional(awsError('ResourceNotFoundException')), { ...atStripe('SecretInvalid'), reason: 'NoValue' }],
  ['F55', 'an additional secret is invalid, and no other one signed', withAdditional(stored('sk_live_1')),
    { ...atStripe('SecretInvalid'), reason: 'NotASecret' }],
  ['F55', 'an additional secret is valid, and none signed', withAdditional(stored('whsec_another_one')),
    rejected('SignatureMismatch', NOT_VERIFIED)],
  ['F57', 'no type of the endpoint matches the filter', { env: { ...ENV, EVENT_TYPES: 'customer.,charge.succeeded' } },
    { status: 200, place: 'filtered', metrics: { Filtered: 1, Accepted: 0 }, reason: 'Type' }],
];

const running: StartedWebhook[] = [];

afterAll(() => Promise.all(running.map((webhook) => webhook.stop())));

async function start(env?: Record<string, string>, services?: Services): Promise<StartedWebhook> {
  const webhook = await startedWebhook(env, services);
  running.push(webhook);
  return webhook;
}

test.each(ROWS)('%s: no event is lost when %s', async (_id, _what, given, expected) => {
  const started = Date.now() / 1000;
  const services: Services = { ...given.services };
  const webhook = await start(given.env, services);
  const body = given.body ?? EVENT;
  await given.meanwhile?.(webhook, services);
  const before = webhook.bus.calls.length;
  const now = Math.floor(Date.now() / 1000) - (given.behind ?? 0);
  const { statusCode } = await webhook.invoke((given.request ?? signedBy(SECRET))(body, { now }));

  expect(statusCode).toBe(expected.status);
  expectLine(webhook.logs().pop()!, expected, Date.now() / 1000 - started);
  expectPlace(webhook, body, before, expected);
  if (expected.place === 'Stripe' && statusCode !== 413) {
    await passesOnceHealed(webhook, services, body, given);
  }
  await webhook.stop();
});

/** Expects the log line to declare each metric with its value, and to contain the reason and the error. */
function expectLine(line: Record<string, any>, expected: Expected, testSeconds: number): void {
  const { metrics, reason, error, timesOut } = expected;
  const { SecretStale, ...counts } = metrics;
  const declared: string[] = line._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name);
  expect(declared).toEqual(expect.arrayContaining(Object.keys(metrics)));
  expect(line).toMatchObject(counts);
  if (SecretStale !== undefined) {
    expect(line.SecretStale).toBeGreaterThanOrEqual(SecretStale);
    expect(line.SecretStale).toBeLessThanOrEqual(SecretStale + Math.ceil(testSeconds)); // real time passes as well
  }
  expect(line.Reason).toBe(reason);
  if (error !== undefined) {
    expect(line.error).toBe(error);
  }
  if (timesOut) {
    expect(line.error).toMatch(/^(Timeout|Abort)Error$/);
  }
}

function expectPlace(webhook: StartedWebhook, body: string | Buffer, before: number, expected: Expected): void {
  const { place, maxPuts, copies = 1 } = expected;
  const isPublished = place === 'bus' || place === 'quarantine';
  const places = placesOf(webhook, body, before);
  if (maxPuts === undefined) {
    expect(places).toHaveLength(expected.puts ?? (expected.status === 503 || !isPublished ? 0 : 1));
  } else {
    expect(places.length).toBeGreaterThanOrEqual(1);
    expect(places.length).toBeLessThanOrEqual(maxPuts);
  }
  if (isPublished) {
    expect(places.filter((each) => each === place).length).toBeGreaterThanOrEqual(copies);
  }
}

/** Places to which calls of PutEvents sent the body, by the recorder of the bus. */
function placesOf(webhook: StartedWebhook, body: string | Buffer, from: number): Place[] {
  const calls = webhook.bus.calls.slice(from);
  const entries: Array<{ Source: string; Detail: string }> = calls.flatMap((call) => call.body.Entries);
  return entries.map((entry) => {
    if (entry.Source === 'stripe.com.quarantine') {
      expect(gunzipSync(Buffer.from(JSON.parse(entry.Detail).body, 'base64'))).toEqual(Buffer.from(body));
      return 'quarantine';
    }
    expect(entry.Detail).toBe(body.toString());
    return 'bus';
  });
}

/** Expects that Stripe's next attempt, with a new signature, passes when the fault is over. */
async function passesOnceHealed(
  webhook: StartedWebhook, services: Services, body: string | Buffer, given: Given,
): Promise<void> {
  services.bus = () => ACCEPTED;
  services.secret = onlyCurrent;
  const pause = 31; // seconds, after which every read of a secret may be repeated
  await webhook.advance(pause);
  const before = webhook.bus.calls.length;
  const now = Math.floor(Date.now() / 1000) + pause + (given.ahead ?? 0);
  expect(await webhook.invoke(httpApiEvent(body, header(body, now)))).toMatchObject({ statusCode: 200 });
  expect(placesOf(webhook, body, before)).toHaveLength(1);
}

test('F17: a crash of the function gives no answer, and the next attempt passes', async () => {
  const webhook = await start(ENV, always({ hang: true }));
  const now = Math.floor(Date.now() / 1000);
  const answer = webhook.invoke(httpApiEvent(EVENT, header(EVENT, now)));
  const crash = expect(answer).rejects.toThrow('the bundle ended');
  await webhook.bus.received(1); // in the middle of the request
  await webhook.stop();
  await crash;
  const next = await start();
  expect(await next.invoke(httpApiEvent(EVENT, header(EVENT, now)))).toMatchObject({ statusCode: 200 });
  await next.stop();
});

test('F50: nothing runs after the answer', async () => {
  const webhook = await start();
  await warm(webhook);
  const idle = ['PipeWrap', 'TCPSocketWrap', 'TTYWrap']; // the IPC channel, the output, connections that are kept open
  expect((await webhook.resources()).filter((resource) => !idle.includes(resource))).toEqual([]);
  await webhook.stop();
});

test('every fault is tested here, in the table of the writer or elsewhere, or is named as not built', () => {
  const tested = new Set([...ROWS.map(([id]) => id), 'F17', 'F50', ...WRITER_FAULTS, ...Object.keys(ELSEWHERE)]);
  expect(ALL_FAULTS.filter((id) => !tested.has(id) && !(id in NOT_BUILT))).toEqual([]);
  expect(Object.keys(NOT_BUILT).filter((id) => tested.has(id))).toEqual([]);
});
