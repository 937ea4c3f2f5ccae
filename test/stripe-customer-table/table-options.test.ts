import { App, Aws, CfnParameter, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import {
  AttributeType, type CfnGlobalTable, type ITable, StreamViewType, Table, TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, LayerVersion, Runtime, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import {
  StripeCustomerTable, type StripeCustomerTableOptions, StripeEventBridge, StripeEvents, type StripeFunctionOptions,
} from '../../src';
import { environment, metricsOfAlarm, newStack, properties, statements } from '../harness/template';

const ENV = { account: '111111111111', region: 'eu-west-1' };
const stackWithEnv = () => new Stack(new App(), 'Test', { env: ENV });
const pk = { name: 'pk', type: AttributeType.STRING };
const sk = { name: 'sk', type: AttributeType.STRING };

function customerTable(stack: Stack, options: StripeCustomerTableOptions = {}) {
  const eventBus = EventBus.fromEventBusName(stack, 'Bus', 'any-bus');
  return new StripeCustomerTable(stack, 'Customers', { eventBus, ...options });
}

const role = (stack: Stack, id = 'Reader') =>
  new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

describe('table of another account or region', () => {
  const arnOf = (account: string, region: string) => `arn:aws:dynamodb:${region}:${account}:table/customers`;
  const IMPORTS: Array<[string, (stack: Stack, arn: string) => ITable]> = [
    ['Table.fromTableArn', (stack, arn) => Table.fromTableArn(stack, 'Mine', arn)],
    ['Table.fromTableAttributes', (stack, tableArn) => Table.fromTableAttributes(stack, 'Mine', { tableArn })],
    ['TableV2.fromTableArn', (stack, arn) => TableV2.fromTableArn(stack, 'Mine', arn)],
    ['TableV2.fromTableAttributes', (stack, tableArn) => TableV2.fromTableAttributes(stack, 'Mine', { tableArn })],
  ];

  test.each(IMPORTS)('N26: the writer names and updates a table of another account by its ARN: %s', (_name, from) => {
    const stack = stackWithEnv();
    const arn = arnOf('222222222222', 'eu-west-1');
    customerTable(stack, { table: from(stack, arn) });
    expect(environment(stack).TABLE_ARN).toBe(arn);
    const { Resource } = statements(stack).find(({ Action }) => Action === 'dynamodb:UpdateItem')!;
    expect([Resource].flat()[0]).toBe(arn);
  });

  test('N26: a table of this app in a stack of another account is named by its ARN', () => {
    const app = new App();
    const stack = new Stack(app, 'Test', { env: ENV });
    const other = new Stack(app, 'Other', { env: { ...ENV, account: '222222222222' } });
    customerTable(stack, { table: new TableV2(other, 'Mine', { partitionKey: pk, tableName: 'customers' }) });
    expect(JSON.stringify(environment(stack).TABLE_ARN)).toMatch(/:dynamodb:eu-west-1:222222222222:table\/customers/);
  });

  test.each<[string, (stack: Stack) => ITable]>([
    ...IMPORTS.map(([name, from]): [string, (stack: Stack) => ITable] =>
      [name, (stack) => from(stack, arnOf('111111111111', 'us-east-1'))]),
    ['a replica', (stack) =>
      new TableV2(stack, 'Mine', { partitionKey: pk, replicas: [{ region: 'us-east-1' }] }).replica('us-east-1')],
    ['a stack of another region', (stack) => new TableV2(
      new Stack(stack.node.root, 'Other', { env: { ...ENV, region: 'us-east-1' } }), 'Mine', { partitionKey: pk },
    )],
  ])('N26: a table of another region fails synthesis: %s', (_name, table) => {
    const stack = stackWithEnv();
    expect(() => customerTable(stack, { table: table(stack) })).toThrow(
      '`table` must be in the region of the stack, got us-east-1 in a stack of eu-west-1; ' +
      'create the table of customers in a stack of us-east-1',
    );
  });

  test.each(IMPORTS)('N26: a table passes if the region of the stack is unknown: %s', (_name, from) => {
    const stack = newStack();
    const arn = arnOf('111111111111', 'us-east-1');
    customerTable(stack, { table: from(stack, arn) });
    expect(environment(stack).TABLE_ARN).toBe(arn);
  });
});

test('N30: an alarm fires if a message waits in the queue of a table for an hour, and stays without data', () => {
  const stack = newStack();
  const { queue } = customerTable(stack);
  const alarm = properties(stack, 'AWS::CloudWatch::Alarm', 'CustomersAlarmsQueueAge');
  expect(alarm).toMatchObject({
    Threshold: 3_600,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'ignore',
  });
  expect(metricsOfAlarm(alarm)).toContainEqual(expect.objectContaining({
    MetricName: 'ApproximateAgeOfOldestMessage',
    Stat: 'Maximum',
    Dimensions: [{ Name: 'QueueName', Value: stack.resolve(queue.queueName) }],
  }));
});

describe('stream', () => {
  test.each(Object.values(StreamViewType))('N40: dynamoStream %s is the stream of the new table', (dynamoStream) => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: { dynamoStream } });
    const fn = new Function(stack, 'Consumer', {
      runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = () => {}'),
    });
    const startingPosition = StartingPosition.LATEST;
    fn.addEventSource(new DynamoEventSource(bridge.customerTable!.newTable!, { startingPosition }));
    expect(properties(stack, 'AWS::DynamoDB::GlobalTable').StreamSpecification)
      .toEqual({ StreamViewType: dynamoStream });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('StripeCustomerTable'), 'StreamArn'] },
    });
  });

  test('N40: a new table has no stream by default', () => {
    const stack = newStack();
    customerTable(stack);
    expect(properties(stack, 'AWS::DynamoDB::GlobalTable')).not.toHaveProperty('StreamSpecification');
  });
});

describe('sort key', () => {
  const sortKey = { name: 'sk', value: 'CUSTOMER' };
  test.each<[string, (stack: Stack) => ITable]>([
    ['a TableV2', (stack) => new TableV2(stack, 'Mine', { partitionKey: pk, sortKey: sk })],
    ['a Table', (stack) => new Table(stack, 'Mine', { partitionKey: pk, sortKey: sk })],
    ['an imported table', (stack) => Table.fromTableName(stack, 'Mine', 'single')],
  ])('N57: the writer has the sort key of %s with its value', (_name, table) => {
    const stack = newStack();
    customerTable(stack, { table: table(stack), sortKey });
    expect(JSON.parse(environment(stack).SORT_KEY)).toEqual({ sk: 'CUSTOMER' });
  });

  test('N57: the variable of a table without a sort key is an empty object', () => {
    const stack = newStack();
    customerTable(stack);
    expect(environment(stack).SORT_KEY).toBe('{}');
  });

  const imported = (stack: Stack) => Table.fromTableName(stack, 'Mine', 'single');
  test.each<[string, (stack: Stack) => StripeCustomerTableOptions, string]>([
    ['for a new table', () => ({ sortKey }), '`sortKey` needs `table`, got none; omit it for a new table'],
    ['that the table does not have',
      (stack) => ({ sortKey, table: new TableV2(stack, 'Mine', { partitionKey: pk }) }),
      '`table` must have the key HASH pk (S), RANGE sk (S), got HASH pk (S);'],
    ['of another name',
      (stack) => ({
        sortKey, table: new Table(stack, 'Mine', { partitionKey: pk, sortKey: { ...sk, name: 'range' } }),
      }),
      'got HASH pk (S), RANGE range (S);'],
    ['that is a number',
      (stack) => ({
        sortKey, table: new Table(stack, 'Mine', { partitionKey: pk, sortKey: { ...sk, type: AttributeType.NUMBER } }),
      }),
      'got HASH pk (S), RANGE sk (N);'],
    ['with the name of the partition key', (stack) => ({ table: imported(stack), sortKey: { ...sortKey, name: 'pk' } }),
      "`sortKey` must have another name than the partition key, got 'pk'; set the names that your table has"],
    ['with the name of an attribute', (stack) => ({ table: imported(stack), sortKey: { ...sortKey, name: 'email' } }),
      '`sortKey` must be an object with the strings name and value'],
    ['with an empty value', (stack) => ({ table: imported(stack), sortKey: { ...sortKey, value: '' } }),
      "got { name: 'sk', value: '' }; use { name: 'sk', value: 'CUSTOMER' }"],
    ['with a value of more than 1,024 bytes',
      (stack) => ({ table: imported(stack), sortKey: { ...sortKey, value: 'é'.repeat(513) } }),
      'whose value has 1 to 1,024 bytes'],
  ])('N57: a sort key %s fails synthesis', (_what, options, message) => {
    const stack = newStack();
    expect(() => customerTable(stack, options(stack))).toThrow(message);
  });
});

describe('options of the writer', () => {
  /** Options of a function, and the property of the template that each of them sets. */
  function everyOption(stack: Stack) {
    const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 0 });
    const [subnet] = vpc.isolatedSubnets;
    const group = new SecurityGroup(stack, 'Group', { vpc });
    const layer = LayerVersion.fromLayerVersionArn(stack, 'Layer', 'arn:aws:lambda:eu-west-1:111111111111:layer:x:1');
    const functionOptions: Required<Omit<StripeFunctionOptions, 'role'>> = {
      memorySize: 1_024,
      architecture: Architecture.X86_64,
      reservedConcurrentExecutions: 7,
      runtime: Runtime.NODEJS_22_X,
      vpc,
      vpcSubnets: { subnets: [subnet] },
      securityGroups: [group],
      layers: [layer],
      tracing: true,
    };
    const rendered = {
      MemorySize: 1_024,
      Architectures: ['x86_64'],
      ReservedConcurrentExecutions: 7,
      Runtime: 'nodejs22.x',
      VpcConfig: stack.resolve({ SubnetIds: [subnet.subnetId], SecurityGroupIds: [group.securityGroupId] }),
      Layers: ['arn:aws:lambda:eu-west-1:111111111111:layer:x:1'],
      TracingConfig: { Mode: 'Active' },
    };
    return { functionOptions, rendered };
  }

  const writerOf = (stack: Stack) => properties(stack, 'AWS::Lambda::Function', 'StripeCustomerTableWriter');

  test('N58: every option of the bridge except the role is the default of the writer', () => {
    const stack = newStack();
    const { functionOptions, rendered } = everyOption(stack);
    const ofBridge = role(stack, 'OfBridge');
    new StripeEventBridge(stack, 'Stripe', {
      functionOptions: { ...functionOptions, role: ofBridge }, customerTable: {},
    });
    expect(writerOf(stack)).toMatchObject(rendered);
    expect(writerOf(stack).Role).not.toEqual(stack.resolve(ofBridge.roleArn));
  });

  test('N58: options of the table win, one by one, and undefined ones do not', () => {
    const stack = newStack();
    const { functionOptions, rendered } = everyOption(stack);
    const ofTable = role(stack, 'OfTable');
    const own = { memorySize: 256, tracing: false, role: ofTable, runtime: undefined };
    new StripeEventBridge(stack, 'Stripe', { functionOptions, customerTable: { functionOptions: own } });
    const { TracingConfig, ...others } = rendered;
    expect(writerOf(stack)).toMatchObject({ ...others, MemorySize: 256, Role: stack.resolve(ofTable.roleArn) });
    expect(writerOf(stack)).not.toHaveProperty('TracingConfig');
  });

  test('N58: a table that is added later has the options of the bridge, too', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe', { functionOptions: { architecture: Architecture.X86_64 } });
    bridge.addCustomerTable('Later');
    expect(properties(stack, 'AWS::Lambda::Function', 'StripeLater').Architectures).toEqual(['x86_64']);
  });
});

describe('names', () => {
  const outputs = (stack: Stack, idPart: string) =>
    Object.entries(Template.fromStack(stack).findOutputs('*')).filter(([id]) => id.includes(idPart));

  test.each<[string, (stack: Stack) => StripeCustomerTable]>([
    ['a bridge', (stack) => new StripeEventBridge(stack, 'Stripe', { customerTable: {} }).customerTable!],
    ['addCustomerTable', (stack) => new StripeEventBridge(stack, 'Stripe').addCustomerTable('Later')],
    ['StripeEvents', (stack) => StripeEvents.fromEventBus(
      stack, 'Stripe', EventBus.fromEventBusName(stack, 'Bus', 'b'), { customerTable: {} },
    ).customerTable!],
    ['the construct', customerTable],
  ])('U10: the name of a new table is an output: %s', (_name, create) => {
    const stack = newStack();
    const { table } = create(stack);
    expect(outputs(stack, 'TableName').map(([, { Value }]) => Value)).toEqual([stack.resolve(table.tableName)]);
  });

  test('U10: an existing table has no output', () => {
    const stack = newStack();
    customerTable(stack, { table: Table.fromTableName(stack, 'Mine', 'customers') });
    expect(outputs(stack, 'TableName')).toEqual([]);
  });

  test('U10: tableName is the name of the new table, and synthesis warns of it', () => {
    const stack = newStack();
    customerTable(stack, { tableName: 'stripe.customers_1' });
    expect(properties(stack, 'AWS::DynamoDB::GlobalTable').TableName).toBe('stripe.customers_1');
    Annotations.fromStack(stack).hasWarning('/Test/Customers', Match.stringLikeRegexp(
      "tableName is fixed, got 'stripe.customers_1', so that a second copy of the stack cannot be deployed; " +
      'omit it .*cdk-stripe-eventbridge:fixed-table-name',
    ));
  });

  test.each<[string, string | undefined]>([
    ['without a name', undefined],
    ['whose name is known at the deployment only', `${Aws.STACK_NAME}-customers`],
  ])('U10: synthesis does not warn of a table %s', (_what, tableName) => {
    const stack = newStack();
    customerTable(stack, { tableName });
    Annotations.fromStack(stack).hasNoWarning('/Test/Customers', Match.stringLikeRegexp('tableName'));
  });

  test.each(['ab', 'x'.repeat(256), 'with space', 'tisch/ä', ''])('U10: the name %j fails synthesis', (tableName) => {
    expect(() => customerTable(newStack(), { tableName }))
      .toThrow(`\`tableName\` must be 3 to 255 letters, digits and the characters . - _, got '${tableName}';`);
  });

  test.each(['tableName', 'dynamoStream', 'deletionProtection'])('U10: %s fails with an existing table', (name) => {
    const stack = newStack();
    const values = { tableName: 'customers', dynamoStream: StreamViewType.NEW_IMAGE, deletionProtection: false };
    const table = Table.fromTableName(stack, 'Mine', 'customers');
    expect(() => customerTable(stack, { table, [name]: values[name as keyof typeof values] }))
      .toThrow(`\`${name}\` cannot be combined with \`table\`; configure it on your table`);
  });
});

describe('grantReadData', () => {
  /** Resources on which the reader may call an action. */
  const granted = (stack: Stack, action: string) => statements(stack)
    .filter(({ Action }) => [Action].flat().includes(action)).flatMap(({ Resource }) => Resource)
    .map((resource) => JSON.stringify(resource));

  const addIndex = (table: TableV2 | Table) => table.addGlobalSecondaryIndex({
    indexName: 'byEmail', partitionKey: { name: 'email', type: AttributeType.STRING },
  });

  const TABLES: Array<[string, (stack: Stack) => ITable | undefined]> = [
    ['a new table', () => undefined],
    ['a TableV2 of the app', (stack) => new TableV2(stack, 'Mine', { partitionKey: pk })],
    ['a Table of the app', (stack) => new Table(stack, 'Mine', { partitionKey: pk })],
    ['an imported Table', (stack) => Table.fromTableName(stack, 'Mine', 'customers')],
    ['an imported TableV2', (stack) => TableV2.fromTableName(stack, 'Mine', 'customers')],
  ];
  const ORDERS = ['before', 'after'] as const;

  test.each(TABLES.flatMap(([name, table]) => ORDERS.map((order) => ({ name, table, order }))))(
    'U11: a grant $order an index is added covers it and the table: $name', ({ table: create, order }) => {
      const stack = newStack();
      const customers = customerTable(stack, { table: create(stack) });
      const { table } = customers;
      const index = () => (table instanceof TableV2 || table instanceof Table) && addIndex(table);
      order === 'after' && index();
      const reader = role(stack);
      expect(customers.grantReadData(reader).success).toBe(true);
      order === 'before' && index();
      const arns = [table.tableArn, `${table.tableArn}/index/*`].map((arn) => JSON.stringify(stack.resolve(arn)));
      for (const action of ['dynamodb:Query', 'dynamodb:Scan']) {
        expect(granted(stack, action)).toEqual(expect.arrayContaining(arns));
      }
    },
  );

  test('U11: a grant permits reading, and not writing', () => {
    const stack = newStack();
    customerTable(stack).grantReadData(role(stack));
    const actions = statements(stack).flatMap(({ Action }) => Action);
    expect(actions).toContain('dynamodb:GetItem');
    expect(actions.filter((action) => /^dynamodb:(Put|Delete|BatchWrite)/.test(action))).toEqual([]);
  });

  test('U11: the resources of a grant are the table and its indexes only', () => {
    const stack = newStack();
    const customers = customerTable(stack);
    const { tableArn } = customers.table;
    customers.grantReadData(role(stack));
    const arns = [tableArn, `${tableArn}/index/*`].map((arn) => JSON.stringify(stack.resolve(arn)));
    expect([...new Set(granted(stack, 'dynamodb:Scan'))].filter((arn) => arn !== '{"Ref":"AWS::NoValue"}').sort())
      .toEqual(arns.sort());
  });
});

describe.each(['created', 'eventCreated', 'rawEvent'])('V17: rows that DynamoDB deletes by %s fail', (name) => {
  const message = (path: string) => `\`timeToLiveSpecification.attributeName\` of Test/${path}/Resource must be an ` +
    `attribute that the writer does not write, because DynamoDB would delete the rows, got '${name}'; use another`;

  test('on a table of the user', () => {
    const stack = newStack();
    const table = new Table(stack, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING }, timeToLiveAttribute: name,
    });
    new StripeEventBridge(stack, 'Stripe', { customerTable: { table } });
    expect(() => Template.fromStack(stack)).toThrow(message('Table'));
  });

  test('on a new table that is changed afterwards', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
    (bridge.customerTable!.newTable!.node.defaultChild as CfnGlobalTable)
      .timeToLiveSpecification = { enabled: true, attributeName: name };
    expect(() => Template.fromStack(stack)).toThrow(message('Stripe/CustomerTable/Table'));
  });
});

test('V17: a table that deletes rows by an attribute of the user is accepted', () => {
  const stack = newStack();
  const table = new TableV2(stack, 'Table', {
    partitionKey: { name: 'pk', type: AttributeType.STRING }, timeToLiveAttribute: 'expiresAt',
  });
  expect(() => new StripeEventBridge(stack, 'Stripe', { customerTable: { table } })).not.toThrow();
});

const tableIn = (app: App, env: object, props: object = {}) => new TableV2(new Stack(app, 'Other', { env }), 'Table', {
  tableName: 'customers', partitionKey: { name: 'pk', type: AttributeType.STRING }, ...props,
});

test('V07: the permission on a table of another account is on the writer only, and a warning names the rest', () => {
  const app = new App();
  const stack = new Stack(app, 'Test', { env: ENV });
  const table = tableIn(app, { ...ENV, account: '222222222222' });
  new StripeEventBridge(stack, 'Stripe', { customerTable: { table } });
  const [write] = statements(stack).filter(({ Action }) => Action === 'dynamodb:UpdateItem');
  expect(JSON.stringify(write.Resource)).toMatch(/:dynamodb:eu-west-1:222222222222:table\/customers/);
  expect(JSON.stringify(Template.fromStack(Stack.of(table)).toJSON())).not.toContain('Writer');
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('table-of-another-account'))
    .map(({ entry }) => entry.data))
    .toEqual([expect.stringContaining('must allow the writer to call dynamodb:UpdateItem')]);
});

test('V14: a table of a stack whose account is unknown fails synthesis with the remedy', () => {
  const app = new App();
  const stack = new Stack(app, 'Test', { env: ENV });
  const table = tableIn(app, { region: ENV.region });
  expect(() => new StripeEventBridge(stack, 'Stripe', { customerTable: { table } })).toThrow(
    '`table` is in the stack Other, and the account of only one of the two stacks is known; set `env` on both stacks');
});

test('Y10: a writer with reserved concurrency receives no more messages than it may process', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', {
    customerTable: { functionOptions: { reservedConcurrentExecutions: 1 } }, functionOptions: { memorySize: 1_024 },
  });
  expect(properties(stack, 'AWS::Lambda::EventSourceMapping').ScalingConfig).toEqual({ MaximumConcurrency: 2 });
  const other = newStack();
  new StripeEventBridge(other, 'Stripe', { customerTable: {} });
  expect(properties(other, 'AWS::Lambda::EventSourceMapping').ScalingConfig).toBeUndefined();
});

test('Y10: a reserved concurrency that is known later limits no mapping', () => {
  const stack = newStack();
  const reservedConcurrentExecutions = new CfnParameter(stack, 'Reserved', { type: 'Number' }).valueAsNumber;
  new StripeEventBridge(stack, 'Stripe', { customerTable: { functionOptions: { reservedConcurrentExecutions } } });
  expect(properties(stack, 'AWS::Lambda::EventSourceMapping').ScalingConfig).toBeUndefined();
});

test('Y21: a table whose resource does not show its key, as a replica in another account, is accepted', () => {
  const stack = newStack();
  const table = new Table(stack, 'Mine', { partitionKey: { name: 'other', type: AttributeType.STRING } });
  Object.assign(table.node.defaultChild!, { keySchema: undefined });
  expect(() => new StripeEventBridge(stack, 'Stripe', { customerTable: { table } })).not.toThrow();
});
