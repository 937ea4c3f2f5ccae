import fc from 'fast-check';
import Stripe from 'stripe';
import { casesOr, report, seeded } from '../../../harness/random-runs';
import { digest, httpApiEvent, SECRET } from '../../../harness/stripe';
import { NOW, world } from '../../../harness/webhook-harness';

/** The webhook against stripe-node's `constructEvent`: where they differ, a hazard of the table explains it, by name. */

jest.setTimeout(3_600_000);

interface Attempt {
  readonly body: Buffer;
  /** As one text. */
  readonly header: string;
  /** The header comes in so many pieces, as it does when it was given several times. */
  readonly pieces?: readonly string[];
}

type Verdict = 'an event' | 'authentic, no event' | 'refused';

const TOLERANCE = 300;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function ours({ body, header, pieces }: Attempt): Promise<Verdict> {
  const { decision } = await world().receive({ ...httpApiEvent(body, undefined), headers: { 'stripe-signature': pieces ?? header } });
  return decision === 'Accepted' ? 'an event' : decision === 'Quarantined' ? 'authentic, no event' : 'refused';
}

function stripeNodes({ body, header, pieces }: Attempt): Verdict {
  try {
    Stripe.webhooks.constructEvent(body, pieces as string[] ?? header, SECRET, TOLERANCE, undefined, NOW * 1000);
    return 'an event';
  } catch (error) {
    const afterTheSignature = error instanceof SyntaxError || /EventNotification/.test(`${error}`);
    return afterTheSignature ? 'authentic, no event' : 'refused';
  }
}

/** The header as stripe-node splits it. */
const valuesOf = (header: string, key: string) => header.split(',').map((item) => item.split('=')).filter(([name]) => name === key).map(([, value]) => value);
/** The same with all that follows the first `=`; a bare key has no value. */
const rawValuesOf = (header: string, key: string) => header.split(',')
  .filter((item) => item === key || item.startsWith(`${key}=`)).map((item) => item.slice(key.length + 1));

/** Each says of what input the two may differ, and how. */
const HAZARDS: Record<string, (attempt: Attempt, mine: Verdict, theirs: Verdict) => boolean> = {
  'a header given several times, which joined would pass': ({ pieces }, mine, theirs) =>
    mine !== 'refused' && theirs === 'refused' && pieces !== undefined,
  'a time further ahead than is tolerated': ({ header }, mine, theirs) =>
    mine === 'refused' && theirs !== 'refused' && valuesOf(header, 't').some((time) => parseInt(time, 10) > NOW + TOLERANCE),
  'a time that is not just digits': ({ header }, mine, theirs) =>
    mine === 'refused' && theirs !== 'refused' && rawValuesOf(header, 't').some((time) => !/^(0|[1-9]\d{0,11})$/.test(time)),
  'two times that differ': ({ header }, mine, theirs) =>
    mine === 'refused' && theirs !== 'refused' && new Set(rawValuesOf(header, 't')).size > 1,
  'a v1 with a tail': ({ header }, mine, theirs) =>
    mine === 'refused' && theirs !== 'refused' && rawValuesOf(header, 'v1').some((value) => /^[0-9a-f]{64}=/.test(value)),
  'more than 16 digests, or 4,096 bytes': ({ header }, mine, theirs) =>
    mine === 'refused' && theirs !== 'refused' && (valuesOf(header, 'v1').length > 16 || Buffer.byteLength(header) > 4096),
  'a v1 without a value beside a good one': ({ header }, mine, theirs) =>
    mine !== 'refused' && theirs === 'refused' && valuesOf(header, 'v1').some((value) => !value),
  'a v1 of 64 characters that are not ASCII beside a good one': ({ header }, mine, theirs) =>
    mine !== 'refused' && theirs === 'refused' && valuesOf(header, 'v1').some((value) => value?.length === 64 && Buffer.byteLength(value) > 64),
  'a body with a byte-order mark, or not UTF-8': ({ body }, mine, theirs) =>
    mine === 'authentic, no event' && theirs === 'refused' && (!isUtf8(body) || body.subarray(0, 3).equals(Buffer.from('\ufeff'))),
  'an empty body, which stripe-node refuses as text and not as bytes': ({ body }, mine, theirs) =>
    body.length === 0 && mine === 'refused' && theirs === 'authentic, no event',
  'JSON that is no event': ({ body }, mine, theirs) =>
    mine === 'authentic, no event' && theirs === 'an event' && !isEvent(body),
  'a thin event': ({ body }, mine, theirs) =>
    mine === 'an event' && theirs === 'authentic, no event' && body.includes('v2.core.event'),
};

const isUtf8 = (bytes: Buffer) => {
  try {
    return Boolean(decoder.decode(bytes)) || true;
  } catch {
    return false;
  }
};

function isEvent(body: Buffer): boolean {
  const value: unknown = JSON.parse(body.toString());
  const { id, type } = (typeof value === 'object' ? value ?? {} : {}) as { id?: unknown; type?: unknown };
  return !Array.isArray(value) && typeof id === 'string' && typeof type === 'string' && /^[!-~]{1,128}$/.test(type);
}

const snapshot = fc.record({ id: fc.string(), type: fc.constantFrom('invoice.paid', 'brand.new', 'with blank', ''), data: fc.jsonValue() });
const bodies: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: snapshot.map((event) => Buffer.from(JSON.stringify({ object: 'event', ...event }))) },
  { weight: 1, arbitrary: fc.constant(Buffer.from('{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.no_meter_found"}')) },
  { weight: 2, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: snapshot.map((event) => Buffer.from(`\ufeff${JSON.stringify(event)}`)) },
);

const times = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, -300, -299, -1).map((offset) => `${NOW + offset}`) },
  { weight: 2, arbitrary: fc.integer({ min: -320, max: 320 }).map((offset) => `${NOW + offset}`) },
  { weight: 1, arbitrary: fc.constantFrom(`0${NOW}`, `+${NOW}`, ` ${NOW}`, `${NOW}abc`, `${NOW}.5`, `${NOW}e0`, 'abc', '', '-1', 'NaN', '9'.repeat(13)) },
);

/** One item of a header, given what was signed when; most are what Stripe would write, or nearly. */
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
        `v0=${good}`, `v1=${digest(body, time, 'whsec_other')}`, `v1=${good.toUpperCase()}`, `v1=${good}=tail`, `v1=${good.slice(1)}`, `V1=${good}`,
        ` v1=${good}`, `v1 =${good}`, 'v1', 'v1=', 'v1==', `v1=${'é'.repeat(64)}`, `v1=${'é'.repeat(32)}`, '=', '',
      ),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 63 }).map((at) => `v1=${good.slice(0, at)}${good[at] === '0' ? '1' : '0'}${good.slice(at + 1)}`) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 70 }).map((text) => `v1=${text}`) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
    { weight: 1, arbitrary: fc.integer({ min: 15, max: 18 }).map((count) => Array(count).fill(`v1=${good}`).join(',')) },
  );
};

const attempts: fc.Arbitrary<Attempt> = fc.tuple(bodies, times).chain(([body, time]) => fc.oneof(
  { weight: 1, arbitrary: fc.array(items(body, time), { maxLength: 3 }).map((list) => [`t=${time},v1=${digest(body, time)}`, ...list]).map((pieces) => ({ body, header: pieces.join(','), pieces })) },
  { weight: 1, arbitrary: fc.constant({ body, header: `t=${time},v1=${digest(body, time)}` }) },
  { weight: 4, arbitrary: fc.array(items(body, time), { maxLength: 6 }).map((list) => ({ body, header: [`t=${time}`, ...list].join(',') })) },
  { weight: 1, arbitrary: fc.array(items(body, time), { maxLength: 6 }).map((list) => ({ body, header: list.join(',') })) },
));

test('whatever Stripe or anybody else could send, stripe-node and this webhook differ only by a hazard with a name', async () => {
  const cases = casesOr(5_000);
  const tally: Record<string, number> = {};
  const count = (name: string) => { tally[name] = (tally[name] ?? 0) + 1; };
  await fc.assert(fc.asyncProperty(attempts, async (attempt) => {
    const [mine, theirs] = [await ours(attempt), stripeNodes(attempt)];
    if (mine === theirs) {
      return count(`both: ${mine}`);
    }
    const hazard = Object.entries(HAZARDS).find(([, explains]) => explains(attempt, mine, theirs));
    if (!hazard) {
      throw new Error(`ours: ${mine}, stripe-node: ${theirs}, of ${JSON.stringify({ header: attempt.header, body: attempt.body.toString('base64') })}`);
    }
    count(hazard[0]);
  }), seeded(cases));
  report('differential', { cases, ...tally });
  // each side of the agreement, and each hazard, must have been seen: else the test looks away
  expect(Object.keys(tally).sort()).toEqual([...Object.keys(HAZARDS), 'both: an event', 'both: authentic, no event', 'both: refused'].sort());
});
