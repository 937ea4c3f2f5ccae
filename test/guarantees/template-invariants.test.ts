import { App, Duration, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeEvents, StripeMode, StripeSourceIps,
} from '../../src';
import { WORK_BUDGET_MS } from '../../src/runtime/aws-client';
import { metricsOfAlarm } from '../harness/template';

/**
 * Rules that the rule packs do not have, or whose resources they cannot see: `TableV2`, function URLs, alarms. They
 * hold for the whole template, whatever the properties are.
 */

interface Resource {
  readonly Type: string;
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

const DAY = 24 * 3600;
const region = 'eu-west-1';

const userFunction = (stack: Stack) => new Function(stack, 'TargetFunction', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
});
const userQueue = (stack: Stack) => new SqsQueue(new Queue(stack, 'Target', { enforceSSL: true }));

/** Resources that are the subject of a rule. */
type Part = 'webhook' | 'table' | 'mapping' | 'api';

interface Build {
  readonly name: string;
  /** Parts that the stack has. A rule about a part runs for the stacks that have it, and fails if they do not. */
  readonly parts: readonly Part[];
  readonly build: (stack: Stack) => unknown;
}

const STACKS: Build[] = [
  { name: 'a default bridge', parts: ['webhook', 'api'], build: (stack) => new StripeEventBridge(stack, 'Stripe') },
  {
    name: 'a bridge with a table',
    parts: ['webhook', 'api', 'table', 'mapping'],
    build: (stack) => new StripeEventBridge(stack, 'Stripe', { customerTable: {} }),
  },
  {
    name: 'a bridge with most options',
    parts: ['webhook', 'api', 'table', 'mapping'],
    build: (stack) => {
      const bridge = new StripeEventBridge(stack, 'Stripe', {
        customerTable: { deletionProtection: true, storeRawEvent: true },
        endpoint: StripeEndpoint.httpApi({ path: '/stripe', accessLog: {}, throttle: { rateLimit: 5, burstLimit: 9 } }),
        archive: { retention: Duration.days(14) },
        encryptionKey: new Key(stack, 'Key'),
        eventTypes: StripeEventFilter.family('invoice'),
        mode: StripeMode.LIVE,
        dashboard: true,
        alarms: { expectEventEvery: Duration.days(1) },
      });
      bridge.onEvent('All', { target: userQueue(stack) });
      bridge.onEvent('Queued', { target: new QueuedFunction(userFunction(stack)) });
    },
  },
  {
    name: 'a bridge behind a REST API',
    parts: ['webhook', 'api', 'table', 'mapping'],
    build: (stack) => new StripeEventBridge(stack, 'Stripe', {
      endpoint: StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe(), accessLog: {} }), customerTable: {},
    }),
  },
  {
    name: 'an existing bus',
    parts: ['table', 'mapping'],
    build: (stack) => {
      const eventBus = EventBus.fromEventBusName(stack, 'Bus', 'billing');
      const events = StripeEvents.fromEventBus(stack, 'Stripe', eventBus, { customerTable: {}, archive: {} });
      events.onEvent('All', { target: userQueue(stack) });
      events.onEvent('Queued', { target: new QueuedFunction(userFunction(stack)) });
    },
  },
];

const stacksWith = (...parts: Part[]) => STACKS.filter((stack) => parts.every((part) => stack.parts.includes(part)));

/** Returns the template of a stack. Each test makes it anew, so that each test fails for its own reason only. */
function synthesized({ build }: Build) {
  const stack = new Stack(new App(), 'Test', { env: { region, account: '111122223333' } });
  build(stack);
  const resources: Record<string, Resource> = App.of(stack)!.synth().getStackByName('Test').template.Resources;
  const entries = Object.entries(resources).filter(([id]) => !id.startsWith('Target')); // those belong to the user
  const ofType = (type: string) =>
    entries.filter(([, { Type }]) => Type === type).map(([id, resource]) => ({ id, ...resource }));
  const queues = ofType('AWS::SQS::Queue');
  const rules = ofType('AWS::Events::Rule');
  return {
    resources,
    entries,
    ofType,
    queues,
    /** Queues that nothing in the template reads: a person reads them. */
    lastQueues: queues.filter(({ Properties }) => !Properties.RedrivePolicy),
    functions: ofType('AWS::Lambda::Function'),
    mappings: ofType('AWS::Lambda::EventSourceMapping'),
    rules,
    /** Rules that deliver events. The rule of the quarantine leads to a last queue. */
    deliveries: rules.filter(({ Properties }) => !JSON.stringify(Properties.EventPattern).includes('.quarantine')),
  };
}

/** Returns the list whose items a rule is about to check. Fails if it is empty, since the rule would check nothing. */
function some<T>(items: T[]): T[] {
  expect(items.length).toBeGreaterThan(0);
  return items;
}

const idIn = (arn: any): string => arn['Fn::GetAtt'][0];

test.each(STACKS)('each rule has a dead-letter queue: $name', (stack) => {
  const { resources, rules } = synthesized(stack);
  some(rules).forEach(({ Properties }) => some<any>(Properties.Targets).forEach((target) => {
    expect(resources[idIn(target.DeadLetterConfig.Arn)].Type).toBe('AWS::SQS::Queue');
    expect(idIn(target.DeadLetterConfig.Arn)).not.toBe(idIn(target.Arn));
  }));
});

test('a default bridge has no rule but that of its quarantine, which leads to two queues that nothing reads', () => {
  const { rules, deliveries, lastQueues } = synthesized(STACKS[0]);
  expect(deliveries).toEqual([]);
  expect(rules.flatMap(({ Properties }) => Properties.Targets
    .flatMap(({ Arn, DeadLetterConfig }: any) => [idIn(Arn), idIn(DeadLetterConfig.Arn)])))
    .toEqual(lastQueues.map(({ id }) => id));
});

test.each(stacksWith('mapping'))('each queue that a function reads has a dead-letter queue: $name', (stack) => {
  const { resources, mappings } = synthesized(stack);
  some(mappings).forEach(({ Properties }) => {
    const { RedrivePolicy } = resources[idIn(Properties.EventSourceArn)].Properties;
    const { deadLetterTargetArn, maxReceiveCount } = RedrivePolicy;
    expect(resources[idIn(deadLetterTargetArn)].Type).toBe('AWS::SQS::Queue');
    expect(maxReceiveCount).toBe(Properties.FunctionResponseTypes ? 50 : 864); // writer, or QueuedFunction
  });
});

test.each(STACKS)('every queue is encrypted, accepts TLS only, and keeps messages for 14 days: $name', (stack) => {
  const { ofType, queues, lastQueues } = synthesized(stack);
  some(lastQueues);
  const policies = ofType('AWS::SQS::QueuePolicy');
  some(queues).forEach(({ id, Properties }) => {
    expect(Properties.MessageRetentionPeriod).toBe(14 * DAY);
    expect(Properties.SqsManagedSseEnabled || Properties.KmsMasterKeyId).toBeTruthy();
    const statements = policies.filter((policy) => JSON.stringify(policy.Properties.Queues).includes(id))
      .flatMap((policy) => policy.Properties.PolicyDocument.Statement);
    expect(statements).toContainEqual(expect.objectContaining({
      Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }));
  });
});

test.each(STACKS)('each queue that nothing reads has an alarm on its depth: $name', (stack) => {
  const { ofType, lastQueues } = synthesized(stack);
  const watched = ofType('AWS::CloudWatch::Alarm')
    .filter(({ Properties }) => Properties.MetricName === 'ApproximateNumberOfMessagesVisible')
    .map(({ Properties }) => idIn(Properties.Dimensions[0].Value));
  expect(some(watched).sort()).toEqual(lastQueues.map(({ id }) => id).sort());
});

/**
 * Returns what missing data must mean for an alarm. SQS stops the metrics of an unused queue, which may still have
 * messages. Other metrics exist only when something happens, so that silence is the only alarm that needs data.
 */
function missingDataOf(alarm: any): string {
  if (metricsOfAlarm(alarm).some(({ Namespace }) => Namespace === 'AWS/SQS')) {
    return 'ignore';
  }
  return alarm.ComparisonOperator === 'LessThanThreshold' ? 'breaching' : 'notBreaching';
}

test('the alarm on silence is the only one that treats missing data as breaching', () => {
  const breaching = STACKS.flatMap((stack) => synthesized(stack).ofType('AWS::CloudWatch::Alarm')
    .filter(({ Properties }) => Properties.TreatMissingData === 'breaching'));
  expect(breaching.map(({ id }) => id)).toEqual([expect.stringContaining('AlarmsSilence')]);
});

test.each(STACKS)('every alarm links to the runbook and says what missing data means: $name', (stack) => {
  some(synthesized(stack).ofType('AWS::CloudWatch::Alarm')).forEach(({ Properties }) => {
    expect(Properties.TreatMissingData).toBe(missingDataOf(Properties));
    expect(Properties.AlarmDescription).toMatch(/runbook\.md#/);
  });
});

test.each(STACKS)('whatever holds data is retained, at an update and when the stack is deleted: $name', (stack) => {
  const { entries, lastQueues } = synthesized(stack);
  const holding = entries.filter(([id, { Type }]) =>
    /GlobalTable|SecretsManager::Secret$|Events::Archive/.test(Type) || lastQueues.some((queue) => queue.id === id));
  expect(holding.length).toBeGreaterThan(1);
  holding.forEach(([, { DeletionPolicy, UpdateReplacePolicy }]) =>
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(['RetainExceptOnCreate', 'Retain']));
});

test.each(stacksWith('api'))('no API is retained, whose URL would no longer lead to a function: $name', (stack) => {
  const apis = synthesized(stack).entries.filter(([, { Type }]) => /Api$/.test(Type));
  some(apis).forEach(([, { DeletionPolicy }]) => expect(DeletionPolicy ?? '').not.toMatch(/Retain/));
});

test.each(stacksWith('table'))(
  'a new table is on demand, with point-in-time recovery and one string as key: $name', (stack) => {
    some(synthesized(stack).ofType('AWS::DynamoDB::GlobalTable')).forEach(({ Properties }) => {
      expect(Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      });
      some<any>(Properties.Replicas).forEach(({ PointInTimeRecoverySpecification }) =>
        expect(PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true }));
    });
  });

test.each(STACKS)('all work ends before the function does, and the function before the gateway: $name', (stack) => {
  some(synthesized(stack).functions).forEach(({ Properties }) => {
    expect(WORK_BUDGET_MS / 1000).toBeLessThan(Properties.Timeout);
    expect(Properties.Timeout).toBeLessThan(29);
  });
});

test.each(stacksWith('mapping'))(
  'a message stays invisible for six timeouts of the function that reads it: $name', (stack) => {
    const { resources, mappings } = synthesized(stack);
    some(mappings).forEach(({ Properties }) => {
      const { Timeout = 3 } = resources[Properties.FunctionName.Ref].Properties;
      const { VisibilityTimeout } = resources[idIn(Properties.EventSourceArn)].Properties;
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    });
  });

test.each(stacksWith('mapping'))('a batch of several messages is retried in part only: $name', (stack) => {
  const { mappings } = synthesized(stack);
  some(mappings.filter(({ Properties }) => Properties.BatchSize !== 1)).forEach(({ Properties }) =>
    expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']));
});

test.each(stacksWith('webhook'))('the webhook accepts a signature for one hour at most: $name', (stack) => {
  const { functions } = synthesized(stack);
  const { TOLERANCE_SECONDS } = functions.find(({ id }) => id.includes('Webhook'))!.Properties.Environment.Variables;
  expect(Number(TOLERANCE_SECONDS)).toBeGreaterThanOrEqual(1);
  expect(Number(TOLERANCE_SECONDS)).toBeLessThanOrEqual(3600);
});

test.each(STACKS)('every pattern names the sources, and no rule shortens the retries of a day: $name', (stack) => {
  some(synthesized(stack).rules).forEach(({ Properties }) => {
    expect(Properties.EventPattern.source.length).toBeGreaterThan(0);
    // EventBridge's default is 24 hours and 185 attempts
    some<any>(Properties.Targets).forEach((target) => expect(target).not.toHaveProperty('RetryPolicy'));
  });
});

test.each(STACKS)('no permission covers every resource, and each function has its own role: $name', (stack) => {
  const { ofType, functions } = synthesized(stack);
  const statements = ofType('AWS::IAM::Policy').flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  expect(some(statements).filter(({ Resource }) => [Resource].flat().includes('*'))).toEqual([]);
  expect(new Set(some(functions).map(({ Properties }) => idIn(Properties.Role))).size).toBe(functions.length);
});

test.each(stacksWith('api'))('API Gateway may invoke the function for its own API only: $name', (stack) => {
  some(synthesized(stack).ofType('AWS::Lambda::Permission')).forEach(({ Properties }) =>
    expect(JSON.stringify(Properties.SourceArn)).toContain('execute-api'));
});

test.each(STACKS)('every log has a retention, and no environment has a secret: $name', (stack) => {
  const { ofType, functions } = synthesized(stack);
  const logs = ofType('AWS::Logs::LogGroup');
  expect(logs.length).toBeGreaterThanOrEqual(functions.length);
  logs.forEach(({ Properties }) => expect(Properties.RetentionInDays).toBeGreaterThan(0));
  some(functions).forEach(({ Properties }) => {
    expect(logs.map(({ id }) => id)).toContain(Properties.LoggingConfig.LogGroup.Ref);
    expect(JSON.stringify(Properties.Environment)).not.toMatch(/whsec_|resolve:secretsmanager|SecretString/);
  });
});

test.each(STACKS)('the function has no URL of its own, which no rule pack would report: $name', (stack) => {
  expect(synthesized(stack).ofType('AWS::Lambda::Url')).toEqual([]);
});
