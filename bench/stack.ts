import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { median, type Verdict } from './measure';
import { bootstrap, synthesizeExample } from '../local/cloud-assembly';
import { DEMO_SECRET, demoCustomer, sign } from '../local/demo-events';
import { DeployedExample } from '../local/deployed-example';
import { startEmulator } from '../local/emulator';
import { leaveOut } from '../local/leave-out';

/** More at once would measure the emulator's worker processes. */
const IN_FLIGHT = 4;
const EVENTS = 60;
const ROUNDS = 5;
/**
 * Nothing but a log line: without one the emulator waits 50 ms for a worker's output. It keeps its process alive, as an SDK's
 * connections do, and calls no service, so that what a call of PutEvents costs there counts against ours.
 */
const NOTHING = `setInterval(() => undefined, 60_000);
exports.handler = async ({ Records }) => {
  console.log('{}');
  return Records ? { batchItemFailures: [] } : { statusCode: 200, body: 'received' };
};`;

/** Events a second from the endpoint to its answer on a local AWS, against the same stack whose handlers do nothing. */
export async function endToEnd(): Promise<Verdict[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-stack-'));
  const emulators = [];
  try {
    await synthesizeExample(join(dir, 'ours'));
    leaveOut(join(dir, 'ours'));
    cpSync(join(dir, 'ours'), join(dir, 'nothing'), { recursive: true });
    replaceHandlers(join(dir, 'nothing'));
    const stacks = [];
    for (const name of ['nothing', 'ours']) {
      const emulator = await startEmulator();
      emulators.push(emulator);
      await bootstrap(emulator);
      const example = await DeployedExample.from(emulator, join(dir, name));
      await example.storeSecret(DEMO_SECRET);
      await rate(example); // the workers start
      stacks.push(example);
    }
    const rates: number[][] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, stack] of stacks.entries()) {
        rates[index].push(await rate(stack));
      }
    }
    const [nothing, ours] = rates.map(median);
    return [
      { what: 'handlers that do nothing', figure: `${nothing.toFixed(0)}/s` },
      { what: 'ours', figure: `${ours.toFixed(0)}/s`, ratio: ours / nothing, limit: { least: 0.9 } },
    ];
  } finally {
    await Promise.all(emulators.map((emulator) => emulator.stop()));
    rmSync(dir, { recursive: true, force: true });
  }
}

function replaceHandlers(assembly: string): void {
  for (const asset of readdirSync(assembly).filter((name) => name.startsWith('asset.'))) {
    const file = join(assembly, asset, 'index.js');
    if (readFileSync(file, 'utf8').length > 0) {
      writeFileSync(file, NOTHING);
    }
  }
}

async function rate(example: DeployedExample): Promise<number> {
  let next = 0;
  const started = Date.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    while (next < EVENTS) {
      const body = JSON.stringify(demoCustomer(`cus_bench_${next++}`).event('customer.created', 0));
      const { status } = await example.post(body, sign(body));
      if (status !== 200) {
        throw new Error(`the endpoint answered ${status}`);
      }
    }
  }));
  return EVENTS / ((Date.now() - started) / 1000);
}
