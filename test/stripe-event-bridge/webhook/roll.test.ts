import { success } from '../../../src/runtime/result';
import { signingSecrets, type SourceContent } from '../../../src/runtime/secrets';
import { EVERY_TYPE, PREVIOUS_SECRET_SECONDS } from '../../../src/stripe-event-bridge/webhook/contract';
import { readEventFilter } from '../../../src/stripe-event-bridge/webhook/runtime/filter';
import { handleWebhook } from '../../../src/stripe-event-bridge/webhook/runtime/handle-webhook';
import { digest, httpApiEvent, stripeEvent } from '../../harness/stripe';

/** Rolls the signing secret within 50 hours, in either order of the two steps, with Stripe's overlap of 24 hours. */

const OLD = 'whsec_old';
const NEW = 'whsec_new';
const BODY = JSON.stringify(stripeEvent());
const DELIVERIES = 10_000;
const HOUR = 3_600;
const DURATION = 50 * HOUR;
const START = 1_764_000_000;

/** Course of a roll, in seconds from the start. */
interface Roll {
  /** When the secret is rolled in Stripe. */
  readonly rolled: number;
  /** When the new secret is stored in Secrets Manager. */
  readonly stored: number;
  /** Time for which Stripe signs with both secrets. */
  readonly overlap: number;
}

/** Secrets that Stripe signs with. */
const stripeKeys = (at: number, { rolled, overlap }: Roll) =>
  at < rolled ? [OLD] : at < rolled + overlap ? [OLD, NEW] : [NEW];

/** Signing secrets in Secrets Manager, with the default lifetime of the previous version. */
function readAt(at: number, { stored }: Roll): SourceContent {
  if (at < stored) {
    return { secrets: [{ value: OLD, previous: false }] };
  }
  const isOldValid = at - stored < PREVIOUS_SECRET_SECONDS.default;
  return { secrets: [{ value: NEW, previous: false }, ...isOldValid ? [{ value: OLD, previous: true }] : []] };
}

/** Delivers events evenly over the time. Returns how many were not accepted, and how often the secret was read. */
async function deliver(roll: Roll): Promise<{ readonly rejected: number; readonly reads: number }> {
  let [clock, reads, rejected] = [0, 0, 0];
  const now = () => new Date((START + clock) * 1000);
  const secrets = signingSecrets([async () => {
    reads += 1;
    return readAt(clock, roll);
  }], { now, deadline: () => new AbortController().signal });
  const settings = { eventSource: 'stripe.com', toleranceSeconds: 300, filter: readEventFilter(EVERY_TYPE, 'all') };
  for (let delivery = 0; delivery < DELIVERIES; delivery += 1) {
    clock = Math.floor(delivery * DURATION / DELIVERIES);
    const digests = stripeKeys(clock, roll).map((key) => `v1=${digest(BODY, START + clock, key)}`);
    const request = httpApiEvent(BODY, [`t=${START + clock}`, ...digests].join(','));
    const { decision } = await handleWebhook(request, settings, { now, secrets, publish: async () => success('id') });
    rejected += decision === 'Accepted' ? 0 : 1;
  }
  return { rejected, reads };
}

test.each<[string, Roll]>([
  ['rolled in Stripe and stored an hour later', { rolled: 10 * HOUR, stored: 11 * HOUR, overlap: 24 * HOUR }],
  ['rolled in Stripe and stored when the old one ends',
    { rolled: 10 * HOUR, stored: 34 * HOUR - 60, overlap: 24 * HOUR }],
  ['stored and rolled in Stripe an hour later', { rolled: 11 * HOUR, stored: 10 * HOUR, overlap: 24 * HOUR }],
  ['stored and rolled in Stripe a day later', { rolled: 34 * HOUR, stored: 10 * HOUR, overlap: 24 * HOUR }],
  ['stored and rolled at the same time without overlap', { rolled: 10 * HOUR, stored: 10 * HOUR, overlap: 0 }],
])('G15: when the secret is %s, none of 10,000 deliveries is rejected', async (_what, roll) => {
  const { rejected, reads } = await deliver(roll);
  expect(rejected).toBe(0);
  expect(reads).toBeLessThanOrEqual(Math.ceil(DURATION / 300) + 2); // one in five minutes, and those after a mismatch
});

test('deliveries are rejected from the end of Stripe\'s overlap until the new secret is stored', async () => {
  const { rejected } = await deliver({ rolled: 10 * HOUR, stored: 40 * HOUR, overlap: 24 * HOUR });
  expect(rejected).toBe(6 * HOUR / (DURATION / DELIVERIES)); // from hour 34 to hour 40
});
