import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { StripeCustomerTable, type StripeCustomerTableProps } from '../../src';
import { CUSTOMER_EVENTS, WRITER_ENV } from '../../src/stripe-customer-table/contract';
import { environment, newStack, properties, stableTemplate, statements } from '../harness/template';

type Options = Omit<StripeCustomerTableProps, 'eventBus'>;

function synthesized(options: Options | ((stack: Stack) => Options) = {}, stack = newStack()) {
  const eventBus = EventBus.fromEventBusName(stack, 'Bus', 'any-bus');
  const sink = new StripeCustomerTable(stack, 'Customers', { eventBus, ...typeof options === 'function' ? options(stack) : options });
  return { stack, sink, get template() { return Template.fromStack(stack); } };
}

const stringKey = { name: 'id', type: AttributeType.STRING };

test('has the template that was reviewed', () => {
  expect(stableTemplate(synthesized().stack)).toMatchSnapshot();
});

test('takes the three customer events of our source and of Stripe\'s partner source, and nothing else', () => {
  expect(properties(synthesized().stack, 'AWS::Events::Rule')).toMatchObject({
    EventBusName: 'any-bus',
    EventPattern: { 'source': ['stripe.com', { prefix: 'aws.partner/stripe.com' }], 'detail-type': [...CUSTOMER_EVENTS] },
  });
});

test('pins sources and mode when told', () => {
  const { stack } = synthesized({ eventSources: ['billing.example.com'], livemode: false });
  expect(properties(stack, 'AWS::Events::Rule').EventPattern).toMatchObject({ source: ['billing.example.com'], detail: { livemode: [false] } });
});

test('loses nothing on the way: retries for a day, then a dead-letter queue of 14 days, on both hops', () => {
  const { stack, sink } = synthesized();
  const deadLetters = stack.resolve(sink.deadLetterQueue.queueArn);
  expect(properties(stack, 'AWS::Events::Rule').Targets).toMatchObject([{
    Arn: stack.resolve(sink.queue.queueArn),
    DeadLetterConfig: { Arn: deadLetters },
    RetryPolicy: { MaximumEventAgeInSeconds: Duration.hours(24).toSeconds(), MaximumRetryAttempts: 185 },
  }]);
  expect(properties(stack, 'AWS::SQS::Queue', 'CustomersQueue')).toMatchObject({ RedrivePolicy: { deadLetterTargetArn: deadLetters, maxReceiveCount: 50 } });
  expect(properties(stack, 'AWS::SQS::Queue', 'CustomersDeadLetterQueue')).toMatchObject({ MessageRetentionPeriod: Duration.days(14).toSeconds(), SqsManagedSseEnabled: true });
});

test('gives the writer six times its time-out before a message shows again, and takes back only what failed', () => {
  const { stack } = synthesized();
  const { Timeout } = properties(stack, 'AWS::Lambda::Function');
  expect(properties(stack, 'AWS::SQS::Queue', 'CustomersQueue').VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
  expect(properties(stack, 'AWS::Lambda::EventSourceMapping')).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
});

test('hands the writer every variable that it reads, and no more', () => {
  expect(Object.keys(environment(synthesized().stack)).sort()).toEqual(Object.values(WRITER_ENV).sort());
});

test('lets the writer update rows and take its messages, and nothing else', () => {
  const { stack } = synthesized();
  expect(statements(stack).map(({ Action, Resource }) => [Action, JSON.stringify(Resource).replace(/[0-9A-F]{8}/, '')])).toEqual([
    [['logs:CreateLogStream', 'logs:PutLogEvents'], '{"Fn::GetAtt":["CustomersWriterLogs","Arn"]}'],
    ['dynamodb:UpdateItem', '{"Fn::GetAtt":["CustomersTable","Arn"]}'],
    [expect.arrayContaining(['sqs:ReceiveMessage', 'sqs:DeleteMessage']), '{"Fn::GetAtt":["CustomersQueue","Arn"]}'],
  ]);
});

describe('the new table', () => {
  test('is on demand, with point-in-time recovery, and stays when the stack goes', () => {
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

  test('takes deletion protection, a key and a removal policy, and lets the writer use the key', () => {
    const { stack, template } = synthesized((scope) => ({
      deletionProtection: true, encryptionKey: new Key(scope, 'Key'), removalPolicy: RemovalPolicy.DESTROY, partitionKeyName: 'customer',
    }), new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } }));
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      Properties: { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' }, KeySchema: [{ AttributeName: 'customer', KeyType: 'HASH' }], Replicas: [{ DeletionProtectionEnabled: true }] },
      DeletionPolicy: 'Delete',
    });
    expect(statements(stack).flatMap(({ Action }) => Action)).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:Encrypt']));
  });

  test('is exposed for indexes and streams', () => {
    const { stack, sink } = synthesized();
    sink.newTable!.addGlobalSecondaryIndex({ indexName: 'byEmail', partitionKey: { name: 'email', type: AttributeType.STRING } });
    expect(properties(stack, 'AWS::DynamoDB::GlobalTable').GlobalSecondaryIndexes).toMatchObject([{ IndexName: 'byEmail' }]);
  });
});

describe('a table of the user\'s', () => {
  test.each<[string, (stack: Stack) => Options]>([
    ['TableV2', (stack) => ({ table: new TableV2(stack, 'Mine', { partitionKey: stringKey }), partitionKeyName: 'id' })],
    ['Table', (stack) => ({ table: new Table(stack, 'Mine', { partitionKey: stringKey }), partitionKeyName: 'id' })],
    ['imported', (stack) => ({ table: TableV2.fromTableName(stack, 'Mine', 'customers'), partitionKeyName: 'id' })],
  ])('is written to: %s', (_name, options) => {
    const { stack, sink } = synthesized(options);
    expect(sink.newTable).toBeUndefined();
    expect(environment(stack)).toMatchObject({ TABLE_NAME: stack.resolve(sink.table.tableName), PARTITION_KEY_NAME: 'id' });
    const { Resource } = statements(stack).find(({ Action }) => Action === 'dynamodb:UpdateItem')!;
    expect([Resource].flat()[0]).toEqual(stack.resolve(sink.table.tableArn));
  });

  test.each<[string, (stack: Stack) => Options, string]>([
    ['another key name', (stack) => ({ table: new TableV2(stack, 'Mine', { partitionKey: stringKey }) }),
      'table must have the string partition key \'pk\' and no sort key, got HASH id (S); set partitionKeyName, or give another table'],
    ['a number as key', (stack) => ({ table: new Table(stack, 'Mine', { partitionKey: { name: 'pk', type: AttributeType.NUMBER } }) }),
      'table must have the string partition key \'pk\' and no sort key, got HASH pk (N);'],
    ['a sort key', (stack) => ({ table: new TableV2(stack, 'Mine', { partitionKey: { ...stringKey, name: 'pk' }, sortKey: { ...stringKey, name: 'sk' } }) }),
      'got HASH pk (S), RANGE sk (S); set partitionKeyName'],
    ['options of a new one', (stack) => ({ table: TableV2.fromTableName(stack, 'Mine', 'customers'), deletionProtection: true }),
      'deletionProtection belongs to a new table, got it together with table; set it on your table'],
    ['a key that a row has as attribute', () => ({ partitionKeyName: 'email' }),
      'partitionKeyName must differ from the attributes of a row, got \'email\'; name the key otherwise, such as \'pk\''],
    ['a key, in a stack without a region', (stack) => ({ encryptionKey: new Key(stack, 'Key') }),
      'encryptionKey needs a stack with a region, since a global table\'s key is regional, got none; set env: { region: \'…\' } on the stack'],
    ['no source', () => ({ eventSources: [] }), 'eventSources needs at least one source, got none; leave it out'],
  ])('is refused with %s', (_name, options, message) => {
    expect(() => synthesized(options)).toThrow(message);
  });
});

test('grantReadData lets somebody read, not write', () => {
  const { stack, sink } = synthesized();
  sink.grantReadData(new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  const granted = statements(stack).flatMap(({ Action }) => Action);
  expect(granted).toContain('dynamodb:GetItem');
  expect(granted.filter((action) => /^dynamodb:(Put|Delete|BatchWrite)/.test(action))).toEqual([]);
});

test('metric names a metric of the writer', () => {
  const { stack, sink } = synthesized();
  expect(stack.resolve(sink.metric('Ambiguous').toMetricConfig().metricStat)).toMatchObject({
    namespace: 'StripeEventBridge', metricName: 'Ambiguous', dimensions: [{ name: 'FunctionName', value: { Ref: expect.stringContaining('CustomersWriterFunction') } }],
  });
});

test('metricRowsWritten and metricAmbiguous are those metrics', () => {
  const { sink } = synthesized();
  expect([sink.metricRowsWritten().metricName, sink.metricAmbiguous().metricName]).toEqual(['Written', 'Ambiguous']);
});
