import { WEBHOOK_ENV } from '../../src/stripe-event-bridge/contract';
import { type RunningBundle, startBundle } from '../support/bundle';
import { ACCEPTED, awsError, type Recorder, type RecorderAnswer, startRecorder } from '../support/recorder';
import { digest, httpApiEvent, SECRET, stripeEvent, stripeSignature } from '../support/stripe';

/** The built webhook against HTTP endpoints that stand in the SDK's way, as EventBridge and Secrets Manager. */

const ENV = {
  EVENT_BUS_ARN: 'arn:aws:events:eu-west-1:000000000000:event-bus/billing',
  EVENT_SOURCE: 'stripe.com',
  SIGNING_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:stripe',
  TOLERANCE_SECONDS: '300',
  WANTED_TYPES: '*',
  LIVEMODE: 'any',
} satisfies Record<keyof typeof WEBHOOK_ENV, string>;

const EVENT = JSON.stringify(stripeEvent());

let bus: Recorder;
let secrets: Recorder;
let webhook: RunningBundle;
let busAnswer: (calls: number) => RecorderAnswer;
let secretAnswer: () => RecorderAnswer;

beforeEach(async () => {
  busAnswer = () => ACCEPTED;
  secretAnswer = () => ({ body: { SecretString: `${SECRET}\n` } });
  bus = await startRecorder((_call, calls) => busAnswer(calls.length));
  secrets = await startRecorder(() => secretAnswer());
  webhook = await start();
});

afterEach(async () => {
  await webhook.stop();
  await Promise.all([bus.stop(), secrets.stop()]);
});

const start = (env: Record<string, string> = ENV) =>
  startBundle('webhook', { ...env, AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url });
const post = (body: string | Buffer = EVENT, signature = `t=${now()},v1=${digest(body, now())}`) =>
  webhook.invoke<{ statusCode: number; body: string }>(httpApiEvent(body, signature));
const now = () => Math.floor(Date.now() / 1000);

describe('what reaches PutEvents', () => {
  test('is one entry on our bus, and the text as posted, to the last character', async () => {
    const text = '{"id":"evt_1",  "type":"invoice.paid","n":9007199254740993,"d":1,"d":1e2,"u":"\\u00e9","é":-0,"data":{}}\n';
    expect(await post(text)).toMatchObject({ statusCode: 200 });
    expect(bus.calls).toEqual([{
      operation: 'PutEvents',
      body: { Entries: [{ EventBusName: ENV.EVENT_BUS_ARN, Source: 'stripe.com', DetailType: 'invoice.paid', Detail: text }] },
    }]);
  });

  test('is nothing for a request that Stripe did not sign', async () => {
    const signature = stripeSignature(EVENT);
    expect(await post(`${EVENT} `, signature)).toMatchObject({ statusCode: 400 });
    expect(await post(EVENT, stripeSignature(EVENT, { secret: 'whsec_other' }))).toMatchObject({ statusCode: 400 });
    expect(await post(EVENT, stripeSignature(EVENT, { timestamp: now() - 305 }))).toMatchObject({ statusCode: 400 });
    expect(bus.calls).toEqual([]);
  });
});

describe('a bus that', () => {
  test.each<[string, RecorderAnswer]>([
    ['answers after 6 s', { ...ACCEPTED, delayMs: 6_000 }],
    ['never answers', { hang: true }],
  ])('%s gives 503 in under 8 s', async (_name, answer) => {
    busAnswer = () => answer;
    const started = performance.now();
    expect(await post()).toMatchObject({ statusCode: 503 });
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  test.each<[string, RecorderAnswer]>([
    ['is throttled', awsError('ThrottlingException')],
    ['fails', awsError('InternalException', 500)],
    ['denies', awsError('AccessDeniedException')],
    ['resets the connection', { reset: true }],
    ['refuses the entry', { body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] } }],
    ['gives no event id', { body: { FailedEntryCount: 0, Entries: [{}] } }],
    ['gives no entries', { body: {} }],
    ['counts a failure beside an event id', { body: { FailedEntryCount: 1, Entries: [{ EventId: 'x' }] } }],
  ])('%s gives 503, so that Stripe delivers again', async (_name, answer) => {
    busAnswer = () => answer;
    expect(await post()).toMatchObject({ statusCode: 503, body: 'try again later' });
    expect(webhook.logs()).toMatchObject([{ decision: 'PublishFailed', PublishFailed: 1, level: 'error', error: expect.any(String) }]);
  });

  test('is throttled for a moment gives 200: the SDK tries again within the request', async () => {
    busAnswer = (calls) => calls < 3 ? awsError('ThrottlingException') : ACCEPTED;
    expect(await post()).toMatchObject({ statusCode: 200 });
    expect(bus.calls).toHaveLength(3);
  });
});

describe('the signing secret', () => {
  test('is read once for many events', async () => {
    await post();
    await Promise.all([post(), post()]);
    expect(secrets.calls).toEqual([{ operation: 'GetSecretValue', body: { SecretId: ENV.SIGNING_SECRET_ARN } }]);
  });

  test('is not read for requests without a fresh, well-formed signature', async () => {
    await post(EVENT, 'junk');
    await post(EVENT, stripeSignature(EVENT, { timestamp: 1 }));
    expect(secrets.calls).toEqual([]);
  });

  test.each<[string, RecorderAnswer]>([
    ['has no value yet', awsError('ResourceNotFoundException')],
    ['is empty', { body: { SecretString: '' } }],
    ['is something else', { body: { SecretString: 'sk_live_1' } }],
  ])('that %s gives 503, and the first event after it is stored passes', async (_name, answer) => {
    secretAnswer = () => answer;
    expect(await post()).toMatchObject({ statusCode: 503 });
    expect(webhook.logs()).toMatchObject([{ decision: 'SecretInvalid', SecretInvalid: 1 }]);
    secretAnswer = () => ({ body: { SecretString: SECRET } });
    expect(await post()).toMatchObject({ statusCode: 200 });
  });

  test('that hangs gives 503 within 3 s', async () => {
    secretAnswer = () => ({ hang: true });
    const started = performance.now();
    expect(await post()).toMatchObject({ statusCode: 503 });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(webhook.logs()).toMatchObject([{ decision: 'SecretFetchError' }]);
  });
});

describe('the log', () => {
  test('is one line a request, which is the metric document', async () => {
    await post();
    expect(webhook.logs()).toEqual([{
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      level: 'info',
      decision: 'Accepted',
      requestId: 'request-1',
      eventId: 'evt_1',
      type: 'invoice.paid',
      livemode: false,
      busEventId: 'bus-event-1',
      verifyMs: expect.any(Number),
      FunctionName: 'webhook',
      Accepted: 1,
      PublishLatency: expect.any(Number),
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [{
          Namespace: 'StripeEventBridge',
          Dimensions: [['FunctionName']],
          Metrics: [{ Name: 'Accepted', Unit: 'Count' }, { Name: 'PublishLatency', Unit: 'Milliseconds' }],
        }],
      },
    }]);
  });

  test('counts a refusal by its reason', async () => {
    await post(EVENT, 'junk');
    const [line] = webhook.logs() as any[];
    expect(line).toMatchObject({ decision: 'Refused', Reason: 'MalformedSignature', Refused: 1 });
    expect(line._aws.CloudWatchMetrics[0].Dimensions).toEqual([['FunctionName'], ['FunctionName', 'Reason']]);
  });

  test('has no word of body, header, secret or digest, whatever happens', async () => {
    const body = JSON.stringify(stripeEvent({ data: { object: { email: 'canary@example.com' } } }));
    await post(body);
    await post(`${body}canary-body`);
    await post(body, `t=${now()},v1=canary-header`);
    busAnswer = () => ({ status: 400, body: { __type: 'ValidationException', message: 'canary-message' } });
    await post(body);
    secretAnswer = () => ({ body: { SecretString: 'canary-secret' } });
    expect(webhook.logs()).toHaveLength(4);
    expect(webhook.output()).not.toMatch(/canary/);
    expect(webhook.output()).not.toContain(SECRET);
    expect(webhook.output()).not.toContain(digest(body, now()));
  });
});

describe('the environment', () => {
  test.each(Object.keys(ENV))('without %s stops the function at its start, by name', async (name) => {
    await expect(start({ ...ENV, [name]: '' })).rejects.toThrow(`environment variable ${name} is not set`);
  });

  test.each([['0', 400], ['-1', 400], ['1', 400], ['Infinity', 200], ['99999', 200]])('with TOLERANCE_SECONDS=%s never switches the age check off', async (tolerance, status) => {
    await webhook.stop();
    webhook = await start({ ...ENV, TOLERANCE_SECONDS: tolerance });
    expect(await post(EVENT, stripeSignature(EVENT, { timestamp: now() - 200 }))).toMatchObject({ statusCode: status });
    expect(await post(EVENT, stripeSignature(EVENT, { timestamp: now() - 3_700 }))).toMatchObject({ statusCode: 400 });
  });
});
