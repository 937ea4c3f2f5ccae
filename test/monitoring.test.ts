import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';
import { gzipSync } from 'zlib';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { GENERATED_ASSETS } from '../projenrc/paths';
import { bundles } from '../scripts/bundled-packages';
import {
  QueuedFunction, StripeEndpoint, StripeEventBridge, type StripeEventBridgeProps, StripeSourceIps,
} from '../src';
import { metricsOfAlarm } from './harness/template';
import { METRIC_NAMESPACE } from '../src/monitoring/contract';

const ROOT = join(__dirname, '..');
const RUNBOOK = readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8');

/** Bridge with a table, and a rule with a dead-letter queue. */
function synthesized(props: StripeEventBridgeProps = {}) {
  const stack = new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
  const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {}, ...props });
  bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
  return { stack, bridge };
}

function alarmsOf(stack: Stack): any[] {
  const alarms = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm');
  return Object.values(alarms).map(({ Properties }) => Properties);
}

/** Heading in the runbook that the description of an alarm links to. */
const headingOf = ({ AlarmDescription }: { AlarmDescription: string }) => AlarmDescription.split('#')[1];

test('each alarm has a section in the runbook, and each section of an alarm has its alarm', () => {
  const stack = new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    alarms: { expectEventEvery: Duration.hours(6) },
    customerTable: {},
    encryptionKey: new Key(stack, 'Key'),
    endpoint: StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe() }),
  });
  const code = Code.fromInline('exports.handler = async () => {}');
  const fn = new Function(stack, 'Fn', { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code });
  bridge.onEvent('All', { target: new QueuedFunction(fn) });
  const headings = new Set(alarmsOf(stack).map(headingOf));
  const sections = [...RUNBOOK.matchAll(/^## (\w+)\n\n\*\*What it means\.\*\*/gm)];
  expect([...headings].sort()).toEqual(sections.map(([, name]) => name.toLowerCase()).sort());
});

test('each section of an alarm has five parts, from what it means to how to know that it is over', () => {
  const sections = RUNBOOK.split(/^## /m).filter((section) => section.includes('**What it means.**'));
  sections.forEach((section) => {
    const parts = [...section.matchAll(/^\*\*(.+?)\.?\*\*/gm)].map(([, part]) => part);
    expect(parts)
      .toEqual(['What it means', 'How fast', 'What to look at', 'What to do', 'How to know that it is over']);
  });
  expect(sections.length).toBeGreaterThan(10);
});

test('each alarm describes its condition and has the actions of the user, and missing data raises none', () => {
  const stack = new Stack(new App(), 'Test');
  const topic = new Topic(stack, 'OnCall');
  new StripeEventBridge(stack, 'Stripe', { customerTable: {}, alarms: { actions: [new SnsAction(topic)] } });
  const alarms = alarmsOf(stack);
  expect(alarms.length).toBeGreaterThan(10);
  alarms.forEach((alarm) => {
    expect(alarm).toMatchObject({
      // SQS has no data for a queue that nobody uses, so that the state of the alarm stays
      TreatMissingData: metricsOfAlarm(alarm)[0].Namespace === 'AWS/SQS' ? 'ignore' : 'notBreaching',
      AlarmActions: [stack.resolve(topic.topicArn)],
      AlarmDescription: expect.stringMatching(/^[A-Z].+\. https:\/\/\S+\/docs\/runbook\.md#\w+$/),
    });
  });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test('synthesis warns once if the alarms have no actions', () => {
  const warnings = Annotations.fromStack(synthesized().stack)
    .findWarning('*', Match.stringLikeRegexp('the Stripe alarms have no actions'));
  expect(warnings).toHaveLength(1);
});

test('no alarm is created, and nothing warns, if alarms are not enabled', () => {
  const { stack } = synthesized({ alarms: { enabled: false } });
  expect(alarmsOf(stack)).toEqual([]);
  Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp('alarms'));
});

test('three requests within 15 minutes, of which none is verified, raise an alarm for the wrong secret', () => {
  const alarms = alarmsOf(synthesized().stack);
  const { Metrics, Threshold, EvaluationPeriods } = alarms.find((alarm) => headingOf(alarm) === 'nothingverified');
  expect({ Threshold, EvaluationPeriods }).toEqual({ Threshold: 1, EvaluationPeriods: 1 });
  expect(Metrics).toEqual(expect.arrayContaining([
    expect.objectContaining({ Expression: 'IF(signed >= 3 AND verified == 0, 1, 0)' }),
    ...['signed', 'verified'].map((Id) => expect.objectContaining({
      Id, MetricStat: expect.objectContaining({ Period: 900, Stat: 'Sum' }),
    })),
  ]));
});

test('every metric of an alarm is written by a handler', () => {
  const code = bundles().map((name) => readFileSync(join(ROOT, GENERATED_ASSETS, name, 'index.js'), 'utf8')).join();
  const metrics = alarmsOf(synthesized().stack).flatMap(({ Namespace, MetricName, Metrics = [] }) => [
    { Namespace, MetricName }, ...Metrics.flatMap(({ MetricStat }: any) => MetricStat?.Metric ?? []),
  ]);
  const ours = new Set(metrics
    .flatMap(({ Namespace, MetricName }) => Namespace === METRIC_NAMESPACE ? MetricName : []));
  expect(ours.size).toBeGreaterThan(7);
  expect([...ours].filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
});

test('the runbook names every metric of the dashboard', () => {
  const { bridge, stack } = synthesized({ dashboard: true });
  expect(bridge.dashboard).toBeDefined();
  const body = JSON.stringify(stack.resolve(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')));
  const names = [...body.matchAll(new RegExp(`${METRIC_NAMESPACE}\\\\+",\\\\+"(\\w+)`, 'g'))].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !RUNBOOK.includes(`\`${name}\``))).toEqual([]);
});

test('the dashboard shows requests, retried requests, latency, both kinds of queues and customer events', () => {
  const { stack } = synthesized({ dashboard: true });
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const parts: unknown[] = Properties.DashboardBody['Fn::Join'][1];
  const { widgets } = JSON.parse(parts.map((part) => typeof part === 'string' ? part : 'token').join(''));
  const metric = ([, name, ...rest]: any[]) => `${name} ${rest.at(-1).stat}`;
  const shown = widgets.map(({ width, properties: { title, metrics } }: any) =>
    [title, width, metrics.map(metric).join(', ')]);
  expect(shown).toEqual([
    ['Requests', 12, 'Accepted Sum, Filtered Sum, Rejected Sum, TooLarge Sum, Quarantined Sum'],
    ['Requests that Stripe retries', 12,
      'SecretInvalid Sum, SecretFetchError Sum, PublishThrottled Sum, PublishDenied Sum, PublishTimeout Sum, ' +
      'PublishFailed Sum, Failed Sum'],
    ['Time to publish', 12, 'PublishLatency p50, PublishLatency p99'],
    ['Quarantine and dead-letter queues', 12,
      'ApproximateNumberOfMessagesVisible Maximum, ApproximateNumberOfMessagesVisible Maximum'],
    ['Customer events', 24,
      'Written Sum, Duplicate Sum, Stale Sum, AfterDelete Sum, Ambiguous Sum, WriteError Sum, WriteDenied Sum'],
  ]);
});

test('the command of the runbook restores the body of a quarantined request', () => {
  const command = /--output text \|\n(.+)\n/.exec(RUNBOOK)![1];
  const body = '{"id":\u00e9';
  const detail = { reason: 'not-json', encoding: 'gzip+base64', body: gzipSync(body).toString('base64') };
  const args = ['-c', `set -o pipefail; ${command}`];
  expect(execFileSync('bash', args, { input: JSON.stringify({ detail }), encoding: 'utf8' })).toBe(body);
});
