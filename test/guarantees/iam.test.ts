import { App, Duration, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEndpoint, StripeEventBridge, type StripeEventBridgeProps, StripeSourceIps } from '../../src';
import { ELSEWHERE } from './faults/fault-ids';
import {
  actionOf, calledBy, EXCEPTIONS, KEY_EXCEPTIONS, NEVER, PERFORMED_BY_AWS, type Role, sdkImports, sourcesOf,
} from '../harness/called-actions';
import { Deployment, HERE } from '../harness/deployment';
import { isAllowed } from '../harness/simulator';
import { metricsOfAlarm } from '../harness/template';

/** Roles and queue policies of a synthesized stack, compared with what the bundles call, and judged by a simulator. */

interface Resource {
  readonly Type: string;
  readonly Properties: any;
}

type Resources = Record<string, Resource>;

function newApp(props: StripeEventBridgeProps = {}, hasKey = false): App {
  const app = new App();
  const stack = new Stack(app, 'Test', { env: HERE });
  const encryptionKey = hasKey ? new Key(stack, 'Key') : undefined;
  const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {}, encryptionKey, ...props });
  bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
  return app;
}

const resourcesOf = (app: App): Resources => app.synth().getStackByName('Test').template.Resources;
const synthesized = (props: StripeEventBridgeProps = {}, hasKey = false) => resourcesOf(newApp(props, hasKey));

const app = newApp();
const resources = resourcesOf(app);
const deployment = new Deployment(app);
const withKey = synthesized({}, true);

const idsOf = (type: string, prefix = '') => Object.entries(resources)
  .filter(([id, { Type }]) => Type === type && id.startsWith(prefix))
  .map(([id]) => id);

/** Returns the id of the only resource whose logical id begins with the prefix. */
function idOf(type: string, prefix: string): string {
  const found = idsOf(type, prefix);
  if (found.length !== 1) {
    throw new Error(`${found.length} resources of ${type} begin with ${prefix}`);
  }
  return found[0];
}

const arnOf = (id: string) => deployment.resources.find((each) => each.id === id)!.arn;

const ROLES: Record<Role, string> = {
  webhook: idOf('AWS::IAM::Role', 'StripeWebhook'),
  writer: idOf('AWS::IAM::Role', 'StripeCustomerTableWriter'),
};

const policiesIn = (all: Resources, role: Role) => Object.entries(all)
  .filter(([, { Type, Properties }]) =>
    Type === 'AWS::IAM::Policy' && JSON.stringify(Properties.Roles).includes(ROLES[role]))
  .map(([, { Properties }]) => ({ document: Properties.PolicyDocument }));

const grantedIn = (all: Resources, role: Role): string[] =>
  policiesIn(all, role).flatMap(({ document }) => document.Statement.flatMap(({ Action }: any) => Action)).sort();

describe.each<Role>(['webhook', 'writer'])('the %s', (role) => {
  const called = calledBy(role);

  test(`the bundle of the ${role} calls AWS only by commands and operations that this test can read`, () => {
    const sources = sourcesOf(role);
    const names = sources.flatMap(sdkImports).flatMap((each) => each.names);
    // an aggregated client or a paginator would call AWS without a command of its own
    expect(names.filter((name) => !/(Command|Client|Exception|^NumberValue)$/.test(name))).toEqual([]);
    const count = (pattern: RegExp) => sources.flatMap((source) => source.match(pattern) ?? []).length;
    // the only client is that of `clientFor`, whose first argument names the service
    expect(count(/^const clientFor = \(service: JsonService, \w+: string\) =>\n +jsonService\(service, /gm))
      .toBe(count(/(?<!function )\bjsonService\(/g));
    const clients = count(/\bclientFor\(/g);
    expect(count(/^ *const \w+ = clientFor\([A-Z]+, /gm)).toBe(clients);
    expect(count(/^const \w+: JsonService = \{/gm)).toBe(clients);
    expect(called).toHaveLength(count(/\bnew \w+Command\(/g) + clients); // each client has one operation
    expect(called.length).toBeGreaterThan(0);
  });

  if (role === 'webhook') {
    test('the names under which the webhook signs are those of the generated clients', () => {
      const source = sourcesOf(role).join('\n');
      const imports = /import \{\s*defaultEndpointResolver as (\w+),?\s*\} from '(@aws-sdk\/client-[\w-]+)\//g;
      const services = [...source.matchAll(imports)].map(([, name, packageName]) => ({ name, packageName }));
      expect(services).toHaveLength(2);
      services.forEach(({ name, packageName }) => {
        const [, signingName] = new RegExp(`signingName: '([\\w-]+)',[^}]*\\bendpoint: ${name}\\b`).exec(source)!;
        expect(actionOf(packageName, '')).toBe(`${signingName}:`);
      });
    });
  }

  test.each<[string, Resources, typeof EXCEPTIONS]>([
    ['by default', resources, EXCEPTIONS],
    ['with a key', withKey, [...EXCEPTIONS, ...KEY_EXCEPTIONS]],
  ])(`the actions that the ${role} calls are those that it is granted, %s`, (_what, all, exceptions) => {
    const granted = [...new Set(grantedIn(all, role))];
    const allowed = exceptions.filter(([of]) => of === role).map(([, action]) => action);
    expect(granted.filter((action) => !allowed.some((each) => each.test(action)))).toEqual(called);
    expect(allowed.filter((each) => !granted.some((action) => each.test(action)))).toEqual([]); // none is left over
  });
});

// --- what a simulator says

const mayDo = (role: Role, action: string, resource: string) =>
  isAllowed(deployment, { principal: arnOf(ROLES[role]), action, resource });

const bus = arnOf(idOf('AWS::Events::EventBus', 'Stripe'));
const secret = arnOf(idOf('AWS::SecretsManager::Secret', 'Stripe'));
const table = arnOf(idOf('AWS::DynamoDB::GlobalTable', 'Stripe'));
const queue = arnOf(idOf('AWS::SQS::Queue', 'StripeCustomerTableQueue'));
const logStream = (prefix: string) => arnOf(idOf('AWS::Logs::LogGroup', prefix)).replace('*', 'log-stream:2026');
const webhookLogs = logStream('StripeWebhook');
const writerLogs = logStream('StripeCustomerTableWriter');
const other = (arn: string) => arn.replace(/(Stripe|bus\/)\w*/, '$1Other');

/** Resources of the stack that an action could be about, by action or by service, and one of another stack. */
const RESOURCES: Record<string, string[]> = {
  'events:PutRule': idsOf('AWS::Events::Rule').map(arnOf),
  'events': [bus, other(bus)],
  'secretsmanager': [secret, other(secret)],
  'dynamodb': [table, other(table)],
  'sqs': [...idsOf('AWS::SQS::Queue').map(arnOf), other(queue)],
  'logs': [webhookLogs, writerLogs],
};

/** The only resource on which a role may perform the actions of a service. */
const OWN: Record<Role, Record<string, string | undefined>> = {
  webhook: { events: bus, secretsmanager: secret, logs: webhookLogs },
  writer: { dynamodb: table, sqs: queue, logs: writerLogs },
};

const neededBy = (role: Role) => [...calledBy(role), ...PERFORMED_BY_AWS[role]];
const ACTIONS = [...new Set([...neededBy('webhook'), ...neededBy('writer'), ...NEVER])];
const serviceOf = (action: string) => action.split(':')[0];

const WHO: Role[] = ['webhook', 'writer'];
test.each(WHO)('the %s may do what it needs on its own resources, and nothing else', async (role) => {
  const requests = ACTIONS.flatMap((action) =>
    (RESOURCES[action] ?? RESOURCES[serviceOf(action)]).map((resource) => ({ action, resource })));
  expect(requests.length).toBeGreaterThan(40);
  const allowed: typeof requests = [];
  for (const request of requests) {
    if (await mayDo(role, request.action, request.resource)) {
      allowed.push(request);
    }
  }
  const expected = ACTIONS.filter((action) => neededBy(role).includes(action))
    .map((action) => ({ action, resource: OWN[role][serviceOf(action)] }));
  expect(allowed).toEqual(expected);
});

test('E1: webhook and writer share no permission but to write their own logs', () => {
  const [webhook, writer] = [grantedIn(resources, 'webhook'), grantedIn(resources, 'writer')];
  expect(webhook.filter((action) => writer.includes(action) && !action.startsWith('logs:'))).toEqual([]);
});

test('E4: EventBridge may send to the queues by rules of this account only', () => {
  const statements = deployment.ofType('AWS::SQS::QueuePolicy')
    .flatMap(({ get }): any[] => get('PolicyDocument').Statement);
  const ofServices = statements.filter(({ Effect, Principal }) => Effect === 'Allow' && Principal.Service);
  expect(ofServices.length).toBeGreaterThan(3);
  ofServices.forEach(({ Condition }) => expect(JSON.stringify(Condition)).toMatch(/aws:Source(Arn|Account)/));
});

test('with a key, the webhook may decrypt its secret through Secrets Manager, and nothing else', () => {
  const [{ document }] = policiesIn(withKey, 'webhook');
  const service = [
    `secretsmanager.${HERE.region}.amazonaws.com`,
    { 'Fn::Join': ['', [`secretsmanager.${HERE.region}.`, { Ref: 'AWS::URLSuffix' }]] },
  ];
  expect(document.Statement.filter(({ Action }: any) => `${Action}`.includes('kms:'))).toEqual([{
    Action: 'kms:Decrypt',
    Effect: 'Allow',
    Resource: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] },
    Condition: { StringEquals: { 'kms:ViaService': service } },
  }]);
});

const alarmIn = (all: Resources, name: string) => Object.entries(all)
  .find(([id, { Type }]) => Type === 'AWS::CloudWatch::Alarm' && id.includes(name))?.[1].Properties;
const alarm = (name: string) => alarmIn(resources, name);

/** Returns the queues that alarms of a metric watch. */
const watchedIn = (all: Resources, metric: string): string[] => Object.values(all)
  .flatMap(({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' ? metricsOfAlarm(Properties) : [])
  .filter(({ MetricName }) => MetricName === metric)
  .map(({ Dimensions }) => Dimensions[0].Value['Fn::GetAtt'][0]);

const ROWS: Record<keyof typeof ELSEWHERE, () => Promise<void>> = {
  F18: async () => expect(alarm('Throttles')).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Throttles' }),
  F44: async () => {
    const rules = idsOf('AWS::Events::Rule').map((id) => resources[id].Properties);
    expect(rules).toHaveLength(3); // table, onEvent and quarantine
    rules.forEach(({ Targets: [target] }) => {
      const [deadLetterQueue] = target.DeadLetterConfig.Arn['Fn::GetAtt'];
      expect(resources[deadLetterQueue].Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
      expect(watchedIn(resources, 'ApproximateNumberOfMessagesVisible')).toContain(deadLetterQueue);
      expect(target).not.toHaveProperty('RetryPolicy'); // EventBridge's default is 24 hours and 185 attempts
    });
  },
  F45: async () => {
    const alarms = idsOf('AWS::CloudWatch::Alarm').map((id) => JSON.stringify(resources[id].Properties))
      .filter((text) => text.includes('InvocationsFailedToBeSentToDlq'));
    expect(alarms).toHaveLength(idsOf('AWS::Events::Rule').length);
  },
  F48: async () => expect(await mayDo('writer', 'events:PutEvents', bus)).toBe(false),
  F52: async () => {
    const [busWithKey] = Object.values(withKey).filter(({ Type }) => Type === 'AWS::Events::EventBus');
    expect(busWithKey.Properties.KmsKeyIdentifier).toBeDefined();
    const [deadLetterQueue] = busWithKey.Properties.DeadLetterConfig.Arn['Fn::GetAtt'];
    // not the key of the bus, which cannot be used at that time
    expect(withKey[deadLetterQueue].Properties).toMatchObject({ SqsManagedSseEnabled: true });
    expect(withKey[deadLetterQueue].Properties).not.toHaveProperty('KmsMasterKeyId');
    expect(alarmIn(withKey, 'BusDlqDepth')).toMatchObject({ Threshold: 1, Period: 300, EvaluationPeriods: 1 });
    expect(watchedIn(withKey, 'ApproximateNumberOfMessagesVisible')).toContain(deadLetterQueue);
  },
  F56: async () => {
    const restricted = synthesized({
      endpoint: StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe() }),
      alarms: { expectEventEvery: Duration.hours(6) },
    });
    expect(JSON.stringify(alarmIn(restricted, 'Gateway4xx').Metrics)).toContain('"MetricName":"4XXError"');
    expect(alarmIn(restricted, 'Silence')).toMatchObject({
      MetricName: 'Verified',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 3600,
      EvaluationPeriods: 6,
      TreatMissingData: 'breaching',
    });
  },
  F58: async () => {
    const read = idsOf('AWS::Lambda::EventSourceMapping')
      .map((id) => resources[id].Properties.EventSourceArn['Fn::GetAtt'][0]);
    expect(read).toHaveLength(1);
    expect(watchedIn(resources, 'ApproximateAgeOfOldestMessage')).toEqual(read);
    expect(alarm('QueueAge')).toMatchObject({ Threshold: 3600, TreatMissingData: 'ignore' });
  },
};

test('every fault in which only AWS acts has a check here', () => {
  expect(Object.keys(ROWS)).toEqual(Object.keys(ELSEWHERE));
});

test.each(Object.entries(ELSEWHERE))('%s: %s', async (id) => {
  await ROWS[id]();
});
