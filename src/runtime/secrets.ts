const PREFIX = 'whsec_';
const MAX_SECRETS = 16;

/** How long a good value is used before it is read again; the read is done inline, so that no work follows the answer. */
const TTL_MS = 300_000;
/** Soonest next read after one that gave nothing usable: the first event after the secret is stored passes within this. */
const RETRY_UNUSABLE_MS = 5_000;
/** Soonest next read after one that failed while an old value serves on: each costs its request the time of the read. */
const RETRY_STALE_MS = 30_000;
/** Soonest next read that a mismatch may force: forged requests must not drive calls. */
const RATION_MS = 30_000;

/** A signing secret, and whether it is the version before the current one. */
export interface SigningSecret {
  readonly value: string;
  readonly previous: boolean;
}

/** What is known of the signing secrets now. */
export interface SecretReading {
  /** Those that may have signed; empty when none is usable. */
  readonly secrets: readonly SigningSecret[];
  /** Age of the oldest value that serves on though its refresh failed, in seconds. */
  readonly staleSeconds?: number;
  /** Why there is none, if a read failed. */
  readonly error?: unknown;
}

/** The signing secrets of one endpoint. */
export interface SigningSecrets {
  /** What is known, read anew where that is due. */
  current(): Promise<SecretReading>;
  /** Read anew because nothing matched; undefined while that is rationed. */
  refreshed(): Promise<SecretReading | undefined>;
}

/**
 * The secrets of several sources, each cached by itself, shared by requests that come together.
 *
 * A value that was good once serves on while its refresh fails. Nothing usable is never remembered for long.
 */
export function signingSecrets(reads: ReadonlyArray<() => Promise<SigningSecret[]>>, now: () => Date): SigningSecrets {
  const sources = reads.map((read) => cachedSource(read, now));
  const all = async (force: boolean) => merged(await Promise.all(sources.map((source) => source(force))));
  let forcedAt = -Infinity;
  let forced: Promise<SecretReading> | undefined;
  return {
    current: () => all(false),
    refreshed: async () => {
      if (!forced && now().getTime() - forcedAt >= RATION_MS) {
        forcedAt = now().getTime();
        forced = all(true).finally(() => { forced = undefined; });
      }
      return forced;
    },
  };
}

/** The usable values of a secret's text: plain, a JSON array, or a JSON object of name to value. */
export function usableSecrets(text: string | undefined, previous: boolean): SigningSecret[] {
  return valuesOf(text?.trim() ?? '')
    .map((value) => typeof value === 'string' ? value.trim() : '')
    .filter((value) => value.startsWith(PREFIX) && value.length > PREFIX.length)
    .map((value) => ({ value, previous }));
}

function valuesOf(text: string): unknown[] {
  if (!/^[[{]/.test(text)) {
    return [text];
  }
  try {
    return Object.values(JSON.parse(text));
  } catch {
    return [];
  }
}

function cachedSource(read: () => Promise<SigningSecret[]>, now: () => Date): (force: boolean) => Promise<SecretReading> {
  let secrets: SigningSecret[] = [];
  let error: unknown;
  let readAt = 0;
  let dueAt = -Infinity;
  let flight: Promise<void> | undefined;

  const refresh = async () => {
    try {
      secrets = await read();
      error = undefined;
      readAt = now().getTime();
      dueAt = readAt + (secrets.length > 0 ? TTL_MS : RETRY_UNUSABLE_MS);
    } catch (reason) {
      error = reason;
      dueAt = now().getTime() + (secrets.length > 0 ? RETRY_STALE_MS : RETRY_UNUSABLE_MS);
    } finally {
      flight = undefined;
    }
  };

  return async (force) => {
    if (force || now().getTime() >= dueAt) {
      flight ??= refresh();
      await flight;
    }
    const stale = error !== undefined && secrets.length > 0;
    return { secrets, error, staleSeconds: stale ? Math.round((now().getTime() - readAt) / 1000) : undefined };
  };
}

function merged(readings: readonly SecretReading[]): SecretReading {
  const ages = readings.flatMap(({ staleSeconds }) => staleSeconds ?? []);
  return {
    secrets: readings.flatMap(({ secrets }) => secrets).slice(0, MAX_SECRETS),
    staleSeconds: ages.length > 0 ? Math.max(...ages) : undefined,
    error: readings.find(({ error }) => error !== undefined)?.error,
  };
}
