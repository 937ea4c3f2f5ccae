import { type ChildProcess, spawn } from 'child_process';
import { once } from 'events';
import { join } from 'path';
import { setImmediate as turn } from 'timers/promises';

const ASSETS = join(__dirname, '..', '..', 'assets');

/** Number of characters of the output that are kept. Long runs write gigabytes. */
const KEPT_OUTPUT = 4 * 1024 * 1024;

/**
 * Program of the process that loads a handler, as Lambda does, and answers over IPC.
 *
 * Its clock can be put forward. Timers stay real.
 */
const HOST = `
const RealDate = Date;
let ahead = 0;
globalThis.Date = class extends RealDate {
  constructor(...args) { super(...(args.length > 0 ? args : [RealDate.now() + ahead])); }
  static now() { return RealDate.now() + ahead; }
};
const { handler } = require(process.argv[1]);
process.on('message', ({ id, event, advanceMs, resources }) => {
  ahead += advanceMs ?? 0;
  const answer = advanceMs ? Promise.resolve()
    : resources ? Promise.resolve(process.getActiveResourcesInfo())
    : handler(event, { awsRequestId: id });
  answer.then(
    (result) => process.send({ id, result }),
    ({ name, message }) => process.send({ id, error: name + ': ' + message }),
  );
});
process.send({ id: 'ready' });
`;

/** Built bundle in a process of its own. */
export interface RunningBundle {
  /** Returns the answer of the handler. Rejects if the handler throws. */
  invoke<T>(event: unknown): Promise<T>;
  /** Puts the clock of the process forward. */
  advance(seconds: number): Promise<void>;
  /** Returns the kinds of resources that keep the event loop alive. The IPC channel is one of them. */
  resources(): Promise<string[]>;
  /** Returns the log lines so far, parsed. */
  logs(): Array<Record<string, unknown>>;
  /** Returns the output so far as text. */
  output(): string;
  /** Ends the process. */
  stop(): Promise<void>;
}

const running: RunningBundle[] = [];

// a process that a failed test left running would keep jest from ending
afterAll(() => Promise.all(running.map((bundle) => bundle.stop())));

/**
 * Starts a bundle as the library ships it, on the major version of Node.js that Lambda runs.
 *
 * Its environment contains the given variables and those that Lambda itself sets, nothing else.
 */
export async function startBundle(name: 'webhook' | 'writer', env: Record<string, string>): Promise<RunningBundle> {
  const child = spawn(process.execPath, ['-e', HOST, join(ASSETS, name, 'index.js')], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_LAMBDA_FUNCTION_NAME: name,
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk) => {
      output += chunk;
      if (output.length > 2 * KEPT_OUTPUT) {
        output = output.slice(-KEPT_OUTPUT);
      }
    });
  }
  const answers = answersOf(child, () => output);
  await answers.ready;
  let requests = 0;
  const send = (message: object) => {
    const id = `request-${requests += 1}`;
    child.send({ id, ...message });
    return answers.to(id);
  };
  const bundle: RunningBundle = {
    output: () => output,
    logs: () => output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)),
    invoke: (event) => send({ event }),
    advance: (seconds) => send({ advanceMs: seconds * 1000 }),
    resources: () => send({ resources: true }),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    },
  };
  running.push(bundle);
  return bundle;
}

/** Message of the process: the answer to a request, or that it is ready. */
interface Message {
  readonly id: string;
  readonly result?: unknown;
  readonly error?: string;
}

function answersOf(child: ChildProcess, output: () => string) {
  const waiting = new Map<string, { resolve: (value: any) => void; reject: (error: Error) => void }>();
  const promise = (id: string) => new Promise<any>((resolve, reject) => waiting.set(id, { resolve, reject }));
  const ready = promise('ready');
  child.on('message', async ({ id, result, error }: Message) => {
    await turn();
    await turn(); // what the process wrote before it answered has been read by then
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    error === undefined ? resolve(result) : reject(new Error(error));
  });
  child.on('exit', () => {
    const lines = output().split('\n').map((line) => line.slice(0, 300)); // a stack trace quotes the minified line
    waiting.forEach(({ reject }) => reject(new Error(`the bundle ended: ${lines.join('\n')}`)));
  });
  return { ready, to: promise };
}
