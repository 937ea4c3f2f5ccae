import { SECRET } from './stripe';
import type { SecretReading } from '../../src/runtime/secrets';
import { EVERYTHING } from '../../src/stripe-event-bridge/webhook/contract';
import type { BusEntry } from '../../src/stripe-event-bridge/webhook/runtime/stripe-event';
import { responseTo } from '../../src/stripe-event-bridge/webhook/runtime/http-response';
import { readEventFilter } from '../../src/stripe-event-bridge/webhook/runtime/filter';
import { handleWebhook } from '../../src/stripe-event-bridge/webhook/runtime/webhook';

/** When a world is, in Unix seconds, unless told otherwise. */
export const NOW = 1_764_000_000;

/** What a test replaces. */
export interface World {
  readonly now?: () => Date;
  readonly toleranceSeconds?: number;
  readonly wanted?: string;
  readonly livemode?: string;
  readonly secrets?: SecretReading;
  readonly refreshed?: SecretReading;
  readonly publish?: (entry: BusEntry) => Promise<string>;
}

/** A bus that takes everything, a secret that is there, a clock that stands still: the webhook's core in it. */
export function world(over: World = {}) {
  const now = over.now ?? (() => new Date(NOW * 1000));
  const entries: BusEntry[] = [];
  let secretReads = 0;
  const receive = async (event: unknown) => {
    const outcome = await handleWebhook(event, {
      eventSource: 'stripe.com',
      toleranceSeconds: over.toleranceSeconds ?? 300,
      wanted: readEventFilter(over.wanted ?? EVERYTHING, over.livemode ?? 'any'),
    }, {
      now,
      signingSecrets: async () => {
        secretReads += 1;
        return over.secrets ?? reading(SECRET);
      },
      refreshedSecrets: async () => over.refreshed,
      publish: async (entry) => {
        entries.push(entry);
        return over.publish ? over.publish(entry) : 'bus-event-1';
      },
    });
    return { ...outcome, status: responseTo(outcome.decision).statusCode };
  };
  return { entries, receive, secretReads: () => secretReads };
}

/** One secret, as it was read. */
export const reading = (value: string, more: Partial<SecretReading> = {}, previous = false): SecretReading =>
  ({ secrets: [{ value, previous }], ...more });
