import { randomBytes } from 'crypto';
import fc from 'fast-check';
import { casesOr, report, seeded } from '../../harness/random-runs';
import { digest, httpApiEvent, SECRET, stripeEvent } from '../../harness/stripe';
import { ENV, startedWebhook, type StartedWebhook } from '../../harness/webhook-bundle';

/** Sends events of endpoints in every shape to the built webhook. Without the secret, the answer is 400 or 413. */

jest.setTimeout(3_600_000);

const BATCH = 50;
const LARGE = randomBytes(6 * 1024 * 1024);

let webhook: StartedWebhook;

beforeAll(async () => {
  webhook = await startedWebhook(ENV);
});

afterAll(() => webhook.stop());

const now = () => Math.floor(Date.now() / 1000);

/** Any value that JSON can represent, since the runtime passes parsed JSON. */
const anything = fc.oneof(
  fc.constant(null), fc.constant(undefined), fc.boolean(), fc.integer(), fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const texts = fc.oneof(
  fc.constant(JSON.stringify(stripeEvent())), fc.json({ maxDepth: 3 }), fc.string({ unit: 'binary' }),
  fc.constant(''), fc.constant('{"__proto__":{"type":"x"},"id":"evt_1"}'), fc.constant('['.repeat(50_000)),
);
const bytes = fc.oneof(
  texts.map((text) => Buffer.from(text)), fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
);
const bodies = fc.oneof(
  { weight: 20, arbitrary: fc.record({ body: texts, isBase64Encoded: fc.constantFrom(false, undefined) }) },
  {
    weight: 20,
    arbitrary: fc.record({ body: bytes.map((each) => each.toString('base64')), isBase64Encoded: fc.constant(true) }),
  },
  { weight: 5, arbitrary: fc.record({ body: anything, isBase64Encoded: anything }) },
  {
    weight: 1, // not base64
    arbitrary: fc.record({ body: fc.string({ unit: 'binary' }), isBase64Encoded: fc.constant(true) }),
  },
);

/** Signatures of somebody without the secret: well-formed and recent, by another secret, or anything. */
const signatures = fc.oneof(
  bytes.map((body) => `t=${now()},v1=${digest(body, now(), 'whsec_of_somebody_else')}`),
  fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `t=${now()},v1=${hex}`),
  fc.tuple(anything, anything).map(([time, hex]) => `t=${JSON.stringify(time)},v1=${JSON.stringify(hex)}`),
  fc.constantFrom(
    '', 't=,v1=', ',', '='.repeat(5_000), `t=${now()}${`,v1=${'a'.repeat(64)}`.repeat(17)}`,
    `t=${now()},v0=${'a'.repeat(64)}`,
  ),
  fc.string({ unit: 'binary' }),
);
const names = fc.constantFrom(
  'stripe-signature', 'Stripe-Signature', 'STRIPE-SIGNATURE', 'sTrIpE-sIgNaTuRe', 'x-other', '__proto__', '',
);
const values = fc.oneof(
  { weight: 4, arbitrary: signatures },
  { weight: 1, arbitrary: fc.array(fc.oneof(signatures, anything), { maxLength: 4 }) },
  { weight: 1, arbitrary: anything },
);
const headers = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(names, values, { maxKeys: 4, noNullPrototype: true }) },
  { weight: 1, arbitrary: anything },
);

const shape1 = fc.record({
  resource: fc.constant('/'),
  httpMethod: fc.constant('POST'),
  headers,
  multiValueHeaders: headers,
  requestContext: anything,
}, { requiredKeys: [] });
const shape2 = fc.record({
  version: fc.constant('2.0'), routeKey: fc.constant('POST /'), headers, cookies: anything, requestContext: anything,
}, { requiredKeys: [] });
const events = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(fc.oneof(shape1, shape2), bodies).map(([shape, body]) => ({ ...shape, ...body })) },
  { weight: 1, arbitrary: anything },
);

test('S1, D4, G1, G2: without the secret, every request is answered with 400 or 413 and not published', async () => {
  const cases = casesOr(5_000);
  const statuses: Record<number, number> = {};
  const started = Date.now();
  await fc.assert(fc.asyncProperty(fc.array(events, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
    const answers = await Promise.all(batch.map((event) => webhook.invoke(event)));
    answers.forEach(({ statusCode }) => { statuses[statusCode] = (statuses[statusCode] ?? 0) + 1; });
    const isExpected = answers.every(({ statusCode }) => statusCode === 400 || statusCode === 413);
    if (!isExpected || webhook.bus.calls.length > 0) {
      const answered = JSON.stringify(answers.map(({ statusCode }) => statusCode));
      throw new Error(`answered ${answered}, ${webhook.bus.calls.length} calls of PutEvents`);
    }
  }), seeded(Math.ceil(cases / BATCH)));
  report('fuzz', { cases, ...statuses, 'reads of the secret': webhook.secrets.calls.length });
  expect(statuses[400]).toBeGreaterThan(cases * 0.9);
  // one read at the start, one in 30 s after mismatches and one in 300 s by age, each with one call per version
  const periods = (seconds: number) => Math.ceil((Date.now() - started + 1) / (1_000 * seconds));
  expect(webhook.secrets.calls.length).toBeLessThanOrEqual(2 * (1 + periods(30) + periods(300)));
});

test.each([0, 1, 1_000_000, 4_499_999, 4_500_000, 4_500_001, LARGE.length])(
  'a body of %d bytes is answered with 400 without the secret, and with 413 above the limit', async (size) => {
    const body = LARGE.subarray(0, size);
    const forged = `t=${now()},v1=${digest(body, now(), 'whsec_of_somebody_else')}`;
    const { statusCode } = await webhook.invoke(httpApiEvent(body, forged));
    expect(statusCode).toBe(size > 4_500_000 ? 413 : 400);
    expect(webhook.bus.calls).toEqual([]);
  },
);

test('an event that Stripe signed passes after all of these requests', async () => {
  const body = JSON.stringify(stripeEvent());
  const request = httpApiEvent(body, `t=${now()},v1=${digest(body, now(), SECRET)}`);
  expect(await webhook.invoke(request)).toMatchObject({ statusCode: 200 });
  expect(webhook.bus.calls).toHaveLength(1);
});
