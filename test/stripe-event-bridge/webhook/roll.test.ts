import { signingSecrets, type SigningSecret } from '../../../src/runtime/secrets';
import { EVERYTHING } from '../../../src/stripe-event-bridge/webhook/contract';
import { readEventFilter } from '../../../src/stripe-event-bridge/webhook/runtime/filter';
import { handleWebhook } from '../../../src/stripe-event-bridge/webhook/runtime/webhook';
import { digest, httpApiEvent, stripeEvent } from '../../harness/stripe';

/** A day in which the signing secret is rolled, with Stripe's overlap of 24 hours, in either order of the two steps. */

const OLD = 'whsec_old';
const NEW = 'whsec_new';
const BODY = JSON.stringify(stripeEvent());
const DELIVERIES = 10_000;
const HOUR = 3_600;
const START = 1_764_000_000;

interface Day {
  /** Seconds from the start: when it is rolled in Stripe, when the new value is stored, how long Stripe signs with both. */
  readonly rolled: number;
  readonly stored: number;
  readonly overlap: number;
}

/** What Stripe signs with: both, while the old one lives. */
const stripeKeys = (at: number, { rolled, overlap }: Day) => at < rolled ? [OLD] : at < rolled + overlap ? [OLD, NEW] : [NEW];

/** What Secrets Manager holds: the version before counts for 24 hours and 5 minutes. */
function readAt(at: number, { stored }: Day): SigningSecret[] {
  const before = { value: OLD, previous: true };
  const lives = at - stored < 24 * HOUR + 300;
  return at < stored ? [{ value: OLD, previous: false }] : [{ value: NEW, previous: false }, ...lives ? [before] : []];
}

/** Delivers an event every few seconds for 50 hours; gives back how many were refused, and how often the secret was read. */
async function live(day: Day): Promise<{ readonly refused: number; readonly reads: number }> {
  let [clock, reads, refused] = [0, 0, 0];
  const now = () => new Date((START + clock) * 1000);
  const secrets = signingSecrets([async () => {
    reads += 1;
    return readAt(clock, day);
  }], now);
  for (let delivery = 0; delivery < DELIVERIES; delivery += 1) {
    clock = Math.floor(delivery * 50 * HOUR / DELIVERIES);
    const header = [`t=${START + clock}`, ...stripeKeys(clock, day).map((key) => `v1=${digest(BODY, START + clock, key)}`)].join(',');
    const { decision } = await handleWebhook(httpApiEvent(BODY, header), {
      eventSource: 'stripe.com', toleranceSeconds: 300, wanted: readEventFilter(EVERYTHING, 'any'),
    }, { now, signingSecrets: secrets.current, refreshedSecrets: secrets.refreshed, publish: async () => 'id' });
    refused += decision === 'Accepted' ? 0 : 1;
  }
  return { refused, reads };
}

test.each<[string, Day]>([
  ['rolled in Stripe, and stored an hour later', { rolled: 10 * HOUR, stored: 11 * HOUR, overlap: 24 * HOUR }],
  ['rolled in Stripe, and stored as the old one ends', { rolled: 10 * HOUR, stored: 34 * HOUR - 60, overlap: 24 * HOUR }],
  ['stored, and rolled in Stripe an hour later', { rolled: 11 * HOUR, stored: 10 * HOUR, overlap: 24 * HOUR }],
  ['stored, and rolled in Stripe a day later', { rolled: 34 * HOUR, stored: 10 * HOUR, overlap: 24 * HOUR }],
  ['stored and rolled at once, without overlap', { rolled: 10 * HOUR, stored: 10 * HOUR, overlap: 0 }],
])('G15: %s: none of 10,000 deliveries is refused', async (_what, day) => {
  const { refused, reads } = await live(day);
  expect(refused).toBe(0);
  expect(reads).toBeLessThanOrEqual(Math.ceil(50 * HOUR / 300) + 2); // one in five minutes, and what the roll forces
});

test('a secret that is rolled and not stored within Stripe\'s overlap is missed', async () => {
  expect((await live({ rolled: 10 * HOUR, stored: 40 * HOUR, overlap: 24 * HOUR })).refused).toBeGreaterThan(100);
});
