import crypto, { randomBytes } from 'crypto';
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { StripeEndpoint, StripeEventBridge } from '../../src';
import { responseTo } from '../../src/stripe-event-bridge/webhook/runtime/http-response';
import { startBundle } from '../harness/bundle';
import { ACCEPTED, awsError } from '../harness/recorder';
import { digest, functionUrlEvent, httpApiEvent, restApiEvent, SECRET, stripeEvent } from '../harness/stripe';
import { properties, statements } from '../harness/template';
import { ENV, type Services, startedWebhook, type StartedWebhook } from '../harness/webhook-bundle';
import { NOW, webhookHarness } from '../harness/webhook-harness';
import { message, newCustomer, startCustomerTable, T } from '../harness/writer-bundle';
import { ACKNOWLEDGED } from '../static/acknowledged';

/**
 * Threats by their ids. Each has a test that is named after it, here or in the file of a larger test.
 *
 * The last test here counts them.
 */

jest.setTimeout(60_000);

const BODY = JSON.stringify(stripeEvent());
const signed = (body: string | Buffer = BODY, time = NOW, secret = SECRET) =>
  `t=${time},v1=${digest(body, time, secret)}`;
const now = () => Math.floor(Date.now() / 1000);
/** Request that Stripe signed a moment ago, or somebody else with another secret. */
const recent = (body: string | Buffer = BODY, secret = SECRET) => httpApiEvent(body, signed(body, now(), secret));

const stack = new Stack(new App(), 'Test');
new StripeEventBridge(stack, 'Stripe', { customerTable: {}, archive: {} });
new StripeEventBridge(stack, 'Other', { customerTable: {} });
type Resources = Record<string, { readonly Type: string; readonly Properties: any }>;
const template: { Resources: Resources } = App.of(stack)!.synth().getStackByName('Test').template;
const ofType = (type: string) => Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
const templateText = JSON.stringify(template);

let webhook: StartedWebhook;
let table: Awaited<ReturnType<typeof startCustomerTable>>;

beforeAll(async () => {
  webhook = await startedWebhook();
  table = await startCustomerTable();
});

afterAll(async () => {
  await webhook?.stop();
  await table?.stop();
});

test('S1: a forged event never reaches the bus without the secret', async () => {
  const { receive, entries } = webhookHarness();
  const valid = digest(BODY, NOW);
  const statuses = new Set<number>();
  for (let attempt = 0; attempt < 100_000; attempt += 1) {
    const body = attempt % 2 ? BODY : BODY.replace('invoice', `invoice${attempt}`);
    const random = randomBytes(32).toString('hex');
    const hex = attempt % 3 ? random : valid.replace(/^../, random.slice(0, 2));
    const forged = hex === valid ? '0'.repeat(64) : hex; // one of 256 changes of the first byte changes nothing
    statuses.add((await receive(httpApiEvent(body, `t=${NOW},v1=${forged}`))).status);
  }
  expect([...statuses]).toEqual([400]);
  expect(entries).toEqual([]);
});

test('S2: a replay within the tolerance changes no row', async () => {
  const writer = await startBundle('writer', table.env);
  const ada = newCustomer();
  const record = message(ada.created(T));
  // on a slow machine, a write can time out; the queue then delivers its message again
  const deliver = async () => {
    const invoke = () => writer.invoke<{ batchItemFailures: unknown[] }>({ Records: [record] });
    while ((await invoke()).batchItemFailures.length > 0);
  };
  await deliver();
  const before = await table.rowOf(ada.pk());
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 5 }, deliver));
  }
  expect(await table.rowOf(ada.pk())).toEqual(before);
  const decisions = writer.logs().map(({ decision }) => decision).filter((decision) => decision !== 'WriteError');
  expect(decisions).toEqual(['Written', ...Array(100).fill('Duplicate')]);
  await writer.stop();
});

test('S3: a signature is valid from 300 s before to 300 s after its time, to the second', async () => {
  const accepted: number[] = [];
  for (let offset = -400; offset <= 400; offset += 1) {
    const { status } = await webhookHarness().receive(httpApiEvent(BODY, signed(BODY, NOW + offset)));
    if (status === 200) {
      accepted.push(offset);
    }
  }
  expect([accepted.length, accepted[0], accepted.at(-1)]).toEqual([601, -300, 300]);
});

test('S4: a signature of another scheme is rejected, even by the right secret', async () => {
  const { receive } = webhookHarness();
  expect(await receive(httpApiEvent(BODY, `t=${NOW},v0=${digest(BODY, NOW)}`))).toMatchObject({ status: 400 });
});

test('S5: a bridge can read its own secret and not that of another bridge', () => {
  const policies = ofType('AWS::IAM::Policy').filter(([id]) => /Webhook/.test(id));
  const reads = policies.map(([id, { Properties }]) => {
    const read = Properties.PolicyDocument.Statement
      .filter(({ Action }: any) => `${Action}`.includes('GetSecretValue'));
    const secrets = read.map(({ Resource }: any) => Resource.Ref.replace(/WebhookSigningSecret\w+/, ''));
    return [/^Stripe/.test(id) ? 'Stripe' : 'Other', secrets];
  });
  expect(reads.sort()).toEqual([['Other', ['Other']], ['Stripe', ['Stripe']]]);
});

test('S6: no other account may put events on the bus', () => {
  expect(ofType('AWS::Events::EventBusPolicy')).toEqual([]);
  const buses = ofType('AWS::Events::EventBus');
  expect(buses).toHaveLength(2);
  buses.forEach(([, { Properties }]) => expect(Properties.Policy).toBeUndefined());
});

test('T1: the bytes that were signed reach the bus, whatever form the endpoint gives the body', async () => {
  const beyondAscii = JSON.stringify(stripeEvent({ name: 'Zoë ✓ 𝄞' }));
  const bodies = [BODY, beyondAscii, `${BODY}\n`, BODY.replace(/,/g, ',\r\n')];
  for (const body of bodies) {
    for (const event of [httpApiEvent, restApiEvent, functionUrlEvent]) {
      const { receive, entries } = webhookHarness();
      expect(await receive(event(body, signed(body)))).toMatchObject({ status: 200 });
      expect(entries[0].detail).toBe(body);
    }
  }
});

test('T2: duplicate keys, __proto__ and large numbers pass unmodified and have no effect', async () => {
  const body = '{"id":"evt_1","type":"a.b","n":9007199254740993,"n":1.0,"e":"\\u0041",' +
    '"__proto__":{"livemode":true,"polluted":1},"constructor":{"prototype":{}}}';
  const { receive, entries } = webhookHarness();
  expect(await receive(httpApiEvent(body, signed(body))))
    .toMatchObject({ status: 200, event: { livemode: undefined } });
  expect(entries[0].detail).toBe(body);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('T3: headers of every spelling are one list of at most 16 digests', async () => {
  const nine = Array(9).fill(`v1=${'a'.repeat(64)}`);
  const eight = Array(8).fill(`v1=${'b'.repeat(64)}`);
  const headers = {
    'Stripe-Signature': [`t=${NOW}`, ...nine].join(','),
    'stripe-signature': [...eight, `v1=${digest(BODY, NOW)}`].join(','),
  };
  const { receive } = webhookHarness();
  expect(await receive({ ...httpApiEvent(BODY, undefined), headers }))
    .toMatchObject({ status: 400, reason: 'OversizeSignature' });
});

test('T4: keys of metadata are stored as data, whatever they look like', async () => {
  const writer = await startBundle('writer', table.env);
  const metadata = {
    '#name': '1', ':value': '2', 'a.b': '3', '💳': '4', ['k'.repeat(255)]: '5', 'SET #x = :y': '6', '__proto__x': '7',
  };
  const ada = newCustomer();
  expect(await writer.invoke({ Records: [message(ada.created(T, { metadata }))] })).toEqual({ batchItemFailures: [] });
  expect((await table.rowOf(ada.pk()))!.metadata).toEqual(metadata);
  await writer.stop();
});

test('T5: a type that is not printable ASCII of at most 128 characters goes to quarantine', async () => {
  const receive = (type: string) => {
    const body = JSON.stringify(stripeEvent({ type }));
    return webhookHarness().receive(httpApiEvent(body, signed(body)));
  };
  for (const type of ['a b', 'a\nb', 'é', '', 'x'.repeat(129), 'a\u0000']) {
    expect(await receive(type)).toMatchObject({ decision: 'Quarantined', reason: 'bad-type' });
  }
  expect(await receive('x'.repeat(128))).toMatchObject({ decision: 'Accepted' });
});

test('R1: each request leaves one line with the event, the request, the bus event and the decision', async () => {
  const before = webhook.logs().length;
  await webhook.invoke(recent());
  const lines = webhook.logs().slice(before);
  expect(lines).toMatchObject([{
    decision: 'Accepted',
    eventId: 'evt_1',
    type: 'invoice.paid',
    busEventId: 'bus-event-1',
    requestId: expect.stringMatching(/./),
  }]);
  expect(JSON.stringify(lines[0]).length).toBeLessThan(1_500);
});

test('R2: no check is disabled without a reason, and no finding acknowledged without reason and date', () => {
  const src = join(__dirname, '..', '..', 'src');
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const lines = sources.flatMap((name) => readFileSync(join(src, name), 'utf8').split('\n'));
  const disabled = lines.filter((line) => /eslint-disable|@ts-ignore|@ts-expect-error|istanbul/.test(line));
  expect(lines.length).toBeGreaterThan(1_000);
  const isGenerated = (line: string) => /^\/\* eslint-disable max-len \*\/$/.test(line);
  expect(disabled.filter((line) => !/-- .{20,}/.test(line) && !isGenerated(line))).toEqual([]);
  const isComplete = ({ reason, date }: typeof ACKNOWLEDGED[number]) =>
    reason.length >= 40 && /^20\d\d-\d\d-\d\d$/.test(date);
  expect(ACKNOWLEDGED.filter((finding) => !isComplete(finding))).toEqual([]);
  expect(ACKNOWLEDGED.length).toBeGreaterThan(0);
});

test('I1: no secret appears in the template, the environment, a log or an error', async () => {
  expect(templateText).not.toMatch(/whsec_[A-Za-z0-9]/);
  await webhook.invoke(recent(BODY, 'whsec_wrong'));
  await webhook.invoke(recent());
  expect(webhook.output()).not.toContain(SECRET);
  expect(webhook.output()).not.toContain('whsec_');
});

test('I2: each digest is compared once and completely in constant time, wherever it differs', async () => {
  const compare = jest.spyOn(crypto, 'timingSafeEqual');
  const good = digest(BODY, NOW);
  const wrong = (at: number) => `${good.slice(0, at)}${good[at] === '0' ? '1' : '0'}${good.slice(at + 1)}`;
  for (const hex of [wrong(0), wrong(31), wrong(63), '0'.repeat(64), good]) {
    compare.mockClear();
    await webhookHarness().receive(httpApiEvent(BODY, `t=${NOW},v1=${hex}`));
    expect(compare.mock.calls.map((sides) => sides.map((side) => side.byteLength))).toEqual([[32, 32]]);
  }
  compare.mockRestore();
});

test('I3: the answers are five constants and do not depend on the reason', async () => {
  const failing = await startedWebhook(ENV, { bus: () => awsError('InternalException', 500) });
  const unset = await startedWebhook(ENV, { secret: () => awsError('AccessDeniedException') });
  const answers = await Promise.all([
    webhook.invoke(recent()), // accepted
    webhook.invoke(httpApiEvent('{', signed('{', now()))), // quarantined
    webhook.invoke({}),
    webhook.invoke(httpApiEvent(BODY, 'junk')),
    webhook.invoke(httpApiEvent(BODY, signed(BODY, now() - 400))),
    webhook.invoke(recent(BODY, 'whsec_wrong')),
    webhook.invoke(httpApiEvent('x'.repeat(4_500_001), 'junk')),
    failing.invoke(recent()),
    unset.invoke(recent()),
    responseTo('Failed'),
  ]);
  const distinct = [...new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`))];
  expect(distinct).toEqual([
    '200 received', '400 not a request that Stripe signed for this endpoint', '413 too large', '503 try again later',
    '500 internal error',
  ]);
  await Promise.all([failing.stop(), unset.stop()]);
});

test('I4: none of twelve personal fields is logged, whatever the outcome', async () => {
  const fields = [
    'email', 'name', 'phone', 'description', 'currency', 'invoice_prefix', 'default_source', 'individual_name',
    'business_name',
  ];
  const person = {
    ...Object.fromEntries(fields.map((field) => [field, `canary-${field}`])),
    metadata: { note: 'canary-metadata' },
    address: { line1: 'canary-address' },
    shipping: { name: 'canary-shipping' },
  };
  const services: Services = {};
  const started = await startedWebhook(ENV, services);
  const body = JSON.stringify(stripeEvent({ data: { object: person } }));
  await started.invoke(recent(body));
  services.bus = () => ({ status: 500, body: { __type: 'InternalException', message: body } });
  await started.invoke(recent(body));
  services.bus = () => ACCEPTED;
  await started.invoke(httpApiEvent(`${body}canary`, signed(body, now())));
  await started.invoke(recent(body.slice(1)));
  expect(started.logs().map(({ decision }) => decision))
    .toEqual(['Accepted', 'PublishFailed', 'Rejected', 'Quarantined']);

  const writer = await startBundle('writer', { ...table.env, STORE_RAW_EVENT: 'true' });
  const ada = newCustomer();
  const updated = ada.updated(T + 1, person);
  const events = [
    updated,
    { ...updated, id: person },
    updated,
    ada.updated(T + 1, { ...person, name: 'canary-2' }),
    ada.created(T, person),
    ada.deleted(T + 2, person),
  ];
  for (const event of events) {
    await writer.invoke({ Records: [message(event)] });
  }
  expect(writer.logs().map(({ decision }) => decision))
    .toEqual(['Written', 'WriteError', 'Duplicate', 'Ambiguous', 'Stale', 'Written']);
  expect(`${started.output()}${writer.output()}`).not.toContain('canary');
  await Promise.all([started.stop(), writer.stop()]);
});

test('I5: no statement contains a wildcard action or applies to all resources', () => {
  const broad = statements(stack).filter(({ Resource }) => [Resource].flat().some((each: unknown) => each === '*'));
  expect(broad).toEqual([]);
  expect(statements(stack).flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
});

test('D1: unsigned requests cause no read of a secret, and the stage has a throttle that can be changed', async () => {
  const { receive, secretReads } = webhookHarness();
  await Promise.all(Array.from({ length: 1_000 }, () => receive(httpApiEvent(BODY, 'junk'))));
  expect(secretReads()).toBe(0);
  const stages = ofType('AWS::ApiGatewayV2::Stage');
  expect(stages).toHaveLength(2);
  stages.forEach(([, { Properties }]) => expect(Properties.DefaultRouteSettings)
    .toEqual({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 }));
  const throttled = new Stack(new App(), 'Throttled');
  const endpoint = StripeEndpoint.httpApi({ throttle: { rateLimit: 50, burstLimit: 100 } });
  new StripeEventBridge(throttled, 'Stripe', { endpoint });
  expect(properties(throttled, 'AWS::ApiGatewayV2::Stage').DefaultRouteSettings)
    .toEqual({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 });
});

test('D1: under ten unsigned requests per signed one, every signed one passes and the secret is not read', async () => {
  await webhook.invoke(recent());
  const [reads, puts] = [webhook.secrets.calls.length, webhook.bus.calls.length];
  const unsigned = [
    () => httpApiEvent(BODY, undefined),
    () => httpApiEvent(BODY, 'junk'),
    () => httpApiEvent(BODY, signed(BODY, now() - 400)),
    () => httpApiEvent('', signed('', now())),
  ];
  const milliseconds: number[] = [];
  for (let round = 0; round < 300; round += 1) {
    const attack = Array.from({ length: 10 }, (_, index) => webhook.invoke(unsigned[index % unsigned.length]()));
    const started = performance.now();
    expect(await webhook.invoke(recent())).toMatchObject({ statusCode: 200 });
    milliseconds.push(performance.now() - started);
    expect((await Promise.all(attack)).every(({ statusCode }) => statusCode === 400)).toBe(true);
  }
  const p99 = milliseconds.sort((a, b) => a - b)[Math.ceil(0.99 * milliseconds.length) - 1];
  process.stdout.write(`  signed requests under ten unsigned ones each: p99 ${Math.round(p99)} ms\n`);
  expect(webhook.bus.calls.length - puts).toBe(300);
  expect(webhook.secrets.calls.length - reads).toBe(0);
});

test('D2: webhook and writer are separate functions without a concurrency limit by default', () => {
  const functions = ofType('AWS::Lambda::Function').filter(([id]) => id.startsWith('Stripe'));
  expect(functions).toHaveLength(2);
  functions.forEach(([, { Properties }]) => expect(Properties.ReservedConcurrentExecutions).toBeUndefined());
});

test('D3: a request that is nested deeply, very large or signed many times is answered', async () => {
  const deep = '['.repeat(200_000);
  const large = 'x'.repeat(6_000_000);
  const manyDigests = `,v1=${'a'.repeat(64)}`.repeat(50);
  expect(await webhook.invoke(recent(deep))).toMatchObject({ statusCode: 200 });
  expect(await webhook.invoke(httpApiEvent(large, signed('x', now())))).toMatchObject({ statusCode: 413 });
  expect(await webhook.invoke(httpApiEvent(BODY, `t=${now()}${manyDigests}`))).toMatchObject({ statusCode: 400 });
});

test('D5: 10,000 forged signatures at the built webhook cause one read of the secret in 30 s', async () => {
  const attacked = await startedWebhook();
  await attacked.invoke(recent());
  const before = attacked.secrets.calls.length;
  const started = Date.now();
  for (let batch = 0; batch < 100; batch += 1) {
    const attack = Array.from({ length: 100 }, () => attacked.invoke(recent(BODY, 'whsec_wrong')));
    expect((await Promise.all(attack)).every(({ statusCode }) => statusCode === 400)).toBe(true);
  }
  const calls = 2; // one read is one call per version
  const periods = Math.ceil((Date.now() - started) / 30_000);
  expect(attacked.secrets.calls.length - before).toBeGreaterThanOrEqual(calls);
  expect(attacked.secrets.calls.length - before).toBeLessThanOrEqual(calls * periods);
  await attacked.stop();
});

test('D6: nothing that listens to the bus may put events on it', () => {
  const publishers = ofType('AWS::IAM::Policy')
    .filter(([, { Properties }]) => JSON.stringify(Properties).includes('events:PutEvents')).map(([id]) => id);
  expect(publishers.every((id) => /Webhook/.test(id))).toBe(true);
  expect(publishers).toHaveLength(2);
});

test('D7: everything that grows has a retention time', () => {
  ofType('AWS::Logs::LogGroup').forEach(([, { Properties }]) => expect(Properties.RetentionInDays).toBeGreaterThan(0));
  ofType('AWS::Events::Archive').forEach(([, { Properties }]) => expect(Properties.RetentionDays).toBe(30));
  expect(ofType('AWS::Logs::LogGroup')).toHaveLength(4);
});

test('E2: a custom role is granted only what the function needs, and a warning says what that means', () => {
  const mine = new Stack(new App(), 'Mine');
  const role = Role.fromRoleArn(mine, 'Role', 'arn:aws:iam::111122223333:role/wide');
  new StripeEventBridge(mine, 'Stripe', { functionOptions: { role } });
  const actions = statements(mine).flatMap(({ Action }) => Action);
  expect(actions.sort()).toEqual([
    'events:PutEvents', 'logs:CreateLogStream', 'logs:PutLogEvents', 'secretsmanager:GetSecretValue',
  ]);
  const text = Match.stringLikeRegexp('functionOptions.role .* acknowledge this');
  const warnings = (of: Stack) => Annotations.fromStack(of).findWarning('*', text);
  expect(warnings(mine)).toHaveLength(1);
  expect(warnings(stack)).toEqual([]);
});

test('E3: a function URL is created only if it is configured', () => {
  expect(ofType('AWS::Lambda::Url')).toEqual([]);
  const asked = new Stack(new App(), 'Asked');
  new StripeEventBridge(asked, 'Stripe', { endpoint: StripeEndpoint.functionUrl() });
  expect(JSON.stringify(App.of(asked)!.synth().getStackByName('Asked').template)).toContain('AWS::Lambda::Url');
});

const THREATS = Object.entries({ S: 7, T: 7, R: 2, I: 5, D: 7, E: 4 })
  .flatMap(([kind, count]) => Array.from({ length: count }, (_, index) => `${kind}${index + 1}`));

test('every threat has a test that is named after it', () => {
  const tests = join(__dirname, '..');
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
  const title = /^ *test(?:\.each\(.*\))?\(\s*'((?:[A-Z]\d+(?:, )?)+):/gm;
  const names = files.flatMap((file) => [...readFileSync(join(tests, file), 'utf8').matchAll(title)])
    .flatMap(([, ids]) => ids.split(', '));
  expect(THREATS.filter((id) => !names.includes(id))).toEqual([]);
  expect(THREATS).toHaveLength(32);
});
