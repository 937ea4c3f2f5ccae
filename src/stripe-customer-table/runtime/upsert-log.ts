import type { CustomerEvent } from './customer-event';
import type { UpsertOutcome } from './upsert';
import { errorFacts } from '../../runtime/errors';
import type { LogLine } from '../../runtime/log';

const LEVELS: Record<UpsertOutcome | 'WriteError', LogLine['level']> = {
  Written: 'info',
  Duplicate: 'info',
  Stale: 'info',
  AfterDelete: 'info',
  Tie: 'warn',
  WriteError: 'error',
};

/** The one line of a message: its outcome is its metric. */
export function upsertLog(messageId: string, outcome: keyof typeof LEVELS, event?: CustomerEvent, error?: unknown): LogLine {
  return {
    level: LEVELS[outcome],
    fields: {
      decision: outcome,
      messageId,
      eventId: event?.id,
      type: event?.type,
      livemode: event?.livemode,
      account: event?.account,
      ...error !== undefined && errorFacts(error),
    },
    metrics: [{ name: outcome, value: 1, unit: 'Count' }],
  };
}
