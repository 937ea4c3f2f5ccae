import { createHash, createHmac } from 'crypto';
import { join } from 'path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type InterceptedRequest, interceptRequests } from './intercepted-requests';
import { type EndpointParameters, type JsonService, jsonService } from '../../src/runtime/aws-json';
import { digest, httpApiEvent, SECRET, stripeEvent } from '../harness/stripe';
import { ENV } from '../harness/webhook-bundle';

/** Compares the requests of `jsonService`, and of the built webhook, with those of the SDK's generated clients. */

const EVENT_TIME = 1_764_000_000;
const NOW = new Date(EVENT_TIME * 1000);
const SECRET_KEY = 'secret-key';
const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
const LAMBDA = {
  ...ENV,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
  AWS_SESSION_TOKEN: 'session-token',
  AWS_LAMBDA_FUNCTION_NAME: 'webhook',
  _X_AMZN_TRACE_ID: TRACE,
  AWS_CONFIG_FILE: '/nonexistent', // of the person who runs the tests
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
};

type Variables = Readonly<Record<string, string | undefined>>;

const environment = process.env;
let requests: InterceptedRequest[] = [];

let undo: () => void;

beforeAll(() => {
  undo = interceptRequests((request) => {
    requests.push(request);
    return request.headers['x-amz-target'].endsWith('.PutEvents')
      ? { body: { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] } }
      : { body: { SecretString: SECRET, CreatedDate: EVENT_TIME } };
  });
  jest.useFakeTimers({
    now: NOW,
    doNotFake: [ // all but the date
      'nextTick', 'setImmediate', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'clearImmediate',
      'queueMicrotask', 'performance', 'hrtime',
    ],
  });
  jest.spyOn(process.stdout, 'write').mockReturnValue(true); // lines of the webhook
});

afterAll(() => {
  process.env = environment;
  jest.useRealTimers();
  jest.restoreAllMocks();
  undo();
});

const BODY = JSON.stringify(stripeEvent());
const ENTRY = {
  Source: ENV.EVENT_SOURCE,
  DetailType: 'invoice.paid',
  Detail: BODY,
};
/** ARNs of a region. */
const inRegion = (region: string) => ({
  EVENT_BUS_ARN: ENV.EVENT_BUS_ARN.replace('eu-west-1', region),
  SIGNING_SECRET_IDS: ENV.SIGNING_SECRET_IDS.replace('eu-west-1', region),
});

/** Input of both operations, from the environment. */
const inputs = () => ({
  put: {
    Entries: [{ EventBusName: process.env.EVENT_BUS_ARN, ...ENTRY, TraceHeader: process.env._X_AMZN_TRACE_ID }],
  },
  get: { SecretId: process.env.SIGNING_SECRET_IDS, VersionStage: 'AWSCURRENT' as const },
});
const signal = new AbortController().signal;

/** Requests of the generated clients: PutEvents and GetSecretValue. */
async function generated(region: string): Promise<void> {
  const { put, get } = inputs();
  await new EventBridgeClient({ region }).send(new PutEventsCommand(put));
  await new SecretsManagerClient({ region }).send(new GetSecretValueCommand(get));
}

/** Endpoint rules, which a generated client takes from the file that the webhook imports. */
const rulesOf = (client: { readonly config: object }) =>
  (client.config as { endpointProvider: JsonService['endpoint'] }).endpointProvider;

const EVENTS: JsonService = {
  signingName: 'events',
  target: 'AWSEvents',
  variable: 'EVENTBRIDGE',
  endpoint: rulesOf(new EventBridgeClient({ region: 'eu-west-1' })),
};
const SECRETS: JsonService = {
  signingName: 'secretsmanager',
  target: 'secretsmanager',
  variable: 'SECRETS_MANAGER',
  endpoint: rulesOf(new SecretsManagerClient({ region: 'eu-west-1' })),
};

/** The same requests by `jsonService`. */
async function fromParts(region: string): Promise<void> {
  const { put, get } = inputs();
  await jsonService(EVENTS, region, process.env)('PutEvents', put, signal);
  await jsonService(SECRETS, region, process.env)('GetSecretValue', get, signal);
}

/** The same requests by the webhook as the library ships it. */
async function shipped(region: string): Promise<void> {
  process.env.AWS_REGION = region;
  process.env.PREVIOUS_SECRET_SECONDS = '0'; // one read
  jest.resetModules(); // it reads the environment when it is loaded
  const webhook = jest.requireActual(join(__dirname, '..', '..', 'assets', 'webhook', 'index.js'));
  const event = httpApiEvent(BODY, `t=${EVENT_TIME},v1=${digest(BODY, EVENT_TIME)}`);
  expect(await webhook.handler(event, { awsRequestId: 'r' })).toMatchObject({ statusCode: 200 });
}

/** Requests that a client sends in an environment, or the message of the error with which it fails, by operation. */
async function sent(client: typeof generated, region: string, variables: Variables) {
  process.env = { ...LAMBDA, ...inRegion(region), ...variables } as NodeJS.ProcessEnv;
  requests = [];
  try {
    await client(region);
  } catch (error) {
    return (error as Error).message;
  }
  return requests.sort((one, other) => (one.headers['x-amz-target'] < other.headers['x-amz-target'] ? -1 : 1));
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Parts of the header that carries the signature. */
const signatureOf = ({ headers }: InterceptedRequest) =>
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=(\S+), Signature=(\w+)$/
    .exec(headers.authorization)!.slice(1);

/** Headers that AWS does not act on. The SDK describes itself in them. */
const DESCRIPTIVE = ['user-agent', 'x-amz-user-agent'];
const VARYING = ['authorization', 'amz-sdk-invocation-id', 'content-length', 'x-amz-content-sha256'];

/** Removes the id of the attempt, and what depends on it or on the order of the fields. `expectValid` checks those. */
function comparable(request: InterceptedRequest) {
  const [keyId, scope, signedHeaders] = signatureOf(request);
  const headers = Object.entries(request.headers)
    .filter(([name]) => ![...DESCRIPTIVE, ...VARYING].includes(name));
  return {
    ...request,
    keyId,
    scope,
    body: JSON.parse(request.body),
    signedHeaders: signedHeaders.split(';').filter((name) => !DESCRIPTIVE.includes(name)),
    headers: Object.fromEntries(headers),
  };
}

/** Signs a request again, without the SDK, as AWS does to verify it. */
function expectedSignature(request: InterceptedRequest): string {
  const [, scope, signedHeaders] = signatureOf(request);
  const lines = signedHeaders.split(';').map((name) => `${name}:${request.headers[name].trim().replace(/ +/g, ' ')}\n`);
  const canonical = [request.method, request.path, '', lines.join(''), signedHeaders, sha256(request.body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${SECRET_KEY}`);
  return hmac(key, text).toString('hex');
}

function expectValid(request: InterceptedRequest): void {
  expect(request.headers).toMatchObject({
    'content-length': `${Buffer.byteLength(request.body)}`,
    'x-amz-content-sha256': sha256(request.body),
    'amz-sdk-invocation-id': expect.stringMatching(/^[\da-f-]{36}$/),
  });
  expect(signatureOf(request)[3]).toBe(expectedSignature(request));
}

const REGIONS = ['eu-west-1', 'us-east-1', 'cn-north-1', 'us-gov-west-1', 'eu-isoe-west-1'];
const FIPS = { AWS_USE_FIPS_ENDPOINT: 'true' };
const DUAL_STACK = { AWS_USE_DUALSTACK_ENDPOINT: 'true' };
const ONE_FOR_ALL = { AWS_ENDPOINT_URL: 'http://localhost:4566' };
const EACH = {
  AWS_ENDPOINT_URL_EVENTBRIDGE: 'https://events.example.com:8443',
  AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:1',
};

const CASES: Array<[what: string, region: string, variables: Variables]> = [
  ...REGIONS.flatMap((region): typeof CASES => [
    [region, region, {}],
    [`${region} with FIPS`, region, FIPS],
    [`${region} with dual stack`, region, DUAL_STACK],
    [`${region} with FIPS and dual stack`, region, { ...FIPS, ...DUAL_STACK }],
    [`${region} with an endpoint for all services`, region, ONE_FOR_ALL],
  ]),
  ['an endpoint for each service', 'eu-west-1', EACH],
  ['an endpoint for each service and one for all', 'eu-west-1', { ...ONE_FOR_ALL, ...EACH }],
  ['an endpoint for one service and one for all', 'eu-west-1',
    { ...ONE_FOR_ALL, AWS_ENDPOINT_URL_EVENTBRIDGE: EACH.AWS_ENDPOINT_URL_EVENTBRIDGE }],
  ['empty variables', 'eu-west-1', { AWS_ENDPOINT_URL: '', AWS_ENDPOINT_URL_EVENTBRIDGE: '' }],
  ['a base path', 'eu-west-1', { AWS_ENDPOINT_URL: 'https://proxy.example.com/aws/v1' }],
  ['a base path with a slash', 'eu-west-1', { AWS_ENDPOINT_URL: 'https://proxy.example.com/aws/v1/' }],
  ['an endpoint with the default port', 'eu-west-1', { AWS_ENDPOINT_URL: 'https://proxy.example.com:443' }],
  ['an IPv6 endpoint', 'eu-west-1', { AWS_ENDPOINT_URL: 'http://[::1]:4566' }],
  ['ignored endpoints', 'eu-west-1', { ...ONE_FOR_ALL, ...EACH, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }],
  ['endpoints that are not ignored', 'eu-west-1', { ...ONE_FOR_ALL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' }],
  ['an endpoint with FIPS', 'eu-west-1', { ...ONE_FOR_ALL, ...FIPS }],
  ['an endpoint with dual stack', 'eu-west-1', { ...ONE_FOR_ALL, ...DUAL_STACK }],
  ['FIPS and dual stack that are switched off', 'eu-west-1',
    { AWS_USE_FIPS_ENDPOINT: 'false', AWS_USE_DUALSTACK_ENDPOINT: 'false' }],
  ['no trace', 'eu-west-1', { _X_AMZN_TRACE_ID: undefined }],
  ['no session token', 'eu-west-1', { AWS_SESSION_TOKEN: undefined }],
];

test.each(CASES)('the clients send what the generated clients send: %s', async (_what, region, variables) => {
  const expected = await sent(generated, region, variables);
  for (const client of [fromParts, shipped]) {
    const actual = await sent(client, region, variables);
    if (typeof expected === 'string' || typeof actual === 'string') {
      expect(actual).toBe(expected); // such an endpoint does not exist
    } else {
      expect(expected).toHaveLength(2);
      expect(actual.map(comparable)).toEqual(expected.map(comparable));
      [...expected, ...actual].forEach(expectValid);
    }
  }
});

/** Region in whose name the requests for an id were signed, and the host that they were sent to, by operation. */
async function regionsOf(variables: Variables): Promise<Record<string, string>> {
  const sentRequests = await sent(() => shipped('eu-west-1'), 'eu-west-1', variables) as InterceptedRequest[];
  return Object.fromEntries(sentRequests.map((request) => {
    const { SecretId, Entries } = JSON.parse(request.body);
    const [, scope] = signatureOf(request);
    return [SecretId ?? Entries[0].EventBusName, `${scope.split('/')[1]} ${request.host}`];
  }));
}

test.each([
  ['us-east-1', 'arn:aws:events:us-east-1:000000000000:event-bus/billing', 'events.us-east-1.amazonaws.com'],
  ['ap-south-1', 'arn:aws:events:ap-south-1:222222222222:event-bus/default', 'events.ap-south-1.amazonaws.com'],
  ['cn-north-1', 'arn:aws-cn:events:cn-north-1:000000000000:event-bus/a', 'events.cn-north-1.amazonaws.com.cn'],
  ['us-gov-west-1', 'arn:aws-us-gov:events:us-gov-west-1:000000000000:event-bus/a',
    'events.us-gov-west-1.amazonaws.com'],
])('N24: events are put in the region of the bus, which is %s', async (region, EVENT_BUS_ARN, host) => {
  expect(await regionsOf({ EVENT_BUS_ARN })).toEqual({
    [EVENT_BUS_ARN]: `${region} ${host}`,
    [ENV.SIGNING_SECRET_IDS]: 'eu-west-1 secretsmanager.eu-west-1.amazonaws.com',
  });
});

test('N25: each secret is read in the region of its ARN, and one without in that of the function', async () => {
  const complete = 'arn:aws:secretsmanager:us-east-1:111111111111:secret:stripe-AbCdEf';
  const partial = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:stripe/connect';
  const china = 'arn:aws-cn:secretsmanager:cn-north-1:111111111111:secret:stripe-AbCdEf';
  expect(await regionsOf({ SIGNING_SECRET_IDS: [complete, partial, china, 'stripe/my-secret'].join(',') })).toEqual({
    [ENV.EVENT_BUS_ARN]: 'eu-west-1 events.eu-west-1.amazonaws.com',
    [complete]: 'us-east-1 secretsmanager.us-east-1.amazonaws.com',
    [partial]: 'eu-central-1 secretsmanager.eu-central-1.amazonaws.com',
    [china]: 'cn-north-1 secretsmanager.cn-north-1.amazonaws.com.cn',
    'stripe/my-secret': 'eu-west-1 secretsmanager.eu-west-1.amazonaws.com',
  });
});

test('the endpoints of the comparison are different ones, and some do not exist', async () => {
  const hosts = new Set<string>();
  const errors = new Set<string>();
  for (const [, region, variables] of CASES) {
    const result = await sent(generated, region, variables);
    typeof result === 'string' ? errors.add(result) : result.forEach(({ host, port }) => hosts.add(`${host}:${port}`));
  }
  expect([...hosts]).toEqual(expect.arrayContaining([
    'events.eu-west-1.amazonaws.com:undefined', 'events.cn-north-1.amazonaws.com.cn:undefined', 'localhost:4566',
  ]));
  expect(hosts.size).toBeGreaterThan(20);
  expect(errors.size).toBeGreaterThan(0);
});

test('trace and session token are sent, and the token is signed', async () => {
  const [request] = await sent(fromParts, 'eu-west-1', {}) as InterceptedRequest[];
  expect(request.headers).toMatchObject({ 'x-amzn-trace-id': TRACE, 'x-amz-security-token': 'session-token' });
  expect(signatureOf(request)[2].split(';')).toEqual(expect.arrayContaining(['x-amz-security-token', 'x-amz-target']));
});

test('without credentials, a call fails with an error that names them, and sends nothing', async () => {
  const missing = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
  expect(await sent(fromParts, 'eu-west-1', missing)).toMatch(/Unable to find environment variable credentials/);
  expect(requests).toEqual([]);
});

test('the parameters of the endpoint rules come from the environment that the caller passes', () => {
  const parameters: EndpointParameters[] = [];
  process.env = { ...LAMBDA, ...ONE_FOR_ALL, ...FIPS, ...DUAL_STACK };
  jsonService({
    ...EVENTS,
    endpoint: (given) => {
      parameters.push(given);
      return { url: new URL('https://example.com') };
    },
  }, 'eu-west-1', {});
  expect(parameters).toEqual([{ Region: 'eu-west-1', Endpoint: undefined, UseFIPS: false, UseDualStack: false }]);
});
