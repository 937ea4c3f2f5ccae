/** Why a publish failed, as a metric. */
export type PublishFailure = 'PublishThrottled' | 'PublishDenied' | 'PublishTimeout' | 'PublishFailed';

/** Codes of an entry, beside an answer of 200, that are worth another try. */
const RETRYABLE_CODES = ['InternalFailure', 'ThrottlingException'];

/** The bus will never take this entry, whoever sends it again. */
export const isRefusedForGood = (name: string) => ['MalformedDetail', 'InvalidArgument'].includes(name);

/** An entry that the bus did not accept though the call succeeded. */
export class EntryRefused extends Error {
  public readonly retryable: boolean;

  constructor(code: string | undefined) {
    super('the bus did not accept the entry');
    this.name = code ?? 'NoEventId';
    this.retryable = RETRYABLE_CODES.includes(this.name);
  }
}

/** What the name of an error says. */
export function publishFailure(name: string): PublishFailure {
  if (/^(Throttling|TooManyRequests|LimitExceeded)/.test(name)) {
    return 'PublishThrottled';
  }
  if (/^(AccessDenied|NotAuthorized|InvalidAccountId)/.test(name)) {
    return 'PublishDenied';
  }
  return /^(Timeout|Abort)/.test(name) ? 'PublishTimeout' : 'PublishFailed';
}
