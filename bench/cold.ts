import { spawn } from 'child_process';
import { once } from 'events';
import { mkdtempSync, rmSync } from 'fs';
import { createServer, type Server } from 'http';
import type { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { setTimeout as sleep } from 'timers/promises';
import { awsAnswer } from './aws-answers';
import { bundle } from './bundle';
import { ENV } from './env';
import { median, type Verdict } from './measure';
import { inProject } from '../local/project';
import { httpApiEvent, stripeEvent, stripeSignature } from '../test/harness/stripe';

const ROUNDS = 21;
/** Rounds of the gate. CPU time is steadier than the time on a clock. */
const GATE_ROUNDS = 9;
/** Time that each AWS call takes. */
export const AWS_MS = 30;
/** Time between initialization and the first request. The secret is read within it. */
const IDLE_MS = 300;

/**
 * Program that loads a handler, waits, and hands it an event.
 *
 * It prints the time from the start of the process, and from the event, to the answer, and the CPU time of the process.
 */
const HOST = `
console.log = () => undefined;
const { handler } = require(process.argv[1]);
const event = JSON.parse(process.argv[2]);
const answer = async () => {
  const received = performance.now();
  const { statusCode } = await handler(event, { awsRequestId: 'r' });
  const answered = performance.now();
  const { user, system } = process.cpuUsage();
  const figures = { statusCode, sinceStart: answered, sinceEvent: answered - received, cpu: (user + system) / 1000 };
  process.stdout.write(JSON.stringify(figures), () => process.exit());
};
const idleMs = Number(process.argv[3]);
idleMs ? setTimeout(answer, idleMs) : answer();
`;

/** Times in milliseconds. */
interface Answer {
  readonly statusCode: number;
  readonly sinceStart: number;
  readonly sinceEvent: number;
  readonly cpu: number;
}

/** Bundles that are compared. Here `import()`, which `defaults` has, costs time that it does not cost on Lambda. */
type Subject = 'ours' | 'obvious' | 'defaults';
const SUBJECTS: Subject[] = ['ours', 'obvious', 'defaults'];

type Round = Record<Subject, { readonly cold: Answer; readonly idle: Answer }>;

/** From the start of a process to the first answer, and a first request after the initialization. */
export async function coldStart(): Promise<Verdict[]> {
  return verdicts(await rounds(ROUNDS));
}

/** CPU time of a cold start, for the gate: a ratio that holds on a machine that is busy with other work. */
export async function coldStartOfGate(): Promise<Verdict[]> {
  return cpuRows(await rounds(GATE_ROUNDS), { limit: { most: 0.75 } });
}

async function rounds(count: number): Promise<Round[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-cold-'));
  const aws = await startAws();
  const env = { ...ENV, AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}` };
  try {
    const files: Record<Subject, string> = {
      ours: inProject('assets', 'webhook', 'index.js'),
      obvious: join(dir, 'obvious.js'),
      defaults: join(dir, 'defaults.js'),
    };
    bundle('obvious', 'webhook', files.obvious, { syncImports: true });
    bundle('obvious', 'webhook', files.defaults);
    return await measure(files, env, count);
  } finally {
    aws.closeAllConnections();
    aws.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(
  files: Record<Subject, string>, env: Record<string, string>, count: number,
): Promise<Round[]> {
  const measured: Round[] = [];
  for (let number = -1; number < count; number += 1) {
    const round = {} as Round;
    for (const subject of number % 2 ? SUBJECTS : [...SUBJECTS].reverse()) {
      round[subject] = {
        cold: await firstAnswer(files[subject], 0, env),
        idle: await firstAnswer(files[subject], IDLE_MS, env),
      };
    }
    measured.push(...number < 0 ? [] : [round]); // the first one fills the cache of the disk
  }
  return measured;
}

type Figure = (of: Round[Subject]) => number;

const cpu: Figure = (of) => of.cold.cpu;

function cpuRows(measured: Round[], rest: Partial<Verdict> = {}): Verdict[] {
  return rowsOf(measured)('CPU time of the same', cpu, 'obvious', rest);
}

function rowsOf(measured: Round[]) {
  const ms = (subject: Subject, figure: Figure) => `${median(measured.map((of) => figure(of[subject]))).toFixed(0)} ms`;
  const ratio = (figure: Figure, to: Subject) => median(measured.map((of) => figure(of.ours) / figure(of[to])));
  return (what: string, figure: Figure, to: Subject, rest: Partial<Verdict> = {}): Verdict[] => [
    { what: `${what}: the obvious one`, figure: ms(to, figure) },
    { what: `${what}: ours`, figure: ms('ours', figure), ratio: ratio(figure, to), ...rest },
  ];
}

function verdicts(measured: Round[]): Verdict[] {
  const [cold, idle]: Figure[] = [(of) => of.cold.sinceStart, (of) => of.idle.sinceEvent];
  const rows = rowsOf(measured);
  return [
    ...rows('cold start to first answer', cold, 'obvious', { limit: { most: 0.65 }, aim: 0.55 }),
    ...cpuRows(measured),
    // if the request waited for the secret as well, it would take nearly as long as the obvious one (measured: 0.9)
    ...rows('first request after initialization', idle, 'obvious', { limit: { most: 0.5 } }),
    ...rows('by esbuild\'s defaults, cold start to first answer', cold, 'defaults'),
    ...rows('by esbuild\'s defaults, CPU time of the same', cpu, 'defaults'),
  ];
}

async function firstAnswer(file: string, idleMs: number, env: Record<string, string>): Promise<Answer> {
  const body = JSON.stringify(stripeEvent());
  const event = httpApiEvent(body, stripeSignature(body));
  const child = spawn(process.execPath, ['-e', HOST, file, JSON.stringify(event), `${idleMs}`], {
    env, stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  await once(child, 'close');
  const answer: Answer = JSON.parse(output.trimEnd().split('\n').at(-1)!); // after the log line of the handler
  if (answer.statusCode !== 200) {
    throw new Error(`${file} answered ${answer.statusCode}`);
  }
  return answer;
}

/** Starts both services. */
async function startAws(): Promise<Server> {
  const server = createServer((request, response) => void (async () => {
    let text = '';
    for await (const chunk of request) {
      text += chunk;
    }
    await sleep(AWS_MS);
    const { status, body } = awsAnswer(`${request.headers['x-amz-target']}`, text);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  })());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
