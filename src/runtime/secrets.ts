const PREFIX = 'whsec_';

/** What a cached secret asks of the world. */
export interface SecretPorts {
  /** The current value; undefined when the secret has none yet. Rejects when it cannot be read. */
  readonly read: () => Promise<string | undefined>;
  /** The clock. */
  readonly now: () => Date;
}

/**
 * A signing secret that is read at most once in `ttlMs`, by one flight at a time.
 *
 * A blank or foreign value is never cached: the first event after the secret is stored must pass. A value that was good
 * once serves on while a refresh fails. Resolves with an empty list when there is no usable value.
 */
export function cachedSigningSecret(ttlMs: number, { read, now }: SecretPorts): () => Promise<readonly string[]> {
  let cached: { secrets: readonly string[]; readAt: number } | undefined;
  let flight: Promise<readonly string[]> | undefined;

  const refresh = async () => {
    const readAt = now().getTime();
    try {
      const secrets = usable(await read());
      cached = secrets.length > 0 ? { secrets, readAt } : undefined;
      return secrets;
    } catch (error) {
      if (cached) {
        return cached.secrets;
      }
      throw error;
    } finally {
      flight = undefined;
    }
  };

  return () => {
    if (cached && now().getTime() - cached.readAt < ttlMs) {
      return Promise.resolve(cached.secrets);
    }
    flight ??= refresh();
    return flight;
  };
}

function usable(value: string | undefined): string[] {
  const secret = value?.trim() ?? '';
  return secret.startsWith(PREFIX) && secret.length > PREFIX.length ? [secret] : [];
}
