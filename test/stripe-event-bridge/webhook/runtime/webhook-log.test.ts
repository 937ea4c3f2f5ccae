import { requiredEnv } from '../../../../src/runtime/env';
import { errorFacts } from '../../../../src/runtime/errors';
import { renderLog } from '../../../../src/runtime/log';
import { entryBytes, MAX_ENTRY_BYTES } from '../../../../src/stripe-event-bridge/webhook/runtime/bus-entry';
import { responseTo } from '../../../../src/stripe-event-bridge/webhook/runtime/http-response';
import { webhookLog } from '../../../../src/stripe-event-bridge/webhook/runtime/webhook-log';

/** Log line of a request: its fields and its metrics. */

type Outcome = Parameters<typeof webhookLog>[0];

const event = { id: 'evt_1', type: 'a.b', livemode: true, account: 'acct_1', thin: false, unknownVersion: false };
const verified = { verifyMs: 3, previous: false, refreshed: false, staleSeconds: undefined };
const metricsOf = (outcome: Outcome) =>
  Object.fromEntries(webhookLog(outcome, 'r1').metrics.map(({ name, value, unit }) => [name, `${value} ${unit}`]));

const VERIFIED = { Signed: '1 Count', Verified: '1 Count' };
const NOT_VERIFIED = { Signed: '1 Count', Verified: '0 Count' };

const OUTCOMES: Array<[Outcome, level: string, metrics: Record<string, string>]> = [
  [{ decision: 'Accepted', verified, event, busEventId: 'b', publishMs: 7 }, 'info',
    { Accepted: '1 Count', PublishLatency: '7 Milliseconds', ...VERIFIED }],
  [{ decision: 'Filtered', verified, event, reason: 'LivemodeMismatch' }, 'info',
    { Filtered: '1 Count', LivemodeMismatch: '1 Count', ...VERIFIED }],
  [{ decision: 'Filtered', verified, event, reason: 'Type' }, 'info', { Filtered: '1 Count', ...VERIFIED }],
  [{ decision: 'Quarantined', verified, reason: 'not-json', busEventId: 'b', publishMs: 0 }, 'error',
    { Quarantined: '1 Count', PublishLatency: '0 Milliseconds', ...VERIFIED }],
  [{ decision: 'PublishFailed', verified: { ...verified, previous: true }, event, error: new Error('x') }, 'error',
    { PublishFailed: '1 Count', SecretPreviousUsed: '1 Count', ...VERIFIED }],
  [{
    decision: 'Accepted',
    verified: { ...verified, refreshed: true, staleSeconds: 9 },
    event: { ...event, thin: true, unknownVersion: true },
    busEventId: 'b',
    publishMs: 1,
  }, 'info', {
    Accepted: '1 Count',
    PublishLatency: '1 Milliseconds',
    SecretRefreshed: '1 Count',
    SecretStale: '9 Seconds',
    Thin: '1 Count',
    UnknownVersion: '1 Count',
    ...VERIFIED,
  }],
  [{ decision: 'Rejected', reason: 'SignatureMismatch' }, 'warn', { Rejected: '1 Count', ...NOT_VERIFIED }],
  [{ decision: 'Rejected', reason: 'TimestampOutsideTolerance' }, 'warn', { Rejected: '1 Count', ...NOT_VERIFIED }],
  [{ decision: 'Rejected', reason: 'NoSignature' }, 'warn', { Rejected: '1 Count' }],
  [{ decision: 'TooLarge' }, 'warn', { TooLarge: '1 Count' }],
  [{ decision: 'SecretInvalid' }, 'error', { SecretInvalid: '1 Count' }],
  [{ decision: 'SecretFetchError', error: new Error('x') }, 'error', { SecretFetchError: '1 Count' }],
  [{ decision: 'Oversize', verified, event }, 'error', { Oversize: '1 Count', ...VERIFIED }],
  [{ decision: 'Failed', error: 'text' }, 'error', { Failed: '1 Count' }],
];

test.each(OUTCOMES)('the outcome %j is logged at level %s, with only its metrics', (outcome, level, metrics) => {
  expect(webhookLog(outcome, 'r1').level).toBe(level);
  expect(metricsOf(outcome)).toEqual(metrics);
});

test('a line contains the event, the request and the bus event, and the reason as a dimension', () => {
  const quarantined = { decision: 'Quarantined', verified, event, reason: 'oversize', busEventId: 'b', publishMs: 7 };
  const { fields, reason } = webhookLog(quarantined as Outcome, 'r1');
  expect({ ...fields, reason }).toEqual({
    decision: 'Quarantined',
    requestId: 'r1',
    eventId: 'evt_1',
    type: 'a.b',
    livemode: true,
    account: 'acct_1',
    verifyMs: 3,
    busEventId: 'b',
    reason: 'oversize',
  });
  expect(webhookLog({ decision: 'TooLarge' }, 'r1'))
    .toMatchObject({ reason: undefined, fields: { eventId: undefined, verifyMs: undefined } });
});

test('an error is logged by its name and the numbers of the SDK, never by its message', () => {
  const error = Object.assign(new Error('payload'), {
    name: 'Throttling', $metadata: { httpStatusCode: 400, attempts: 3 },
  });
  const { fields } = webhookLog({ decision: 'PublishThrottled', verified, event, error }, 'r');
  expect(fields).toMatchObject({ error: 'Throttling', httpStatus: 400, attempts: 3 });
  expect(JSON.stringify(fields)).not.toContain('payload');
  expect([undefined, 'text', { name: 7 }].map((thrown) => errorFacts(thrown).error))
    .toEqual(['undefined', 'string', 'object']);
});

test('a rendered line is a document in the embedded metric format', () => {
  const metric = { name: 'M', value: 2, unit: 'Count' } as const;
  const line = { level: 'info', fields: { a: 1, b: undefined }, metrics: [metric] } as const;
  const time = new Date(1_764_000_000_000);
  expect(JSON.parse(renderLog(line, 'fn', time))).toEqual({
    time: '2025-11-24T16:00:00.000Z',
    level: 'info',
    a: 1,
    FunctionName: 'fn',
    M: 2,
    _aws: {
      Timestamp: 1_764_000_000_000,
      CloudWatchMetrics: [{
        Namespace: 'StripeEventBridge', Dimensions: [['FunctionName']], Metrics: [{ Name: 'M', Unit: 'Count' }],
      }],
    },
  });
  expect(JSON.parse(renderLog({ ...line, reason: 'why' }, 'fn', time))).toMatchObject({
    Reason: 'why', _aws: { CloudWatchMetrics: [{ Dimensions: [['FunctionName'], ['FunctionName', 'Reason']] }] },
  });
});

test('the size of an entry is that of its source, its type and its detail, in bytes', () => {
  expect(entryBytes({ source: 'ab', detailType: 'é', detail: '{}x' })).toBe(2 + 2 + 3);
  expect(MAX_ENTRY_BYTES).toBe(1_000_000);
});

test('the answer to an unexpected error is 500, in plain text', () => {
  expect(responseTo('Failed'))
    .toEqual({ statusCode: 500, headers: { 'content-type': 'text/plain' }, body: 'internal error' });
});

test.each(['', undefined])('a variable that is %j stops the function, and the error names it', (value) => {
  expect(() => requiredEnv('TABLE_NAME', { TABLE_NAME: value }))
    .toThrow('environment variable TABLE_NAME is not set; deploy the construct again, which sets it');
  expect(requiredEnv('TABLE_NAME', { TABLE_NAME: 't' })).toBe('t');
});
