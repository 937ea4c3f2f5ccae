import { spawn } from 'child_process';
import { once } from 'events';
import { mkdtempSync, rmSync } from 'fs';
import { createServer, type Server } from 'http';
import type { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { setTimeout as sleep } from 'timers/promises';
import { bundle } from './bundle';
import { median, type Verdict } from './measure';
import { inProject } from '../local/project';
import { digest, httpApiEvent, SECRET, stripeEvent } from '../test/support/stripe';

const ROUNDS = 21;
const AWS_MS = 30;
/** Long enough for the secret to be read. */
const IDLE_MS = 300;

const ARN = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:stripe';
const ENV = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_LAMBDA_FUNCTION_NAME: 'webhook',
  // ours
  EVENT_BUS_ARN: 'arn:aws:events:eu-west-1:000000000000:event-bus/billing',
  EVENT_SOURCE: 'stripe.com',
  SIGNING_SECRET_ARNS: ARN,
  PREVIOUS_SECRET_SECONDS: '86700',
  TOLERANCE_SECONDS: '300',
  WANTED_TYPES: '*',
  LIVEMODE: 'any',
  // the obvious one's
  SECRET_ARN: ARN,
  BUS: 'billing',
};

/** Loads a handler, waits, hands it an event; tells how long after the process' start, and the event's, it answered. */
const HOST = `
console.log = () => undefined;
const { handler } = require(process.argv[1]);
const event = JSON.parse(process.argv[2]);
const answer = async () => {
  const asked = performance.now();
  const { statusCode } = await handler(event, { awsRequestId: 'r' });
  const answered = performance.now();
  const figures = { statusCode, sinceStart: answered, sinceEvent: answered - asked };
  process.stdout.write(JSON.stringify(figures), () => process.exit());
};
const idleMs = Number(process.argv[3]);
idleMs ? setTimeout(answer, idleMs) : answer();
`;

type Answer = { readonly statusCode: number; readonly sinceStart: number; readonly sinceEvent: number };

/** From process start to the first answer, and a request that comes once the environment has started. */
export async function coldStart(): Promise<Verdict[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-cold-'));
  const aws = await startAws();
  const env = { ...ENV, AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}` };
  try {
    const theirs = join(dir, 'index.js');
    bundle('obvious', 'webhook', theirs);
    const ours = inProject('assets', 'webhook', 'index.js');
    const rounds: Array<{ ours: Answer; theirs: Answer; idleOurs: Answer; idleTheirs: Answer }> = [];
    for (let round = -1; round < ROUNDS; round += 1) { // the first one fills the disk's cache
      const measured = {
        ours: await firstAnswer(ours, 0, env),
        theirs: await firstAnswer(theirs, 0, env),
        idleTheirs: await firstAnswer(theirs, IDLE_MS, env),
        idleOurs: await firstAnswer(ours, IDLE_MS, env),
      };
      rounds.push(...round < 0 ? [] : [measured]);
    }
    const ms = (of: (round: typeof rounds[number]) => number) => `${median(rounds.map(of)).toFixed(0)} ms`;
    return [
      { what: 'process start to first answer: the obvious one', figure: ms((round) => round.theirs.sinceStart) },
      {
        what: 'process start to first answer: ours',
        figure: ms((round) => round.ours.sinceStart),
        ratio: median(rounds.map((round) => round.ours.sinceStart / round.theirs.sinceStart)),
        limit: { most: 0.65 },
      },
      { what: 'first request, started before: the obvious one', figure: ms((round) => round.idleTheirs.sinceEvent) },
      {
        what: 'first request, started before: ours',
        figure: ms((round) => round.idleOurs.sinceEvent),
        ratio: median(rounds.map((round) => round.idleOurs.sinceEvent / round.idleTheirs.sinceEvent)),
        limit: { most: 0.65 },
      },
    ];
  } finally {
    aws.closeAllConnections();
    aws.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function firstAnswer(file: string, idleMs: number, env: Record<string, string>): Promise<Answer> {
  const body = JSON.stringify(stripeEvent());
  const time = Math.floor(Date.now() / 1000);
  const event = httpApiEvent(body, `t=${time},v1=${digest(body, time)}`);
  const child = spawn(process.execPath, ['-e', HOST, file, JSON.stringify(event), `${idleMs}`], {
    env, stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  await once(child, 'close');
  const answer: Answer = JSON.parse(output);
  if (answer.statusCode !== 200) {
    throw new Error(`${file} answered ${answer.statusCode}`);
  }
  return answer;
}

/** Both services, of which each call takes its time. */
async function startAws(): Promise<Server> {
  const server = createServer((request, response) => void (async () => {
    let text = '';
    for await (const chunk of request) {
      text += chunk;
    }
    await sleep(AWS_MS);
    const [status, body] = answerTo(JSON.parse(text));
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  })());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function answerTo({ Entries, VersionStage }: Record<string, unknown>): [status: number, body: object] {
  if (Entries) {
    return [200, { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] }];
  }
  return VersionStage === 'AWSPREVIOUS'
    ? [400, { __type: 'ResourceNotFoundException' }]
    : [200, { SecretString: SECRET, CreatedDate: Date.now() / 1000 - 3_600 }];
}
