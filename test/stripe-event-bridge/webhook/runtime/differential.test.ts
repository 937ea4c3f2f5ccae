import fc from 'fast-check';
import Stripe from 'stripe';
import { casesOr, report, seeded } from '../../../harness/random-runs';
import { digest, httpApiEvent, SECRET } from '../../../harness/stripe';
import { NOW, webhookHarness } from '../../../harness/webhook-harness';

/** Compares the webhook with `constructEvent` of stripe-node. Every difference is one that the table names. */

jest.setTimeout(3_600_000);

interface Attempt {
  readonly body: Buffer;
  /** Header as one text. */
  readonly header: string;
  /** Values of the header, if it was sent several times. */
  readonly pieces?: readonly string[];
}

type Verdict = 'an event' | 'authentic, no event' | 'rejected';

const TOLERANCE = 300;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function ours({ body, header, pieces }: Attempt): Promise<Verdict> {
  const headers = { 'stripe-signature': pieces ?? header };
  const { decision } = await webhookHarness().receive({ ...httpApiEvent(body, undefined), headers });
  return decision === 'Accepted' ? 'an event' : decision === 'Quarantined' ? 'authentic, no event' : 'rejected';
}

function stripeNodes({ body, header, pieces }: Attempt): Verdict {
  try {
    Stripe.webhooks.constructEvent(body, pieces as string[] ?? header, SECRET, TOLERANCE, undefined, NOW * 1000);
    return 'an event';
  } catch (error) {
    const afterTheSignature = error instanceof SyntaxError || /EventNotification/.test(`${error}`);
    return afterTheSignature ? 'authentic, no event' : 'rejected';
  }
}

/** Values of a key, as stripe-node splits the header. */
const valuesOf = (header: string, key: string) => header.split(',')
  .map((item) => item.split('=')).filter(([name]) => name === key).map(([, value]) => value);
/** Values of a key with everything that follows the first `=`. A bare key has an empty value. */
const rawValuesOf = (header: string, key: string) => header.split(',')
  .filter((item) => item === key || item.startsWith(`${key}=`)).map((item) => item.slice(key.length + 1));

type Explains = (attempt: Attempt, mine: Verdict, theirs: Verdict) => boolean;

/** Differences in which this webhook rejects what stripe-node does not, or the other way round. */
const stricter = (applies: (attempt: Attempt) => boolean): Explains => (attempt, mine, theirs) =>
  mine === 'rejected' && theirs !== 'rejected' && applies(attempt);
const laxer = (applies: (attempt: Attempt) => boolean): Explains => (attempt, mine, theirs) =>
  mine !== 'rejected' && theirs === 'rejected' && applies(attempt);

/** Known differences, each with the input that it needs. */
const DIFFERENCES: Record<string, Explains> = {
  'a header sent several times, whose values pass when they are joined': laxer(({ pieces }) => pieces !== undefined),
  'a time further ahead than the tolerance': stricter(({ header }) =>
    valuesOf(header, 't').some((time) => parseInt(time, 10) > NOW + TOLERANCE)),
  'a time that is not only digits': stricter(({ header }) =>
    rawValuesOf(header, 't').some((time) => !/^(0|[1-9]\d{0,11})$/.test(time))),
  'two different times': stricter(({ header }) => new Set(rawValuesOf(header, 't')).size > 1),
  'characters after a v1 digest': stricter(({ header }) =>
    rawValuesOf(header, 'v1').some((value) => /^[0-9a-f]{64}=/.test(value))),
  'more than 16 digests or 4,096 bytes': stricter(({ header }) =>
    valuesOf(header, 'v1').length > 16 || Buffer.byteLength(header) > 4096),
  'a v1 without a value beside a valid one': laxer(({ header }) => valuesOf(header, 'v1').some((value) => !value)),
  'a v1 of 64 characters beyond ASCII beside a valid one': laxer(({ header }) =>
    valuesOf(header, 'v1').some((value) => value?.length === 64 && Buffer.byteLength(value) > 64)),
  'a body with a byte order mark or invalid UTF-8': ({ body }, mine, theirs) => mine === 'authentic, no event' &&
    theirs === 'rejected' && (!isUtf8(body) || body.subarray(0, 3).equals(Buffer.from('\ufeff'))),
  'an empty body, which stripe-node rejects as text and not as bytes': ({ body }, mine, theirs) =>
    body.length === 0 && mine === 'rejected' && theirs === 'authentic, no event',
  'JSON that is not an event': ({ body }, mine, theirs) =>
    mine === 'authentic, no event' && theirs === 'an event' && !isEvent(body),
  'a thin event': ({ body }, mine, theirs) =>
    mine === 'an event' && theirs === 'authentic, no event' && body.includes('v2.core.event'),
};

const isUtf8 = (bytes: Buffer) => {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
};

function isEvent(body: Buffer): boolean {
  const value: unknown = JSON.parse(body.toString());
  const { id, type } = (typeof value === 'object' ? value ?? {} : {}) as { id?: unknown; type?: unknown };
  return !Array.isArray(value) && typeof id === 'string' && typeof type === 'string' && /^[!-~]{1,128}$/.test(type);
}

const types = fc.constantFrom('invoice.paid', 'brand.new', 'with blank', '');
const snapshot = fc.record({ id: fc.string(), type: types, data: fc.jsonValue() });
const bodies: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: snapshot.map((event) => Buffer.from(JSON.stringify({ object: 'event', ...event }))) },
  {
    weight: 1,
    arbitrary: fc.constant({ id: 'evt_1', object: 'v2.core.event', type: 'v1.billing.meter.no_meter_found' })
      .map((event) => Buffer.from(JSON.stringify(event))),
  },
  { weight: 2, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: snapshot.map((event) => Buffer.from(`\ufeff${JSON.stringify(event)}`)) },
);

const times = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, -300, -299, -1).map((offset) => `${NOW + offset}`) },
  { weight: 2, arbitrary: fc.integer({ min: -320, max: 320 }).map((offset) => `${NOW + offset}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      `0${NOW}`, `+${NOW}`, ` ${NOW}`, `${NOW}abc`, `${NOW}.5`, `${NOW}e0`, 'abc', '', '-1', 'NaN', '9'.repeat(13),
    ),
  },
);

/** One item of a header for a body that was signed at a time. Most are what Stripe writes, or nearly. */
const items = (body: Buffer, time: string) => {
  const good = digest(body, time);
  const signedAsParsed = digest(body, `${parseInt(time, 10)}`);
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(`v1=${good}`, `v1=${signedAsParsed}`) },
    { weight: 4, arbitrary: fc.constant(`t=${time}`) },
    { weight: 1, arbitrary: times.map((other) => `t=${other}`) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        `v0=${good}`, `v1=${digest(body, time, 'whsec_other')}`, `v1=${good.toUpperCase()}`, `v1=${good}=tail`,
        `v1=${good.slice(1)}`, `V1=${good}`, ` v1=${good}`, `v1 =${good}`, 'v1', 'v1=', 'v1==',
        `v1=${'é'.repeat(64)}`, `v1=${'é'.repeat(32)}`, '=', '',
      ),
    },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 0, max: 63 })
        .map((at) => `v1=${good.slice(0, at)}${good[at] === '0' ? '1' : '0'}${good.slice(at + 1)}`),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 70 }).map((text) => `v1=${text}`) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 15, max: 18 }).map((count) => Array(count).fill(`v1=${good}`).join(',')),
    },
  );
};

const attempts: fc.Arbitrary<Attempt> = fc.tuple(bodies, times).chain(([body, time]) => {
  const good = `t=${time},v1=${digest(body, time)}`;
  const list = (maxLength: number) => fc.array(items(body, time), { maxLength });
  return fc.oneof(
    {
      weight: 1,
      arbitrary: list(3).map((others) => [good, ...others])
        .map((pieces) => ({ body, header: pieces.join(','), pieces })),
    },
    { weight: 1, arbitrary: fc.constant({ body, header: good }) },
    { weight: 4, arbitrary: list(6).map((others) => ({ body, header: [`t=${time}`, ...others].join(',') })) },
    { weight: 1, arbitrary: list(6).map((others) => ({ body, header: others.join(',') })) },
  );
});

test('this webhook and stripe-node agree on every request, except for the differences that have a name', async () => {
  const cases = casesOr(5_000);
  const tally: Record<string, number> = {};
  const count = (name: string) => { tally[name] = (tally[name] ?? 0) + 1; };
  await fc.assert(fc.asyncProperty(attempts, async (attempt) => {
    const [mine, theirs] = [await ours(attempt), stripeNodes(attempt)];
    if (mine === theirs) {
      return count(`both: ${mine}`);
    }
    const known = Object.entries(DIFFERENCES).find(([, explains]) => explains(attempt, mine, theirs));
    if (!known) {
      const request = { header: attempt.header, body: attempt.body.toString('base64') };
      throw new Error(`ours: ${mine}, stripe-node: ${theirs}, for ${JSON.stringify(request)}`);
    }
    count(known[0]);
  }), seeded(cases));
  report('differential', { cases, ...tally });
  // a side of the agreement or a difference that no case reached would not be tested at all
  expect(Object.keys(tally).sort())
    .toEqual([...Object.keys(DIFFERENCES), 'both: an event', 'both: authentic, no event', 'both: rejected'].sort());
});
