import { setTimeout as sleep } from 'timers/promises';
import { gunzipSync } from 'zlib';
import { type RunningBundle, startBundle } from '../../harness/bundle';
import { ACCEPTED, awsError, type Recorder, type RecorderAnswer, startRecorder } from '../../harness/recorder';
import { digest, functionUrlEvent, httpApiEvent, restApiEvent, SECRET, stripeEvent, stripeSignature } from '../../harness/stripe';
import { ENV, onlyCurrent, SECRET_ARN as ARN, stored } from '../../harness/webhook-bundle';

/** The built webhook against HTTP endpoints that stand in the SDK's way, as EventBridge and Secrets Manager. */

const EVENT = JSON.stringify(stripeEvent());

let bus: Recorder;
let secrets: Recorder;
let webhook: RunningBundle;
let busAnswer: (calls: number) => RecorderAnswer;
let secretAnswer: (stage: string, arn: string) => RecorderAnswer;

beforeEach(async () => {
  busAnswer = () => ACCEPTED;
  secretAnswer = onlyCurrent;
  bus = await startRecorder((_call, calls) => busAnswer(calls.length));
  secrets = await startRecorder(({ body }) => secretAnswer(body.VersionStage, body.SecretId));
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
const refusal = (ErrorCode: string): RecorderAnswer => ({ body: { FailedEntryCount: 1, Entries: [{ ErrorCode }] } });
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

  test.each<[string, RecorderAnswer, string]>([
    ['is throttled', awsError('ThrottlingException'), 'PublishThrottled'],
    ['fails', awsError('InternalException', 500), 'PublishFailed'],
    ['denies', awsError('AccessDeniedException'), 'PublishDenied'],
    ['denies the entry', refusal('NotAuthorizedForSourceException'), 'PublishDenied'],
    ['resets the connection', { reset: true }, 'PublishTimeout'], // as the SDK calls it
    ['refuses the entry', refusal('InternalFailure'), 'PublishFailed'],
    ['gives no event id', { body: { FailedEntryCount: 0, Entries: [{}] } }, 'PublishFailed'],
    ['gives no entries', { body: {} }, 'PublishFailed'],
    ['counts a failure beside an event id', { body: { FailedEntryCount: 1, Entries: [{ EventId: 'x' }] } }, 'PublishFailed'],
  ])('%s gives 503, so that Stripe delivers again', async (_name, answer, metric) => {
    busAnswer = () => answer;
    expect(await post()).toMatchObject({ statusCode: 503, body: 'try again later' });
    expect(webhook.logs()).toMatchObject([{ decision: metric, [metric]: 1, level: 'error', error: expect.any(String) }]);
  });

  test('refuses the entry for a moment gives 200: the entry is tried again within the request', async () => {
    busAnswer = (calls) => calls < 3 ? refusal('ThrottlingException') : ACCEPTED;
    expect(await post()).toMatchObject({ statusCode: 200 });
    expect(bus.calls).toHaveLength(3);
  });

  test('refuses the entry for good has it in quarantine, and gives 200', async () => {
    busAnswer = (calls) => calls === 1 ? refusal('MalformedDetail') : ACCEPTED;
    expect(await post()).toMatchObject({ statusCode: 200 });
    const [{ Source, DetailType, Detail }] = bus.calls[1].body.Entries;
    expect({ Source, DetailType }).toEqual({ Source: 'stripe.com.quarantine', DetailType: 'malformed-detail' });
    expect(gunzipSync(Buffer.from(JSON.parse(Detail).body, 'base64')).toString()).toBe(EVENT);
    expect(webhook.logs()).toMatchObject([{ decision: 'Quarantined', Quarantined: 1, Reason: 'malformed-detail' }]);
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
    expect(secrets.calls).toEqual(['AWSCURRENT', 'AWSPREVIOUS'].map((VersionStage) => (
      { operation: 'GetSecretValue', body: { SecretId: ARN, VersionStage } })));
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
  ])('that %s gives 503, and within 5 s of its being stored events pass', async (_name, answer) => {
    secretAnswer = () => answer;
    expect(await post()).toMatchObject({ statusCode: 503 });
    expect(webhook.logs()).toMatchObject([{ decision: 'SecretInvalid', SecretInvalid: 1 }]);
    secretAnswer = (stage) => stage === 'AWSCURRENT' ? stored(SECRET, 0) : awsError('ResourceNotFoundException');
    await sleep(5_000);
    expect(await post()).toMatchObject({ statusCode: 200 });
  });

  test('of the version before the current one counts while a roll can last, and is counted', async () => {
    secretAnswer = (stage) => stored(stage === 'AWSCURRENT' ? 'whsec_new' : SECRET, 86_000);
    expect(await post()).toMatchObject({ statusCode: 200 });
    expect(webhook.logs()).toMatchObject([{ decision: 'Accepted', SecretPreviousUsed: 1 }]);
  });

  test.each([
    ['after 24 hours and 5 minutes', '86700', 86_701], ['at once after a leak', '0', 1],
  ])('of the version before no longer counts %s', async (_when, seconds, age) => {
    await webhook.stop();
    webhook = await start({ ...ENV, PREVIOUS_SECRET_SECONDS: seconds });
    secretAnswer = (stage) => stored(stage === 'AWSCURRENT' ? 'whsec_new' : SECRET, age);
    expect(await post()).toMatchObject({ statusCode: 400 });
    expect(secrets.calls.map(({ body }) => body.VersionStage)).not.toContain('AWSPREVIOUS');
  });

  test('rolled a moment ago is found by one read more', async () => {
    await post();
    secretAnswer = (stage) => stage === 'AWSCURRENT' ? stored('whsec_rolled', 0) : stored(SECRET);
    expect(await post(EVENT, stripeSignature(EVENT, { secret: 'whsec_rolled' }))).toMatchObject({ statusCode: 200 });
    expect(await post()).toMatchObject({ statusCode: 200 });
    expect(webhook.logs()).toMatchObject([{ decision: 'Accepted' }, { SecretRefreshed: 1 }, { SecretPreviousUsed: 1 }]);
  });

  test('is one of several, each plain, a JSON array or a JSON object', async () => {
    await webhook.stop();
    webhook = await start({ ...ENV, SIGNING_SECRET_ARNS: `${ARN},${ARN}-2,${ARN}-3` });
    const texts: Record<string, string> = { [ARN]: 'whsec_1', [`${ARN}-2`]: '["whsec_2"]', [`${ARN}-3`]: '{"connect":"whsec_3"}' };
    secretAnswer = (stage, arn) => stage === 'AWSCURRENT' ? stored(texts[arn]) : awsError('ResourceNotFoundException');
    for (const secret of ['whsec_1', 'whsec_2', 'whsec_3']) {
      expect(await post(EVENT, stripeSignature(EVENT, { secret }))).toMatchObject({ statusCode: 200 });
    }
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
      Signed: 1,
      Verified: 1,
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [{
          Namespace: 'StripeEventBridge',
          Dimensions: [['FunctionName']],
          Metrics: [
            { Name: 'Accepted', Unit: 'Count' }, { Name: 'PublishLatency', Unit: 'Milliseconds' },
            { Name: 'Signed', Unit: 'Count' }, { Name: 'Verified', Unit: 'Count' },
          ],
        }],
      },
    }]);
  });

  test('counts a refusal by its reason', async () => {
    await post(EVENT, 'junk');
    const [line] = webhook.logs() as any[];
    expect(Buffer.byteLength(webhook.output())).toBeLessThanOrEqual(1_500);
    expect(line).toMatchObject({ decision: 'Rejected', Reason: 'MalformedSignature', Rejected: 1 });
    expect(line._aws.CloudWatchMetrics[0].Dimensions).toEqual([['FunctionName'], ['FunctionName', 'Reason']]);
  });

  test('counts what looks like Stripe\'s and whether it is, zero included: a wrong secret shows in no single request', async () => {
    await post();
    await post(EVENT, stripeSignature(EVENT, { secret: 'whsec_of_another_endpoint' }));
    await post(EVENT, stripeSignature(EVENT, { timestamp: now() - 600 }));
    await post(EVENT, 'junk');
    expect(webhook.logs().map(({ Signed, Verified }) => [Signed, Verified])).toEqual([[1, 1], [1, 0], [1, 0], [undefined, undefined]]);
  });

  test('has no word of body, header, secret or digest, whatever happens', async () => {
    const body = JSON.stringify(stripeEvent({ data: { object: { email: 'canary@example.com' } } }));
    await post(body);
    await post(`${body}canary-body`);
    await post(body, `t=${now()},v1=canary-header`);
    busAnswer = () => ({ status: 400, body: { __type: 'ValidationException', message: 'canary-message' } });
    await post(body);
    secretAnswer = () => stored('canary-secret');
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

describe.each([['an HTTP API', httpApiEvent], ['a REST API', restApiEvent], ['a function URL', functionUrlEvent]])('behind %s', (_front, envelope) => {
  const send = (body: string | Buffer, signature: string | undefined) => webhook.invoke<{ statusCode: number }>(envelope(body, signature));
  const textOf = () => bus.calls.map(({ body }) => body.Entries[0].Detail);
  const text = '{"id":"evt_1","type":"invoice.paid","n":9007199254740993,"u":"\\u00e9","é":"😀"}\n';

  test('the same text reaches the bus, whether it came as text or as bytes', async () => {
    expect(await send(text, stripeSignature(text))).toMatchObject({ statusCode: 200 });
    expect(await send(Buffer.from(text), stripeSignature(text))).toMatchObject({ statusCode: 200 });
    expect(textOf()).toEqual([text, text]);
  });

  test('the same is refused', async () => {
    expect(await send(`${text} `, stripeSignature(text))).toMatchObject({ statusCode: 400 });
    expect(await send(text, stripeSignature(text, { timestamp: now() - 301 }))).toMatchObject({ statusCode: 400 });
    expect(await send(text, undefined)).toMatchObject({ statusCode: 400 });
    expect(await send('', stripeSignature(''))).toMatchObject({ statusCode: 400 });
    expect(await send('x'.repeat(4_500_001), 'x')).toMatchObject({ statusCode: 413 });
    expect(bus.calls).toEqual([]);
  });

  test('bytes that are no text are kept whole', async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x7d]);
    expect(await send(bytes, `t=${now()},v1=${digest(bytes, now())}`)).toMatchObject({ statusCode: 200 });
    expect(gunzipSync(Buffer.from(JSON.parse(textOf()[0]).body, 'base64'))).toEqual(bytes);
  });
});
