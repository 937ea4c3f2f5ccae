import type { WebhookOutcome } from './webhook';
import { errorFacts } from '../../runtime/errors';
import type { LogLine } from '../../runtime/log';

const LEVELS: Record<Decision, LogLine['level']> = {
  Accepted: 'info',
  Filtered: 'info',
  Refused: 'warn',
  TooLarge: 'warn',
  SecretInvalid: 'error',
  SecretFetchError: 'error',
  PublishFailed: 'error',
  Unusable: 'error',
  Failed: 'error',
};

type LoggedOutcome = WebhookOutcome | { readonly decision: 'Failed'; readonly error: unknown };
type Decision = LoggedOutcome['decision'];

/** The one line of a request: its decision is its metric. */
export function webhookLog(outcome: LoggedOutcome, requestId: string): LogLine {
  const { decision } = outcome;
  const event = 'event' in outcome ? outcome.event : undefined;
  return {
    level: LEVELS[decision],
    reason: 'reason' in outcome ? outcome.reason : undefined,
    fields: {
      decision,
      requestId,
      eventId: event?.id,
      type: event?.type,
      livemode: event?.livemode,
      account: event?.account,
      ...'verifyMs' in outcome && { verifyMs: outcome.verifyMs },
      ...'busEventId' in outcome && { busEventId: outcome.busEventId },
      ...'error' in outcome && errorFacts(outcome.error),
    },
    metrics: [
      { name: decision, value: 1, unit: 'Count' },
      ...'publishMs' in outcome ? [{ name: 'PublishLatency', value: outcome.publishMs, unit: 'Milliseconds' } as const] : [],
    ],
  };
}
