import { App, Stack } from 'aws-cdk-lib';
import { PRICES } from './prices';
import { StripeEventBridge } from '../src';

/** Assumptions, not measured here: billed time of a warm invocation in seconds, and share of the customer events. */
const WEBHOOK_SECONDS = 0.03;
const WRITER_SECONDS = 0.03;
const CUSTOMER_SHARE = 0.1;
const MILLION = 1e6;
/** Reads of the secret by two environments in a month: each reads two versions once in five minutes. */
const SECRET_READS = 2 * 2 * 12 * 24 * 30;
/** Calls of a queue per message: send, receive, delete. A batch would share them, a lone message does not. */
const QUEUE_CALLS = 3;

interface Line {
  readonly what: string;
  readonly million: number;
  readonly idle: number;
}

interface Resource {
  readonly Type: string;
  readonly Properties: any;
}

/** Cost of a million events and of an idle month, by the resources of the template, beside the obvious design. */
export function costs(): string {
  const stack = new Stack(new App(), 'Test');
  new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
  const { Resources } = App.of(stack)!.synth().getStackByName('Test').template;
  return [
    table('cdk-stripe-eventbridge, with a customer table', ours(Object.entries(Resources))),
    table('the obvious design, without queue and alarm', OBVIOUS),
  ].join('\n\n');
}

function ours(resources: Array<[id: string, resource: Resource]>): Line[] {
  const ofType = (type: string) => resources.filter(([, { Type }]) => Type === `AWS::${type}`);
  const count = (type: string) => ofType(type).length;
  const invocation = (prefix: string, seconds: number) => {
    const { MemorySize, Architectures: [architecture] } = ofType('Lambda::Function')
      .find(([id]) => id.startsWith(prefix))![1].Properties;
    const gbSecond = architecture === 'arm64' ? PRICES.lambdaGbSecondArm : PRICES.lambdaGbSecondX86;
    return PRICES.lambdaRequest + seconds * MemorySize / 1024 * gbSecond;
  };
  const customers = MILLION * CUSTOMER_SHARE;
  const secrets = count('SecretsManager::Secret');
  const alarms = count('CloudWatch::Alarm');
  return [
    { what: `${count('ApiGatewayV2::Api')} HTTP API`, million: MILLION * PRICES.httpApiRequest, idle: 0 },
    { what: 'webhook function', million: MILLION * invocation('StripeWebhook', WEBHOOK_SECONDS), idle: 0 },
    { what: `${count('Events::EventBus')} event bus`, million: MILLION * PRICES.busEvent, idle: 0 },
    { what: 'queue of the table', million: customers * QUEUE_CALLS * PRICES.queueRequest, idle: 0 },
    { what: 'writer function', million: customers * invocation('StripeCustomerTableWriter', WRITER_SECONDS), idle: 0 },
    { what: `${count('DynamoDB::GlobalTable')} table, rows of 1 KB`, million: customers * PRICES.writeUnit, idle: 0 },
    { what: `${secrets} secret`, million: SECRET_READS * PRICES.secretCall, idle: secrets * PRICES.secretMonth },
    { what: `${alarms} alarms`, million: 0, idle: alarms * PRICES.alarmMonth },
  ];
}

/** Cost of one invocation of a function of 128 MB on x86. */
const small = (seconds: number) => PRICES.lambdaRequest + seconds * 0.125 * PRICES.lambdaGbSecondX86;

/** The function reads the secret on each request and is slower for it. A rule hands events to one that puts items. */
const OBVIOUS: Line[] = [
  { what: '1 HTTP API', million: MILLION * PRICES.httpApiRequest, idle: 0 },
  { what: 'webhook function, 128 MB, x86, 100 ms', million: MILLION * small(0.1), idle: 0 },
  { what: 'one read of the secret per event', million: MILLION * PRICES.secretCall, idle: PRICES.secretMonth },
  { what: '1 event bus', million: MILLION * PRICES.busEvent, idle: 0 },
  { what: 'writer function, 128 MB, x86, 50 ms', million: MILLION * CUSTOMER_SHARE * small(0.05), idle: 0 },
  { what: '1 table, customers of 2 KB', million: MILLION * CUSTOMER_SHARE * 2 * PRICES.writeUnit, idle: 0 },
];

function table(title: string, lines: Line[]): string {
  const sum = (key: 'million' | 'idle') => lines.reduce((total, line) => total + line[key], 0);
  const rows = [...lines, { what: '**sum**', million: sum('million'), idle: sum('idle') }];
  return [
    `| ${title} | $ per million events | $ per idle month |`,
    '|---|---|---|',
    ...rows.map(({ what, million, idle }) => `| ${what} | ${million.toFixed(2)} | ${idle.toFixed(2)} |`),
  ].join('\n');
}
