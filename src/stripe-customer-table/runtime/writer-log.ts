import type { CustomerEvent } from './customer-event';
import type { WriterOutcome } from './writer';
import { errorFacts } from '../../runtime/errors';
import type { LogLine } from '../../runtime/log';

/** Failure that returns a message to the queue. */
export type WriteFailure = 'WriteError' | 'WriteDenied';

const LEVELS: Record<WriterOutcome | WriteFailure, LogLine['level']> = {
  Written: 'info',
  Truncated: 'warn',
  Duplicate: 'info',
  Stale: 'info',
  AfterDelete: 'info',
  Ambiguous: 'warn',
  WriteError: 'error',
  WriteDenied: 'error',
};

/** Tells failures that a retry can solve from those that need a change to the table, its key or the role. */
export function writeFailure(error: unknown): WriteFailure {
  const { error: name } = errorFacts(error);
  return /^(AccessDenied|ResourceNotFound|KMS|UnrecognizedClient)/.test(name) ? 'WriteDenied' : 'WriteError';
}

/** Log line of one message. Its outcome is its metric. */
export function writerLog(
  messageId: string, outcome: keyof typeof LEVELS, event?: CustomerEvent, error?: unknown,
): LogLine {
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
