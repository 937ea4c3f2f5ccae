import { createHmac } from 'crypto';
import { App, Stack } from 'aws-cdk-lib';
import { awsAnswer } from './aws-answers';
import { ENV } from './env';
import { median, timed, type Verdict } from './measure';
import { inProject } from '../local/project';
import { StripeEventBridge } from '../src';
import { entryBytes } from '../src/stripe-event-bridge/webhook/runtime/bus-entry';
import { findSigner, readSignatureHeader } from '../src/stripe-event-bridge/webhook/runtime/signature';
import { readStripeEvent } from '../src/stripe-event-bridge/webhook/runtime/stripe-event';
import { digest, httpApiEvent, SECRET, stripeEvent } from '../test/harness/stripe';
import { interceptRequests } from '../test/runtime/intercepted-requests';

const REQUESTS = 2_000;
/** Number of requests to the handler per round. One takes several times as long as what the rest does. */
const HANDLER_REQUESTS = 200;
const ROUNDS = 15;

/** Event of 20 KB. */
const BODY = Buffer.from(JSON.stringify(stripeEvent({
  lines: Array.from({ length: 250 }, (_, index) => ({ id: `il_${index}`, amount: index, text: 'x'.repeat(40) })),
})));

/** Verifying and publishing an event of 20 KB, compared with the least that anybody does with it. */
export async function warm(): Promise<Verdict[]> {
  const time = Math.floor(Date.now() / 1000);
  const header = `t=${time},v1=${digest(BODY, time)}`;
  const least = () => {
    createHmac('sha256', SECRET).update(`${time}.`).update(BODY).digest('hex');
    JSON.parse(BODY.toString());
  };
  const core = await alternate(times(REQUESTS, () => verifyAndRead(header)), times(REQUESTS, least));
  const handler = await withHandler(async (handle) => {
    const event = httpApiEvent(BODY.toString(), header);
    await times(2 * HANDLER_REQUESTS, () => handle(event))(); // compiled by then
    return alternate(times(HANDLER_REQUESTS, () => handle(event)), times(HANDLER_REQUESTS, least));
  });
  const micros = (milliseconds: number, requests: number) => `${(1000 * milliseconds / requests).toFixed(0)} µs`;
  return [
    { what: `HMAC and JSON.parse of ${BODY.length} bytes`, figure: micros(core.other, REQUESTS) },
    {
      what: 'verify, read, size of the same',
      figure: micros(core.one, REQUESTS),
      ratio: core.ratio,
      limit: { most: 2 },
    },
    {
      what: 'built handler, AWS answered in the process',
      figure: micros(handler.one, HANDLER_REQUESTS),
      ratio: handler.ratio,
    },
  ];
}

function verifyAndRead(header: string): void {
  const read = readSignatureHeader(header, 300, new Date());
  const event = read.ok && findSigner([{ value: SECRET }], read.value, BODY) ? readStripeEvent(BODY) : undefined;
  if (!event?.ok) {
    throw new Error('the event must pass');
  }
  const { head: { type: detailType }, text: detail } = event.value;
  if (entryBytes({ source: 's', detailType, detail }) < BODY.length) {
    throw new Error('the size must count the text');
  }
}

/** Passes the built webhook to a function. Its log lines are rendered, and written nowhere. */
async function withHandler<T>(use: (handle: (event: object) => Promise<void>) => Promise<T>): Promise<T> {
  const undo = interceptRequests(({ headers, body }) => awsAnswer(headers['x-amz-target'], body));
  const environment = process.env;
  process.env = { ...environment, ...ENV };
  const { handler } = await import(inProject('assets', 'webhook', 'index.js'));
  const { write } = process.stdout;
  process.stdout.write = () => true; // the handler writes a line per request
  try {
    return await use(async (event) => {
      const { statusCode } = await handler(event, { awsRequestId: 'r' });
      if (statusCode !== 200) {
        throw new Error(`the event must pass, the answer is ${statusCode}`);
      }
    });
  } finally {
    process.stdout.write = write;
    process.env = environment;
    undo();
  }
}

/** Time that a bridge adds to the synthesis of an app. */
export async function synthesis(): Promise<Verdict[]> {
  const synth = (add: (stack: Stack) => unknown) => () => {
    const app = new App();
    add(new Stack(app, 'Test'));
    app.synth();
  };
  const addBridge = (stack: Stack) => new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
  const { one: bridge, other: empty } = await alternate(synth(addBridge), synth(() => undefined));
  return [
    { what: 'an empty stack', figure: `${empty.toFixed(0)} ms` },
    { what: 'with a bridge and a customer table', figure: `${bridge.toFixed(0)} ms` },
  ];
}

const times = (count: number, run: () => unknown) => async () => {
  for (let request = 0; request < count; request += 1) {
    const running = run();
    if (running instanceof Promise) {
      await running;
    }
  }
};

/** Medians of two functions in milliseconds, and of their ratio per round. The order alternates. */
async function alternate(one: () => unknown, other: () => unknown) {
  const rounds: Array<{ readonly one: number; readonly other: number }> = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const first = round % 2 ? await timed(other) : await timed(one);
    const second = round % 2 ? await timed(one) : await timed(other);
    rounds.push(round % 2 ? { one: second, other: first } : { one: first, other: second });
  }
  return {
    one: median(rounds.map((round) => round.one)),
    other: median(rounds.map((round) => round.other)),
    ratio: median(rounds.map((round) => round.one / round.other)),
  };
}
