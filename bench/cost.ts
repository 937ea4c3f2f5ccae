import { App, Stack } from 'aws-cdk-lib';
import { PRICES } from './prices';
import { StripeEventBridge } from '../src';

/** Assumed, not measured here: how long a warm invocation is billed, and how many events are of customers. */
const WEBHOOK_SECONDS = 0.03;
const WRITER_SECONDS = 0.03;
const CUSTOMER_SHARE = 0.1;
const MILLION = 1e6;
/** Secrets are read once in five minutes an environment; so many are busy over a month of a million events. */
const SECRET_READS = 2 * 12 * 24 * 30 * 2;

interface Line {
  readonly what: string;
  readonly million: number;
  readonly idle: number;
}

type Resources = Record<string, { readonly Type: string; readonly Properties: any }>;

/** What a million events and an idle month cost, by the template's own resources, beside the obvious design: no queue, no alarm. */
export function costs(): string {
  const stack = new Stack(new App(), 'Test');
  new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
  const resources: Resources = App.of(stack)!.synth().getStackByName('Test').template.Resources;
  return `${table('cdk-stripe-eventbridge, with a customer table', ours(resources))}\n\n${table('the obvious design', OBVIOUS)}`;
}

function ours(resources: Resources): Line[] {
  const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === `AWS::${type}`);
  const handler = (prefix: string) => ofType('Lambda::Function').find(([id]) => id.startsWith(prefix))![1].Properties;
  const seconds = ({ MemorySize, Architectures }: any) => MemorySize / 1024 * (Architectures[0] === 'arm64' ? PRICES.lambdaGbSecondArm : PRICES.lambdaGbSecondX86);
  const customers = MILLION * CUSTOMER_SHARE;
  const batch = 3; // of a queue's calls a message: send, receive, delete; a full batch shares them, a lone message does not
  return [
    { what: `${ofType('ApiGatewayV2::Api').length} HTTP API`, million: MILLION * PRICES.httpApiRequest, idle: 0 },
    { what: 'webhook function', million: MILLION * (PRICES.lambdaRequest + WEBHOOK_SECONDS * seconds(handler('StripeWebhook'))), idle: 0 },
    { what: `${ofType('Events::EventBus').length} event bus`, million: MILLION * PRICES.busEvent, idle: 0 },
    { what: 'queue of the table', million: customers * batch * PRICES.queueRequest, idle: 0 },
    { what: 'writer function', million: customers * (PRICES.lambdaRequest + WRITER_SECONDS * seconds(handler('StripeCustomerTableWriter'))), idle: 0 },
    { what: `${ofType('DynamoDB::GlobalTable').length} table, rows of 1 KB`, million: customers * PRICES.writeUnit, idle: 0 },
    { what: `${ofType('SecretsManager::Secret').length} secret`, million: SECRET_READS * PRICES.secretCall, idle: ofType('SecretsManager::Secret').length * PRICES.secretMonth },
    { what: `${ofType('CloudWatch::Alarm').length} alarms`, million: 0, idle: ofType('CloudWatch::Alarm').length * PRICES.alarmMonth },
  ];
}

/** HTTP API, a function of 128 MB that reads the secret each time and is slower for it, a rule, a function that puts each item. */
const OBVIOUS: Line[] = [
  { what: '1 HTTP API', million: MILLION * PRICES.httpApiRequest, idle: 0 },
  { what: 'webhook function, 128 MB, x86, 100 ms', million: MILLION * (PRICES.lambdaRequest + 0.1 * 0.125 * PRICES.lambdaGbSecondX86), idle: 0 },
  { what: 'a read of the secret an event', million: MILLION * PRICES.secretCall, idle: PRICES.secretMonth },
  { what: '1 event bus', million: MILLION * PRICES.busEvent, idle: 0 },
  { what: 'writer function, 128 MB, x86, 50 ms', million: MILLION * CUSTOMER_SHARE * (PRICES.lambdaRequest + 0.05 * 0.125 * PRICES.lambdaGbSecondX86), idle: 0 },
  { what: '1 table, whole customers of 2 KB', million: MILLION * CUSTOMER_SHARE * 2 * PRICES.writeUnit, idle: 0 },
];

function table(title: string, lines: Line[]): string {
  const sum = (key: 'million' | 'idle') => lines.reduce((total, line) => total + line[key], 0);
  const rows = [...lines, { what: '**sum**', million: sum('million'), idle: sum('idle') }];
  return [`| ${title} | a million events, $ | an idle month, $ |`, '|---|---|---|', ...rows.map(({ what, million, idle }) => `| ${what} | ${million.toFixed(2)} | ${idle.toFixed(2)} |`)].join('\n');
}
