import { gunzipSync } from 'zlib';
import { ACCEPTED, awsError, type RecorderAnswer } from '../../harness/recorder';
import {
  digest, functionUrlEvent, httpApiEvent, restApiEvent, SECRET, stripeEvent, stripeSignature,
} from '../../harness/stripe';
import {
  ENV, onlyCurrentOf, SECRET_ARN as ARN, type Services, startedWebhook, type StartedWebhook, stored,
} from '../../harness/webhook-bundle';

/** The built webhook between HTTP endpoints that take the place of EventBridge and Secrets Manager. */

const EVENT = JSON.stringify(stripeEvent());
/** How the SDK names an error of its own timeout, and of the signal that ends all work. */
const TIMEOUT = expect.stringMatching(/^(Timeout|Abort)Error$/);

let webhook: StartedWebhook;

afterEach(() => webhook?.stop());

const start = async (services: Services = {}, env: Record<string, string> = ENV) => {
  webhook = await startedWebhook(env, services);
};
const post = (body: string | Buffer = EVENT, signature = `t=${now()},v1=${digest(body, now())}`) =>
  webhook.invoke(httpApiEvent(body, signature));
const rejectedEntry = (ErrorCode: string): RecorderAnswer =>
  ({ body: { FailedEntryCount: 1, Entries: [{ ErrorCode }] } });
const always = (answer: RecorderAnswer): Services => ({ bus: () => answer });
const now = () => Math.floor(Date.now() / 1000);
/** Reads of the secret so far, in alphabetical order: both versions are read in parallel. */
const reads = () => webhook.secrets.calls.map(({ body }) => body.VersionStage).sort();

describe('what reaches PutEvents', () => {
  test('an event is published as one entry on our bus, with the text as posted', async () => {
    await start();
    const text = '{"id":"evt_1",  "type":"invoice.paid","n":9007199254740993,"d":1,"d":1e2,"u":"\\u00e9","é":-0}\n';
    expect(await post(text)).toMatchObject({ statusCode: 200 });
    expect(webhook.bus.calls).toEqual([{
      operation: 'PutEvents',
      body: {
        Entries: [{
          EventBusName: ENV.EVENT_BUS_ARN, Source: 'stripe.com', DetailType: 'invoice.paid', Detail: text,
        }],
      },
    }]);
  });

  test.each([
    ['has it if X-Ray records the request', 'Sampled=1', true],
    ['has none otherwise, so that consumers can record their own', 'Sampled=0', false],
  ])('AB02: the trace header of an entry: it %s', async (_what, sampled, isPassedOn) => {
    const trace = `Root=1-63e54f60-54c0dec03aa822cf0eb80f6b;Parent=7026c82d12761ec6;${sampled}`;
    await start({}, { ...ENV, _X_AMZN_TRACE_ID: trace });
    await post(EVENT);
    expect(webhook.bus.calls[0].body.Entries[0].TraceHeader).toBe(isPassedOn ? trace : undefined);
  });

  test('a request that Stripe did not sign is not published', async () => {
    await start();
    expect(await post(`${EVENT} `, stripeSignature(EVENT))).toMatchObject({ statusCode: 400 });
    expect(await post(EVENT, stripeSignature(EVENT, { secret: 'whsec_other' }))).toMatchObject({ statusCode: 400 });
    expect(await post(EVENT, stripeSignature(EVENT, { timestamp: now() - 305 }))).toMatchObject({ statusCode: 400 });
    expect(webhook.bus.calls).toEqual([]);
  });
});

describe('a bus that fails', () => {
  test.each<[string, RecorderAnswer]>([
    ['answers after 6 s', { ...ACCEPTED, delayMs: 6_000 }],
    ['never answers', { hang: true }],
  ])('a bus that %s causes a timeout of each call, and the answer is 503', async (_name, answer) => {
    await start(always(answer));
    expect(await post()).toMatchObject({ statusCode: 503 });
    expect(webhook.logs()).toMatchObject([{ decision: 'PublishTimeout', PublishTimeout: 1, error: TIMEOUT }]);
    expect(webhook.bus.calls.length).toBeLessThanOrEqual(3); // the SDK's attempts
  });

  test('all work of a request ends before the function does, however many calls are still allowed', async () => {
    // two entries that are rejected late, then silence: without the limit, the SDK would add three calls of 2 s each
    await start({
      bus: (_call, calls) => calls.length > 2 ? { hang: true }
        : { ...rejectedEntry('InternalFailure'), delayMs: 1_900 },
    });
    expect(await post()).toMatchObject({ statusCode: 503 });
    expect(webhook.logs()).toMatchObject([{ decision: 'PublishTimeout', error: TIMEOUT }]);
    expect(webhook.bus.calls.length).toBeLessThanOrEqual(4); // each takes at least 1.9 s of the 7 s
  });

  test.each<[string, RecorderAnswer, string]>([
    ['is throttled', awsError('ThrottlingException'), 'PublishThrottled'],
    ['fails', awsError('InternalException', 500), 'PublishFailed'],
    ['denies the call', awsError('AccessDeniedException'), 'PublishDenied'],
    ['denies the entry', rejectedEntry('NotAuthorizedForSourceException'), 'PublishDenied'],
    ['resets the connection', { reset: true }, 'PublishTimeout'], // as the SDK calls it
    ['rejects the entry', rejectedEntry('InternalFailure'), 'PublishFailed'],
    ['returns no event id', { body: { FailedEntryCount: 0, Entries: [{}] } }, 'PublishFailed'],
    ['returns no entries', { body: {} }, 'PublishFailed'],
    ['counts a failure beside an event id', { body: { FailedEntryCount: 1, Entries: [{ EventId: 'x' }] } },
      'PublishFailed'],
  ])('a bus that %s causes the answer 503, so that Stripe delivers again', async (_name, answer, metric) => {
    await start(always(answer));
    expect(await post()).toMatchObject({ statusCode: 503, body: 'try again later' });
    expect(webhook.logs()).toMatchObject([
      { decision: metric, [metric]: 1, level: 'error', error: expect.any(String) },
    ]);
  });

  test.each([
    ['rejects the entry', rejectedEntry('ThrottlingException')],
    ['is throttled', awsError('ThrottlingException')], // the SDK retries the call
  ])('when the bus %s twice, the event is published within the same request', async (_what, answer) => {
    await start({ bus: (_call, calls) => calls.length < 3 ? answer : ACCEPTED });
    expect(await post()).toMatchObject({ statusCode: 200 });
    expect(webhook.bus.calls).toHaveLength(3);
  });

  test('an event that the bus rejects for good is stored in quarantine and answered with 200', async () => {
    await start({ bus: (_call, calls) => calls.length === 1 ? rejectedEntry('MalformedDetail') : ACCEPTED });
    expect(await post()).toMatchObject({ statusCode: 200 });
    const [{ Source, DetailType, Detail }] = webhook.bus.calls[1].body.Entries;
    expect({ Source, DetailType }).toEqual({ Source: 'stripe.com.quarantine', DetailType: 'malformed-detail' });
    expect(gunzipSync(Buffer.from(JSON.parse(Detail).body, 'base64')).toString()).toBe(EVENT);
    expect(webhook.logs()).toMatchObject([
      { decision: 'Quarantined', Quarantined: 1, Reason: 'malformed-detail' },
    ]);
  });
});

describe('the signing secret', () => {
  test('both versions of the secret are read when the environment starts, before any request', async () => {
    await start();
    await webhook.secrets.received(2);
    expect(reads()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    expect(webhook.secrets.calls[0]).toMatchObject({ operation: 'GetSecretValue', body: { SecretId: ARN } });
  });

  test('the secret is read once for many events', async () => {
    await start();
    await post();
    await Promise.all([post(), post()]);
    expect(reads()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  test('a request without a recent, well-formed signature causes no further read of the secret', async () => {
    const unreadable: Services = { secret: () => awsError('AccessDeniedException') };
    await start(unreadable);
    await webhook.secrets.received(2); // from the start of the environment; this failed, so a next read is due
    expect(await webhook.invoke(httpApiEvent(EVENT, undefined))).toMatchObject({ statusCode: 400 });
    expect(await post(EVENT, 'junk')).toMatchObject({ statusCode: 400 });
    expect(await post(EVENT, stripeSignature(EVENT, { timestamp: 1 }))).toMatchObject({ statusCode: 400 });
    expect(reads()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    expect(await post()).toMatchObject({ statusCode: 503 });
    expect(reads()).toEqual(['AWSCURRENT', 'AWSCURRENT', 'AWSPREVIOUS', 'AWSPREVIOUS']);
  });

  test('the first request reads the secret again when the read at the start has failed', async () => {
    const services: Services = { secret: () => awsError('AccessDeniedException') };
    await start(services);
    await webhook.secrets.received(2);
    await post(EVENT, 'junk'); // the process is still there: the failure was handled
    services.secret = onlyCurrentOf(SECRET);
    expect(await post()).toMatchObject({ statusCode: 200 });
    expect(webhook.output()).not.toContain('AccessDenied');
  });

  test.each<[string, RecorderAnswer]>([
    ['has no value yet', awsError('ResourceNotFoundException')],
    ['is empty', { body: { SecretString: '' } }],
    ['is something else', { body: { SecretString: 'sk_live_1' } }],
  ])('when the secret %s, the answer is 503, and events pass 5 s after it is stored', async (_name, answer) => {
    const services: Services = { secret: () => answer };
    await start(services);
    expect(await post()).toMatchObject({ statusCode: 503 });
    expect(webhook.logs()).toMatchObject([{ decision: 'SecretInvalid', SecretInvalid: 1 }]);
    services.secret = onlyCurrentOf(SECRET, 0);
    await webhook.advance(5);
    expect(await post()).toMatchObject({ statusCode: 200 });
  });

  test('the previous version of the secret is valid while a roll can last, and its use is counted', async () => {
    await start({ secret: (stage) => stored(stage === 'AWSCURRENT' ? 'whsec_new' : SECRET, 86_000) });
    expect(await post()).toMatchObject({ statusCode: 200 });
    expect(webhook.logs()).toMatchObject([{ decision: 'Accepted', SecretPreviousUsed: 1 }]);
  });

  test('the previous version of the secret is invalid after 24 hours and 5 minutes', async () => {
    await start({ secret: (stage) => stored(stage === 'AWSCURRENT' ? 'whsec_new' : SECRET, 86_701) });
    expect(await post()).toMatchObject({ statusCode: 400 });
    expect(webhook.logs()).toMatchObject([{ decision: 'Rejected', Reason: 'SignatureMismatch' }]);
  });

  test('with a lifetime of 0, the previous version of the secret is invalid at once and is never read', async () => {
    const services: Services = { secret: (stage) => stored(stage === 'AWSCURRENT' ? 'whsec_new' : SECRET, 1) };
    await start(services, { ...ENV, PREVIOUS_SECRET_SECONDS: '0' });
    expect(await post()).toMatchObject({ statusCode: 400 });
    expect(new Set(reads())).toEqual(new Set(['AWSCURRENT']));
  });

  test('a secret that was rolled a moment ago is found by one further read', async () => {
    const services: Services = {};
    await start(services);
    await post();
    services.secret = (stage) => stage === 'AWSCURRENT' ? stored('whsec_rolled', 0) : stored(SECRET);
    expect(await post(EVENT, stripeSignature(EVENT, { secret: 'whsec_rolled' }))).toMatchObject({ statusCode: 200 });
    expect(await post()).toMatchObject({ statusCode: 200 });
    expect(webhook.logs())
      .toMatchObject([{ decision: 'Accepted' }, { SecretRefreshed: 1 }, { SecretPreviousUsed: 1 }]);
  });

  test('a signature by any of several secrets is accepted: plain, a JSON array or a JSON object', async () => {
    const texts: Record<string, string> = {
      [ARN]: 'whsec_1', [`${ARN}-2`]: '["whsec_2"]', [`${ARN}-3`]: '{"connect":"whsec_3"}',
    };
    const services: Services = { secret: (stage, arn) => onlyCurrentOf(texts[arn])(stage) };
    await start(services, { ...ENV, SIGNING_SECRET_IDS: `${ARN},${ARN}-2,${ARN}-3` });
    for (const secret of ['whsec_1', 'whsec_2', 'whsec_3']) {
      expect(await post(EVENT, stripeSignature(EVENT, { secret }))).toMatchObject({ statusCode: 200 });
    }
  });

  test.each([
    ['denied', 'whsec_1', awsError('AccessDeniedException'), 'SecretFetchError', undefined],
    ['not there', 'whsec_1', awsError('ResourceNotFoundException'), 'SecretInvalid', 'NoValue'],
    ['empty', 'whsec_1', stored(''), 'SecretInvalid', 'NoValue'],
    ['no secret', 'whsec_1', stored('canary'), 'SecretInvalid', 'NotASecret'],
    ['malformed JSON', 'whsec_1', stored('["canary",]'), 'SecretInvalid', 'NotJson'],
  ])('N22: events of an additional secret that is %s are answered 503, and pass once it is right', async (
    _what, main, answer, decision, Reason,
  ) => {
    const services: Services = { secret: (stage, arn) => arn === ARN ? onlyCurrentOf(main)(stage) : answer };
    await start(services, { ...ENV, SIGNING_SECRET_IDS: `${ARN},${ARN}-2` });
    expect(await post(EVENT, stripeSignature(EVENT, { secret: main }))).toMatchObject({ statusCode: 200 });
    expect(await post()).toMatchObject({ statusCode: 503 });
    const [, line] = webhook.logs();
    expect([line.decision, line[decision], line.Reason]).toEqual([decision, 1, Reason]);
    expect(webhook.output()).not.toContain('canary');
    services.secret = (stage, arn) => onlyCurrentOf(arn === ARN ? main : SECRET)(stage);
    await webhook.advance(5);
    expect(await post()).toMatchObject({ statusCode: 200 });
    expect(await post(EVENT, stripeSignature(EVENT, { secret: 'whsec_x' }))).toMatchObject({ statusCode: 400 });
  });

  test('a read of the secret that hangs is ended within its limit, and the answer is 503', async () => {
    await start({ secret: () => ({ hang: true }) });
    expect(await post()).toMatchObject({ statusCode: 503 });
    const atFirst = webhook.secrets.calls.length;
    expect(await post()).toMatchObject({ statusCode: 503 });
    expect(webhook.logs()).toMatchObject([
      { decision: 'SecretFetchError', error: TIMEOUT }, { decision: 'SecretFetchError', error: TIMEOUT },
    ]);
    // a call takes 2 s, so that the limit of 2.5 s ends the third of the SDK's attempts before it begins
    expect(webhook.secrets.calls.length - atFirst).toBeLessThanOrEqual(2 * 2);
  });
});

describe('the log', () => {
  test('a request leaves one line, which is also the metric document', async () => {
    await start();
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

  test('a rejection is counted by its reason, in a line of at most 1,500 bytes', async () => {
    await start();
    await post(EVENT, 'junk');
    const [line] = webhook.logs() as any[];
    expect(Buffer.byteLength(webhook.output())).toBeLessThanOrEqual(1_500);
    expect(line).toMatchObject({ decision: 'Rejected', Reason: 'MalformedSignature', Rejected: 1 });
    expect(line._aws.CloudWatchMetrics.map(({ Dimensions }: any) => Dimensions))
      .toEqual([[['FunctionName']], [['FunctionName', 'Reason']]]);
  });

  test('well-formed and verified signatures are counted: only their ratio shows a wrong secret', async () => {
    await start();
    await post();
    await post(EVENT, stripeSignature(EVENT, { secret: 'whsec_of_another_endpoint' }));
    await post(EVENT, stripeSignature(EVENT, { timestamp: now() - 600 }));
    await post(EVENT, 'junk');
    expect(webhook.logs().map(({ Signed, Verified }) => [Signed, Verified]))
      .toEqual([[1, 1], [1, 0], [1, 0], [undefined, undefined]]);
  });

  test('no line contains a part of a body, a header, a secret or a digest', async () => {
    const services: Services = {};
    await start(services);
    const body = JSON.stringify(stripeEvent({ data: { object: { email: 'canary@example.com' } } }));
    const time = now();
    const signature = `t=${time},v1=${digest(body, time)}`;
    await post(body, signature);
    await post(`${body}canary-body`, signature);
    await post(body, `t=${time},v1=canary-header`);
    services.bus = () => ({ status: 400, body: { __type: 'ValidationException', message: 'canary-message' } });
    await post(body, signature);
    services.secret = () => stored('canary-secret');
    await webhook.advance(301);
    await post(body, `t=${time + 301},v1=${digest(body, time + 301)}`);
    expect(webhook.logs().map(({ decision }) => decision))
      .toEqual(['Accepted', 'Rejected', 'Rejected', 'PublishFailed', 'SecretInvalid']);
    expect(webhook.output()).not.toMatch(/canary/);
    expect(webhook.output()).not.toContain(SECRET);
    expect(webhook.output()).not.toContain(digest(body, time));
  });
});

describe('the environment', () => {
  test.each(Object.keys(ENV))('without the variable %s, the function does not start, and says why', async (name) => {
    await expect(start({}, { ...ENV, [name]: '' })).rejects.toThrow(`environment variable ${name} is not set`);
  });

  test.each([['0', 400], ['-1', 400], ['1', 400], ['Infinity', 200], ['99999', 200]])(
    'TOLERANCE_SECONDS=%s does not disable the check of the age', async (tolerance, status) => {
      await start({}, { ...ENV, TOLERANCE_SECONDS: tolerance });
      const signedAgo = (seconds: number) => post(EVENT, stripeSignature(EVENT, { timestamp: now() - seconds }));
      expect(await signedAgo(200)).toMatchObject({ statusCode: status });
      expect(await signedAgo(3_700)).toMatchObject({ statusCode: 400 });
    },
  );
});

describe.each([
  ['an HTTP API', httpApiEvent], ['a REST API', restApiEvent], ['a function URL', functionUrlEvent],
])('behind %s', (endpoint, envelope) => {
  const send = (body: string | Buffer, signature: string | undefined) => webhook.invoke(envelope(body, signature));
  const published = () => webhook.bus.calls.map(({ body }) => body.Entries[0].Detail);
  const text = '{"id":"evt_1","type":"invoice.paid","n":9007199254740993,"u":"\\u00e9","é":"😀"}\n';

  beforeEach(() => start());

  test(`behind ${endpoint}, the same text is published whether it arrives as text or as bytes`, async () => {
    expect(await send(text, stripeSignature(text))).toMatchObject({ statusCode: 200 });
    expect(await send(Buffer.from(text), stripeSignature(text))).toMatchObject({ statusCode: 200 });
    expect(published()).toEqual([text, text]);
  });

  test(`behind ${endpoint}, the same requests are rejected`, async () => {
    expect(await send(`${text} `, stripeSignature(text))).toMatchObject({ statusCode: 400 });
    expect(await send(text, stripeSignature(text, { timestamp: now() - 301 }))).toMatchObject({ statusCode: 400 });
    expect(await send(text, undefined)).toMatchObject({ statusCode: 400 });
    expect(await send('', stripeSignature(''))).toMatchObject({ statusCode: 400 });
    expect(await send('x'.repeat(4_500_001), 'x')).toMatchObject({ statusCode: 413 });
    expect(webhook.bus.calls).toEqual([]);
  });

  test(`behind ${endpoint}, bytes that are not text are stored unmodified in quarantine`, async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x7d]);
    expect(await send(bytes, `t=${now()},v1=${digest(bytes, now())}`)).toMatchObject({ statusCode: 200 });
    expect(gunzipSync(Buffer.from(JSON.parse(published()[0]).body, 'base64'))).toEqual(bytes);
  });
});
