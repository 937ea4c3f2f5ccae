import crypto, { randomBytes } from 'crypto';
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { StripeEndpoint, StripeEventBridge } from '../../src';
import { ACKNOWLEDGED } from '../static/acknowledged';
import { startBundle } from '../harness/bundle';
import { ACCEPTED, awsError } from '../harness/recorder';
import { digest, functionUrlEvent, httpApiEvent, restApiEvent, SECRET, stripeEvent } from '../harness/stripe';
import { properties, statements } from '../harness/template';
import { ENV, type Services, startedWebhook, type StartedWebhook } from '../harness/webhook-bundle';
import { NOW, world } from '../harness/webhook-harness';
import { message, newCustomer, startCustomerTable, T } from '../harness/writer-bundle';
import { INTERNAL_ERROR } from '../../src/stripe-event-bridge/webhook/runtime/http-response';

/**
 * The threats, by their rows: each has a test that is named after it, here or, where the test is part of something larger, in the file
 * of that. The last test here counts them.
 */

jest.setTimeout(60_000);

const BODY = JSON.stringify(stripeEvent());
const signed = (body: string | Buffer = BODY, time = NOW, secret = SECRET) => `t=${time},v1=${digest(body, time, secret)}`;
const now = () => Math.floor(Date.now() / 1000);

const stack = new Stack(new App(), 'Test');
new StripeEventBridge(stack, 'Stripe', { customerTable: {}, archive: {} });
new StripeEventBridge(stack, 'Other', { customerTable: {} });
const template = App.of(stack)!.synth().getStackByName('Test').template as { Resources: Record<string, { Type: string; Properties: any }> };
const ofType = (type: string) => Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
const text = JSON.stringify(template);

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

test('S1: a forged event without the secret never reaches the bus', async () => {
  const { receive, entries } = world();
  for (let attempt = 0; attempt < 100_000; attempt += 1) {
    const body = attempt % 2 ? BODY : BODY.replace('invoice', `invoice${attempt}`);
    const hex = attempt % 3 ? randomBytes(32).toString('hex') : digest(BODY, NOW).replace(/^../, randomBytes(1).toString('hex'));
    const forged = hex === digest(body, NOW) ? '0'.repeat(64) : hex;
    expect(await receive(httpApiEvent(body, `t=${NOW},v1=${forged}`))).toMatchObject({ status: 400 });
  }
  expect(entries).toEqual([]);
});

test('S2: a replay within the window changes no row', async () => {
  const writer = await startBundle('writer', table.env);
  const ada = newCustomer();
  const record = message(ada.created(T));
  await writer.invoke({ Records: [record] });
  const before = await table.rowOf(ada.pk());
  await Promise.all(Array.from({ length: 100 }, () => writer.invoke({ Records: [record] })));
  expect(await table.rowOf(ada.pk())).toEqual(before);
  expect(writer.logs().filter(({ decision }) => decision === 'Duplicate')).toHaveLength(100);
  await writer.stop();
});

test('S3: a signature is good from 300 s before to 300 s after, to the second', async () => {
  const accepted: number[] = [];
  for (let offset = -400; offset <= 400; offset += 1) {
    const { status } = await world().receive(httpApiEvent(BODY, signed(BODY, NOW + offset)));
    if (status === 200) {
      accepted.push(offset);
    }
  }
  expect([accepted.length, accepted[0], accepted.at(-1)]).toEqual([601, -300, 300]);
});

test('S4: a signature of another scheme, by the right secret, is none', async () => {
  expect(await world().receive(httpApiEvent(BODY, `t=${NOW},v0=${digest(BODY, NOW)}`))).toMatchObject({ status: 400 });
});

test('S5: a bridge can read its own secret, and not that of another', () => {
  const reads = ofType('AWS::IAM::Policy').filter(([id]) => /Webhook/.test(id)).map(([id, { Properties }]) => {
    const read = Properties.PolicyDocument.Statement.filter(({ Action }: any) => `${Action}`.includes('GetSecretValue'));
    return [/^Stripe/.test(id) ? 'Stripe' : 'Other', read.map(({ Resource }: any) => Resource.Ref.replace(/SigningSecret\w+/, ''))];
  });
  expect(reads.sort()).toEqual([['Other', ['Other']], ['Stripe', ['Stripe']]]);
});

test('S6: no other account may put events on the bus', () => {
  expect(ofType('AWS::Events::EventBusPolicy')).toEqual([]);
  ofType('AWS::Events::EventBus').forEach(([, { Properties }]) => expect(Properties.Policy).toBeUndefined());
});

test('T1: however the gateway hands over the body, the bus gets the bytes that were signed', async () => {
  const bodies = [BODY, JSON.stringify(stripeEvent({ name: 'Zoë ✓ 𝄞' })), `${BODY}\n`, BODY.replace(/,/g, ',\r\n')];
  for (const body of bodies) {
    for (const event of [httpApiEvent, restApiEvent, functionUrlEvent]) {
      const { receive, entries } = world();
      expect(await receive(event(body, signed(body)))).toMatchObject({ status: 200 });
      expect(entries[0].detail).toBe(body);
    }
  }
});

test('T2: doubled keys, __proto__ and large numbers go through as they came, and act on nothing', async () => {
  const body = '{"id":"evt_1","type":"a.b","n":9007199254740993,"n":1.0,"e":"\\u0041","__proto__":{"livemode":true,"polluted":1},"constructor":{"prototype":{}}}';
  const { receive, entries } = world();
  expect(await receive(httpApiEvent(body, signed(body)))).toMatchObject({ status: 200, event: { livemode: undefined } });
  expect(entries[0].detail).toBe(body);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('T3: a header under any spelling, or many of them, is one list, of at most 16 digests', async () => {
  const smuggled = { ...httpApiEvent(BODY, undefined), headers: { 'Stripe-Signature': `t=${NOW}${`,v1=${'a'.repeat(64)}`.repeat(9)}`, 'stripe-signature': `${`v1=${'b'.repeat(64)},`.repeat(8)}v1=${digest(BODY, NOW)}` } };
  expect(await world().receive(smuggled)).toMatchObject({ status: 400, reason: 'OversizeSignature' });
});

test('T4: keys of metadata are data, whatever they look like', async () => {
  const writer = await startBundle('writer', table.env);
  const metadata = { '#name': '1', ':value': '2', 'a.b': '3', '💳': '4', ['k'.repeat(255)]: '5', 'SET #x = :y': '6', '__proto__x': '7' };
  const ada = newCustomer();
  expect(await writer.invoke({ Records: [message(ada.created(T, { metadata }))] })).toEqual({ batchItemFailures: [] });
  expect((await table.rowOf(ada.pk()))!.metadata).toEqual(metadata);
  await writer.stop();
});

test('T5: a type that is not printable ASCII of at most 128 characters goes to quarantine', async () => {
  for (const type of ['a b', 'a\nb', 'é', '', 'x'.repeat(129), 'a\u0000']) {
    const body = JSON.stringify(stripeEvent({ type }));
    expect(await world().receive(httpApiEvent(body, signed(body)))).toMatchObject({ decision: 'Quarantined', reason: 'bad-type' });
  }
  const longest = JSON.stringify(stripeEvent({ type: 'x'.repeat(128) }));
  expect(await world().receive(httpApiEvent(longest, signed(longest)))).toMatchObject({ decision: 'Accepted' });
});

test('R1: each request leaves one line that names the event, the request, the bus event and the decision', async () => {
  const before = webhook.logs().length;
  await webhook.invoke(httpApiEvent(BODY, signed(BODY, now())));
  const lines = webhook.logs().slice(before);
  expect(lines).toMatchObject([{ decision: 'Accepted', eventId: 'evt_1', type: 'invoice.paid', busEventId: 'bus-event-1', requestId: expect.stringMatching(/./) }]);
  expect(JSON.stringify(lines[0]).length).toBeLessThan(1_500);
});

test('R2: nothing is switched off in code without its reason, and no finding is acknowledged without reason and date', () => {
  const sources = readdirSync(join(__dirname, '..', '..', 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const switches = sources.flatMap((name) => readFileSync(join(__dirname, '..', '..', 'src', name), 'utf8').match(/.*(eslint-disable|@ts-ignore|@ts-expect-error|istanbul).*/g) ?? []);
  expect(switches.filter((line) => !/-- .{20,}/.test(line) && !/^\/\* eslint-disable max-len \*\/$/.test(line))).toEqual([]);
  expect(ACKNOWLEDGED.filter(({ reason, date }) => reason.length < 40 || !/^20\d\d-\d\d-\d\d$/.test(date))).toEqual([]);
  expect(ACKNOWLEDGED.length).toBeGreaterThan(0);
});

test('I1: no secret is in the template, the environment, a log or an error', async () => {
  expect(text).not.toMatch(/whsec_[A-Za-z0-9]/);
  await webhook.invoke(httpApiEvent(BODY, signed(BODY, now(), 'whsec_wrong')));
  await webhook.invoke(httpApiEvent(BODY, signed(BODY, now())));
  expect(webhook.output()).not.toContain(SECRET);
  expect(webhook.output()).not.toContain('whsec_');
});

test('I2: each digest is compared once, whole, by the constant-time primitive, wherever it differs', async () => {
  const compare = jest.spyOn(crypto, 'timingSafeEqual');
  const good = digest(BODY, NOW);
  const wrong = (at: number) => `${good.slice(0, at)}${good[at] === '0' ? '1' : '0'}${good.slice(at + 1)}`;
  for (const hex of [wrong(0), wrong(31), wrong(63), '0'.repeat(64), good]) {
    compare.mockClear();
    await world().receive(httpApiEvent(BODY, `t=${NOW},v1=${hex}`));
    expect(compare.mock.calls.map((sides) => sides.map((side) => side.byteLength))).toEqual([[32, 32]]);
  }
  compare.mockRestore();
});

test('I3: the answers are five constants, whatever the reason', async () => {
  const failing = await startedWebhook(ENV, { bus: () => awsError('InternalException', 500) });
  const unset = await startedWebhook(ENV, { secret: () => awsError('AccessDeniedException') });
  const answers = await Promise.all([
    webhook.invoke(httpApiEvent(BODY, signed(BODY, now()))), // accepted
    webhook.invoke(httpApiEvent('{', signed('{', now()))), // quarantined
    webhook.invoke({}),
    webhook.invoke(httpApiEvent(BODY, 'junk')),
    webhook.invoke(httpApiEvent(BODY, signed(BODY, now() - 400))),
    webhook.invoke(httpApiEvent(BODY, signed(BODY, now(), 'whsec_wrong'))),
    webhook.invoke(httpApiEvent('x'.repeat(4_500_001), 'junk')),
    failing.invoke(httpApiEvent(BODY, signed(BODY, now()))),
    unset.invoke(httpApiEvent(BODY, signed(BODY, now()))),
    INTERNAL_ERROR,
  ]);
  const distinct = [...new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`))];
  expect(distinct).toEqual([
    '200 received', '400 not a request that Stripe signed for this endpoint', '413 too large', '503 try again later', '500 internal error',
  ]);
  await Promise.all([failing.stop(), unset.stop()]);
});

test('I4: none of twelve fields of the person is logged, whatever becomes of the event', async () => {
  const fields = ['email', 'name', 'phone', 'description', 'currency', 'invoice_prefix', 'default_source', 'individual_name', 'business_name'];
  const person = {
    ...Object.fromEntries(fields.map((field) => [field, `canary-${field}`])), metadata: { note: 'canary-metadata' }, address: { line1: 'canary-address' }, shipping: { name: 'canary-shipping' },
  };
  const services: Services = {};
  const speaking = await startedWebhook(ENV, services);
  const body = JSON.stringify(stripeEvent({ data: { object: person } }));
  await speaking.invoke(httpApiEvent(body, signed(body, now())));
  services.bus = () => ({ status: 500, body: { __type: 'InternalException', message: body } });
  await speaking.invoke(httpApiEvent(body, signed(body, now())));
  services.bus = () => ACCEPTED;
  await speaking.invoke(httpApiEvent(`${body}canary`, signed(body, now())));
  await speaking.invoke(httpApiEvent(body.slice(1), signed(body.slice(1), now())));
  expect(speaking.logs().map(({ decision }) => decision)).toEqual(['Accepted', 'PublishFailed', 'Rejected', 'Quarantined']);

  const writer = await startBundle('writer', { ...table.env, STORE_RAW_EVENT: 'true' });
  const ada = newCustomer();
  const updated = ada.updated(T + 1, person);
  const events = [updated, { ...updated, id: person }, updated, ada.updated(T + 1, { ...person, name: 'canary-2' }), ada.created(T, person), ada.deleted(T + 2, person)];
  for (const event of events) {
    await writer.invoke({ Records: [message(event)] });
  }
  expect(writer.logs().map(({ decision }) => decision)).toEqual(['Written', 'WriteError', 'Duplicate', 'Ambiguous', 'Stale', 'Written']);
  expect(`${speaking.output()}${writer.output()}`).not.toContain('canary');
  await Promise.all([speaking.stop(), writer.stop()]);
});

test('I5: no statement has a star where a resource has a name', () => {
  const broad = statements(stack).filter(({ Resource }) => [Resource].flat().some((each: unknown) => each === '*'));
  expect(broad).toEqual([]);
  expect(statements(stack).flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
});

test('D1: junk is refused before any secret is read, and the stage can be throttled', async () => {
  const { receive, secretReads } = world();
  await Promise.all(Array.from({ length: 1_000 }, () => receive(httpApiEvent(BODY, 'junk'))));
  expect(secretReads()).toBe(0);
  const throttled = new Stack(new App(), 'Throttled');
  new StripeEventBridge(throttled, 'Stripe', { endpoint: StripeEndpoint.httpApi({ throttle: { rateLimit: 50, burstLimit: 100 } }) });
  expect(properties(throttled, 'AWS::ApiGatewayV2::Stage').DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 });
});

test('D1: ten junk requests for one of Stripe\'s leave 99 of 100 answers to Stripe below 50 ms', async () => {
  const p99s: number[] = [];
  for (let round = 0; round < 3; round += 1) { // the machine may stall in one
    const times: number[] = [];
    for (let request = 0; request < 300; request += 1) {
      const junk = Array.from({ length: 10 }, (_, index) => webhook.invoke(httpApiEvent(BODY, index % 2 ? 'junk' : signed(BODY, now(), 'whsec_wrong'))));
      const started = performance.now();
      expect(await webhook.invoke(httpApiEvent(BODY, signed(BODY, now())))).toMatchObject({ statusCode: 200 });
      times.push(performance.now() - started);
      await Promise.all(junk);
    }
    p99s.push(times.sort((a, b) => a - b)[296]);
  }
  expect(Math.min(...p99s)).toBeLessThan(50);
});

test('D2: webhook and writer are functions of their own, neither of which is limited by default', () => {
  const functions = ofType('AWS::Lambda::Function').filter(([id]) => id.startsWith('Stripe'));
  expect(functions).toHaveLength(2);
  functions.forEach(([, { Properties }]) => expect(Properties.ReservedConcurrentExecutions).toBeUndefined());
});

test('D3: a deep, a huge and a many-signed request are answered, not thrown at', async () => {
  const deep = '['.repeat(200_000);
  expect(await webhook.invoke(httpApiEvent(deep, signed(deep, now())))).toMatchObject({ statusCode: 200 });
  expect(await webhook.invoke(httpApiEvent('x'.repeat(6_000_000), signed('x', now())))).toMatchObject({ statusCode: 413 });
  expect(await webhook.invoke(httpApiEvent(BODY, `t=${now()}${`,v1=${'a'.repeat(64)}`.repeat(50)}`))).toMatchObject({ statusCode: 400 });
});

test('D5: 10,000 bad signatures at the built webhook force one read of the secret in 30 s', async () => {
  const attacked = await startedWebhook();
  await attacked.invoke(httpApiEvent(BODY, signed(BODY, now())));
  const before = attacked.secrets.calls.length;
  const started = Date.now();
  for (let batch = 0; batch < 100; batch += 1) {
    const answers = await Promise.all(Array.from({ length: 100 }, () => attacked.invoke(httpApiEvent(BODY, signed(BODY, now(), 'whsec_wrong')))));
    expect(answers.every(({ statusCode }) => statusCode === 400)).toBe(true);
  }
  const reads = 2; // of both stages
  expect(attacked.secrets.calls.length - before).toBeLessThanOrEqual(reads * Math.ceil((Date.now() - started) / 30_000));
  await attacked.stop();
});

test('D6: nothing that listens to the bus may put events on it', () => {
  const publishers = ofType('AWS::IAM::Policy').filter(([, { Properties }]) => JSON.stringify(Properties).includes('events:PutEvents')).map(([id]) => id);
  expect(publishers.every((id) => /Webhook/.test(id))).toBe(true);
  expect(publishers).toHaveLength(2);
});

test('D7: whatever grows is kept for a time that is set', () => {
  ofType('AWS::Logs::LogGroup').forEach(([, { Properties }]) => expect(Properties.RetentionInDays).toBeGreaterThan(0));
  ofType('AWS::Events::Archive').forEach(([, { Properties }]) => expect(Properties.RetentionDays).toBe(30));
  expect(ofType('AWS::Logs::LogGroup')).toHaveLength(4);
});

test('E2: a role of the user\'s is granted what the function needs, nothing else is done to it, and one warning says what that means', () => {
  const mine = new Stack(new App(), 'Mine');
  const role = Role.fromRoleArn(mine, 'Role', 'arn:aws:iam::111122223333:role/wide');
  new StripeEventBridge(mine, 'Stripe', { functionOptions: { role } });
  const actions = statements(mine).flatMap(({ Action }) => Action);
  const needed = /^(events:PutEvents|secretsmanager:(GetSecretValue|DescribeSecret)|logs:(CreateLogStream|PutLogEvents))$/;
  expect(actions.filter((action) => !needed.test(action))).toEqual([]);
  const warnings = (of: Stack) => Annotations.fromStack(of).findWarning('*', Match.stringLikeRegexp('functionOptions.role .* acknowledge this'));
  expect(warnings(mine)).toHaveLength(1);
  expect(warnings(stack)).toEqual([]);
});

test('E3: no function URL is made unless it is asked for', () => {
  expect(ofType('AWS::Lambda::Url')).toEqual([]);
  const asked = new Stack(new App(), 'Asked');
  new StripeEventBridge(asked, 'Stripe', { endpoint: StripeEndpoint.functionUrl() });
  expect(JSON.stringify(App.of(asked)!.synth().getStackByName('Asked').template)).toContain('AWS::Lambda::Url');
});

const THREATS = [['S', 7], ['T', 7], ['R', 2], ['I', 5], ['D', 7], ['E', 4]].flatMap(([kind, count]) => Array.from({ length: Number(count) }, (_, index) => `${kind}${index + 1}`));

test('every threat has a test that is named after it', () => {
  const names = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(join(__dirname, file), 'utf8').matchAll(/^ *test(?:\.each\(.*\))?\('((?:[A-Z]\d+(?:, )?)+):/gm)])
    .flatMap(([, ids]) => ids.split(', '));
  expect(THREATS.filter((id) => !names.includes(id))).toEqual([]);
  expect(THREATS).toHaveLength(32);
});
