import { setTimeout as sleep } from 'timers/promises';
import { gunzipSync } from 'zlib';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type RunningBundle, startBundle } from '../harness/bundle';
import { applyUpdate, type Item } from '../harness/dynamodb-model';
import { ACCEPTED, awsError, type RecordedCall, type Recorder, type RecorderAnswer, startRecorder } from '../harness/recorder';
import { casesOr, report, SEED } from '../harness/random-runs';
import { customerEvent, digest, httpApiEvent, stripeEvent } from '../harness/stripe';
import { ENV, startedWebhook, type StartedWebhook } from '../harness/webhook-bundle';
import { T, WRITER } from '../harness/writer-bundle';

/**
 * The law of conservation, under load and faults: from a Stripe that sends again what it is not answered 2xx for, through both built
 * handlers, to a table. Every event is on the bus, in quarantine or filtered on purpose; every customer's row is Stripe's last word.
 */

jest.setTimeout(7_200_000);

/** Stripe tries about this often in three days. */
const ATTEMPTS = 16;
/** A message's receives before its queue sets it aside. */
const RECEIVES = 50;
const IN_FLIGHT = 500;
const WRITERS = 50;
const BATCH = 10;

interface Sent {
  readonly id: string;
  readonly body: string;
  readonly kind: 'customer' | 'other' | 'broken' | 'unwanted';
}

/** Lehmer's generator: the same faults for the same seed, in the order in which they are asked for. */
function randomness(seed: number): () => number {
  let state = seed % 0x7fffffff || 1;
  return () => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff;
}

/** Every tenth customer event is the last of its customer, so that rows are written over and over. */
function sent(index: number): Sent {
  const id = `evt_${index}`;
  const customer = Math.floor(index / 100);
  switch (index % 10) {
    case 0:
      return { id, kind: 'unwanted', body: JSON.stringify(stripeEvent({ id, livemode: true })) };
    case 1:
      return { id, kind: 'broken', body: `{"id":"${id}","type":` };
    case 2: case 3: case 4:
      return { id, kind: 'customer', body: JSON.stringify(customerEvent('customer.updated', { id, created: T + index }, { id: `cus_${customer}`, name: id })) };
    default:
      return { id, kind: 'other', body: JSON.stringify(stripeEvent({ id })) };
  }
}

/** EventBridge on bad days: what the caller sees, and whether the event is on the bus nevertheless. */
const BUS_FAULTS: Array<[weight: number, answer: RecorderAnswer, taken: boolean]> = [
  [30, awsError('ThrottlingException'), false],
  [20, awsError('InternalException', 500), false],
  [20, { body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] } }, false],
  [10, { body: { FailedEntryCount: 0, Entries: [{}] } }, false],
  [10, { reset: true }, false],
  [8, awsError('AccessDeniedException'), false],
  [1, { hang: true }, false],
  [1, { ...ACCEPTED, delayMs: 2_200 }, true],
];

const TABLE_FAULTS: Array<[weight: number, answer: RecorderAnswer, taken: boolean]> = [
  [50, awsError('ThrottlingException'), false],
  [30, awsError('InternalServerError', 500), false],
  [18, { reset: true }, false],
  [1, { hang: true }, false],
  [1, { delayMs: 2_200 }, true],
];

function pick<T extends readonly [number, ...unknown[]]>(choices: readonly T[], random: number): T {
  let rest = random * choices.reduce((sum, [weight]) => sum + weight, 0);
  return choices.find(([weight]) => (rest -= weight) < 0) ?? choices[choices.length - 1];
}

/** Both handlers, between services that fail at a rate. */
class World {
  /** How often each event is on the bus or in quarantine. */
  public readonly onBus = new Map<string, number>();
  public readonly rows = new Map<string, Item>();
  public readonly queue: Array<{ readonly messageId: string; readonly body: string; receives: number }> = [];
  public readonly setAside: string[] = [];
  private readonly random = randomness(SEED);
  private webhook!: StartedWebhook;
  private table!: Recorder;
  private writer!: RunningBundle;

  constructor(private readonly rate: number) {
  }

  public async start(): Promise<void> {
    this.webhook = await startedWebhook({ ...ENV, MODE: 'test' }, { bus: (call, calls) => this.busAnswer(call, calls) });
    this.table = await startRecorder((call, calls) => this.tableAnswer(call, calls));
    this.writer = await startBundle('writer', { ...WRITER, AWS_ENDPOINT_URL_DYNAMODB: this.table.url });
  }

  public async stop(): Promise<void> {
    await Promise.all([this.webhook.stop(), this.writer.stop()]);
    await this.table.stop();
  }

  /** One attempt of Stripe's, signed anew. */
  public async deliver(body: string): Promise<number> {
    const now = Math.floor(Date.now() / 1000);
    return (await this.webhook.invoke(httpApiEvent(body, `t=${now},v1=${digest(body, now)}`))).statusCode;
  }

  /** Hands writers what waits, until nothing does and nothing will. */
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
      const { batchItemFailures } = await this.writer.invoke<{ batchItemFailures: Array<{ itemIdentifier: string }> }>({ Records: batch });
      const back = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const message of batch.filter(({ messageId }) => back.has(messageId))) {
        message.receives += 1;
        message.receives > RECEIVES ? this.setAside.push(message.messageId) : this.queue.push(message);
      }
    }
  }

  private busAnswer({ body }: RecordedCall, calls: RecordedCall[]): RecorderAnswer {
    calls.length = 0; // a long run would keep gigabytes
    const [, answer, taken] = this.random() < this.rate ? pick(BUS_FAULTS, this.random()) : [0, ACCEPTED, true] as const;
    if (taken) {
      const [{ Detail, Source }] = body.Entries;
      this.take(Detail, Source.endsWith('.quarantine'));
    }
    return answer;
  }

  private take(detail: string, quarantined: boolean): void {
    const event = JSON.parse(detail);
    const id: string = quarantined ? /"id":"(\w+)"/.exec(gunzip(event.body))![1] : event.id;
    this.onBus.set(id, (this.onBus.get(id) ?? 0) + 1);
    if (!quarantined && event.type.startsWith('customer.')) {
      this.queue.push({ messageId: `${id}#${this.onBus.get(id)}`, body: JSON.stringify({ detail: event }), receives: 0 });
    }
  }

  /** DynamoDB's answer, by the model that is held against DynamoDB Local. */
  private tableAnswer({ body }: RecordedCall, calls: RecordedCall[]): RecorderAnswer {
    calls.length = 0;
    const [, answer, taken] = this.random() < this.rate ? pick(TABLE_FAULTS, this.random()) : [0, {}, true] as const;
    if (!taken) {
      return answer;
    }
    const key = unmarshall(body.Key);
    const old = this.rows.get(key.pk);
    const values = unmarshall(body.ExpressionAttributeValues);
    const { applied, item } = applyUpdate(old, { ...body, Key: key, ExpressionAttributeValues: values });
    this.rows.set(key.pk, item!);
    const refusal = { __type: 'ConditionalCheckFailedException', message: 'no', Item: old && marshall(old, { removeUndefinedValues: true }) };
    return { ...answer, ...applied ? {} : { status: 400, body: refusal } };
  }
}

const gunzip = (text: string) => gunzipSync(Buffer.from(text, 'base64')).toString();

test.each([0.01, 0.1, 0.5])('G4: at a fault rate of %d nothing is lost', async (rate) => {
  const events = casesOr(1_500);
  const world = new World(rate);
  await world.start();
  let [next, retries, givenUp, unanswered] = [0, 0, 0, 0];
  const started = Date.now();
  const stripe = async () => {
    while (next < events) {
      const { id, body, kind } = sent(next++);
      let [attempt, status] = [1, await world.deliver(body)];
      for (; status >= 300 && attempt < ATTEMPTS; attempt += 1) {
        retries += 1;
        status = await world.deliver(body);
      }
      givenUp += status >= 300 ? 1 : 0;
      unanswered += status < 300 && kind !== 'unwanted' && !world.onBus.has(id) ? 1 : 0;
    }
  };
  let over = false;
  const deliveries = Promise.all(Array.from({ length: IN_FLIGHT }, stripe)).then(() => { over = true; });
  await Promise.all([deliveries, world.drain(() => over)]);
  await world.drain(() => true);
  await world.stop();

  const seconds = Math.round((Date.now() - started) / 1000);
  const duplicates = [...world.onBus.values()].reduce((extra, copies) => extra + copies - 1, 0);
  const lost = givenUp + unanswered + world.setAside.length;
  report(`conservation at ${rate * 100} %`, { events, lost, duplicates, 'retries of Stripe': retries, 'rows': world.rows.size, seconds });
  expect({ lost, givenUp, unanswered, setAside: world.setAside }).toEqual({ lost: 0, givenUp: 0, unanswered: 0, setAside: [] });
  expect(world.onBus.size).toBe(Array.from({ length: events }, (_, index) => index).filter((index) => index % 10 !== 0).length);
  expect(wrongRows(world, events)).toEqual([]);
});

/** Rows that are not as the newest of their customer's events left them. */
function wrongRows(world: World, events: number): string[] {
  const newest = new Map<string, string>();
  for (let index = 0; index < events; index += 1) {
    if (index % 10 >= 2 && index % 10 <= 4) {
      newest.set(`self#test#customer#cus_${Math.floor(index / 100)}`, `evt_${index}`);
    }
  }
  return [...newest].filter(([pk, id]) => world.rows.get(pk)?.name !== id || world.rows.get(pk)?.eventId !== id).map(([pk]) => pk);
}
