import { failure, success } from './result';
import { readSecretText } from './secret-text';
import type { ReadSource } from './secrets';

/** Version of a secret, in the JSON of Secrets Manager. */
export interface SecretVersion {
  readonly SecretString?: string;
  /** Unix seconds. */
  readonly CreatedDate?: number;
}

/** Calls that reading a secret makes. */
export interface SecretVersionPorts {
  readonly getSecretValue: (stage: string, deadline: AbortSignal) => Promise<SecretVersion>;
  readonly now: () => Date;
}

/**
 * Returns a function that reads the signing secrets of one secret from Secrets Manager.
 *
 * The current and the previous version are read in parallel. The previous one counts for a time after the newer of
 * the two was stored. Rejects if the current version cannot be read. If the previous one cannot be read, the error is
 * part of the content. A missing version is no error.
 */
export function secretVersions({ getSecretValue, now }: SecretVersionPorts, previousMs: number): ReadSource {
  return async (deadline) => {
    const read = (stage: string) => getSecretValue(stage, deadline).catch(undefinedIfNotFound);
    const [current, readPrevious] = await Promise.all([
      read('AWSCURRENT'),
      previousMs > 0 ? read('AWSPREVIOUS').then(success, failure<unknown>) : success(undefined),
    ]);
    const previous = readPrevious.ok ? readPrevious.value : undefined;
    // after a rollback, the previous version is the newer one
    const storedAt = current?.CreatedDate && Math.max(current.CreatedDate, previous?.CreatedDate ?? 0);
    const age = now().getTime() - 1000 * (storedAt ?? 0);
    const ofCurrent = readSecretText(current?.SecretString);
    const ofPrevious = readSecretText(age < previousMs ? previous?.SecretString : undefined);
    return {
      secrets: [
        ...ofCurrent.ok ? ofCurrent.value.map((value) => ({ value, previous: false })) : [],
        ...ofPrevious.ok ? ofPrevious.value.map((value) => ({ value, previous: true })) : [],
      ],
      invalid: ofCurrent.ok ? undefined : ofCurrent.reason,
      error: readPrevious.ok ? undefined : readPrevious.reason,
    };
  };
}

/** The secret exists since the deployment. Its first value does not, and a previous one only after a second value. */
function undefinedIfNotFound(error: unknown): undefined {
  if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) {
    throw error;
  }
}
