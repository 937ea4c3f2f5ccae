import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { StripeAccount, StripeCustomerTable, type StripeCustomerTableProps, StripeMode } from '../../src';
import { CUSTOMER_EVENTS, WRITER_ENV } from '../../src/stripe-customer-table/contract';
import { environment, newStack, properties, stableTemplate, statements } from '../harness/template';

type Options = Omit<StripeCustomerTableProps, 'eventBus'>;

function synthesized(options: Options | ((stack: Stack) => Options) = {}, stack = newStack()) {
  const eventBus = EventBus.fromEventBusName(stack, 'Bus', 'any-bus');
  const customers = new StripeCustomerTable(stack, 'Customers', {
    eventBus, ...typeof options === 'function' ? options(stack) : options,
  });
  return { stack, customers, get template() { return Template.fromStack(stack); } };
}

const stringKey = { name: 'id', type: AttributeType.STRING };

test('a table without options has the reviewed template', () => {
  expect(stableTemplate(synthesized().stack)).toMatchSnapshot();
});

test('the rule matches only the three customer events of stripe.com and of the partner sources of Stripe', () => {
  const { EventBusName, EventPattern } = properties(synthesized().stack, 'AWS::Events::Rule');
  expect(EventBusName).toBe('any-bus');
  expect(EventPattern).toEqual({
    'source': ['stripe.com', { prefix: 'aws.partner/stripe.com' }], 'detail-type': [...CUSTOMER_EVENTS],
  });
});

test.each<[StripeMode, unknown]>([
  [StripeMode.LIVE, { livemode: [true] }],
  [StripeMode.TEST, { livemode: [false] }],
  [StripeMode.ALL, undefined],
])('the pattern has the sources of the options and the mode %s', (mode, detail) => {
  const { stack } = synthesized({ eventSources: ['billing.example.com'], mode });
  const { EventPattern } = properties(stack, 'AWS::Events::Rule');
  expect(EventPattern.source).toEqual(['billing.example.com']);
  expect(EventPattern.detail).toEqual(detail);
});

test('the pattern has both the mode and the account of the options', () => {
  const account = StripeAccount.own();
  const { stack } = synthesized({ mode: StripeMode.LIVE, account });
  expect(properties(stack, 'AWS::Events::Rule').EventPattern.detail)
    .toEqual({ livemode: [true], ...account._toDetailPattern() });
});

test('delivery and writing are retried, and what fails is in a dead-letter queue for 14 days', () => {
  const { stack, customers } = synthesized();
  const deadLetters = stack.resolve(customers.deadLetterQueue.queueArn);
  expect(properties(stack, 'AWS::Events::Rule').Targets).toMatchObject([{
    Arn: stack.resolve(customers.queue.queueArn),
    DeadLetterConfig: { Arn: deadLetters },
  }]);
  // EventBridge retries for 24 hours and 185 times by default
  expect(properties(stack, 'AWS::Events::Rule').Targets[0]).not.toHaveProperty('RetryPolicy');
  expect(properties(stack, 'AWS::SQS::Queue', 'CustomersQueue').RedrivePolicy)
    .toEqual({ deadLetterTargetArn: deadLetters, maxReceiveCount: 50 });
  expect(properties(stack, 'AWS::SQS::Queue', 'CustomersDeadLetterQueue')).toMatchObject({
    MessageRetentionPeriod: Duration.days(14).toSeconds(), SqsManagedSseEnabled: true,
  });
});

test('a message is invisible for six timeouts of the writer, and only failed messages return', () => {
  const { stack } = synthesized();
  const { Timeout } = properties(stack, 'AWS::Lambda::Function');
  expect(properties(stack, 'AWS::SQS::Queue', 'CustomersQueue').VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
  expect(properties(stack, 'AWS::Lambda::EventSourceMapping'))
    .toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
});

test('the writer has every variable that it reads, and no other', () => {
  expect(Object.keys(environment(synthesized().stack)).sort()).toEqual(Object.values(WRITER_ENV).sort());
});

test('the writer may only write its logs, update rows and receive its messages', () => {
  const { stack } = synthesized();
  const granted = statements(stack)
    .map(({ Action, Resource }) => [Action, JSON.stringify(Resource).replace(/[0-9A-F]{8}/, '')]);
  expect(granted).toEqual([
    [['logs:CreateLogStream', 'logs:PutLogEvents'], '{"Fn::GetAtt":["CustomersWriterLogs","Arn"]}'],
    ['dynamodb:UpdateItem', '{"Fn::GetAtt":["CustomersTable","Arn"]}'],
    [expect.arrayContaining(['sqs:ReceiveMessage', 'sqs:DeleteMessage']), '{"Fn::GetAtt":["CustomersQueue","Arn"]}'],
  ]);
});

describe('a new table', () => {
  test('a new table is on demand, with point-in-time recovery, and is retained when the stack is deleted', () => {
    synthesized().template.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TableName: Match.absent(),
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('a new table has the deletion protection, the key and the removal policy of the options', () => {
    const { stack, template } = synthesized((scope) => ({
      deletionProtection: true,
      encryptionKey: new Key(scope, 'Key'),
      removalPolicy: RemovalPolicy.DESTROY,
      partitionKeyName: 'customer',
    }), new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } }));
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: {
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        KeySchema: [{ AttributeName: 'customer', KeyType: 'HASH' }],
        Replicas: [{ DeletionProtectionEnabled: true }],
      },
      DeletionPolicy: 'Delete',
    });
    expect(statements(stack).flatMap(({ Action }) => Action))
      .toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:Encrypt']));
  });

  test('newTable is the table, with its methods for indexes', () => {
    const { stack, customers } = synthesized();
    expect(customers.newTable).toBe(customers.table);
    customers.newTable!.addGlobalSecondaryIndex({
      indexName: 'byEmail', partitionKey: { name: 'email', type: AttributeType.STRING },
    });
    expect(properties(stack, 'AWS::DynamoDB::GlobalTable').GlobalSecondaryIndexes)
      .toMatchObject([{ IndexName: 'byEmail' }]);
  });
});

describe('an existing table', () => {
  test.each<[string, (stack: Stack) => Options]>([
    ['a TableV2',
      (stack) => ({ table: new TableV2(stack, 'Mine', { partitionKey: stringKey }), partitionKeyName: 'id' })],
    ['a Table', (stack) => ({ table: new Table(stack, 'Mine', { partitionKey: stringKey }), partitionKeyName: 'id' })],
    ['an imported table',
      (stack) => ({ table: TableV2.fromTableName(stack, 'Mine', 'customers'), partitionKeyName: 'id' })],
  ])('the writer writes to %s', (_name, options) => {
    const { stack, customers } = synthesized(options);
    expect(customers.newTable).toBeUndefined();
    expect(environment(stack))
      .toMatchObject({ TABLE_ARN: stack.resolve(customers.table.tableArn), PARTITION_KEY_NAME: 'id' });
    const { Resource } = statements(stack).find(({ Action }) => Action === 'dynamodb:UpdateItem')!;
    expect([Resource].flat()[0]).toEqual(stack.resolve(customers.table.tableArn));
  });

  const NUMBER_KEY = { name: 'pk', type: AttributeType.NUMBER };
  const BOTH_KEYS = { partitionKey: { ...stringKey, name: 'pk' }, sortKey: { ...stringKey, name: 'sk' } };
  test.each<[string, (stack: Stack) => Options, string]>([
    ['another name of the key', (stack) => ({ table: new TableV2(stack, 'Mine', { partitionKey: stringKey }) }),
      '`table` must have the key HASH pk (S), got HASH id (S); ' +
      'set partitionKeyName and sortKey, or use another table'],
    ['a number as key', (stack) => ({ table: new Table(stack, 'Mine', { partitionKey: NUMBER_KEY }) }),
      '`table` must have the key HASH pk (S), got HASH pk (N);'],
    ['a sort key', (stack) => ({ table: new TableV2(stack, 'Mine', BOTH_KEYS) }),
      'got HASH pk (S), RANGE sk (S); set partitionKeyName and sortKey'],
    ['options of a new table',
      (stack) => ({ table: TableV2.fromTableName(stack, 'Mine', 'customers'), deletionProtection: true }),
      '`deletionProtection` cannot be combined with `table`; configure it on your table'],
    ['a key that is also an attribute', () => ({ partitionKeyName: 'email' }),
      '`partitionKeyName` must be a name of 1 to 255 characters that differs from the attributes of a row, ' +
      "got 'email'; use another name, such as 'pk'"],
    ['the key attribute that every row has', () => ({ partitionKeyName: 'customerKey' }), "got 'customerKey';"],
    ['an encryption key and no region', (stack) => ({ encryptionKey: new Key(stack, 'Key') }),
      '`encryptionKey` of a new table needs a stack with a region, since the key of a global table is regional, ' +
      "got none; set env: { region: '…' } on the stack"],
    ['an empty list of sources', () => ({ eventSources: [] }),
      '`eventSources` must be a list of at least 1: each a string of 1 to 256 characters, got an empty list; ' +
      "use a source such as 'stripe.com'"],
  ])('a table with %s fails synthesis by property, rule, value and remedy', (_name, options, message) => {
    expect(() => synthesized(options)).toThrow(message);
  });
});

test('metric() returns a metric of the writer', () => {
  const { stack, customers } = synthesized();
  expect(stack.resolve(customers.metric('Ambiguous').toMetricConfig().metricStat)).toMatchObject({
    namespace: 'StripeEventBridge',
    metricName: 'Ambiguous',
    dimensions: [{ name: 'FunctionName', value: { Ref: expect.stringContaining('CustomersWriterFunction') } }],
  });
});

test('metricRowsWritten and metricAmbiguous return the metrics Written and Ambiguous', () => {
  const { customers } = synthesized();
  expect([customers.metricRowsWritten().metricName, customers.metricAmbiguous().metricName])
    .toEqual(['Written', 'Ambiguous']);
});
