import { requiredEnv } from '../../../../src/runtime/env';
import { errorFacts } from '../../../../src/runtime/errors';
import { renderLog } from '../../../../src/runtime/log';
import { entryBytes, MAX_ENTRY_BYTES } from '../../../../src/stripe-event-bridge/webhook/runtime/stripe-event';
import { INTERNAL_ERROR } from '../../../../src/stripe-event-bridge/webhook/runtime/http-response';
import { EntryNotAccepted, isRefusedForGood, publishFailure } from '../../../../src/stripe-event-bridge/webhook/runtime/publisher';
import { webhookLog } from '../../../../src/stripe-event-bridge/webhook/runtime/webhook-log';

/** What a request leaves behind: the one line, in words and metrics. */

const event = { id: 'evt_1', type: 'a.b', livemode: true, account: 'acct_1', thin: false, unknownVersion: false };
const verified = { verifyMs: 3, previous: false, refreshed: false, staleSeconds: undefined };
const metricsOf = (...args: Parameters<typeof webhookLog>) => Object.fromEntries(webhookLog(...args).metrics.map(({ name, value, unit }) => [name, `${value} ${unit}`]));
type Logged = Parameters<typeof webhookLog>[0];

const OUTCOMES: Array<[Logged, level: string, metrics: Record<string, string>]> = [
  [{ decision: 'Accepted', verified, event, busEventId: 'b', publishMs: 7 }, 'info',
    { Accepted: '1 Count', PublishLatency: '7 Milliseconds', Signed: '1 Count', Verified: '1 Count' }],
  [{ decision: 'Filtered', verified, event, reason: 'LivemodeMismatch' }, 'info', { Filtered: '1 Count', Signed: '1 Count', Verified: '1 Count', LivemodeMismatch: '1 Count' }],
  [{ decision: 'Filtered', verified, event, reason: 'Type' }, 'info', { Filtered: '1 Count', Signed: '1 Count', Verified: '1 Count' }],
  [{ decision: 'Quarantined', verified, reason: 'not-json', busEventId: 'b', publishMs: 0 }, 'error',
    { Quarantined: '1 Count', PublishLatency: '0 Milliseconds', Signed: '1 Count', Verified: '1 Count' }],
  [{ decision: 'PublishFailed', verified: { ...verified, previous: true }, event, error: new Error('x') }, 'error',
    { PublishFailed: '1 Count', Signed: '1 Count', Verified: '1 Count', SecretPreviousUsed: '1 Count' }],
  [{ decision: 'Accepted', verified: { ...verified, refreshed: true, staleSeconds: 9 }, event: { ...event, thin: true, unknownVersion: true }, busEventId: 'b', publishMs: 1 }, 'info', {
    Accepted: '1 Count',
    PublishLatency: '1 Milliseconds',
    Signed: '1 Count',
    Verified: '1 Count',
    SecretRefreshed: '1 Count',
    SecretStale: '9 Seconds',
    Thin: '1 Count',
    UnknownVersion: '1 Count',
  }],
  [{ decision: 'Rejected', reason: 'SignatureMismatch' }, 'warn', { Refused: '1 Count', Signed: '1 Count', Verified: '0 Count' }],
  [{ decision: 'Rejected', reason: 'TimestampOutsideTolerance' }, 'warn', { Refused: '1 Count', Signed: '1 Count', Verified: '0 Count' }],
  [{ decision: 'Rejected', reason: 'NoSignature' }, 'warn', { Refused: '1 Count' }],
  [{ decision: 'TooLarge' }, 'warn', { TooLarge: '1 Count' }],
  [{ decision: 'SecretInvalid' }, 'error', { SecretInvalid: '1 Count' }],
  [{ decision: 'SecretFetchError', error: new Error('x') }, 'error', { SecretFetchError: '1 Count' }],
  [{ decision: 'Oversize', verified, event }, 'error', { Oversize: '1 Count', Signed: '1 Count', Verified: '1 Count' }],
  [{ decision: 'Failed', error: 'text' }, 'error', { Failed: '1 Count' }],
];

test.each(OUTCOMES)('%j is told at level %s, with its metrics and no others', (outcome, level, metrics) => {
  expect(webhookLog(outcome, 'r1').level).toBe(level);
  expect(metricsOf(outcome, 'r1')).toEqual(metrics);
});

test('a line names the event, the request and the bus event, and the reason as a dimension', () => {
  const { fields, reason } = webhookLog({ decision: 'Quarantined', verified, event, reason: 'oversize', busEventId: 'b', publishMs: 7 }, 'r1');
  expect({ ...fields, reason }).toEqual({
    decision: 'Quarantined', requestId: 'r1', eventId: 'evt_1', type: 'a.b', livemode: true, account: 'acct_1', verifyMs: 3, busEventId: 'b', reason: 'oversize',
  });
  expect(webhookLog({ decision: 'TooLarge' }, 'r1')).toMatchObject({ reason: undefined, fields: { eventId: undefined, verifyMs: undefined } });
});

test('an error is logged by its name and what the SDK counted, never by its message', () => {
  const error = Object.assign(new Error('payload'), { name: 'Throttling', $metadata: { httpStatusCode: 400, attempts: 3 } });
  expect(webhookLog({ decision: 'PublishThrottled', verified, event, error }, 'r').fields).toMatchObject({ error: 'Throttling', httpStatus: 400, attempts: 3 });
  expect([errorFacts(undefined).error, errorFacts('text').error, errorFacts({ name: 7 }).error]).toEqual(['undefined', 'string', 'object']);
});

test('a rendered line is a document of the embedded metric format', () => {
  const line = { level: 'info', fields: { a: 1, b: undefined }, metrics: [{ name: 'M', value: 2, unit: 'Count' }] } as const;
  const time = new Date(1_764_000_000_000);
  expect(JSON.parse(renderLog(line, 'fn', time))).toEqual({
    time: '2025-11-24T16:00:00.000Z',
    level: 'info',
    a: 1,
    FunctionName: 'fn',
    M: 2,
    _aws: {
      Timestamp: 1_764_000_000_000,
      CloudWatchMetrics: [{ Namespace: 'StripeEventBridge', Dimensions: [['FunctionName']], Metrics: [{ Name: 'M', Unit: 'Count' }] }],
    },
  });
  expect(JSON.parse(renderLog({ ...line, reason: 'why' }, 'fn', time))).toMatchObject({
    Reason: 'why', _aws: { CloudWatchMetrics: [{ Dimensions: [['FunctionName'], ['FunctionName', 'Reason']] }] },
  });
});

test.each([
  ['ThrottlingException', 'PublishThrottled'], ['TooManyRequestsException', 'PublishThrottled'], ['LimitExceededException', 'PublishThrottled'],
  ['AccessDeniedException', 'PublishDenied'], ['NotAuthorizedForDetailTypeException', 'PublishDenied'], ['InvalidAccountIdException', 'PublishDenied'],
  ['TimeoutError', 'PublishTimeout'], ['AbortError', 'PublishTimeout'],
  ['InternalException', 'PublishFailed'], ['NoThrottling', 'PublishFailed'], ['NotAccessDenied', 'PublishFailed'], ['NoTimeout', 'PublishFailed'], ['', 'PublishFailed'],
])('a failure named %j is %s', (name, failure) => {
  expect(publishFailure(name)).toBe(failure);
});

test('an entry that is refused is tried again only for what passes by itself', () => {
  const refused = (code?: string) => new EntryNotAccepted(code);
  expect(['InternalFailure', 'ThrottlingException', 'MalformedDetail', undefined].map((code) => refused(code).retryable)).toEqual([true, true, false, false]);
  expect([refused().name, refused('X').name, refused('X').message]).toEqual(['NoEventId', 'X', 'the bus did not accept the entry']);
  expect(['MalformedDetail', 'InvalidArgument', 'InternalFailure'].map(isRefusedForGood)).toEqual([true, true, false]);
});

test('the size of an entry is that of its source, its type and its detail, in bytes', () => {
  expect(entryBytes({ source: 'ab', detailType: 'é', detail: '{}x' })).toBe(2 + 2 + 3);
  expect(MAX_ENTRY_BYTES).toBe(1_000_000);
});

test('the answer to what nobody foresaw is 500, in plain text', () => {
  expect(INTERNAL_ERROR).toEqual({ statusCode: 500, headers: { 'content-type': 'text/plain' }, body: 'internal error' });
});

test.each(['', undefined])('a variable that is %j stops the function, by name', (value) => {
  expect(() => requiredEnv('TABLE_NAME', { TABLE_NAME: value })).toThrow('environment variable TABLE_NAME is not set; deploy the construct again, it sets it');
  expect(requiredEnv('TABLE_NAME', { TABLE_NAME: 't' })).toBe('t');
});
