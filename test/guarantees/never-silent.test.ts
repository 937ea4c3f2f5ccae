import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { QueuedFunction, StripeEndpoint, StripeEventBridge, StripeSourceIps } from '../../src';
import { WRITER_METRICS } from '../../src/stripe-customer-table/contract';
import { WEBHOOK_METRICS } from '../../src/stripe-event-bridge/webhook/contract';

const ROOT = join(__dirname, '..', '..');
const PAGE = readFileSync(join(ROOT, 'docs', 'never-silent.md'), 'utf8');
const SOURCE = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts')).map((path) => readFileSync(join(ROOT, 'src', path), 'utf8')).join('\n')
  .replace(/' \+\s+['`]|` \+\s+['`]/g, ''); // parts of one message

const found = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map(([, name]) => name))].sort();

/** Rows of the tables, as the words of their cells. */
const ROWS = PAGE.split('\n').filter((line) => /^\| (?!what)/.test(line)).map((line) => line.split(' | '));
const ANSWERS = ROWS.map(([, answer]) => answer);

/** Alarms of a stack that has everything. */
function alarmsOfEverything(): Template {
  const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
  const fn = new Function(stack, 'Fn', {
    runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
  });
  new StripeEventBridge(stack, 'Stripe', {
    customerTable: {},
    encryptionKey: new Key(stack, 'Key'),
    endpoint: StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe() }),
    alarms: { expectEventEvery: Duration.days(1) },
  }).onEvent('Paid', { target: new QueuedFunction(fn) });
  return Template.fromStack(stack);
}

test('every row names an error, a warning or an alarm, or the reason why there is none', () => {
  expect(ROWS.length).toBeGreaterThan(40);
  expect(ANSWERS.filter((answer) =>
    !/^(errors? "|warnings? `|alarms? \[|nothing\b.*: .{20,})/.test(answer))).toEqual([]);
});

test('the page has every warning of the library', () => {
  const ids = found(SOURCE, /cdk-stripe-eventbridge:([a-z-]+)/g).map((id) => id.replace(/-$/, ''));
  const sentences = PAGE.replace(/^\|.*$/gm, '');
  const named = [...ANSWERS.filter((answer) => answer.includes('warning')), ...sentences.split('\n')]
    .flatMap((text) => found(text, /`([a-z]+(?:-[a-z]+)*)`/g)).filter((id) => id.includes('-') || ids.includes(id));
  expect([...new Set(named)].sort()).toEqual(ids);
});

test('the page has every alarm of a stack that has everything, and no other', () => {
  const alarms = Object.values(alarmsOfEverything().findResources('AWS::CloudWatch::Alarm'))
    .map(({ Properties }) => /runbook\.md#(\w+)$/.exec(Properties.AlarmDescription)![1]);
  expect(found(ANSWERS.join('\n'), /\(runbook\.md#(\w+)\)/g)).toEqual([...new Set(alarms)].sort());
});

test('the errors on the page are messages of the library', () => {
  const messages = found(ANSWERS.filter((answer) => answer.includes('error')).join('\n'), /"([^"]+)"/g);
  expect(messages.length).toBeGreaterThan(5);
  const text = SOURCE.replace(/\\`/g, '`');
  expect(messages.filter((message) => !text.includes(message))).toEqual([]);
});

/** Metrics that no alarm reads, because nothing is lost. */
const HARMLESS: Record<string, string> = {
  Accepted: 'published',
  Filtered: 'read by AllFiltered; some filtered events are what a filter is for',
  LivemodeMismatch: 'part of Filtered',
  PublishFailed: 'part of NotPublished',
  PublishThrottled: 'part of NotPublished',
  PublishTimeout: 'part of NotPublished',
  PublishLatency: 'a duration',
  Quarantined: 'the depth of the queue is watched',
  Rejected: 'not signed by Stripe; read by NothingVerified as Signed',
  SecretRefreshed: 'verified after all',
  Signed: 'read by NothingVerified',
  Thin: 'published',
  UnknownVersion: 'published',
  Verified: 'read by NothingVerified',
  AfterDelete: 'correctly changed nothing',
  Ambiguous: 'flagged in the row',
  Duplicate: 'correctly changed nothing',
  Stale: 'correctly changed nothing',
  Truncated: 'named in the row',
  WriteError: 'the message returns to the queue, and after 50 receives moves to one whose depth is watched',
  Written: 'written',
};

test('every metric of the handlers has an alarm of its own, or a reason why not', () => {
  const { Resources } = alarmsOfEverything().toJSON();
  const watched = Object.values<any>(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .filter(({ Properties }) => Properties.Namespace === 'StripeEventBridge' && Properties.MetricName !== 'Verified')
    .map(({ Properties }) => Properties.MetricName as string);
  const all = [...WEBHOOK_METRICS, ...WRITER_METRICS];
  expect([...new Set([...watched, ...Object.keys(HARMLESS)])].sort()).toEqual([...new Set(all)].sort());
  expect(watched.filter((name) => name in HARMLESS)).toEqual([]);
});
