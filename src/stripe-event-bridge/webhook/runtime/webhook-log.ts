import type { Verification, WebhookOutcome } from './handle-webhook';
import type { StripeEventHead } from './stripe-event';
import { errorFacts } from '../../../runtime/errors';
import type { LogLine, LogMetric } from '../../../runtime/log';

/** Decisions that need nobody's attention. */
const EXPECTED: ReadonlyArray<WebhookOutcome['decision']> = ['Accepted', 'Filtered'];
/** Decisions about requests that Stripe did not sign. */
const UNSIGNED: ReadonlyArray<WebhookOutcome['decision']> = ['Rejected', 'TooLarge'];

/** Failures to publish that a retry may solve. */
const NOT_PUBLISHED: ReadonlyArray<WebhookOutcome['decision']> = [
  'PublishFailed', 'PublishTimeout', 'PublishThrottled',
];

/** Rejections of a well-formed signature. */
const BAD_SIGNATURES = ['SignatureMismatch', 'TimestampOutsideTolerance'];

/** Log line of one request. Its decision is its metric. */
export function webhookLog(outcome: WebhookOutcome, requestId: string): LogLine {
  const { decision } = outcome;
  const event = 'event' in outcome ? outcome.event : undefined;
  const verified = 'verified' in outcome ? outcome.verified : undefined;
  return {
    level: EXPECTED.includes(decision) ? 'info' : UNSIGNED.includes(decision) ? 'warn' : 'error',
    reason: 'reason' in outcome ? outcome.reason : undefined,
    fields: {
      decision,
      requestId,
      eventId: event?.id,
      type: event?.type,
      livemode: event?.livemode,
      account: event?.account,
      verifyMs: verified?.verifyMs,
      ...'busEventId' in outcome && { busEventId: outcome.busEventId },
      ...'error' in outcome && errorFacts(outcome.error),
    },
    metrics: [
      count(decision),
      ...'publishMs' in outcome ? [duration('PublishLatency', outcome.publishMs, 'Milliseconds')] : [],
      ...signatureMetrics(outcome, verified),
      ...verified ? secretMetrics(verified) : [],
      ...verified && decision !== 'Accepted' ? [zero('Accepted')] : [],
      ...NOT_PUBLISHED.includes(decision) ? [count('NotPublished')] : [],
      ...eventMetrics(outcome, event),
    ],
  };
}

/**
 * Number of requests with a well-formed signature, and how many of them were verified. If none is, the secret is wrong.
 */
function signatureMetrics(outcome: WebhookOutcome, verified: Verification | undefined): LogMetric[] {
  const bad = outcome.decision === 'Rejected' && BAD_SIGNATURES.includes(outcome.reason);
  return verified || bad ? [count('Signed'), verified ? count('Verified') : zero('Verified')] : [];
}

function secretMetrics({ previous, refreshed, staleSeconds }: Verification): LogMetric[] {
  return [
    ...previous ? [count('SecretPreviousUsed')] : [],
    ...refreshed ? [count('SecretRefreshed')] : [],
    ...staleSeconds !== undefined ? [duration('SecretStale', staleSeconds, 'Seconds')] : [],
  ];
}

function eventMetrics(outcome: WebhookOutcome, event: StripeEventHead | undefined): LogMetric[] {
  return [
    ...event?.thin ? [count('Thin')] : [],
    ...event?.unknownVersion ? [count('UnknownVersion')] : [],
    ...outcome.decision === 'Filtered' && outcome.reason !== 'Type' ? [count(outcome.reason)] : [],
  ];
}

function duration(name: string, value: number, unit: 'Milliseconds' | 'Seconds'): LogMetric {
  return { name, value, unit };
}

/** A zero is written where an alarm compares two metrics: CloudWatch has no value for a metric without data. */
function zero(name: string): LogMetric {
  return { name, value: 0, unit: 'Count' };
}

function count(name: string): LogMetric {
  return { name, value: 1, unit: 'Count' };
}
