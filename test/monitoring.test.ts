import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';
import { gzipSync } from 'zlib';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEventBridge, type StripeEventBridgeProps } from '../src';

const RUNBOOK = readFileSync(join(__dirname, '..', 'docs', 'runbook.md'), 'utf8');

function everything(props: StripeEventBridgeProps = {}) {
  const stack = new Stack(new App(), 'Test');
  const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {}, ...props });
  bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
  return { stack, bridge };
}

const alarmsOf = (stack: Stack): any[] => Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
const nameOf = ({ AlarmDescription }: { AlarmDescription: string }) => AlarmDescription.split('#')[1];

test('each alarm has a section in the runbook, and each section of an alarm its alarm', () => {
  const named = new Set(alarmsOf(everything().stack).map(nameOf));
  const sections = [...RUNBOOK.matchAll(/^## (\w+)\n\n\*\*What it means\.\*\*/gm)].map(([, name]) => name.toLowerCase());
  expect([...named].sort()).toEqual(sections.sort());
});

test('each section says what it means, what to look at, what to do, and how to know that it is over', () => {
  const sections = RUNBOOK.split(/^## /m).filter((section) => section.includes('**What it means.**'));
  sections.forEach((section) => expect([...section.matchAll(/^\*\*(.+?)\.?\*\*/gm)].map(([, what]) => what)).toEqual(
    ['What it means', 'What to look at', 'What to do', 'How to know that it is over']));
  expect(sections.length).toBeGreaterThan(10);
});

test('each alarm says what missing data means, and takes the actions', () => {
  const app = new App();
  const stack = new Stack(app, 'Test');
  const topic = new Topic(stack, 'OnCall');
  new StripeEventBridge(stack, 'Stripe', { customerTable: {}, alarms: { actions: [new SnsAction(topic)] } });
  alarmsOf(stack).forEach((alarm) => {
    expect(alarm).toMatchObject({ TreatMissingData: 'notBreaching', AlarmActions: [stack.resolve(topic.topicArn)] });
  });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test('without actions synthesis warns once, and enabled: false makes none', () => {
  const { stack } = everything();
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('nobody hears the Stripe alarms'))).toHaveLength(1);
  expect(alarmsOf(everything({ alarms: { enabled: false } }).stack)).toEqual([]);
});

test('a wrong but well-formed secret alarms within 15 minutes, by three requests of which none is verified', () => {
  const { Metrics, Threshold, EvaluationPeriods } = alarmsOf(everything().stack).find((alarm) => nameOf(alarm) === 'nothingverified');
  expect({ Threshold, EvaluationPeriods }).toEqual({ Threshold: 1, EvaluationPeriods: 1 });
  expect(Metrics).toEqual(expect.arrayContaining([
    expect.objectContaining({ Expression: 'IF(signed >= 3 AND verified == 0, 1, 0)' }),
    ...['signed', 'verified'].map((Id) => expect.objectContaining({ Id, MetricStat: expect.objectContaining({ Period: 900, Stat: 'Sum' }) })),
  ]));
});

test('the metrics that alarms look at are those that handlers write', () => {
  const written = ['webhook', 'writer'].map((name) => readFileSync(join(__dirname, '..', 'assets', name, 'index.js'), 'utf8')).join();
  const metrics = alarmsOf(everything().stack).flatMap(({ Namespace, MetricName, Metrics = [] }) => [
    { Namespace, MetricName }, ...Metrics.flatMap(({ MetricStat }: any) => MetricStat?.Metric ?? []),
  ]).filter(({ Namespace }) => Namespace === 'StripeEventBridge').map(({ MetricName }) => MetricName);
  expect(new Set(metrics).size).toBeGreaterThan(7);
  metrics.forEach((name) => expect(written).toMatch(new RegExp(`\\b${name}\\b`)));
});

test('the runbook names every metric of the dashboard', () => {
  const { bridge, stack } = everything({ dashboard: true });
  expect(bridge.dashboard).toBeDefined();
  const body = JSON.stringify(stack.resolve(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')));
  const names = [...body.matchAll(/StripeEventBridge\\+",\\+"(\w+)/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(10);
  names.forEach((name) => expect(RUNBOOK).toContain(`\`${name}\``));
});

test('the dashboard shows what comes in, what must come again, how long it takes, what is set aside, and the customers', () => {
  const { stack } = everything({ dashboard: true });
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.parse(Properties.DashboardBody['Fn::Join'][1].map((part: unknown) => typeof part === 'string' ? part : 'token').join(''));
  const widgets = body.widgets.map(({ width, properties: { title, metrics } }: any) => [title, width, metrics.map(([, name, ...rest]: any) => `${name} ${rest.at(-1).stat}`).join(', ')]);
  expect(widgets).toEqual([
    ['Requests', 12, 'Accepted Sum, Filtered Sum, Refused Sum, TooLarge Sum, Quarantined Sum'],
    ['Stripe must deliver again', 12,
      'SecretInvalid Sum, SecretFetchError Sum, PublishThrottled Sum, PublishDenied Sum, PublishTimeout Sum, PublishFailed Sum, Failed Sum'],
    ['Time to publish', 12, 'PublishLatency p50, PublishLatency p99'],
    ['Set aside', 12, 'ApproximateNumberOfMessagesVisible Maximum, ApproximateNumberOfMessagesVisible Maximum'],
    ['Customers', 24, 'Written Sum, Duplicate Sum, Stale Sum, AfterDelete Sum, Tie Sum, WriteError Sum, WriteDenied Sum'],
  ]);
});

test('the command of the runbook takes a quarantined message apart', () => {
  const command = /--output text \|\n(.+)\n/.exec(RUNBOOK)![1];
  const message = JSON.stringify({ detail: { reason: 'not-json', encoding: 'gzip+base64', body: gzipSync('{"id":\u00e9').toString('base64') } });
  expect(execFileSync('bash', ['-c', `set -o pipefail; ${command}`], { input: message, encoding: 'utf8' })).toBe('{"id":\u00e9');
});
