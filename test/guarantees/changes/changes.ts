import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { DomainName, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { StreamViewType, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeAccount, StripeEndpoint, StripeEventBridge, type StripeEventBridgeProps, StripeEventFilter,
  StripeEventType, StripeMode, type StripeSortKey,
} from '../../../src';
import { stableTemplate } from '../../harness/template';

/** Template of a stack. */
export type ChangeTemplate = Record<string, any>;

/** Change of a deployed stack: the templates before and after it. */
export interface Change {
  readonly before: ChangeTemplate;
  readonly after: ChangeTemplate;
}

type Props = (stack: Stack) => StripeEventBridgeProps;
type Addition = (bridge: StripeEventBridge, stack: Stack) => void;

function template(props: Props, add: Addition = () => {}, id = 'Stripe'): ChangeTemplate {
  const stack = new Stack(new App(), 'Test', { env: { region: 'eu-west-1', account: '111122223333' } });
  add(new StripeEventBridge(stack, id, props(stack)), stack);
  return stableTemplate(stack);
}

const change = (before: Props, after: Props) => (): Change => ({ before: template(before), after: template(after) });
const key: Props = (stack) => ({ encryptionKey: new Key(stack, 'Key'), archive: {}, customerTable: {} });
const none: Props = () => ({});
const archived: Props = () => ({ archive: {} });
const withTable: Props = () => ({ customerTable: {} });
const userFunction = (stack: Stack) => new Function(stack, 'Target', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
});
const direct: Addition = (bridge, stack) =>
  void bridge.onEvent('Paid', { target: new LambdaFunction(userFunction(stack)) });
const queued: Addition = (bridge, stack) =>
  void bridge.onEvent('Paid', { target: new QueuedFunction(userFunction(stack)) });
const withTypes = (count: number): Addition => (bridge, stack) => void bridge.onEvent('Many', {
  eventTypes: StripeEventFilter.named(...Object.values(StripeEventType).slice(0, count)),
  target: new LambdaFunction(userFunction(stack)),
});
const toQueue = (id: string): Addition => (bridge, stack) => {
  const queues = new Map(['One', 'Two'].map((each) => [each, new Queue(stack, each)]));
  bridge.onEvent('Paid', { target: new SqsQueue(queues.get(id)!) });
};
const unused: Addition = (_bridge, stack) => void userFunction(stack);

/** Template of a stack that uses the bus and the API of another stack. */
function templateAcrossStacks(): ChangeTemplate {
  const app = new App();
  const env = { region: 'eu-west-1', account: '111122223333' };
  const [shared, stack] = ['Shared', 'Test'].map((id) => new Stack(app, id, { env }));
  new StripeEventBridge(stack, 'Stripe', {
    eventBus: new EventBus(shared, 'Bus'),
    archive: {},
    endpoint: StripeEndpoint.httpApi({ api: new HttpApi(shared, 'Api'), path: '/stripe' }),
  });
  return stableTemplate(stack);
}

/** The same template, as newer releases of CDK render weak references. */
function withWeakReferences(strong: ChangeTemplate): ChangeTemplate {
  return JSON.parse(JSON.stringify(strong).replace(/\{"Fn::ImportValue":"(\w+):ExportsOutput(\w+)"\}/g,
    '{"Fn::GetStackOutput":{"StackName":"$1","OutputName":"PublishOutput$2"}}'));
}

const importedTable = (sortKey?: StripeSortKey): Props => (stack) =>
  ({ customerTable: { table: Table.fromTableName(stack, 'Imported', 'customers'), sortKey } });

/** Changes by the ids of the table in `docs/changes-of-a-deployed-stack.md`. */
export const CHANGES: Record<string, () => Change> = {
  C01: change(() => ({ archive: {}, customerTable: {} }), key),
  C02: change(key, () => ({ archive: {}, customerTable: {} })),
  C03: change(() => ({ eventBusName: 'old', archive: {} }), () => ({ eventBusName: 'new', archive: {} })),
  C04: change(archived, (stack) => ({ eventBus: EventBus.fromEventBusName(stack, 'Bus', 'billing'), archive: {} })),
  C05: change(archived, () => ({ eventSource: 'shop', archive: {} })),
  C06: change(none, archived),
  C07: change(archived, none),
  C09: change(archived, () => ({ archive: { retention: Duration.days(7) } })),
  C10: change(none, () => ({ endpoint: StripeEndpoint.restApi() })),
  C11: change(none, (stack) => ({
    endpoint: StripeEndpoint.httpApi({
      domainName: new DomainName(stack, 'Domain', {
        domainName: 'stripe.example.com',
        certificate: Certificate.fromCertificateArn(stack, 'Certificate',
          'arn:aws:acm:eu-west-1:111122223333:certificate/example'),
      }),
      keepDefaultEndpoint: true,
    }),
  })),
  C12: change(none, () => ({ endpoint: StripeEndpoint.httpApi({ path: '/other' }) })),
  C13: () => ({ before: template(withTable), after: template(withTable, undefined, 'Renamed') }),
  C14: change(withTable, () => ({ customerTable: { partitionKeyName: 'customer' } })),
  C15: change(withTable, (stack) => ({ customerTable: { table: TableV2.fromTableName(stack, 'Table', 'customers') } })),
  C16: change(withTable, none),
  C17: change(none, (stack) => ({ signingSecret: Secret.fromSecretNameV2(stack, 'Secret', 'stripe') })),
  C18: change(() => ({ archive: {}, customerTable: {} }),
    () => ({ archive: {}, customerTable: {}, removalPolicy: RemovalPolicy.DESTROY })),
  C19: () => ({ before: template(none, direct), after: template(none, queued) }),
  C20: () => ({ before: template(none, queued), after: template(none, unused) }),
  C21: change(none, () => ({
    functionOptions: { architecture: Architecture.X86_64, memorySize: 1024, runtime: Runtime.NODEJS_22_X },
  })),
  C22: change(none, () => ({
    eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID), mode: StripeMode.LIVE,
  })),
  C23: change(none, (stack) => ({
    additionalSigningSecrets: [Secret.fromSecretNameV2(stack, 'Connect', 'connect')],
    tolerance: Duration.minutes(1),
    previousSecretLifetime: Duration.hours(1),
  })),
  C24: change(withTable, () => ({ customerTable: { tableName: 'customers' } })),
  C25: change(withTable, () => ({
    customerTable: { dynamoStream: StreamViewType.NEW_IMAGE, deletionProtection: true },
  })),
  C26: change(withTable, () => ({
    customerTable: { storeRawEvent: true, account: StripeAccount.own(), mode: StripeMode.LIVE },
  })),
  C27: change(importedTable(), importedTable({ name: 'sk', value: 'CUSTOMER' })),
  C28: change(none, (stack) => ({ logRetention: RetentionDays.ONE_WEEK, logEncryptionKey: new Key(stack, 'Key') })),
  C29: change(none, () => ({ alarms: { enabled: false }, dashboard: true })),
  C32: () => ({ before: template(none, toQueue('One')), after: template(none, toQueue('Two')) }),
  C31: () => ({ before: template(none, withTypes(40)), after: template(none, withTypes(120)) }),
  C30: change(key, (stack) => ({ encryptionKey: new Key(stack, 'Other'), archive: {}, customerTable: {} })),
  C33: () => ({ before: templateAcrossStacks(), after: withWeakReferences(templateAcrossStacks()) }),
};
