import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { QueuedFunction, StripeEventBridge, type StripeEventBridgeProps } from '../src';

/** Monthly cost of an idle stack, from its template. `npx projen cost` writes it into the README. */

const README = join(__dirname, '..', 'README.md');
const BLOCK = /(<!-- cost -->\n)[\s\S]*?(<!-- end -->)/;

/** List prices of us-east-1 in November 2026, in US dollars. */
const ALARM_METRIC = 0.10;
const SECRET = 0.40;
const KEY = 1.00;
const SQS_REQUEST = 0.40 / 1_000_000;

/** Lambda reads a queue with at least five pollers, each of which waits 20 seconds for a message. */
const POLLS_PER_MONTH = 5 * 30 * 86_400 / 20;

type Resource = { readonly Type: string; readonly Properties?: any };

/** Monthly cost of one resource in an idle stack. Types that are not here cost nothing while nothing happens. */
const IDLE_COST: Readonly<Record<string, (properties: any) => number>> = {
  'AWS::CloudWatch::Alarm': (alarm) => ALARM_METRIC * alarmMetrics(alarm),
  'AWS::CloudWatch::Dashboard': () => 0, // three are free, then $3 each
  'AWS::SecretsManager::Secret': () => SECRET,
  'AWS::KMS::Key': () => KEY,
  'AWS::Lambda::EventSourceMapping': () => POLLS_PER_MONTH * SQS_REQUEST,
};

/** Types that cost nothing while nothing happens. */
export const FREE_WHEN_IDLE = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::DynamoDB::GlobalTable',
  'AWS::Events::Archive',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
];

/** An alarm on an expression counts as many metrics as the expression uses. */
function alarmMetrics({ Metrics }: { Metrics?: Array<{ MetricStat?: unknown }> }): number {
  return Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;
}

/** What a part of the construct adds to an idle stack. */
export interface IdleCost {
  readonly alarms: number;
  readonly alarmMetrics: number;
  readonly pollers: number;
  readonly dollars: number;
}

/** Cost of the resources of an idle stack. Fails for a type without a known cost. */
export function idleCost(resources: readonly Resource[]): IdleCost {
  const unknown = resources.find(({ Type }) => !(Type in IDLE_COST) && !FREE_WHEN_IDLE.includes(Type));
  if (unknown) {
    throw new Error(`the cost of ${unknown.Type} is not known; add it to scripts/cost.ts`);
  }
  const alarms = resources.filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  return {
    alarms: alarms.length,
    alarmMetrics: alarms.reduce((sum, { Properties }) => sum + alarmMetrics(Properties), 0),
    pollers: resources.filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping').length,
    dollars: resources.reduce((sum, { Type, Properties }) => sum + (IDLE_COST[Type]?.(Properties) ?? 0), 0),
  };
}

type Addition = (stack: Stack, bridge: StripeEventBridge) => void;

/** Resources of a bridge. What the app adds beside it does not count. */
function resourcesOf(props: StripeEventBridgeProps, add: Addition = () => {}): Resource[] {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Cost', { env: { region: 'us-east-1' } });
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    ...props, ...props.encryptionKey && { encryptionKey: new Key(stack, 'StripeKey') },
  });
  add(stack, bridge);
  return Object.entries<Resource>(Template.fromStack(stack).toJSON().Resources)
    .filter(([id]) => id.startsWith('Stripe')).map(([, resource]) => resource);
}

/** Parts of the construct, and the resources of a stack that has the part beside a bridge without properties. */
export function parts(): ReadonlyArray<readonly [name: string, resources: Resource[]]> {
  const key = {} as Key; // stands for a key of the stack
  return [
    ['a bridge', resourcesOf({})],
    ['`customerTable`', resourcesOf({ customerTable: {} })],
    ['`onEvent` with a target without a dead-letter queue of its own', resourcesOf({}, (stack, bridge) =>
      bridge.onEvent('Event', { target: new SqsQueue(new Queue(stack, 'Target')) }))],
    ['`onEvent` with a `QueuedFunction`', resourcesOf({}, (stack, bridge) => {
      const fn = new Function(stack, 'Fn', {
        runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('0'),
      });
      bridge.onEvent('Event', { target: new QueuedFunction(fn) });
    })],
    ['`encryptionKey`', resourcesOf({ encryptionKey: key })],
    ['`archive` and `dashboard`', resourcesOf({ archive: {}, dashboard: true })],
  ];
}

/** Table of the README. */
export function costTable(): string {
  const [[, bridge], ...rest] = parts();
  const base = idleCost(bridge);
  const rows = [['a bridge', base] as const, ...rest.map(([name, resources]) => {
    const all = idleCost(resources);
    return [`${name}, in addition`, {
      alarms: all.alarms - base.alarms,
      alarmMetrics: all.alarmMetrics - base.alarmMetrics,
      pollers: all.pollers - base.pollers,
      dollars: all.dollars - base.dollars,
    }] as const;
  })];
  return [
    '| idle, per month | alarms | alarm metrics | polled queues | $ |',
    '|---|---|---|---|---|',
    ...rows.map(([name, { alarms, alarmMetrics: metrics, pollers, dollars }]) =>
      `| ${name} | ${alarms} | ${metrics} | ${pollers} | ${dollars.toFixed(2)} |`),
  ].join('\n');
}

/** Returns the README with the table in its block. */
export function readmeWithCost(readme: string): string {
  return readme.replace(BLOCK, (_all, head: string, tail: string) => `${head}\n${costTable()}\n\n${tail}`);
}

if (require.main === module) {
  writeFileSync(README, readmeWithCost(readFileSync(README, 'utf8')));
}
