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
 * the two was stored. Rejects if the current version cannot be read.
 */
export function secretVersions({ getSecretValue, now }: SecretVersionPorts, previousMs: number): ReadSource {
  return async (deadline) => {
    const [current, previous] = await Promise.all([
      getSecretValue('AWSCURRENT', deadline).catch(undefinedIfNotFound),
      // a missing previous version is normal
      previousMs > 0 ? getSecretValue('AWSPREVIOUS', deadline).catch(() => undefined) : undefined,
    ]);
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
    };
  };
}

/** The secret exists since the deployment, its first value does not. */
function undefinedIfNotFound(error: unknown): undefined {
  if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) {
    throw error;
  }
}
