import type { InvalidSecret } from './secret-text';

/** Reason why the signing secrets are not complete. */
export type IncompleteSecrets = InvalidSecret | 'TooManySecrets';

/** Most secrets that are tried for one request, so that a forged one costs little. */
const MAX_SECRETS = 16;

/** Time for which a valid value is used. It is then read again within a request, so that no work follows the answer. */
const TTL_MS = 300_000;
/** Least time between reads while the value is not valid. The first event after it was stored passes within it. */
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

/** Content of one source. */
export interface SourceContent {
  /** Secrets that may have signed. Empty if none is valid. */
  readonly secrets: readonly SigningSecret[];
  /** Reason why the current value of a source is not valid. */
  readonly invalid?: InvalidSecret;
  /** Error of the previous version, which may hold a further secret. */
  readonly error?: unknown;
}

/** Result of reading the signing secrets. */
export interface SecretReading extends Omit<SourceContent, 'invalid'> {
  /** Reason why a secret that signed may be missing. */
  readonly invalid?: IncompleteSecrets;
  /** Age of the oldest value that is in use although refreshing it failed, in seconds. */
  readonly staleSeconds?: number;
  /** Error of a read that failed, of any source. */
  readonly error?: unknown;
}

/** Reads one source, until the deadline. Rejects if that fails. */
export type ReadSource = (deadline: AbortSignal) => Promise<SourceContent>;

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
  const sources = reads.map((read) => new CachedSource(read, clock));
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

/** One source of signing secrets, and its cache. */
class CachedSource {
  private content: SourceContent = { secrets: [] };
  private error: unknown;
  private readAt = 0;
  private dueAt = -Infinity;
  private prefetched?: Promise<void>;
  private flight?: Promise<void>; // one read at a time

  constructor(private readonly read: ReadSource, private readonly clock: SecretClock) {
  }

  /** A failure leaves nothing behind: the environment may have been frozen in the middle of the read. */
  public prefetch(): void {
    this.prefetched = this.refresh(this.clock.deadline()).then(() => {
      this.prefetched = undefined;
      this.dueAt = this.error === undefined ? this.dueAt : -Infinity;
    });
  }

  public async get(force: boolean): Promise<SecretReading> {
    if (this.prefetched || force || this.isDue()) {
      const deadline = this.clock.deadline(); // waiting for the prefetch counts
      await this.prefetched;
      if (force || this.isDue()) {
        await (this.flight ??= this.refresh(deadline));
      }
    }
    const { content, error, readAt } = this;
    const isStale = error !== undefined && content.secrets.length > 0;
    const staleSeconds = isStale ? Math.round((this.time() - readAt) / 1000) : undefined;
    return { ...content, error: error ?? content.error, staleSeconds };
  }

  private async refresh(deadline: AbortSignal): Promise<void> {
    try {
      this.content = await this.read(deadline);
      this.error = undefined;
      this.readAt = this.time();
      this.dueAt = this.readAt + (this.content.invalid === undefined ? TTL_MS : RETRY_INVALID_MS);
    } catch (error) {
      this.error = error;
      this.dueAt = this.time() + (this.content.secrets.length > 0 ? RETRY_STALE_MS : RETRY_INVALID_MS);
    } finally {
      this.flight = undefined;
    }
  }

  private isDue(): boolean {
    return this.time() >= this.dueAt;
  }

  private time(): number {
    return this.clock.now().getTime();
  }
}

/** Distinct secrets of all sources. Current versions come first, so that only previous ones are left out. */
function merged(readings: readonly SecretReading[]): SecretReading {
  const ages = readings.flatMap(({ staleSeconds }) => staleSeconds ?? []);
  const all = readings.flatMap(({ secrets }) => secrets);
  const distinct = new Map([...all.filter(({ previous }) => previous), ...all.filter(({ previous }) => !previous)]
    .map((secret) => [secret.value, secret])); // the current version of a value that both have
  const secrets = [...distinct.values()].sort((a, b) => Number(a.previous) - Number(b.previous));
  return {
    secrets: secrets.slice(0, MAX_SECRETS),
    staleSeconds: ages.length > 0 ? Math.max(...ages) : undefined,
    error: readings.find(({ error }) => error !== undefined)?.error,
    invalid: readings.find(({ invalid }) => invalid !== undefined)?.invalid
      ?? (secrets.length > MAX_SECRETS ? 'TooManySecrets' : undefined),
  };
}
