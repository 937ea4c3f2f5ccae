import { createHash } from 'crypto';
import { setTimeout as sleep } from 'timers/promises';
import { gunzipSync } from 'zlib';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type RunningBundle, startBundle } from '../harness/bundle';
import { applyUpdate, type Item } from '../harness/dynamodb-model';
import { casesOr, report, SEED } from '../harness/random-runs';
import {
  ACCEPTED, awsError, type RecordedCall, type Recorder, type RecorderAnswer, startRecorder,
} from '../harness/recorder';
import { customerEvent, digest, httpApiEvent, stripeEvent } from '../harness/stripe';
import { ENV, startedWebhook, type StartedWebhook } from '../harness/webhook-bundle';
import { T, WRITER } from '../harness/writer-bundle';

/**
 * Conservation of events under load and faults: from a simulated Stripe through both built handlers to a table.
 *
 * An event is lost if it was answered 2xx and is nowhere. Whether it is on the bus or in quarantine is read from the
 * recorder behind the webhook, since a success can look like a timeout to the caller. The row of every customer has to
 * end in Stripe's last state. An event that is not answered 2xx is pending at Stripe and not lost.
 *
 * The fault of a call depends only on the seed, the event and the number of its attempt, not on the order in which
 * calls arrive. Retries end by state: when the faults are over, everything is delivered until nothing is pending.
 */

jest.setTimeout(21_600_000); // the long run takes hours

/** Attempts after which the simulated Stripe gives up while the faults last. Stripe makes about 16 in three days. */
const ATTEMPTS = 16;
/** Receives after which a message moves to the dead-letter queue while the faults last. */
const RECEIVES = 50;
const WRITERS = 50;
/** Requests in flight. In a long run, most of them wait after a fault, and more are needed to keep the handler busy. */
const inFlight = (events: number) => events > 10_000 ? 500 : 50;
const BATCH = 10;

interface Sent {
  readonly id: string;
  readonly kind: 'customer' | 'other' | 'invalid' | 'filtered';
  readonly body: string;
}

/** Event of an index. Each customer has twelve events, so that rows are written again and again. */
function sent(index: number): Sent {
  const id = `evt_${index}`;
  const json = (event: object) => JSON.stringify(event);
  switch (index % 10) {
    case 0:
      return { id, kind: 'filtered', body: json(stripeEvent({ id, livemode: true })) };
    case 1:
      return { id, kind: 'invalid', body: `{"id":"${id}","type":` };
    case 2: case 3: case 4: {
      const event = customerEvent('customer.updated', { id, created: T + index }, { id: customerOf(index), name: id });
      return { id, kind: 'customer', body: json(event) };
    }
    default:
      return { id, kind: 'other', body: json(stripeEvent({ id })) };
  }
}

const customerOf = (index: number) => `cus_${Math.floor(index / 40)}`;
const indexOf = (id: string) => Number(id.slice('evt_'.length));

/** What a service answers, and whether the call took effect nevertheless. */
type Fault = readonly [weight: number, answer: RecorderAnswer, applied: boolean];

const BUS_FAULTS: readonly Fault[] = [
  [30, awsError('ThrottlingException'), false],
  [20, awsError('InternalException', 500), false],
  [20, { body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] } }, false],
  [10, { body: { FailedEntryCount: 0, Entries: [{}] } }, false],
  [10, { reset: true }, false],
  [8, awsError('AccessDeniedException'), false],
  [1, { hang: true }, false],
  [1, { ...ACCEPTED, delayMs: 2_200 }, true],
];

const TABLE_FAULTS: readonly Fault[] = [
  [50, awsError('ThrottlingException'), false],
  [30, awsError('InternalServerError', 500), false],
  [18, { reset: true }, false],
  [1, { hang: true }, false],
  [1, { delayMs: 2_200 }, true],
];

/** Number from 0 to 1 that depends only on the seed and the text. */
const uniform = (text: string) => createHash('sha256').update(`${SEED} ${text}`).digest().readUInt32BE() / 2 ** 32;

/** Faults of one service. */
class Faults {
  /** Calls with each fault. */
  public readonly counts: number[];
  private readonly attempts = new Map<string, number>();

  constructor(private readonly name: string, private readonly kinds: readonly Fault[], private readonly rate: number) {
    this.counts = kinds.map(() => 0);
  }

  /** Returns the fault of the next call about an event. The events with the lowest ordinals get one of each kind. */
  public next(id: string, ordinal: number): Fault | undefined {
    const attempt = (this.attempts.get(id) ?? 0) + 1;
    this.attempts.set(id, attempt);
    const call = `${this.name} ${id} ${attempt}`;
    const isPlanned = attempt === 1 && ordinal < this.kinds.length;
    if (!isPlanned && uniform(`${call} fails`) >= this.rate) {
      return undefined;
    }
    const kind = isPlanned ? ordinal : this.weighted(uniform(`${call} kind`));
    this.counts[kind] += 1;
    return this.kinds[kind];
  }

  private weighted(random: number): number {
    let rest = random * this.kinds.reduce((sum, [weight]) => sum + weight, 0);
    return this.kinds.findIndex(([weight]) => (rest -= weight) < 0);
  }
}

/** Both handlers between services that fail at a rate. */
class TestSystem {
  /** How often each event is on the bus or in quarantine. */
  public readonly onBus = new Map<string, number>();
  public readonly rows = new Map<string, Item>();
  public readonly busFaults: Faults;
  public readonly tableFaults: Faults;
  public deadLettered = 0;
  private readonly queue: Array<{ readonly messageId: string; readonly body: string; receives: number }> = [];
  private readonly deadLetterQueue: typeof this.queue = [];
  private isFailing = true;
  private webhook!: StartedWebhook;
  private table!: Recorder;
  private writer!: RunningBundle;

  constructor(rate: number) {
    this.busFaults = new Faults('bus', BUS_FAULTS, rate);
    this.tableFaults = new Faults('table', TABLE_FAULTS, rate);
  }

  public async start(): Promise<void> {
    const bus = (call: RecordedCall, calls: RecordedCall[]) => this.busAnswer(call, calls);
    this.webhook = await startedWebhook({ ...ENV, MODE: 'test' }, { bus });
    this.table = await startRecorder((call, calls) => this.tableAnswer(call, calls));
    this.writer = await startBundle('writer', { ...WRITER, AWS_ENDPOINT_URL_DYNAMODB: this.table.url });
  }

  public async stop(): Promise<void> {
    await Promise.all([this.webhook?.stop(), this.writer?.stop()]);
    await this.table?.stop();
  }

  /** Ends the faults and moves the messages of the dead-letter queue back to the queue. */
  public heal(): void {
    this.isFailing = false;
    this.deadLettered = this.deadLetterQueue.length;
    this.queue.push(...this.deadLetterQueue.splice(0));
  }

  /** Makes one attempt of Stripe, with a new signature. Returns the status. */
  public async deliver(body: string): Promise<number> {
    const now = Math.floor(Date.now() / 1000);
    return (await this.webhook.invoke(httpApiEvent(body, `t=${now},v1=${digest(body, now)}`))).statusCode;
  }

  /** Passes messages to writers until the queue is empty and nothing more will come. */
  public async drain(isOver: () => boolean): Promise<void> {
    await Promise.all(Array.from({ length: WRITERS }, () => this.write(isOver)));
  }

  private async write(isOver: () => boolean): Promise<void> {
    while (this.queue.length > 0 || !isOver()) {
      const batch = this.queue.splice(0, BATCH);
      if (batch.length === 0) {
        await sleep(10);
        continue;
      }
      const { batchItemFailures } =
        await this.writer.invoke<{ batchItemFailures: Array<{ itemIdentifier: string }> }>({ Records: batch });
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const message of batch.filter(({ messageId }) => failed.has(messageId))) {
        message.receives += 1;
        (this.isFailing && message.receives > RECEIVES ? this.deadLetterQueue : this.queue).push(message);
      }
    }
  }

  private busAnswer({ body }: RecordedCall, calls: RecordedCall[]): RecorderAnswer {
    calls.length = 0; // a long run would keep gigabytes
    const [{ Detail, Source }] = body.Entries;
    const isQuarantined = Source.endsWith('.quarantine');
    const event = JSON.parse(Detail);
    const id: string = isQuarantined ? /"id":"(\w+)"/.exec(gunzip(event.body))![1] : event.id;
    const fault = this.isFailing ? this.busFaults.next(id, indexOf(id) - 1) : undefined; // index 0 is filtered out
    const [, answer, applied] = fault ?? [0, ACCEPTED, true];
    if (applied) {
      const copies = (this.onBus.get(id) ?? 0) + 1;
      this.onBus.set(id, copies);
      if (!isQuarantined && event.type.startsWith('customer.')) {
        this.queue.push({ messageId: `${id}#${copies}`, body: JSON.stringify({ detail: event }), receives: 0 });
      }
    }
    return answer;
  }

  /** Answer of DynamoDB by the model that is compared with DynamoDB Local. */
  private tableAnswer({ body }: RecordedCall, calls: RecordedCall[]): RecorderAnswer {
    calls.length = 0;
    const key = unmarshall(body.Key);
    const values = unmarshall(body.ExpressionAttributeValues);
    const id = Object.values(values).find((value): value is string => /^evt_\d+$/.test(`${value}`))!;
    const fault = this.isFailing ? this.tableFaults.next(id, customerOrdinal(id)) : undefined;
    const [, answer, isApplied] = fault ?? [0, {}, true];
    if (!isApplied) {
      return answer;
    }
    const old = this.rows.get(key.pk);
    const { applied, item } = applyUpdate(old, { ...body, Key: key, ExpressionAttributeValues: values });
    this.rows.set(key.pk, item!);
    const Item = old && marshall(old, { removeUndefinedValues: true });
    const rejection = { __type: 'ConditionalCheckFailedException', message: 'no', Item };
    return { ...answer, ...applied ? {} : { status: 400, body: rejection } };
  }
}

const gunzip = (text: string) => gunzipSync(Buffer.from(text, 'base64')).toString();

/** Place of an event among the customer events, which have the indexes 2, 3, 4, 12, 13, 14 and so on. */
const customerOrdinal = (id: string) => 3 * Math.floor(indexOf(id) / 10) + indexOf(id) % 10 - 2;

/** Course of one run. */
interface Course {
  /** Events that were answered 2xx. */
  readonly answered: Set<string>;
  retries: number;
  /** Events that Stripe would have given up, had the faults not ended. */
  givenUp: number;
}

/** Delivers every event while the faults last, and what is still pending when they are over. */
async function deliverAll(system: TestSystem, events: number, course: Course): Promise<void> {
  const pending: Sent[] = [];
  let next = 0;
  const attempt = async ({ id, body }: Sent) => {
    if (await system.deliver(body) < 300) {
      course.answered.add(id);
    }
    return course.answered.has(id);
  };
  const deliverWithFaults = async () => {
    while (next < events) {
      const event = sent(next++);
      let attempts = 1;
      for (; !await attempt(event) && attempts < ATTEMPTS; attempts += 1) {
        course.retries += 1;
      }
      if (!course.answered.has(event.id)) {
        pending.push(event);
      }
    }
  };
  let over = false;
  const deliveries = Promise.all(Array.from({ length: inFlight(events) }, deliverWithFaults));
  await Promise.all([deliveries.finally(() => { over = true; }), system.drain(() => over)]);

  course.givenUp = pending.length;
  system.heal();
  for (const event of pending) {
    while (!await attempt(event)) {
      course.retries += 1;
    }
  }
  await system.drain(() => true);
}

const RATES = [0.01, 0.1, 0.5];

test.concurrent.each(RATES)('G4: at a fault rate of %d, no event is lost and rows are right', async (rate) => {
  const events = casesOr(400);
  const system = new TestSystem(rate);
  const course: Course = { answered: new Set(), retries: 0, givenUp: 0 };
  const all = Array.from({ length: events }, (_, index) => sent(index));
  const lostEvents = () => all.filter(({ id, kind }) =>
    course.answered.has(id) && kind !== 'filtered' && !system.onBus.has(id));
  const started = Date.now();
  try {
    await system.start();
    await deliverAll(system, events, course);
  } finally { // the seed is printed in any case
    const copies = [...system.onBus.values()].reduce((sum, each) => sum + each, 0);
    report(`conservation at ${rate * 100} %`, {
      events,
      'lost': lostEvents().length,
      'faults of the bus': system.busFaults.counts.join('/'),
      'faults of the table': system.tableFaults.counts.join('/'),
      'duplicates': copies - system.onBus.size,
      'retries of Stripe': course.retries,
      'given up by Stripe': course.givenUp,
      'dead-lettered': system.deadLettered,
      'rows': system.rows.size,
      'seconds': Math.round((Date.now() - started) / 1000),
    });
    await system.stop();
  }
  expect(lostEvents().map(({ id }) => id)).toEqual([]);
  expect(all.filter(({ id }) => !course.answered.has(id))).toEqual([]); // nothing is pending any more
  expect(all.filter(({ id, kind }) => kind === 'filtered' && system.onBus.has(id))).toEqual([]);
  expect(wrongRows(system, events)).toEqual([]);
  // a kind of fault that never occurred would not be tested
  expect([...system.busFaults.counts, ...system.tableFaults.counts].filter((count) => count === 0)).toEqual([]);
});

/** Keys of rows that do not have the state of their customer's newest event. */
function wrongRows({ rows }: TestSystem, events: number): string[] {
  const newest = new Map<string, string>();
  for (let index = 0; index < events; index += 1) {
    const { id, kind } = sent(index);
    if (kind === 'customer') {
      newest.set(`self#test#customer#${customerOf(index)}`, id);
    }
  }
  return [...newest]
    .filter(([pk, id]) => rows.get(pk)?.name !== id || rows.get(pk)?.eventId !== id).map(([pk]) => pk);
}
