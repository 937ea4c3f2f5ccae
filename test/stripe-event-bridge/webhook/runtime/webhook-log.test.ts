import { Template } from 'aws-cdk-lib/assertions';
import { StripeEventBridge } from '../../../../src';
import { requiredEnv } from '../../../../src/runtime/env';
import { errorFacts } from '../../../../src/runtime/errors';
import { renderLog } from '../../../../src/runtime/log';
import { WEBHOOK_METRICS } from '../../../../src/stripe-event-bridge/webhook/contract';
import { entryBytes, MAX_ENTRY_BYTES } from '../../../../src/stripe-event-bridge/webhook/runtime/bus-entry';
import { responseTo } from '../../../../src/stripe-event-bridge/webhook/runtime/http-response';
import { webhookLog } from '../../../../src/stripe-event-bridge/webhook/runtime/webhook-log';
import { newStack } from '../../../harness/template';

/** Log line of a request: its fields and its metrics. */

type Outcome = Parameters<typeof webhookLog>[0];

const event = { id: 'evt_1', type: 'a.b', livemode: true, account: 'acct_1', thin: false, unknownVersion: false };
const verified = { verifyMs: 3, previous: false, refreshed: false, staleSeconds: undefined };
const metricsOf = (outcome: Outcome) =>
  Object.fromEntries(webhookLog(outcome, 'r1').metrics.map(({ name, value, unit }) => [name, `${value} ${unit}`]));

const VERIFIED = { Signed: '1 Count', Verified: '1 Count' };
const NOT_ACCEPTED = { Accepted: '0 Count', ...VERIFIED };
const NOT_VERIFIED = { Signed: '1 Count', Verified: '0 Count' };

const OUTCOMES: Array<[Outcome, level: string, metrics: Record<string, string>]> = [
  [{ decision: 'Accepted', verified, event, busEventId: 'b', publishMs: 7 }, 'info',
    { Accepted: '1 Count', PublishLatency: '7 Milliseconds', ...VERIFIED }],
  [{ decision: 'Filtered', verified, event, reason: 'LivemodeMismatch' }, 'info',
    { Filtered: '1 Count', LivemodeMismatch: '1 Count', ...NOT_ACCEPTED }],
  [{ decision: 'Filtered', verified, event, reason: 'PayloadStyle' }, 'info',
    { Filtered: '1 Count', PayloadStyle: '1 Count', ...NOT_ACCEPTED }],
  [{ decision: 'Filtered', verified, event, reason: 'Type' }, 'info', { Filtered: '1 Count', ...NOT_ACCEPTED }],
  [{ decision: 'Quarantined', verified, reason: 'not-json', busEventId: 'b', publishMs: 0 }, 'error',
    { Quarantined: '1 Count', PublishLatency: '0 Milliseconds', ...NOT_ACCEPTED }],
  [{ decision: 'PublishFailed', verified: { ...verified, previous: true }, event, error: new Error('x') }, 'error',
    { PublishFailed: '1 Count', NotPublished: '1 Count', SecretPreviousUsed: '1 Count', ...NOT_ACCEPTED }],
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
  [{ decision: 'TooLarge', reason: 'WellFormedSignature' }, 'warn', { TooLarge: '1 Count' }],
  [{ decision: 'SecretInvalid', reason: 'NoValue' }, 'error', { SecretInvalid: '1 Count' }],
  [{ decision: 'SecretFetchError', error: new Error('x') }, 'error', { SecretFetchError: '1 Count' }],
  [{ decision: 'PublishTimeout', verified, event, error: new Error('x') }, 'error',
    { PublishTimeout: '1 Count', NotPublished: '1 Count', ...NOT_ACCEPTED }],
  [{ decision: 'PublishThrottled', verified, event, error: new Error('x') }, 'error',
    { PublishThrottled: '1 Count', NotPublished: '1 Count', ...NOT_ACCEPTED }],
  [{ decision: 'PublishDenied', verified, event, error: new Error('x') }, 'error',
    { PublishDenied: '1 Count', ...NOT_ACCEPTED }],
  [{ decision: 'Oversize', verified, event }, 'error', { Oversize: '1 Count', ...NOT_ACCEPTED }],
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
  expect(webhookLog({ decision: 'TooLarge', reason: 'NoSignature' }, 'r1'))
    .toMatchObject({ reason: 'NoSignature', fields: { eventId: undefined, verifyMs: undefined } });
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

test.each([
  ['the code of an error of the network', Object.assign(new Error('x'), { code: 'ENOTFOUND' }), 'ENOTFOUND'],
  ['the code of several errors', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['the name of an error that has one', Object.assign(new Error(), { name: 'TimeoutError', code: 'ETIMEDOUT' }),
    'TimeoutError'],
  ['no code that may be a text', Object.assign(new Error(), { code: 'card declined for ada@example.com' }), 'Error'],
])('AB10: an error is logged by %s', (_what, error, logged) => {
  expect(errorFacts(error).error).toBe(logged);
});

test('a rendered line is a document in the embedded metric format', () => {
  const metric = { name: 'M', value: 2, unit: 'Count' } as const;
  const line = { level: 'info', fields: { a: 1, b: undefined }, metrics: [metric] } as const;
  const time = new Date(1_764_000_000_000);
  expect(JSON.parse(renderLog(line, { AWS_LAMBDA_FUNCTION_NAME: 'fn' }, time))).toEqual({
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
});

test('N65: only the first metric of a line, the decision, also has the dimension Reason', () => {
  const metrics = [{ name: 'M', value: 1, unit: 'Count' }, { name: 'N', value: 2, unit: 'Milliseconds' }] as const;
  const line = { level: 'info', fields: {}, metrics, reason: 'why' } as const;
  const namespace = { Namespace: 'StripeEventBridge' };
  const [m, n] = [{ Name: 'M', Unit: 'Count' }, { Name: 'N', Unit: 'Milliseconds' }];
  expect(JSON.parse(renderLog(line, { AWS_LAMBDA_FUNCTION_NAME: 'fn' }, new Date(0)))).toMatchObject({
    Reason: 'why',
    M: 1,
    N: 2,
    _aws: {
      CloudWatchMetrics: [
        { ...namespace, Dimensions: [['FunctionName']], Metrics: [m, n] },
        { ...namespace, Dimensions: [['FunctionName', 'Reason']], Metrics: [m] },
      ],
    },
  });
});

test('N65: the first metric of every line is the decision', () => {
  expect(OUTCOMES.map(([outcome]) => webhookLog(outcome, 'r1').metrics[0].name))
    .toEqual(OUTCOMES.map(([{ decision }]) => decision));
});

test('N20: only failures to publish that a retry may solve count as NotPublished, for one alarm on all of them', () => {
  const counted = OUTCOMES.map(([outcome]) => outcome).filter((outcome) => 'NotPublished' in metricsOf(outcome));
  expect(counted.map(({ decision }) => decision)).toEqual(['PublishFailed', 'PublishTimeout', 'PublishThrottled']);
});

/** Names of the handler's metrics in each alarm of a bridge. */
function metricsOfAlarms(): string[][] {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe');
  const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
  return alarms.map(({ Properties: { Namespace, MetricName, Metrics = [] } }) => [
    ...Namespace === 'StripeEventBridge' ? [MetricName] : [],
    ...Metrics.flatMap(({ MetricStat }: any) => MetricStat?.Metric.MetricName ?? []),
  ]).filter((names) => names.length > 0);
}

/** Decisions that are not answered 200 and have no alarm of their own. */
const WITHOUT_ALARM: Record<string, string> = {
  Rejected: 'anyone can send such requests; NothingVerified fires if they are Stripe\'s',
};

test('N20: every decision that is not answered 200 has an alarm on a metric of its line, or a reason why not', () => {
  const alarmed = new Set(metricsOfAlarms().filter((names) => names.length === 1).flat());
  const notAnswered200 = OUTCOMES.map(([outcome]) => outcome)
    .filter(({ decision }) => responseTo(decision).statusCode !== 200);
  const silent = notAnswered200.filter((outcome) => !Object.keys(metricsOf(outcome)).some((name) => alarmed.has(name)));
  expect([...new Set(silent.map(({ decision }) => decision))]).toEqual(Object.keys(WITHOUT_ALARM));
  expect(new Set(OUTCOMES.map(([{ decision }]) => decision))).toEqual(new Set([
    'Accepted', 'Filtered', 'Quarantined', 'PublishFailed', 'PublishTimeout', 'PublishThrottled', 'PublishDenied',
    'Rejected', 'TooLarge', 'SecretInvalid', 'SecretFetchError', 'Oversize', 'Failed',
  ]));
});

/** Metrics that an alarm compares. Where the first has a value, the second needs one, even if it is zero. */
const COMPARED = [
  ['Signed', 'Verified'], ['SecretPreviousUsed', 'Verified'], ['Filtered', 'Accepted'], ['NotPublished', 'Accepted'],
];

test.each(COMPARED)('N28, N31: a line with %s has a value of %s, because an alarm compares them', (first, second) => {
  const lines = OUTCOMES.map(([outcome]) => metricsOf(outcome)).filter((metrics) => first in metrics);
  expect(lines.length).toBeGreaterThan(0);
  lines.forEach((metrics) => expect(metrics).toHaveProperty(second));
});

test('N28, N31: every comparison of an alarm is one of those', () => {
  const compared = metricsOfAlarms().filter((names) => names.length > 1 && !names.includes('5xx')); // of API Gateway
  expect(new Set(compared.map(String))).toEqual(new Set(COMPARED.map(String)));
});

test('N31: every line of a verified request has a value of Accepted, so that an alarm can compare it', () => {
  const ofVerified = OUTCOMES.map(([outcome]) => outcome).filter((outcome) => 'verified' in outcome);
  expect(ofVerified.length).toBeGreaterThan(5);
  expect(ofVerified.map((outcome) => metricsOf(outcome).Accepted)).not.toContain(undefined);
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
  expect(() => requiredEnv('TABLE_ARN', { TABLE_ARN: value }))
    .toThrow('environment variable TABLE_ARN is not set; deploy the construct again, which sets it');
  expect(requiredEnv('TABLE_ARN', { TABLE_ARN: 't' })).toBe('t');
});

test('V25: the metrics that a bridge offers are those that the function writes', () => {
  const written = new Set(OUTCOMES.flatMap(([outcome]) => Object.keys(metricsOf(outcome))));
  expect([...written].sort()).toEqual([...WEBHOOK_METRICS]);
});
