import { type SigningSecret, usableSecrets } from './secrets';

/** Version of a secret, as Secrets Manager answers. */
export interface SecretVersion {
  readonly SecretString?: string;
  readonly CreatedDate?: Date;
}

/** Calls that reading a secret makes. */
export interface SecretVersionPorts {
  readonly getSecretValue: (arn: string, stage: string, deadline: AbortSignal) => Promise<SecretVersion>;
  /** Returns the signal that ends one read. */
  readonly deadline: () => AbortSignal;
  readonly now: () => Date;
}

/**
 * Returns a function that reads the signing secrets of one secret from Secrets Manager.
 *
 * The current and the previous version are read in parallel. The previous one counts for a time after the current one
 * was stored.
 *
 * Rejects if the current version cannot be read. A secret without a value has no signing secrets.
 */
export function secretVersions({ getSecretValue, deadline, now }: SecretVersionPorts, previousMs: number) {
  return async (arn: string): Promise<SigningSecret[]> => {
    const signal = deadline();
    const [current, previous] = await Promise.all([
      getSecretValue(arn, 'AWSCURRENT', signal).catch(undefinedIfNotFound),
      // a missing previous version is normal
      previousMs > 0 ? getSecretValue(arn, 'AWSPREVIOUS', signal).catch(() => undefined) : undefined,
    ]);
    const age = now().getTime() - (current?.CreatedDate?.getTime() ?? 0);
    return [
      ...usableSecrets(current?.SecretString, false),
      ...age < previousMs ? usableSecrets(previous?.SecretString, true) : [],
    ];
  };
}

/** The secret exists since the deployment, its first value does not. */
function undefinedIfNotFound(error: unknown): undefined {
  if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) {
    throw error;
  }
}
