import type { BusEntry } from './bus-entry';
import { errorFacts } from '../../../runtime/errors';
import { failure, type Result, success } from '../../../runtime/result';

const MAX_ENTRY_ATTEMPTS = 3;
const ENTRY_RETRY_MS = 200;

/** Error codes of an entry, in an answer with status 200, that are worth a retry. */
const RETRYABLE_CODES = ['InternalFailure', 'ThrottlingException'];

/** Failure to publish. It is also the name of its metric. */
export type PublishFailure = 'PublishThrottled' | 'PublishDenied' | 'PublishTimeout' | 'PublishFailed';

/** Answer of PutEvents. */
export interface PutEventsAnswer {
  readonly FailedEntryCount?: number;
  readonly Entries?: ReadonlyArray<{ readonly EventId?: string; readonly ErrorCode?: string }>;
}

/** Calls that the publisher makes. */
export interface PublisherPorts {
  /** Sends one entry. Rejects if the call fails. */
  readonly putEvents: (entry: BusEntry, deadline: AbortSignal) => Promise<PutEventsAnswer>;
  readonly sleep: (milliseconds: number, deadline: AbortSignal) => Promise<unknown>;
  /** Returns a random number from 0 to 1, for the jitter of retries. */
  readonly random: () => number;
}

/** Publishes one entry. The value is the event id of EventBridge, the reason is the error of the last attempt. */
export type PublishEntry = (entry: BusEntry, deadline: AbortSignal) => Promise<Result<string, unknown>>;

/**
 * Returns a function that publishes one entry.
 *
 * The SDK retries calls. A call that succeeds can still reject its entry, so entries are retried here. A failed publish
 * is an expected outcome, so it is returned, not thrown.
 */
export function publisher({ putEvents, sleep, random }: PublisherPorts): PublishEntry {
  const publish = async (entry: BusEntry, deadline: AbortSignal): Promise<string> => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await putEvents(entry, deadline);
      const [result] = answer.Entries ?? [];
      if (!answer.FailedEntryCount && result?.EventId) {
        return result.EventId;
      }
      const error = new EntryNotAccepted(result?.ErrorCode);
      if (!RETRYABLE_CODES.includes(error.name) || attempt === MAX_ENTRY_ATTEMPTS) {
        throw error;
      }
      await sleep(random() * ENTRY_RETRY_MS * attempt, deadline);
    }
  };
  return (entry, deadline) => publish(entry, deadline).then(success, failure);
}

/** The bus did not accept an entry, although the call succeeded. */
export class EntryNotAccepted extends Error {
  constructor(code: string | undefined) {
    super('the bus did not accept the entry');
    this.name = code ?? 'NoEventId';
  }
}

/** Limit of an entry in regions that did not raise it to 1 MiB. */
const SMALLER_LIMIT_BYTES = 256 * 1024;

/** Reason for which the bus can never accept an entry, whoever sends it again. Undefined if it may accept it later. */
export function rejectedForGood(error: unknown, bytes: number): 'malformed-detail' | 'oversize' | undefined {
  const name = nameOf(error);
  if (['MalformedDetail', 'InvalidArgument'].includes(name)) {
    return 'malformed-detail';
  }
  const isAboutSize = name === 'ValidationException' || errorFacts(error).httpStatus === 413;
  return isAboutSize && bytes >= SMALLER_LIMIT_BYTES ? 'oversize' : undefined;
}

/** Kind of a failure to publish. */
export function publishFailure(error: unknown): PublishFailure {
  const name = nameOf(error);
  if (/^(Throttling|TooManyRequests|LimitExceeded)/.test(name)) {
    return 'PublishThrottled';
  }
  if (/^(AccessDenied|NotAuthorized|InvalidAccountId)/.test(name)) {
    return 'PublishDenied';
  }
  return /^(Timeout|Abort)/.test(name) ? 'PublishTimeout' : 'PublishFailed';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** The trace of this request if X-Ray records it. Otherwise, the header would switch off the traces of consumers. */
export function sampledTrace(header: string | undefined): string | undefined {
  return header?.includes('Sampled=1') ? header : undefined;
}
