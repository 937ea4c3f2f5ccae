import { once } from 'events';
import { createServer, type IncomingMessage, type ServerResponse } from 'http';
import type { AddressInfo } from 'net';
import { setTimeout as sleep } from 'timers/promises';

/** Call of a client in AWS's JSON protocol. */
export interface RecordedCall {
  /** Name of the operation, for example `PutEvents`. */
  readonly operation: string;
  readonly body: any;
}

/** Answer of the service. `hang` never answers, `reset` cuts the connection, `forward` lets another endpoint answer. */
export interface RecorderAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly delayMs?: number;
  readonly hang?: boolean;
  readonly reset?: boolean;
  readonly forward?: string;
}

/** HTTP endpoint in place of an AWS service. It records every call and answers as the test says. */
export interface Recorder {
  readonly url: string;
  readonly calls: RecordedCall[];
  /** Waits until so many calls have been received. */
  received(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Protects a test from waiting forever for a call. */
const LONGEST_WAIT_MS = 60_000;

const running: Recorder[] = [];

// a recorder that a failed test left running would keep jest from ending
afterAll(() => Promise.all(running.map((recorder) => recorder.stop())));

/** Starts a recorder on the loopback interface. `answer` is called once per call. */
export async function startRecorder(
  answer: (call: RecordedCall, calls: RecordedCall[]) => RecorderAnswer,
): Promise<Recorder> {
  const calls: RecordedCall[] = [];
  const server = createServer((request, response) => void (async () => {
    const { call, bytes } = await readCall(request);
    calls.push(call);
    const { forward, ...rest } = answer(call, calls);
    await respond(response, forward ? { ...await forwarded(forward, request, bytes), ...rest } : rest);
  })());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const recorder: Recorder = {
    calls,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: async (count) => {
      for (const end = Date.now() + LONGEST_WAIT_MS; calls.length < count; await sleep(10)) {
        if (Date.now() > end) {
          throw new Error(`${calls.length} of ${count} calls were received`);
        }
      }
    },
    stop: async () => {
      server.closeAllConnections();
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
    },
  };
  running.push(recorder);
  return recorder;
}

/** Headers that the real service needs: the others belong to the connection. */
const FORWARDED_HEADERS = ['x-amz-target', 'content-type', 'authorization', 'x-amz-date'];

/** Answer of the real service. */
async function forwarded(url: string, request: IncomingMessage, body: Buffer<ArrayBuffer>): Promise<RecorderAnswer> {
  const headers = Object.fromEntries(FORWARDED_HEADERS.map((name) => [name, `${request.headers[name]}`]));
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, body: await response.json() };
}

interface ReadCall {
  readonly call: RecordedCall;
  readonly bytes: Buffer<ArrayBuffer>;
}

async function readCall(request: IncomingMessage): Promise<ReadCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const operation = `${request.headers['x-amz-target']}`.split('.').pop()!;
  return { bytes, call: { operation, body: JSON.parse(bytes.toString('utf8')) } };
}

async function respond(response: ServerResponse, answer: RecorderAnswer): Promise<void> {
  const { status = 200, body = {}, delayMs = 0, hang, reset } = answer;
  await sleep(delayMs);
  if (reset) {
    response.socket?.resetAndDestroy();
  } else if (!hang && !response.destroyed) {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  }
}

/** Answer of PutEvents when the bus accepted the entry. */
export const ACCEPTED: RecorderAnswer = { body: { FailedEntryCount: 0, Entries: [{ EventId: 'bus-event-1' }] } };

/** Error of an AWS service. */
export const awsError = (name: string, status = 400): RecorderAnswer =>
  ({ status, body: { __type: name, message: 'no' } });
