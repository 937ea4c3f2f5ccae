const PREFIX = 'whsec_';
const MAX_SECRETS = 16;

/** Time for which a valid value is used. It is then read again within a request, so that no work follows the answer. */
const TTL_MS = 300_000;
/** Least time between reads while no value is valid. The first event after the secret was stored passes within it. */
const RETRY_INVALID_MS = 5_000;
/** Least time between reads that fail while a stale value is in use. Each costs its request the time of the read. */
const RETRY_STALE_MS = 30_000;
/** Least time between reads that a mismatch causes, so that forged requests cannot cause many. */
const FORCED_MS = 30_000;

/** Signing secret, and whether it is of the previous version of its secret. */
export interface SigningSecret {
  readonly value: string;
  readonly previous: boolean;
}

/** Result of reading the signing secrets. */
export interface SecretReading {
  /** Secrets that may have signed. Empty if none is valid. */
  readonly secrets: readonly SigningSecret[];
  /** Age of the oldest value that is in use although refreshing it failed, in seconds. */
  readonly staleSeconds?: number;
  /** Error of a read that failed. */
  readonly error?: unknown;
}

/** Reads the signing secrets of one source, until the deadline. Rejects if that fails. */
export type ReadSource = (deadline: AbortSignal) => Promise<SigningSecret[]>;

/** Times of the cache. */
export interface SecretClock {
  readonly now: () => Date;
  /** Returns the signal that ends the wait of one request. */
  readonly deadline: () => AbortSignal;
}

/** Signing secrets of one endpoint. Nothing here rejects. */
export interface SigningSecrets {
  /** Starts the first read before the first request. If it fails, the first request reads again. */
  prefetch(): void;
  /** Returns the secrets, read again if that is due. */
  current(): Promise<SecretReading>;
  /** Returns the secrets, read again because none matched. Undefined if such a read was too short a time ago. */
  refreshed(): Promise<SecretReading | undefined>;
}

/**
 * Signing secrets of several sources. Each source is cached by itself, and concurrent requests share a read.
 *
 * A valid value stays in use while refreshing fails. A missing or malformed value is read again after five seconds.
 */
export function signingSecrets(reads: readonly ReadSource[], clock: SecretClock): SigningSecrets {
  const { now } = clock;
  const sources = reads.map((read) => cachedSource(read, clock));
  const all = async (force: boolean) => merged(await Promise.all(sources.map((source) => source.get(force))));
  let forcedAt = -Infinity;
  let forced: Promise<SecretReading> | undefined;
  return {
    prefetch: () => sources.forEach((source) => source.prefetch()),
    current: () => all(false),
    refreshed: async () => {
      if (!forced && now().getTime() - forcedAt >= FORCED_MS) {
        forcedAt = now().getTime();
        forced = all(true).finally(() => { forced = undefined; });
      }
      return forced;
    },
  };
}

/** Signing secrets in the text of a secret: one value, or a JSON array or object of values. */
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

function cachedSource(read: ReadSource, { now, deadline }: SecretClock) {
  const time = () => now().getTime();
  let secrets: readonly SigningSecret[] = [];
  let error: unknown;
  let readAt = 0;
  let dueAt = -Infinity;
  let prefetched: Promise<void> | undefined;
  let flight: Promise<void> | undefined; // one read at a time

  const refresh = async (signal: AbortSignal) => {
    try {
      secrets = await read(signal);
      error = undefined;
      readAt = time();
      dueAt = readAt + (secrets.length > 0 ? TTL_MS : RETRY_INVALID_MS);
    } catch (reason) {
      error = reason;
      dueAt = time() + (secrets.length > 0 ? RETRY_STALE_MS : RETRY_INVALID_MS);
    } finally {
      flight = undefined;
    }
  };

  return {
    /** A failure leaves nothing behind: the environment may have been frozen in the middle of the read. */
    prefetch: () => {
      prefetched = refresh(deadline()).then(() => {
        prefetched = undefined;
        dueAt = error === undefined ? dueAt : -Infinity;
      });
    },
    get: async (force: boolean): Promise<SecretReading> => {
      if (prefetched || force || time() >= dueAt) {
        const signal = deadline(); // waiting for the prefetch counts
        await prefetched;
        if (force || time() >= dueAt) {
          await (flight ??= refresh(signal));
        }
      }
      const stale = error !== undefined && secrets.length > 0;
      return { secrets, error, staleSeconds: stale ? Math.round((time() - readAt) / 1000) : undefined };
    },
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
