import { SECRET } from './stripe';
import { type Result, success } from '../../src/runtime/result';
import { readSecretText } from '../../src/runtime/secret-text';
import type { SecretReading, SourceContent } from '../../src/runtime/secrets';
import { EVERY_TYPE } from '../../src/stripe-event-bridge/webhook/contract';
import type { BusEntry } from '../../src/stripe-event-bridge/webhook/runtime/bus-entry';
import { readEventFilter } from '../../src/stripe-event-bridge/webhook/runtime/filter';
import { handleWebhook } from '../../src/stripe-event-bridge/webhook/runtime/handle-webhook';
import { responseTo } from '../../src/stripe-event-bridge/webhook/runtime/http-response';

/** Time of the harness's clock in Unix seconds, unless a test sets another one. */
export const NOW = 1_764_000_000;

/** Parts that a test replaces. */
export interface WebhookHarnessOptions {
  readonly now?: () => Date;
  readonly toleranceSeconds?: number;
  /** Value of the variable `EVENT_TYPES`. */
  readonly eventTypes?: string;
  /** Value of the variable `MODE`. */
  readonly mode?: string;
  /** Result of reading the signing secrets. */
  readonly secrets?: SecretReading;
  /** Result of the read that a mismatch causes. */
  readonly refreshed?: SecretReading;
  readonly publish?: (entry: BusEntry) => Result<string, unknown>;
}

/**
 * Runs the webhook without I/O.
 *
 * By default, the bus accepts every entry, the secret is valid and the clock stands still.
 */
export function webhookHarness(options: WebhookHarnessOptions = {}) {
  const { toleranceSeconds = 300, eventTypes = EVERY_TYPE, mode = 'all', secrets = reading(SECRET) } = options;
  const { refreshed, now = () => new Date(NOW * 1000), publish = () => success('bus-event-1') } = options;
  const entries: BusEntry[] = [];
  let secretReads = 0;
  const read = async <T>(result: T) => {
    secretReads += 1;
    return result;
  };
  const settings = { eventSource: 'stripe.com', toleranceSeconds, filter: readEventFilter(eventTypes, mode) };
  const receive = async (event: unknown) => {
    const outcome = await handleWebhook(event, settings, {
      now,
      secrets: { prefetch: () => {}, current: () => read(secrets), refreshed: () => read(refreshed) },
      publish: async (entry) => {
        entries.push(entry);
        return publish(entry);
      },
    });
    return { ...outcome, status: responseTo(outcome.decision).statusCode };
  };
  return { entries, receive, secretReads: () => secretReads };
}

/** Content of a source whose current version has a text. */
export function contentOf(text: string): SourceContent {
  const result = readSecretText(text);
  return result.ok
    ? { secrets: result.value.map((value) => ({ value, previous: false })) }
    : { secrets: [], invalid: result.reason };
}

/** Result of reading one secret. */
export const reading = (value: string, more: Partial<SecretReading> = {}, previous = false): SecretReading =>
  ({ secrets: [{ value, previous }], ...more });
