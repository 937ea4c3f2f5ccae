import { createHmac } from 'crypto';
import { App, Stack } from 'aws-cdk-lib';
import { median, timed, type Verdict } from './measure';
import { StripeEventBridge } from '../src';
import { entryBytes, readStripeEvent } from '../src/stripe-event-bridge/webhook/runtime/stripe-event';
import { findSigner, readSignatureHeader } from '../src/stripe-event-bridge/webhook/runtime/signature';
import { digest, SECRET, stripeEvent } from '../test/harness/stripe';

const REQUESTS = 2_000;
const ROUNDS = 15;

/** Verifying and preparing an event of 20 KB, against the least that anybody does with it. */
export async function warm(): Promise<Verdict[]> {
  const body = Buffer.from(JSON.stringify(stripeEvent({ lines: Array.from({ length: 250 }, (_, index) => ({ id: `il_${index}`, amount: index, text: 'x'.repeat(40) })) })));
  const now = new Date();
  const time = Math.floor(now.getTime() / 1000);
  const header = `t=${time},v1=${digest(body, time)}`;
  const secrets = [{ value: SECRET }];
  const ours = () => {
    const read = readSignatureHeader(header, 300, now);
    const event = typeof read !== 'string' && findSigner(secrets, read, body) && readStripeEvent(body);
    if (!event || typeof event === 'string' || entryBytes({ source: 's', detailType: event.head.type, detail: event.text }) < body.length) {
      throw new Error('the event must pass');
    }
  };
  const least = () => {
    createHmac('sha256', SECRET).update(`${time}.`).update(body).digest('hex');
    JSON.parse(body.toString());
  };
  const [mine, theirs] = await alternate(many(ours), many(least));
  return [
    { what: `HMAC and JSON.parse of ${body.length} bytes`, figure: `${(1000 * theirs / REQUESTS).toFixed(0)} µs` },
    { what: 'verify, read, size of the same', figure: `${(1000 * mine / REQUESTS).toFixed(0)} µs`, ratio: mine / theirs, limit: { most: 2 } },
  ];
}

/** What a bridge adds to the synthesis of an app. */
export async function synthesis(): Promise<Verdict[]> {
  const synth = (add: (stack: Stack) => unknown) => () => {
    const app = new App();
    add(new Stack(app, 'Test'));
    app.synth();
  };
  const [bridge, empty] = await alternate(synth((stack) => new StripeEventBridge(stack, 'Stripe', { customerTable: {} })), synth(() => undefined));
  return [{ what: 'an empty stack', figure: `${empty.toFixed(0)} ms` }, { what: 'with a bridge and a customer table', figure: `${bridge.toFixed(0)} ms` }];
}

const many = (run: () => void) => () => {
  for (let request = 0; request < REQUESTS; request += 1) {
    run();
  }
};

/** Medians of two, taken in turns. */
async function alternate(one: () => unknown, other: () => unknown): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    times[0].push(await timed(one));
    times[1].push(await timed(other));
  }
  return [median(times[0]), median(times[1])];
}
