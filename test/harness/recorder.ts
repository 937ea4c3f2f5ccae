import { once } from 'events';
import { createServer, type IncomingMessage, type ServerResponse } from 'http';
import type { AddressInfo } from 'net';
import { setTimeout as sleep } from 'timers/promises';

/** A call that a client made, in AWS's JSON protocol. */
export interface RecordedCall {
  /** Such as `PutEvents`. */
  readonly operation: string;
  readonly body: any;
}

/** How the service answers. `hang` never does, `reset` cuts the connection, `forward` lets another endpoint answer. */
export interface RecorderAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly delayMs?: number;
  readonly hang?: boolean;
  readonly reset?: boolean;
  readonly forward?: string;
}

/** A real HTTP endpoint in the SDK's way: it records what comes and answers as it is told. */
export interface Recorder {
  readonly url: string;
  readonly calls: RecordedCall[];
  stop(): Promise<void>;
}

const running: Recorder[] = [];

// a test that fails before it stops what it started would keep the whole run from ending
afterAll(() => Promise.all(running.map((recorder) => recorder.stop())));

/** Starts a recorder on loopback; `answer` is asked once a call. */
export async function startRecorder(answer: (call: RecordedCall, calls: RecordedCall[]) => RecorderAnswer): Promise<Recorder> {
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

/** What the real service says. */
async function forwarded(url: string, { headers }: IncomingMessage, body: Buffer<ArrayBuffer>): Promise<RecorderAnswer> {
  const { 'x-amz-target': target, 'content-type': contentType, authorization, 'x-amz-date': date } = headers as Record<string, string>;
  const response = await fetch(url, { method: 'POST', headers: { 'x-amz-target': target, 'content-type': contentType, authorization, 'x-amz-date': date }, body });
  return { status: response.status, body: await response.json() };
}

async function readCall(request: IncomingMessage): Promise<{ readonly call: RecordedCall; readonly bytes: Buffer<ArrayBuffer> }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return { bytes, call: { operation: `${request.headers['x-amz-target']}`.split('.').pop()!, body: JSON.parse(bytes.toString('utf8')) } };
}

async function respond(response: ServerResponse, { status = 200, body = {}, delayMs = 0, hang, reset }: RecorderAnswer): Promise<void> {
  await sleep(delayMs);
  if (reset) {
    response.socket?.resetAndDestroy();
  } else if (!hang && !response.destroyed) {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  }
}

/** PutEvents' answer when the bus took the entry. */
export const ACCEPTED: RecorderAnswer = { body: { FailedEntryCount: 0, Entries: [{ EventId: 'bus-event-1' }] } };

/** An error of an AWS service. */
export const awsError = (name: string, status = 400): RecorderAnswer => ({ status, body: { __type: name, message: 'no' } });
