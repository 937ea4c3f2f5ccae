import { randomBytes } from 'crypto';
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { StripeEndpoint, StripeEventBridge } from '../src';
import { startBundle } from './support/bundle';
import { ACCEPTED, awsError } from './support/recorder';
import { digest, functionUrlEvent, httpApiEvent, restApiEvent, SECRET, stripeEvent } from './support/stripe';
import { statements } from './support/template';
import { ENV, startedWebhook, type StartedWebhook } from './support/webhook-bundle';
import { NOW, world } from './support/world';
import { message, newCustomer, startCustomerTable, T } from './support/writer-bundle';

/** One test a threat, named after its row; what a row leaves to another file is looked for there. */

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

/** That another test file has a test of this name. */
function heldBy(file: string, name: string): void {
  expect(readFileSync(join(__dirname, file), 'utf8')).toContain(name);
}

test('S1: a forged event without the secret never reaches the bus', async () => {
  const { receive, entries } = world();
  for (let attempt = 0; attempt < 2_000; attempt += 1) {
    const body = attempt % 2 ? BODY : BODY.replace('invoice', `invoice${attempt}`);
    const hex = attempt % 3 ? randomBytes(32).toString('hex') : digest(BODY, NOW).replace(/^../, randomBytes(1).toString('hex'));
    const forged = hex === digest(body, NOW) ? '0'.repeat(64) : hex;
    expect(await receive(httpApiEvent(body, `t=${NOW},v1=${forged}`))).toMatchObject({ status: 400 });
  }
  expect(entries).toEqual([]);
  heldBy('stripe-event-bridge/fuzz.bundle.test.ts', 'G1, G2');
});

test('S2: a replay within the window changes no row', async () => {
  const writer = await startBundle('upsert', table.env);
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

test('S7: live and test, ours and a connected account\'s, one customer and another: eight rows', () => heldBy('stripe-customer-table/upsert.bundle.test.ts', 'is one of eight for two modes'));

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
  const writer = await startBundle('upsert', table.env);
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

test('T6: no order of deliveries overwrites in silence, or revives', () => heldBy('stripe-customer-table/order.model.test.ts', 'T6:'));

test('T7: what is built is what was reviewed, and what is published is what was built', () => {
  heldBy('bundles.test.ts', 'built again elsewhere, the handlers are the same to the byte');
  heldBy('workflows.test.ts', 'every action is pinned to a commit');
});

test('R1: each request leaves one line that names the event, the request, the bus event and the decision', async () => {
  const before = webhook.logs().length;
  await webhook.invoke(httpApiEvent(BODY, signed(BODY, now())));
  const lines = webhook.logs().slice(before);
  expect(lines).toMatchObject([{ decision: 'Accepted', eventId: 'evt_1', type: 'invoice.paid', busEventId: 'bus-event-1', requestId: expect.stringMatching(/./) }]);
  expect(JSON.stringify(lines[0]).length).toBeLessThan(1_500);
});

test('R2: nothing is switched off in code without its reason', () => {
  const sources = readdirSync(join(__dirname, '..', 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const switches = sources.flatMap((name) => readFileSync(join(__dirname, '..', 'src', name), 'utf8').match(/.*(eslint-disable|@ts-ignore|@ts-expect-error|istanbul).*/g) ?? []);
  expect(switches.filter((line) => !/-- .{20,}/.test(line) && !/^\/\* eslint-disable max-len \*\/$/.test(line))).toEqual([]);
});

test('I1: no secret is in the template, the environment, a log or an error', async () => {
  expect(text).not.toMatch(/whsec_[A-Za-z0-9]/);
  await webhook.invoke(httpApiEvent(BODY, signed(BODY, now(), 'whsec_wrong')));
  await webhook.invoke(httpApiEvent(BODY, signed(BODY, now())));
  expect(webhook.output()).not.toContain(SECRET);
  expect(webhook.output()).not.toContain('whsec_');
});

test('I2: digests are compared by the constant-time primitive, and only those of its length', () => {
  const source = readFileSync(join(__dirname, '..', 'src', 'stripe-event-bridge', 'runtime', 'signature.ts'), 'utf8');
  expect(source).toContain('timingSafeEqual(digest, expected)');
  expect(source).not.toMatch(/digest(s)? ===|\.equals\(/);
});

test('I3: the answers are five constants', async () => {
  const { receive } = world();
  const bodies = new Set<string>();
  for (const event of [httpApiEvent(BODY, signed()), httpApiEvent(BODY, undefined), httpApiEvent('x'.repeat(4_500_001), signed())]) {
    bodies.add(`${(await receive(event)).status}`);
  }
  expect([...bodies]).toEqual(['200', '400', '413']);
  heldBy('../src/stripe-event-bridge/runtime/http-response.ts', '503: \'try again later\'');
  expect((await webhook.invoke(httpApiEvent(BODY, undefined))).body).toBe((await webhook.invoke({})).body);
});

test('I4: nothing of the person is logged, whatever becomes of the event', async () => {
  const services = { bus: () => ACCEPTED };
  const speaking = await startedWebhook(ENV, services);
  const body = JSON.stringify(stripeEvent({ data: { object: { email: 'canary1', name: 'canary2', phone: 'canary3', metadata: { canary4: 'canary5' }, address: 'canary6' } } }));
  await speaking.invoke(httpApiEvent(body, signed(body, now())));
  services.bus = () => awsError('canary7', 500) as typeof ACCEPTED;
  await speaking.invoke(httpApiEvent(body, signed(body, now())));
  await speaking.invoke(httpApiEvent(`${body}canary8`, signed(body, now())));
  expect(speaking.logs().map(({ decision }) => decision)).toEqual(['Accepted', 'PublishFailed', 'Refused']);
  expect(speaking.output().replace(/"error":"canary7"/, '')).not.toContain('canary');
  await speaking.stop();
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
  heldBy('stripe-event-bridge/stripe-endpoint.test.ts', 'is throttled and logged as told');
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

test('D4: no crafted request is answered 5xx', () => heldBy('stripe-event-bridge/fuzz.bundle.test.ts', 'answered 400 or 413'));

test('D5: 10,000 bad signatures force at most one read of the secret in 30 s', () => heldBy('runtime/secrets.test.ts', 'of 10,000 forged requests within 30 s forces one read'));

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

test('E1: the roles of webhook and writer have no permission in common', () => heldBy('iam.test.ts', 'E1:'));

test('E2: a role of the user\'s is granted what the function needs, and nothing else is done to it', () => {
  const mine = new Stack(new App(), 'Mine');
  const role = Role.fromRoleArn(mine, 'Role', 'arn:aws:iam::111122223333:role/wide');
  new StripeEventBridge(mine, 'Stripe', { functionOptions: { role } });
  const actions = statements(mine).flatMap(({ Action }) => Action);
  const needed = /^(events:PutEvents|secretsmanager:(GetSecretValue|DescribeSecret)|logs:(CreateLogStream|PutLogEvents))$/;
  expect(actions.filter((action) => !needed.test(action))).toEqual([]);
});

test('E3: no function URL is made unless it is asked for', () => {
  expect(ofType('AWS::Lambda::Url')).toEqual([]);
  const asked = new Stack(new App(), 'Asked');
  new StripeEventBridge(asked, 'Stripe', { endpoint: StripeEndpoint.functionUrl() });
  expect(JSON.stringify(App.of(asked)!.synth().getStackByName('Asked').template)).toContain('AWS::Lambda::Url');
});

test('E4: a service is let in from this account or by our resources alone', () => heldBy('iam.test.ts', 'E4:'));
