import { runSimulation } from '@cloud-copilot/iam-simulate';
import { App, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEventBridge } from '../../src';
import { ELSEWHERE } from './faults/fault-ids';

/** Every role and queue policy of the synthesized stack, judged by an IAM simulator: what each may do, and what it may not. */

const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';

interface Resource {
  readonly Type: string;
  readonly Properties: any;
}

const stack = new Stack(new App(), 'Test', { env: { account: ACCOUNT, region: REGION } });
const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
const resources: Record<string, Resource> = App.of(stack)!.synth().getStackByName('Test').template.Resources;

/** The id of the one resource whose logical id begins so. */
function idOf(type: string, prefix: string): string {
  const found = Object.entries(resources).filter(([id, { Type }]) => Type === type && id.startsWith(prefix)).map(([id]) => id);
  if (found.length !== 1) {
    throw new Error(`${found.length} resources of ${type} begin with ${prefix}`);
  }
  return found[0];
}

const SERVICES: Record<string, (name: string) => string> = {
  'AWS::Events::EventBus': (name) => `events:${REGION}:${ACCOUNT}:event-bus/${name}`,
  'AWS::Events::Rule': (name) => `events:${REGION}:${ACCOUNT}:rule/bus/${name}`,
  'AWS::SQS::Queue': (name) => `sqs:${REGION}:${ACCOUNT}:${name}`,
  'AWS::DynamoDB::GlobalTable': (name) => `dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
  'AWS::Logs::LogGroup': (name) => `logs:${REGION}:${ACCOUNT}:log-group:${name}:*`, // so ends what CloudFormation gives
  'AWS::SecretsManager::Secret': (name) => `secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`,
  'AWS::Lambda::Function': (name) => `lambda:${REGION}:${ACCOUNT}:function:${name}`,
};

const arnOf = (id: string) => `arn:aws:${SERVICES[resources[id].Type](id)}`;

/** A policy as CloudFormation would deploy it. */
function resolved(value: any): any {
  if (Array.isArray(value)) {
    return value.map(resolved);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (value.Ref) {
    return { 'AWS::Partition': 'aws', 'AWS::Region': REGION, 'AWS::AccountId': ACCOUNT }[value.Ref as string] ?? arnOf(value.Ref);
  }
  if (value['Fn::GetAtt']) {
    return arnOf(value['Fn::GetAtt'][0]);
  }
  if (value['Fn::Join']) {
    return resolved(value['Fn::Join'][1]).join(value['Fn::Join'][0]);
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each)]));
}

const ROLES = { webhook: idOf('AWS::IAM::Role', 'StripeWebhook'), writer: idOf('AWS::IAM::Role', 'StripeCustomerTableWriter') };

const policiesOf = (role: string) => Object.entries(resources)
  .filter(([, { Type, Properties }]) => Type === 'AWS::IAM::Policy' && JSON.stringify(Properties.Roles).includes(role))
  .map(([name, { Properties }]) => ({ name, policy: resolved(Properties.PolicyDocument) }));

async function mayDo(role: keyof typeof ROLES, action: string, resource: string): Promise<boolean> {
  const { overallResult } = await runSimulation({
    request: {
      action, principal: `arn:aws:iam::${ACCOUNT}:role/${ROLES[role]}`, resource: { resource, accountId: ACCOUNT }, contextVariables: {},
    },
    identityPolicies: policiesOf(ROLES[role]),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  }, {}) as { overallResult?: string };
  if (!overallResult) {
    throw new Error(`the simulator did not judge ${action} on ${resource}`);
  }
  return overallResult === 'Allowed';
}

const bus = arnOf(idOf('AWS::Events::EventBus', 'Stripe'));
const secret = arnOf(idOf('AWS::SecretsManager::Secret', 'Stripe'));
const table = arnOf(idOf('AWS::DynamoDB::GlobalTable', 'Stripe'));
const queue = arnOf(idOf('AWS::SQS::Queue', 'StripeCustomerTableQueue'));
const deadLetters = arnOf(idOf('AWS::SQS::Queue', 'StripeCustomerTableDeadLetterQueue'));
const quarantine = arnOf(idOf('AWS::SQS::Queue', 'StripeQuarantine'));
const other = (arn: string) => arn.replace(/(Stripe|bus\/)\w*/, '$1Other');

const MAY: Array<[role: keyof typeof ROLES, action: string, resource: string]> = [
  ['webhook', 'events:PutEvents', bus],
  ['webhook', 'secretsmanager:GetSecretValue', secret],
  ['webhook', 'logs:PutLogEvents', arnOf(idOf('AWS::Logs::LogGroup', 'StripeWebhook')).replace('*', 'log-stream:2026')],
  ['writer', 'dynamodb:UpdateItem', table],
  ['writer', 'sqs:ReceiveMessage', queue],
  ['writer', 'sqs:DeleteMessage', queue],
];

const MAY_NOT: Array<[role: keyof typeof ROLES, action: string, resource: string]> = [
  ['webhook', 'events:PutEvents', other(bus)],
  ['webhook', 'events:PutRule', arnOf(idOf('AWS::Events::Rule', 'StripeAll'))],
  ['webhook', 'secretsmanager:GetSecretValue', other(secret)],
  ['webhook', 'secretsmanager:PutSecretValue', secret],
  ['webhook', 'dynamodb:UpdateItem', table],
  ['webhook', 'dynamodb:GetItem', table],
  ['webhook', 'sqs:SendMessage', quarantine],
  ['webhook', 'sqs:ReceiveMessage', quarantine],
  ['webhook', 'sqs:ReceiveMessage', queue],
  ['writer', 'events:PutEvents', bus],
  ['writer', 'secretsmanager:GetSecretValue', secret],
  ['writer', 'dynamodb:UpdateItem', other(table)],
  ['writer', 'dynamodb:DeleteItem', table],
  ['writer', 'dynamodb:GetItem', table],
  ['writer', 'dynamodb:Scan', table],
  ['writer', 'dynamodb:DeleteTable', table],
  ['writer', 'sqs:SendMessage', queue],
  ['writer', 'sqs:ReceiveMessage', deadLetters],
  ['writer', 'sqs:ReceiveMessage', quarantine],
];

test.each(MAY)('the %s may %s on %s', async (role, action, resource) => {
  expect(await mayDo(role, action, resource)).toBe(true);
});

test.each(MAY_NOT)('the %s may not %s on %s', async (role, action, resource) => {
  expect(await mayDo(role, action, resource)).toBe(false);
});

test('E1: webhook and writer share no permission but to write their own logs', () => {
  const actions = (role: string): string[] =>
    policiesOf(role).flatMap(({ policy }) => policy.Statement.flatMap(({ Action }: any) => Action));
  expect(actions(ROLES.webhook).filter((action) => actions(ROLES.writer).includes(action) && !action.startsWith('logs:'))).toEqual([]);
});

test('E4: EventBridge may send to our queues by our rules alone, not by those of another account', async () => {
  const policies = Object.values(resources).filter(({ Type }) => Type === 'AWS::SQS::QueuePolicy').map(({ Properties }) => resolved(Properties.PolicyDocument));
  const letIn = policies.flatMap(({ Statement }) => Statement).filter(({ Effect, Principal }) => Effect === 'Allow' && Principal.Service);
  expect(letIn.length).toBeGreaterThan(3);
  letIn.forEach(({ Condition }) => expect(JSON.stringify(Condition)).toMatch(/aws:Source(Arn|Account)/));
});

const alarm = (name: string) => Object.entries(resources).find(([id, { Type }]) => Type === 'AWS::CloudWatch::Alarm' && id.includes(name))?.[1].Properties;
const deliveries = Object.values(resources).filter(({ Type }) => Type === 'AWS::Events::Rule').map(({ Properties }) => Properties)
  .filter(({ EventPattern }) => !JSON.stringify(EventPattern).includes('quarantine'));

const ROWS: Record<keyof typeof ELSEWHERE, () => Promise<void>> = {
  F18: async () => expect(alarm('Throttles')).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Throttles' }),
  F44: async () => deliveries.forEach(({ Targets: [target] }) => {
    const { Properties } = resources[target.DeadLetterConfig.Arn['Fn::GetAtt'][0]];
    expect(Properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
    expect(alarm('QuarantineFailed')).toBeDefined(); // the quarantine is itself the end of the line
  }),
  F45: async () => expect(JSON.stringify(alarm('DlqDeliveryFailed'))).toContain('InvocationsFailedToBeSentToDlq'),
  F48: async () => expect(await mayDo('writer', 'events:PutEvents', bus)).toBe(false),
};

test.each(Object.entries(ELSEWHERE))('%s: %s', async (id) => {
  await ROWS[id]();
});
