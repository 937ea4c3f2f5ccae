import { App, Duration, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEndpoint, StripeEventBridge, StripeEventFilter } from '../../src';
import { WORK_BUDGET_MS } from '../../src/runtime/aws-client';

/**
 * What the rule packs do not look at, or cannot see (no rule for DynamoDB's `TableV2`, none for function URLs, none for alarms): held over
 * the whole template, whatever a bridge is set up with.
 */

interface Resource {
  readonly Type: string;
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

const DAY = 24 * 3600;
const region = 'eu-west-1';

const STACKS: Array<[name: string, build: (stack: Stack) => unknown]> = [
  ['by default', (stack) => new StripeEventBridge(stack, 'Stripe')],
  ['with a table', (stack) => new StripeEventBridge(stack, 'Stripe', { customerTable: {} })],
  ['with all that it can', (stack) => new StripeEventBridge(stack, 'Stripe', {
    customerTable: { deletionProtection: true, storeRawEvent: true },
    endpoint: StripeEndpoint.httpApi({ path: '/stripe', accessLog: {}, throttle: { rateLimit: 50, burstLimit: 100 } }),
    archive: { retention: Duration.days(14) },
    encryptionKey: new Key(stack, 'Key'),
    eventTypes: StripeEventFilter.family('invoice'),
    livemode: true,
    dashboard: true,
  }).onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target', { enforceSSL: true })) })],
  ['behind a REST API', (stack) => new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.restApi({ onlyFromStripe: true, accessLog: {} }), customerTable: {} })],
];

/** The template of a bridge and what is in it; made anew for each test, so that each test alone can answer for it. */
function synthesized(build: (stack: Stack) => unknown) {
  const stack = new Stack(new App(), 'Test', { env: { region, account: '111122223333' } });
  build(stack);
  const resources: Record<string, Resource> = App.of(stack)!.synth().getStackByName('Test').template.Resources;
  const entries = Object.entries(resources).filter(([id]) => !id.startsWith('Target')); // that one is the user's
  const ofType = (type: string) => entries.filter(([, { Type }]) => Type === type).map(([id, resource]) => ({ id, ...resource }));
  const queues = ofType('AWS::SQS::Queue');
  return {
    resources,
    entries,
    ofType,
    queues,
    /** Queues that nothing of ours reads: what is in them waits for a person. */
    endsOfTheLine: queues.filter(({ Properties }) => !Properties.RedrivePolicy),
    functions: ofType('AWS::Lambda::Function'),
    rules: ofType('AWS::Events::Rule'),
  };
}

const idIn = (arn: any): string => arn['Fn::GetAtt'][0];

describe.each(STACKS)('a bridge %s', (_name, build) => {
  test('has a queue behind every hop: each rule and each queue that is read has a dead-letter queue', () => {
    const { resources, ofType, rules } = synthesized(build);
    rules.filter(({ Properties }) => !JSON.stringify(Properties.EventPattern).includes('.quarantine'))
      .forEach(({ Properties }) => Properties.Targets.forEach((target: any) => expect(resources[idIn(target.DeadLetterConfig.Arn)].Type).toBe('AWS::SQS::Queue')));
    const read = ofType('AWS::Lambda::EventSourceMapping').map(({ Properties }) => idIn(Properties.EventSourceArn));
    read.forEach((id) => expect(resources[idIn(resources[id].Properties.RedrivePolicy.deadLetterTargetArn)].Type).toBe('AWS::SQS::Queue'));
    read.forEach((id) => expect(resources[id].Properties.RedrivePolicy.maxReceiveCount).toBe(50));
  });

  test('keeps what was set aside for 14 days, encrypted, over TLS alone', () => {
    const { ofType, queues, endsOfTheLine } = synthesized(build);
    expect(endsOfTheLine.length).toBeGreaterThan(0);
    const policies = ofType('AWS::SQS::QueuePolicy');
    queues.forEach(({ id, Properties }) => {
      expect(Properties.MessageRetentionPeriod).toBe(14 * DAY);
      expect(Properties.SqsManagedSseEnabled || Properties.KmsMasterKeyId).toBeTruthy();
      const statements = policies.filter((policy) => JSON.stringify(policy.Properties.Queues).includes(id))
        .flatMap((policy) => policy.Properties.PolicyDocument.Statement);
      expect(statements).toContainEqual(expect.objectContaining({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }));
    });
  });

  test('tells of each queue that waits for a person, by an alarm on its depth', () => {
    const { ofType, endsOfTheLine } = synthesized(build);
    const watched = ofType('AWS::CloudWatch::Alarm').filter(({ Properties }) => Properties.MetricName === 'ApproximateNumberOfMessagesVisible')
      .map(({ Properties }) => idIn(Properties.Dimensions[0].Value));
    const forKeyTrouble = endsOfTheLine.filter(({ id }) => id.includes('EventBusDeadLetterQueue')).map(({ id }) => id);
    expect([...watched, ...forKeyTrouble].sort()).toEqual(endsOfTheLine.map(({ id }) => id).sort());
  });

  test('says of every alarm what missing data means, and where the runbook is', () => {
    const { ofType } = synthesized(build);
    ofType('AWS::CloudWatch::Alarm').forEach(({ Properties }) => {
      expect(Properties.TreatMissingData).toBe('notBreaching');
      expect(Properties.AlarmDescription).toMatch(/runbook\.md#/);
    });
  });

  test('retains what holds data, at an update and when the stack goes', () => {
    const { entries, endsOfTheLine } = synthesized(build);
    const holding = entries.filter(([id, { Type }]) =>
      /GlobalTable|SecretsManager::Secret$|Events::Archive/.test(Type) || endsOfTheLine.some((queue) => queue.id === id));
    expect(holding.length).toBeGreaterThan(1);
    holding.forEach(([, { DeletionPolicy, UpdateReplacePolicy }]) => expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']));
    expect(entries.filter(([, { Type, DeletionPolicy }]) => /Api$/.test(Type) && /Retain/.test(DeletionPolicy ?? ''))).toEqual([]); // it would stay a dead address
  });

  test('has a table with point-in-time recovery, on demand, with a key of one string', () => {
    const { ofType } = synthesized(build);
    ofType('AWS::DynamoDB::GlobalTable').forEach(({ Properties }) => {
      expect(Properties).toMatchObject({ BillingMode: 'PAY_PER_REQUEST', KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] });
      Properties.Replicas.forEach(({ PointInTimeRecoverySpecification }: any) =>
        expect(PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true }));
    });
  });

  test('ends in order: a call, all work, the function, the gateway; and a message is hidden for six time-outs', () => {
    const { resources, ofType, functions } = synthesized(build);
    functions.forEach(({ Properties }) => {
      expect(WORK_BUDGET_MS / 1000).toBeLessThan(Properties.Timeout);
      expect(Properties.Timeout).toBeLessThan(29);
    });
    ofType('AWS::Lambda::EventSourceMapping').forEach(({ Properties }) => {
      const timeout = resources[Properties.FunctionName.Ref].Properties.Timeout;
      expect(resources[idIn(Properties.EventSourceArn)].Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
      expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    });
  });

  test('looks at a signature\'s time, within an hour at most', () => {
    const { functions } = synthesized(build);
    const { TOLERANCE_SECONDS } = functions.find(({ id }) => id.includes('Webhook'))!.Properties.Environment.Variables;
    expect(Number(TOLERANCE_SECONDS)).toBeGreaterThanOrEqual(1);
    expect(Number(TOLERANCE_SECONDS)).toBeLessThanOrEqual(3600);
  });

  test('pins the source in every pattern, and tries for a day before it sets aside', () => {
    const { rules } = synthesized(build);
    rules.forEach(({ Properties }) => {
      expect(Properties.EventPattern.source.length).toBeGreaterThan(0);
      Properties.Targets.forEach(({ RetryPolicy }: any) =>
        expect(RetryPolicy).toEqual({ MaximumEventAgeInSeconds: DAY, MaximumRetryAttempts: 185 }));
    });
  });

  test('grants nothing on everything, and gives each function a role of its own', () => {
    const { ofType, functions } = synthesized(build);
    const statements = ofType('AWS::IAM::Policy').flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements.filter(({ Resource }) => [Resource].flat().includes('*'))).toEqual([]);
    expect(new Set(functions.map(({ Properties }) => idIn(Properties.Role))).size).toBe(functions.length);
  });

  test('lets API Gateway call the function for its own API alone', () => {
    const { ofType } = synthesized(build);
    const permissions = ofType('AWS::Lambda::Permission');
    expect(permissions.length).toBeGreaterThan(0);
    permissions.forEach(({ Properties }) => expect(JSON.stringify(Properties.SourceArn)).toContain('execute-api'));
  });

  test('keeps each log for a time that is set, and no secret in an environment', () => {
    const { ofType, functions } = synthesized(build);
    const logs = ofType('AWS::Logs::LogGroup');
    expect(logs.length).toBeGreaterThanOrEqual(functions.length);
    logs.forEach(({ Properties }) => expect(Properties.RetentionInDays).toBeGreaterThan(0));
    functions.forEach(({ Properties }) => {
      expect(idIn({ 'Fn::GetAtt': [Properties.LoggingConfig.LogGroup.Ref] })).toMatch(/Logs/);
      expect(JSON.stringify(Properties.Environment)).not.toMatch(/whsec_|resolve:secretsmanager|SecretString/);
    });
  });

  test('has no function URL, which no pack would mind', () => {
    const { ofType } = synthesized(build);
    expect(ofType('AWS::Lambda::Url')).toEqual([]);
  });
});
