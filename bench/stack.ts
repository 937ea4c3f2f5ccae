import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { setTimeout as sleep } from 'timers/promises';
import { bundle } from './bundle';
import { median, type Verdict } from './measure';
import { bootstrap, synthesizeExample } from '../local/cloud-assembly';
import { DEMO_SECRET, demoCustomer, sign } from '../local/demo-events';
import { DeployedExample } from '../local/deployed-example';
import { type Emulator, startEmulator } from '../local/emulator';
import { leaveOut } from '../local/leave-out';

/** Requests at the same time. More would measure the worker processes of the emulator. */
const IN_FLIGHT = 4;
const EVENTS = 100;
const ROUNDS = 12;

/** Handler that answers and calls no service. It keeps its process alive, as the connections of an SDK do. */
const NOTHING = `setInterval(() => undefined, 60_000);
exports.handler = async ({ Records }) => {
  console.log('{}'); // without a line the emulator waits 50 ms for a worker's output
  return Records ? { batchItemFailures: [] } : { statusCode: 200, body: 'received' };
};`;

/** Handlers of each stack. The template is the same. */
const STACKS: Record<'nothing' | 'relay' | 'ours', (assembly: string) => void> = {
  nothing: (assembly) => handlersOf(assembly).forEach(([file]) => writeFileSync(file, NOTHING)),
  relay: (assembly) => handlersOf(assembly).forEach(([file, name]) => bundle('relay', name, file)),
  ours: () => undefined,
};

/** Rates of a stack, in events per second. */
interface Rates {
  /** Until the last request has its answer. */
  readonly answered: number;
  /** Until the last customer has a row. Handlers that do nothing have 0. */
  readonly stored: number;
}

/**
 * From the endpoint to the row on a local AWS, compared with the same stack with other handlers.
 *
 * One kind only passes the event on. The other does nothing, so that its events get nowhere.
 */
export async function endToEnd(): Promise<Verdict[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-stack-'));
  const emulators: Emulator[] = [];
  try {
    await synthesizeExample(join(dir, 'ours'));
    leaveOut(join(dir, 'ours'));
    const stacks: Array<readonly [name: string, example: DeployedExample, rates: Rates[]]> = [];
    for (const [name, replaceHandlers] of Object.entries(STACKS)) {
      const assembly = join(dir, `of-${name}`);
      cpSync(join(dir, 'ours'), assembly, { recursive: true });
      replaceHandlers(assembly);
      const emulator = await startEmulator();
      emulators.push(emulator);
      stacks.push([name, await deployed(emulator, assembly), []]);
    }
    for (let round = -1; round < ROUNDS; round += 1) { // the first one starts the workers
      for (const [name, example, rates] of round % 2 ? stacks : [...stacks].reverse()) {
        const measured = await run(example, `${name}_${round + 1}`, name !== 'nothing');
        rates.push(...round < 0 ? [] : [measured]);
      }
    }
    return verdicts(Object.fromEntries(stacks.map(([name, , rates]) => [name, rates])));
  } finally {
    await Promise.all(emulators.map((emulator) => emulator.stop()));
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Ratios are taken round by round, so that a machine that is slow for a while is slow for all. */
function verdicts({ nothing, relay, ours }: Record<string, Rates[]>): Verdict[] {
  type Until = keyof Rates;
  const row = (what: string, rates: Rates[], until: Until, to?: Rates[], limit?: Verdict['limit']): Verdict => ({
    what,
    figure: `${median(rates.map((round) => round[until])).toFixed(0)}/s`,
    ratio: to && median(rates.map((round, index) => round[until] / to[index][until])),
    limit,
  });
  return [
    row('to the row: handlers that only pass on', relay, 'stored'),
    row('to the row: ours', ours, 'stored', relay, { least: 0.9 }),
    row('to the answer: handlers that do nothing', nothing, 'answered'),
    row('to the answer: handlers that only pass on', relay, 'answered', nothing),
    row('to the answer: ours', ours, 'answered', nothing),
  ];
}

async function deployed(emulator: Emulator, assembly: string): Promise<DeployedExample> {
  await bootstrap(emulator);
  const example = await DeployedExample.from(emulator, assembly);
  await example.storeSecret(DEMO_SECRET);
  return example;
}

/** Returns the file of each handler, and which one it is. */
function handlersOf(assembly: string): Array<[file: string, name: string]> {
  return readdirSync(assembly).filter((name) => name.startsWith('asset.')).map((asset) => {
    const file = join(assembly, asset, 'index.js');
    return [file, readFileSync(file, 'utf8').includes('SIGNING_SECRET_IDS') ? 'webhook' : 'writer'];
  });
}

async function run(example: DeployedExample, prefix: string, stores: boolean): Promise<Rates> {
  const customers = Array.from({ length: EVENTS }, (_, index) => demoCustomer(`cus_${prefix}_${index}`));
  const started = Date.now();
  const rate = () => EVENTS / ((Date.now() - started) / 1000);
  await inFlight(customers, async (customer) => {
    const body = JSON.stringify(customer.event('customer.created', 0));
    const { status } = await example.post(body, sign(body));
    if (status !== 200) {
      throw new Error(`the endpoint answered ${status}`);
    }
  });
  const answered = rate();
  if (stores) {
    await inFlight(customers, async ({ pk }) => {
      while (!await example.row(pk)) {
        await sleep(20);
      }
    });
  }
  return { answered, stored: stores ? rate() : 0 };
}

async function inFlight<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (next < items.length) {
      await work(items[next++]);
    }
  }));
}
