import type { CustomerEvent } from './customer-event';
import type { UpsertOutcome } from './upsert';
import { errorFacts } from '../../runtime/errors';
import type { LogLine } from '../../runtime/log';

/** What keeps a message in the queue. */
export type WriteFailure = 'WriteError' | 'WriteDenied';

const LEVELS: Record<UpsertOutcome | WriteFailure, LogLine['level']> = {
  Written: 'info',
  Truncated: 'warn',
  Duplicate: 'info',
  Stale: 'info',
  AfterDelete: 'info',
  Tie: 'warn',
  WriteError: 'error',
  WriteDenied: 'error',
};

/** Whether trying again can help, or somebody has to mend the table, its key or the role. */
export function writeFailure(error: unknown): WriteFailure {
  return /^(AccessDenied|ResourceNotFound|KMS|UnrecognizedClient)/.test(errorFacts(error).error) ? 'WriteDenied' : 'WriteError';
}

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
