import type { StripeEventHead } from './bus-entry';
import type { Verification, WebhookOutcome } from './webhook';
import { errorFacts } from '../../runtime/errors';
import type { LogLine, LogMetric } from '../../runtime/log';

type LoggedOutcome = WebhookOutcome | { readonly decision: 'Failed'; readonly error: unknown };

/** Stripe hears 200 or 4xx, and nobody has to do anything. */
const EXPECTED: ReadonlyArray<LoggedOutcome['decision']> = ['Accepted', 'Filtered'];
const REFUSED: ReadonlyArray<LoggedOutcome['decision']> = ['Refused', 'TooLarge'];

/** A signature of the right form was given, but not a good one. */
const BAD_SIGNATURES = ['SignatureMismatch', 'TimestampOutsideTolerance'];

/** The one line of a request: its decision is its metric. */
export function webhookLog(outcome: LoggedOutcome, requestId: string): LogLine {
  const { decision } = outcome;
  const event = 'event' in outcome ? outcome.event : undefined;
  const verified = 'verified' in outcome ? outcome.verified : undefined;
  return {
    level: EXPECTED.includes(decision) ? 'info' : REFUSED.includes(decision) ? 'warn' : 'error',
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
      ...'publishMs' in outcome ? [{ name: 'PublishLatency', value: outcome.publishMs, unit: 'Milliseconds' } as const] : [],
      ...signatureMetrics(outcome, verified),
      ...verified ? secretMetrics(verified) : [],
      ...eventMetrics(outcome, event),
    ],
  };
}

/**
 * Requests that look like Stripe's, and whether they are: when none is, the secret is wrong.
 *
 * A zero is written too. CloudWatch cannot tell "none verified" from a metric that it never saw.
 */
function signatureMetrics(outcome: LoggedOutcome, verified: Verification | undefined): LogMetric[] {
  const bad = outcome.decision === 'Refused' && BAD_SIGNATURES.includes(outcome.reason);
  return verified || bad ? [count('Signed'), { ...count('Verified'), value: verified ? 1 : 0 }] : [];
}

function secretMetrics({ previous, refreshed, staleSeconds }: Verification): LogMetric[] {
  return [
    ...previous ? [count('SecretPreviousUsed')] : [],
    ...refreshed ? [count('SecretRefreshed')] : [],
    ...staleSeconds !== undefined ? [{ name: 'SecretStale', value: staleSeconds, unit: 'Seconds' } as const] : [],
  ];
}

function eventMetrics(outcome: LoggedOutcome, event: StripeEventHead | undefined): LogMetric[] {
  return [
    ...event?.thin ? [count('Thin')] : [],
    ...event?.unknownVersion ? [count('UnknownVersion')] : [],
    ...outcome.decision === 'Filtered' && outcome.reason === 'LivemodeMismatch' ? [count('LivemodeMismatch')] : [],
  ];
}

function count(name: string): LogMetric {
  return { name, value: 1, unit: 'Count' };
}
