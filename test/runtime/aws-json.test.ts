import { once } from 'events';
import { createServer, type IncomingMessage, type Server } from 'http';
import type { AddressInfo } from 'net';
import { setTimeout as sleep } from 'timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CLIENT_LIMITS } from '../../src/runtime/aws-client';
import { type JsonService, jsonService } from '../../src/runtime/aws-json';

/** Compares how `jsonService` takes answers, failures and aborts with how the SDK's generated clients take them. */

/** Answer of the service to an attempt. */
interface Answer {
  readonly status?: number;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  /** The connection is reset. */
  readonly reset?: boolean;
  /** There is no answer. */
  readonly hang?: boolean;
}

type Answering = (attempt: number, request: IncomingMessage) => Answer;

let answer: Answering;
let attempts: IncomingMessage[];
let server: Server;
const environment = process.env;

beforeEach(async () => {
  attempts = [];
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      attempts.push(request);
      const { status = 200, text = '{}', headers = {}, reset, hang } = answer(attempts.length, request);
      if (reset) {
        request.socket.resetAndDestroy();
      } else if (!hang) {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', ...headers }).end(text);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.env = {
    ...environment,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: '/nonexistent', // of the person who runs the tests
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
  jest.spyOn(Math, 'random').mockReturnValue(0); // no time between attempts
});

afterEach(() => {
  process.env = environment;
  jest.restoreAllMocks();
  jest.useRealTimers();
  server.closeAllConnections();
  server.close();
});

type Call = (abortSignal: AbortSignal) => Promise<any>;

/** The generated clients with the limits of ours, and clients made of parts. Each calls one operation. */
const CLIENTS: Record<string, { readonly generated: () => Call; readonly fromParts: () => Call }> = {
  PutEvents: {
    generated: () => {
      const client = new EventBridgeClient({ region: 'eu-west-1', ...CLIENT_LIMITS });
      return (abortSignal) => client.send(new PutEventsCommand({ Entries: [{ Source: 's' }] }), { abortSignal });
    },
    fromParts: () => {
      const service: JsonService = {
        signingName: 'events',
        target: 'AWSEvents',
        variable: 'EVENTBRIDGE',
        endpoint: rulesOf(new EventBridgeClient({ region: 'eu-west-1' })),
      };
      const call = jsonService(service, 'eu-west-1', process.env);
      return (abortSignal) => call('PutEvents', { Entries: [{ Source: 's' }] }, abortSignal);
    },
  },
  GetSecretValue: {
    generated: () => {
      const client = new SecretsManagerClient({ region: 'eu-west-1', ...CLIENT_LIMITS });
      return (abortSignal) => client.send(new GetSecretValueCommand({ SecretId: 's' }), { abortSignal });
    },
    fromParts: () => {
      const service: JsonService = {
        signingName: 'secretsmanager',
        target: 'secretsmanager',
        variable: 'SECRETS_MANAGER',
        endpoint: rulesOf(new SecretsManagerClient({ region: 'eu-west-1' })),
      };
      const call = jsonService(service, 'eu-west-1', process.env);
      return (abortSignal) => call('GetSecretValue', { SecretId: 's' }, abortSignal);
    },
  },
};

const rulesOf = (client: { readonly config: object }) =>
  (client.config as { endpointProvider: JsonService['endpoint'] }).endpointProvider;

const never = new AbortController().signal;

/** What the caller and the service see of a call. */
async function outcome(call: Call, abortSignal = never) {
  attempts = [];
  const seen = await call(abortSignal).then(
    ({ $metadata: { httpStatusCode, requestId, attempts: counted }, ...output }) =>
      ({ output, httpStatusCode, requestId, counted }),
    ({ name, message, $metadata: { httpStatusCode, requestId, attempts: counted, totalRetryDelay } = {} as any }) =>
      ({ name, message, httpStatusCode, requestId, counted, totalRetryDelay }),
  );
  return { ...seen, attempts: attempts.map(({ headers }) => headers['amz-sdk-request']) };
}

/** Outcomes of both clients in turn. */
async function outcomes(operation: string): Promise<[ours: any, theirs: any]> {
  const { generated, fromParts } = CLIENTS[operation];
  const theirs = await outcome(generated());
  return [await outcome(fromParts()), theirs];
}

const error = (type: string, status = 400): Answer =>
  ({ status, text: JSON.stringify({ __type: type, message: 'no' }) });
const HTML = '<html><body>502 Bad Gateway</body></html>';
const ID = { 'x-amzn-requestid': 'request-1' };

type Case = [what: string, answer: Answer | Answering, expected: object];

const once503 = (after: Answer): Answering => (attempt) => attempt === 1 ? error('ServiceUnavailable', 503) : after;

const CASES: Case[] = [
  ['an empty object', { headers: ID }, { output: {}, httpStatusCode: 200, requestId: 'request-1', counted: 1 }],
  ['success after a failure', once503({}), { output: {}, counted: 2 }],
  ['throttling', error('ThrottlingException'), { name: 'ThrottlingException', counted: 3 }],
  ['status 429', error('Foo', 429), { name: 'Foo', counted: 3 }],
  ['status 500', error('InternalException', 500), { name: 'InternalException', counted: 3 }],
  ['status 503', error('ServiceUnavailable', 503), { name: 'ServiceUnavailable', counted: 3 }],
  ['status 501', error('NotImplemented', 501), { name: 'NotImplemented', counted: 1 }],
  ['a reset', { reset: true }, { attempts: ['attempt=1; max=3', 'attempt=2; max=3', 'attempt=3; max=3'] }],
  ['a denial', { ...error('AccessDeniedException'), headers: ID },
    { name: 'AccessDeniedException', message: 'no', requestId: 'request-1', counted: 1 }],
  ['a message in upper case', { status: 400, text: '{"__type":"Foo","Message":"no"}' }, { message: 'no' }],
  ['no message', { status: 400, text: '{"__type":"Foo"}' }, { name: 'Foo' }],
  ['a type with a namespace', error('com.amazon.coral.service#AccessDeniedException'),
    { name: 'AccessDeniedException' }],
  ['a type with a URL', error('Foo:http://internal.amazon.com/coral/'), { name: 'Foo' }],
  ['a type with namespace and URL', error('aws.protocols#Foo:http://internal.amazon.com/coral/'), { name: 'Foo' }],
  ['a type in the header', { status: 400, headers: { 'x-amzn-errortype': 'Foo:http://internal.amazon.com/' } },
    { name: 'Foo' }],
  ['a list of types in the header', { status: 400, headers: { 'x-amzn-errortype': 'Foo,Bar' } }, { name: 'Foo' }],
  ['a type in the field code', { status: 400, text: '{"code":"Foo"}' }, { name: 'Foo' }],
  ['different types in body and header', { ...error('Body'), headers: { 'x-amzn-errortype': 'Header' } },
    { name: 'Body' }],
  ['different types in the field code and the header',
    { status: 400, text: '{"code":"Body"}', headers: { 'x-amzn-errortype': 'Header' } }, { name: 'Body' }],
  ['no type', { status: 400, text: '{}' }, { counted: 1 }],
  ['a missing secret', error('ResourceNotFoundException'), { name: 'ResourceNotFoundException', counted: 1 }],
];

const TABLE = Object.keys(CLIENTS).flatMap((operation) =>
  CASES.map((each) => [operation, ...each] as [string, ...Case]));

test.each(TABLE)('%s takes %s as the generated client does', async (operation, _what, given, expected) => {
  answer = typeof given === 'function' ? given : () => given;
  const [ours, theirs] = await outcomes(operation);
  expect(ours).toEqual(theirs);
  expect(ours).toMatchObject(expected);
  expect(ours.attempts).toHaveLength(ours.counted);
});

const NOT_OF_AWS: Array<[what: string, answer: Answer, expected: object]> = [
  ['a page of a proxy with status 400', { status: 400, text: HTML }, { name: 'SyntaxError', counted: 1 }],
  ['a page of a proxy with status 403', { status: 403, text: HTML }, { name: 'SyntaxError', counted: 1 }],
  ['a page of a proxy with status 502', { status: 502, text: HTML }, { name: 'SyntaxError', counted: 3 }],
  ['a page of a proxy with status 503', { status: 503, text: HTML }, { name: 'SyntaxError', counted: 3 }],
  ['a page of a proxy with status 200', { status: 200, text: HTML }, { name: 'SyntaxError', counted: 1 }],
  ['no body and status 403', { status: 403, text: '' }, { name: 'Unknown', counted: 1 }],
  ['no body and status 500', { status: 500, text: '' }, { name: 'Unknown', counted: 3 }],
  ['a body that is null and status 400', { status: 400, text: 'null' }, { counted: 1 }],
];

test.each(NOT_OF_AWS)('%s causes the error of the generated client', async (_what, given, expected) => {
  answer = () => given;
  const [{ message: _, ...ours }, { message: advice, ...theirs }] = await outcomes('PutEvents');
  expect(advice).toEqual(expect.any(String)); // the SDK adds where to find the answer
  expect(ours).toEqual(theirs);
  expect(ours).toMatchObject(expected);
});

test('both clients wait for as long as the service asks', async () => {
  jest.spyOn(Date, 'now').mockReturnValue(1_764_000_000_000); // else the wait depends on the time of the answer
  answer = () => ({ ...error('Busy', 503), headers: { 'x-amz-retry-after': '20' } });
  const [ours, theirs] = await outcomes('PutEvents');
  expect(ours).toEqual(theirs);
  expect(ours).toMatchObject({ counted: 3, totalRetryDelay: 40 });
});

test.each(Object.keys(CLIENTS))('%s times out as the generated client does', async (operation) => {
  const short: object = { ...CLIENT_LIMITS.requestHandler, requestTimeout: 20 };
  jest.replaceProperty(CLIENT_LIMITS, 'requestHandler', short as never);
  answer = () => ({ hang: true });
  // on a busy machine, a client gives up before its request arrives, so what arrived is not compared
  const [{ attempts: _, ...ours }, { attempts: __, ...theirs }] = await outcomes(operation);
  expect(ours).toEqual(theirs);
  expect(ours).toMatchObject({ name: 'TimeoutError', counted: 3 });
});

describe('the clock', () => {
  const HOUR_MS = 3_600_000;

  /** Service whose clock differs from ours, and which accepts signatures of the last five minutes only. */
  const skewedBy = (skewMs: number): Answering => (_attempt, { headers }) => {
    const now = Date.now() + skewMs;
    const signed = Date.parse(`${headers['x-amz-date']}`.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
    const date = { date: new Date(now).toUTCString() };
    return Math.abs(now - signed) < 300_000 ? { headers: date }
      : { ...error('InvalidSignatureException', 403), headers: date };
  };

  test.each([['ahead', HOUR_MS], ['behind', -HOUR_MS], ['a day ahead', 24 * HOUR_MS]])(
    'a clock that is %s is corrected on the second attempt, and stays corrected', async (_what, skewMs) => {
      answer = skewedBy(skewMs);
      for (const operation of Object.keys(CLIENTS)) {
        for (const client of [CLIENTS[operation].generated(), CLIENTS[operation].fromParts()]) {
          expect(await outcome(client)).toMatchObject({ output: {}, counted: 2 });
          expect(await outcome(client)).toMatchObject({ output: {}, counted: 1 });
        }
      }
    },
  );

  test('the clock of the service is also learned from successful answers', async () => {
    for (const client of [CLIENTS.PutEvents.generated(), CLIENTS.PutEvents.fromParts()]) {
      answer = () => ({ headers: { date: new Date(Date.now() + HOUR_MS).toUTCString() } });
      await outcome(client);
      answer = skewedBy(HOUR_MS);
      expect(await outcome(client)).toMatchObject({ output: {}, counted: 1 });
    }
  });
});

describe('an abort', () => {
  const both = () => [CLIENTS.PutEvents.generated(), CLIENTS.PutEvents.fromParts()];

  /** Waits for the first attempt. The limit, which is below that of a test, only protects against a hang. */
  const firstAttempt = async () => {
    for (const end = Date.now() + 10_000; attempts.length === 0; await sleep(5)) {
      if (Date.now() > end) {
        throw new Error('there was no attempt');
      }
    }
  };

  test('a call that is aborted before it begins sends nothing', async () => {
    answer = () => ({});
    for (const client of both()) {
      expect(await outcome(client, AbortSignal.abort())).toMatchObject({ name: 'AbortError', attempts: [] });
    }
  });

  test('a call that is aborted while it waits for an answer ends after one attempt', async () => {
    answer = () => ({ hang: true });
    for (const client of both()) {
      const controller = new AbortController();
      const ended = outcome(client, controller.signal);
      await firstAttempt();
      controller.abort();
      expect(await ended).toMatchObject({ name: 'AbortError', attempts: ['attempt=1; max=3'] });
    }
  });

  test('a call that is aborted between two attempts ends at once, without the second one', async () => {
    jest.useFakeTimers({ // the time between attempts never passes
      doNotFake: [
        'Date', 'nextTick', 'setImmediate', 'setInterval', 'clearInterval', 'clearImmediate', 'queueMicrotask',
        'performance', 'hrtime',
      ],
    });
    answer = () => error('ThrottlingException');
    for (const client of both()) {
      const controller = new AbortController();
      jest.spyOn(Math, 'random').mockImplementation(() => { // it determines the time
        setImmediate(() => controller.abort());
        return 0.5;
      });
      expect(await outcome(client, controller.signal))
        .toMatchObject({ name: 'AbortError', attempts: ['attempt=1; max=3'] });
      expect(controller.signal.aborted).toBe(true);
    }
  });
});

test.each(Object.keys(CLIENTS))('after an error, %s is ready for the next call', async (operation) => {
  const client = CLIENTS[operation].fromParts();
  answer = () => error('AccessDeniedException');
  expect(await outcome(client)).toMatchObject({ name: 'AccessDeniedException' });
  answer = () => ({ text: '{"SecretString":"whsec_1","CreatedDate":1764000000.5}' });
  expect(await outcome(client)).toMatchObject({ output: { SecretString: 'whsec_1', CreatedDate: 1_764_000_000.5 } });
});
