import { App, CfnParameter, Duration, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, type CfnFunction, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEventBridge, type StripeEventBridgeProps, StripeEventFilter, StripeEventType } from '../../src';
import { SECRET_BUDGET_MS, WORK_BUDGET_MS, CLIENT_LIMITS } from '../../src/runtime/aws-client';
import { WEBHOOK_ENV } from '../../src/stripe-event-bridge/webhook/contract';
import { environment, newStack, properties, stableTemplate, statements } from '../harness/template';

const { INVOICE_PAID, CHARGE_REFUNDED } = StripeEventType;

function synthesized(props?: StripeEventBridgeProps) {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe', props);
  return { stack, bridge, get template() { return Template.fromStack(stack); } };
}

describe('with no props', () => {
  test('has the template that was reviewed', () => {
    expect(stableTemplate(synthesized().stack)).toMatchSnapshot();
  });

  test('takes POST / and nothing else', () => {
    const { stack } = synthesized();
    expect(properties(stack, 'AWS::ApiGatewayV2::Route').RouteKey).toBe('POST /');
  });

  test('hands the function every variable that it reads, and no more', () => {
    const { stack } = synthesized();
    expect(Object.keys(environment(stack)).sort()).toEqual(Object.values(WEBHOOK_ENV).sort());
    expect(environment(stack)).toMatchObject({ EVENT_SOURCE: 'stripe.com', TOLERANCE_SECONDS: '300', EVENT_TYPES: '*', MODE: 'all' });
  });

  test('runs on nodejs24.x, arm64', () => {
    expect(properties(synthesized().stack, 'AWS::Lambda::Function')).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 512 });
  });

  test('ends its work before Lambda ends the function, and that before the gateway gives up', () => {
    const { Timeout } = properties(synthesized().stack, 'AWS::Lambda::Function');
    const { connectionTimeout, requestTimeout } = CLIENT_LIMITS.requestHandler;
    const gatewayMs = 30_000;
    const deadlines = [connectionTimeout, requestTimeout, SECRET_BUDGET_MS, WORK_BUDGET_MS, Timeout * 1000, gatewayMs];
    expect(deadlines).toEqual([...new Set(deadlines)].sort((a, b) => a - b));
  });

  test('makes a secret without a value, and keeps it when the stack goes', () => {
    const { template } = synthesized();
    template.hasResource('AWS::SecretsManager::Secret', {
      Properties: { GenerateSecretString: Match.absent(), SecretString: Match.absent(), Name: Match.absent() },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('lets the function put events on its bus, read its secret and write its logs, and nothing else', () => {
    const { stack } = synthesized();
    const [logs, bus, secret] = statements(stack);
    expect(statements(stack)).toHaveLength(3);
    expect(logs).toMatchObject({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::GetAtt': [expect.stringContaining('StripeWebhookLogs'), 'Arn'] } });
    expect(bus).toMatchObject({ Action: 'events:PutEvents', Resource: { 'Fn::GetAtt': [expect.stringContaining('StripeEventBus'), 'Arn'] } });
    expect(secret).toMatchObject({ Action: expect.arrayContaining(['secretsmanager:GetSecretValue']), Resource: { Ref: expect.stringContaining('StripeSigningSecret') } });
    expect(JSON.stringify(properties(stack, 'AWS::IAM::Role'))).not.toContain('ManagedPolicy');
  });

  test('keeps logs for a month', () => {
    expect(properties(synthesized().stack, 'AWS::Logs::LogGroup').RetentionInDays).toBe(30);
  });

  test('says which URL to register, and by which command to store the secret', () => {
    const { stack, template } = synthesized();
    template.hasOutput('*', { Description: 'Address to register in Stripe' });
    const [next] = Object.values(template.findOutputs('*', { Description: 'How to connect Stripe' }));
    const line = JSON.stringify(stack.resolve(next.Value));
    expect(line).toContain('aws secretsmanager put-secret-value --region ');
    expect(line).toContain('StripeSigningSecret');
    expect(line).toContain('StripeApi');
    expect(line).toMatch(/^[ -~]*$/); // CloudFormation shows other characters as question marks
  });
});

describe('copies', () => {
  test('live side by side in one stack', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Platform', { customerTable: {} });
    new StripeEventBridge(stack, 'Connect', { customerTable: {} });
    const buses = Object.values(Template.fromStack(stack).findResources('AWS::Events::EventBus')).map(({ Properties }) => JSON.stringify(Properties.Name));
    expect(new Set(buses).size).toBe(2);
  });

  test('of the same app have no name in common but what the stack is called', () => {
    const named = (stackName: string) => {
      const stack = new Stack(new App(), 'Billing', { stackName });
      new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
      return Template.fromStack(stack).toJSON();
    };
    const template = named('a');
    const names = Object.values<any>(template.Resources).flatMap(({ Type, Properties = {} }) =>
      PHYSICAL_NAMES.filter(([type, name]) => Type === type && name in Properties).map(([, name]) => JSON.stringify(Properties[name])));
    expect(names).toEqual([expect.stringContaining('AWS::StackName')]);
  });
});

describe('what is wanted', () => {
  const wanted = (props: StripeEventBridgeProps, use: (bridge: StripeEventBridge, stack: Stack) => void = () => undefined) => {
    const { stack, bridge } = (() => {
      const fresh = newStack();
      return { stack: fresh, bridge: new StripeEventBridge(fresh, 'Stripe', props) };
    })();
    use(bridge, stack);
    return environment(stack, 'StripeWebhook').EVENT_TYPES;
  };
  const target = (stack: Stack) => new SqsQueue(new Queue(stack, 'Target'));
  const CUSTOMERS = 'customer.created,customer.updated,customer.deleted';

  test.each<[string, StripeEventFilter, string]>([
    ['names', StripeEventFilter.of(INVOICE_PAID, CHARGE_REFUNDED), 'invoice.paid,charge.refunded'],
    ['a name given twice', StripeEventFilter.of(INVOICE_PAID, INVOICE_PAID), 'invoice.paid'],
    ['a type newer than this library', StripeEventFilter.named('brand.new'), 'brand.new'],
    ['a thin type', StripeEventFilter.named('v2.core.account[requirements].updated'), 'v2.core.account[requirements].updated'],
    ['families', StripeEventFilter.family('customer.subscription', 'invoice'), 'customer.subscription.,invoice.'],
    ['filters together', StripeEventFilter.of(INVOICE_PAID).plus(StripeEventFilter.family('charge'), StripeEventFilter.of(INVOICE_PAID)), 'invoice.paid,charge.'],
    ['everything', StripeEventFilter.all().plus(StripeEventFilter.of(INVOICE_PAID)), '*'],
  ])('are %s', (_name, eventTypes, expected) => {
    expect(wanted({ eventTypes })).toBe(expected);
  });

  test('includes what a customer table needs', () => {
    expect(wanted({ eventTypes: StripeEventFilter.of(INVOICE_PAID), customerTable: {} })).toBe(`invoice.paid,${CUSTOMERS}`);
    expect(wanted({ eventTypes: StripeEventFilter.of(INVOICE_PAID) }, (bridge) => bridge.addCustomerTable('Customers'))).toBe(`invoice.paid,${CUSTOMERS}`);
  });

  test('includes what onEvent asks for, also after the construct was made', () => {
    expect(wanted({ eventTypes: StripeEventFilter.of(INVOICE_PAID) }, (bridge, stack) => {
      bridge.onEvent('Refunds', { filter: StripeEventFilter.family('charge'), target: target(stack) });
    })).toBe('invoice.paid,charge.');
  });

  test('fits into the 4 KB of a function\'s environment with all else, at its longest', () => {
    const stack = new Stack(new App(), 'Test');
    const names = Array.from({ length: 96 }, (_, index) => `${'x'.repeat(20)}.y${index + 100}`); // just below the limit, joined
    new StripeEventBridge(stack, 'Stripe', { eventTypes: StripeEventFilter.named(...names), eventSource: 's'.repeat(240) });
    const { SIGNING_SECRET_ARNS, EVENT_BUS_ARN, ...others } = environment(stack);
    const longestArn = 'arn:aws-us-gov:secretsmanager:us-gov-west-1:111111111111:secret:'.length + 512;
    const arns = [SIGNING_SECRET_ARNS, EVENT_BUS_ARN].length * longestArn;
    const bytes = Object.entries(others).reduce((sum, [name, value]) => sum + name.length + `${value}`.length, arns);
    expect(others.EVENT_TYPES).not.toBe('*');
    expect(bytes).toBeLessThanOrEqual(4_096);
  });

  test('is everything, with a warning, when the names do not fit a function\'s environment', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe', { eventTypes: StripeEventFilter.of(...allButIssuing()) });
    expect(environment(stack).EVENT_TYPES).toBe('*');
    Annotations.fromStack(stack).hasWarning('/Test/Stripe', Match.stringLikeRegexp('bytes, more than the 2500'));
  });
});

describe('onEvent', () => {
  test('makes a rule on the bus for our source, the types and the mode', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe', { livemode: true, eventSource: 'billing.example.com' });
    const rule = bridge.onEvent('Paid', {
      filter: StripeEventFilter.of(INVOICE_PAID).plus(StripeEventFilter.family('charge')),
      target: new SqsQueue(new Queue(stack, 'Target')),
    });
    expect(rule.node.path).toBe('Test/Stripe/Paid');
    expect(properties(stack, 'AWS::Events::Rule', 'StripePaid')).toMatchObject({
      EventBusName: { Ref: expect.stringContaining('StripeEventBus') },
      EventPattern: { 'source': ['billing.example.com'], 'detail-type': ['invoice.paid', { prefix: 'charge.' }], 'detail': { livemode: [true] } },
    });
  });

  test('without a filter takes what the bridge takes', () => {
    const pattern = (props: StripeEventBridgeProps) => {
      const stack = newStack();
      new StripeEventBridge(stack, 'Stripe', props).onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
      return properties(stack, 'AWS::Events::Rule', 'StripeAll').EventPattern;
    };
    expect(pattern({})).toEqual({ source: ['stripe.com'] });
    expect(pattern({ eventTypes: StripeEventFilter.of(INVOICE_PAID) })).toEqual({ 'source': ['stripe.com'], 'detail-type': ['invoice.paid'] });
  });

  test('makes several rules of a filter that is too long for one, and never widens it', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe');
    bridge.onEvent('Many', { filter: StripeEventFilter.of(...allButIssuing()), target: new SqsQueue(new Queue(stack, 'Target')) });
    const rules = Object.entries(Template.fromStack(stack).findResources('AWS::Events::Rule')).filter(([id]) => id.startsWith('StripeMany'));
    const types = rules.flatMap(([, { Properties }]) => Properties.EventPattern['detail-type']);
    expect(types.sort()).toEqual(allButIssuing().sort());
    expect(rules.length).toBeLessThanOrEqual(10);
    rules.forEach(([, { Properties }]) => expect(JSON.stringify(Properties.EventPattern).length).toBeLessThanOrEqual(2_048));
    expect(rules.slice(1).map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(rules.slice(1).map((_rule, index) => `StripeManyPart${index + 2}`));
    const { Metrics: [sum, ...each] } = properties(stack, 'AWS::CloudWatch::Alarm', 'StripeManyRouteAlarmsDlqDeliveryFailed');
    expect(sum.Expression).toBe('SUM(METRICS())');
    expect(each.map(({ MetricStat }: any) => MetricStat.Metric.Dimensions[1].Value['Fn::Select'][1]['Fn::Split'][1]['Fn::GetAtt'][0]).sort())
      .toEqual(rules.map(([id]) => id).sort());
  });

  test('refuses a filter that ten rules do not hold', () => {
    const stack = newStack();
    const names = Array.from({ length: 200 }, (_, index) => `x.${'y'.repeat(110)}${index}`);
    expect(() => new StripeEventBridge(stack, 'Stripe').onEvent('Many', { filter: StripeEventFilter.named(...names), target: new SqsQueue(new Queue(stack, 'Target')) }))
      .toThrow(/^filter of 'Many' needs 1\d rules of 2048 characters, more than 10; use family\('…'\) or all\(\)$/);
  });

  test('pins mode and account when told', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { livemode: true, account: 'acct_1', target: new SqsQueue(new Queue(stack, 'Target')) });
    expect(properties(stack, 'AWS::Events::Rule', 'StripePaid').EventPattern).toMatchObject({ detail: { livemode: [true], account: ['acct_1'] } });
  });

  test('gives the target a dead-letter queue and retries for a day', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: new SqsQueue(new Queue(stack, 'Target')) });
    expect(properties(stack, 'AWS::Events::Rule', 'StripePaid').Targets).toMatchObject([{
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringContaining('StripePaidRouteDeadLetterQueue'), 'Arn'] } },
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    }]);
    expect(properties(stack, 'AWS::CloudWatch::Alarm', 'StripePaidRouteAlarmsDlqDepth').Dimensions).toEqual([
      { Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringContaining('StripePaidRouteDeadLetterQueue'), 'QueueName'] } },
    ]);
  });

  test('leaves to the target what it brings of its own', () => {
    const stack = newStack();
    const deadLetterQueue = new Queue(stack, 'Mine');
    const target = new SqsQueue(new Queue(stack, 'Target'), { deadLetterQueue, retryAttempts: 3, maxEventAge: Duration.hours(1) });
    new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target });
    expect(properties(stack, 'AWS::Events::Rule', 'StripePaid').Targets).toMatchObject([{
      DeadLetterConfig: { Arn: stack.resolve(deadLetterQueue.queueArn) },
      RetryPolicy: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 3 },
    }]);
    expect(Object.keys(Template.fromStack(stack).findResources('AWS::SQS::Queue')).filter((id) => id.includes('RouteDeadLetterQueue'))).toEqual([]);
  });

  test('takes a function, and with `queued` puts a queue in front of it, changing nothing of the function', () => {
    const stack = newStack();
    const handler = () => new Function(stack, 'Mine', {
      runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'), timeout: Duration.seconds(20),
    });
    const mine = handler();
    const before = JSON.stringify(stack.resolve((mine.node.defaultChild as CfnFunction)._toCloudFormation()));
    new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: new LambdaFunction(mine), queued: true });
    expect(JSON.stringify(stack.resolve((mine.node.defaultChild as CfnFunction)._toCloudFormation()))).toBe(before);
    expect(properties(stack, 'AWS::SQS::Queue', 'StripePaidRouteQueue')).toMatchObject({
      VisibilityTimeout: 120, RedrivePolicy: { maxReceiveCount: 50 }, MessageRetentionPeriod: 1_209_600,
    });
    expect(properties(stack, 'AWS::Lambda::EventSourceMapping')).toMatchObject({ BatchSize: 1, FunctionName: { Ref: expect.stringContaining('Mine') } });
    expect(statements(stack).filter(({ Action }) => Action.includes('sqs:ReceiveMessage')).map(({ Resource }) => Resource)).toEqual([
      { 'Fn::GetAtt': [expect.stringContaining('StripePaidRouteQueue'), 'Arn'] },
    ]);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Permission', 1); // the gateway's
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventInvokeConfig', 0);
  });

  test('refuses `queued` for another target than a function', () => {
    const stack = newStack();
    expect(() => new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: new SqsQueue(new Queue(stack, 'Target')), queued: true }))
      .toThrow('queued needs a target of class LambdaFunction, got SqsQueue; leave out queued, or give it a function');
  });
});

describe('props', () => {
  test('eventBus takes a bus of another stack, and grants on it alone', () => {
    const stack = newStack();
    const eventBus = EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:eu-west-1:111111111111:event-bus/shared');
    new StripeEventBridge(stack, 'Stripe', { eventBus });
    Template.fromStack(stack).resourceCountIs('AWS::Events::EventBus', 0);
    expect(environment(stack).EVENT_BUS_ARN).toBe('arn:aws:events:eu-west-1:111111111111:event-bus/shared');
    expect(statements(stack)[1]).toMatchObject({ Action: 'events:PutEvents', Resource: 'arn:aws:events:eu-west-1:111111111111:event-bus/shared' });
  });

  test('eventBusName names the bus', () => {
    expect(properties(synthesized({ eventBusName: 'billing' }).stack, 'AWS::Events::EventBus').Name).toBe('billing');
  });

  test('signingSecret takes a secret under a customer key, and grants both', () => {
    const stack = newStack();
    const signingSecret = new Secret(stack, 'Mine', { encryptionKey: new Key(stack, 'Key') });
    const bridge = new StripeEventBridge(stack, 'Stripe', { signingSecret });
    expect(bridge.signingSecret).toBe(signingSecret);
    Template.fromStack(stack).resourceCountIs('AWS::SecretsManager::Secret', 1);
    const [, forTheWebhook] = properties(stack, 'AWS::KMS::Key').KeyPolicy.Statement.filter(({ Action }: any) => [Action].flat().includes('kms:Decrypt'));
    expect(forTheWebhook).toMatchObject({ Action: 'kms:Decrypt', Principal: { AWS: { 'Fn::GetAtt': [expect.stringContaining('StripeWebhookRole'), 'Arn'] } } });
  });

  test('tolerance, livemode and eventSource reach the function', () => {
    const { stack } = synthesized({ tolerance: Duration.minutes(1), livemode: false, eventSource: 'x.example' });
    expect(environment(stack)).toMatchObject({ TOLERANCE_SECONDS: '60', MODE: 'test', EVENT_SOURCE: 'x.example' });
  });

  test('functionOptions, logRetention and removalPolicy reach the resources', () => {
    const { stack, template } = synthesized({
      functionOptions: {
        memorySize: 1024, architecture: Architecture.X86_64, reservedConcurrentExecutions: 20, runtime: Runtime.NODEJS_22_X,
      },
      logRetention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    expect(properties(stack, 'AWS::Lambda::Function')).toMatchObject({ MemorySize: 1024, Architectures: ['x86_64'], ReservedConcurrentExecutions: 20, Runtime: 'nodejs22.x' });
    expect(properties(stack, 'AWS::Logs::LogGroup').RetentionInDays).toBe(7);
    template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Delete' });
  });

  test('customerTable makes a table that inherits source, mode, retention and removal', () => {
    const { stack, bridge, template } = synthesized({
      customerTable: {}, eventSource: 'x.example', livemode: true, logRetention: RetentionDays.ONE_WEEK, removalPolicy: RemovalPolicy.DESTROY,
    });
    expect(bridge.customerTable?.newTable).toBeDefined();
    expect(properties(stack, 'AWS::Events::Rule', 'StripeCustomerTable').EventPattern)
      .toMatchObject({ source: ['x.example'], detail: { livemode: [true] } });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    template.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
  });

  test.each<[string, () => StripeEventBridgeProps, string]>([
    ['two buses', () => ({ eventBus: EventBus.fromEventBusName(newStack(), 'Bus', 'b'), eventBusName: 'billing' }),
      'eventBus and eventBusName exclude each other, got a bus and the name \'billing\'; leave out eventBusName to use the bus'],
    ['tolerance 0', () => ({ tolerance: Duration.seconds(0) }), 'tolerance must be 1 to 3600 whole seconds, got 0; use Duration.seconds(1) for the strictest check'],
    ['tolerance 3601', () => ({ tolerance: Duration.seconds(3601) }), 'tolerance must be 1 to 3600 whole seconds, got 3601; use'],
    ['half a second', () => ({ tolerance: Duration.millis(500) }), 'tolerance must be 1 to 3600 whole seconds, got 0.5; use'],
    ['AWS\'s source', () => ({ eventSource: 'aws.stripe' }), 'eventSource must not begin with \'aws.\', which EventBridge keeps for AWS, got \'aws.stripe\'; use your own domain'],
    ['no source', () => ({ eventSource: '' }), 'are the limit, got 0; leave it out for \'stripe.com\''],
    ['a long source', () => ({ eventSource: 'x'.repeat(241) }), 'eventSource must have 1 to 240 characters, since'],
    ['an empty filter', () => ({ eventTypes: StripeEventFilter.of() }), 'a filter needs at least one event type, got none; use StripeEventFilter.all() for everything'],
    ['an empty family', () => ({ eventTypes: StripeEventFilter.family() }), 'a filter needs at least one family, got none; use StripeEventFilter.all() for everything'],
    ...['invoice', 'invoice.*', '*', 'Invoice.Paid', 'invoice paid', 'invoice..paid', '', `a.${'b'.repeat(127)}`].map((name): [string, () => StripeEventBridgeProps, string] =>
      [`the type '${name}'`, () => ({ eventTypes: StripeEventFilter.named(name) }), `event type must be like 'invoice.paid', at most 128 characters, got '${name}'; use family('invoice') for all below a name`]),
    ...['!invoice.paid', 'invoice.paid!', 'v2.core.account[].updated', 'v2.core.account[!].updated'].map((name): [string, () => StripeEventBridgeProps, string] =>
      [`the type '${name}'`, () => ({ eventTypes: StripeEventFilter.named(name) }), `got '${name}'; use family`]),
    ...['!invoice', 'b'.repeat(129)].map((name): [string, () => StripeEventBridgeProps, string] =>
      [`the family '${name}'`, () => ({ eventTypes: StripeEventFilter.family(name) }), `family must be like 'customer.subscription', without a dot or star at its end, got '${name}'`]),
    ['a family with a dot', () => ({ eventTypes: StripeEventFilter.family('invoice.') }), 'family must be like \'customer.subscription\', without a dot or star at its end, got \'invoice.\''],
    ['what must be answered at once', () => ({ eventTypes: StripeEventFilter.of(StripeEventType.ISSUING_AUTHORIZATION_REQUEST) }),
      'event type \'issuing_authorization.request\' cannot go over a bus, since Stripe wants the decision in the HTTP response; answer it with an endpoint of its own'],
  ])('refuse %s, by prop, rule, value and remedy', (_name, props, message) => {
    expect(() => synthesized(props())).toThrow(message);
  });

  test('may be at their limits', () => {
    const longest = { type: `a.${'b'.repeat(126)}`, family: 'c'.repeat(128) };
    const { stack } = synthesized({
      eventTypes: StripeEventFilter.named(longest.type, 'v2.core.account[requirements].updated').plus(StripeEventFilter.family(longest.family)),
      eventSource: 's',
      previousSecretLifetime: Duration.days(7),
    });
    expect(environment(stack)).toMatchObject({
      EVENT_TYPES: `${longest.type},v2.core.account[requirements].updated,${longest.family}.`, EVENT_SOURCE: 's', PREVIOUS_SECRET_SECONDS: '604800',
    });
  });

  test('may be tokens', () => {
    const stack = newStack();
    const parameter = (id: string, type = 'String') => new CfnParameter(stack, id, { type });
    new StripeEventBridge(stack, 'Stripe', {
      eventBusName: parameter('BusName').valueAsString,
      eventSource: parameter('Source').valueAsString,
      tolerance: Duration.seconds(parameter('Tolerance', 'Number').valueAsNumber),
      eventTypes: StripeEventFilter.named(Lazy.string({ produce: () => 'invoice.paid' })),
    });
    expect(environment(stack)).toMatchObject({ EVENT_SOURCE: { Ref: 'Source' }, TOLERANCE_SECONDS: { Ref: 'Tolerance' }, EVENT_TYPES: 'invoice.paid' });
    expect(properties(stack, 'AWS::Events::EventBus').Name).toEqual({ Ref: 'BusName' });
    expect(Token.isUnresolved(parameter('Other').valueAsString)).toBe(true);
  });
});

test('grantPutEvents lets somebody else put events on the bus', () => {
  const { stack, bridge } = synthesized();
  bridge.grantPutEvents(new Role(stack, 'Somebody', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
  expect(statements(stack).filter(({ Action }) => Action === 'events:PutEvents')).toHaveLength(2);
});

test('metric names a metric of the webhook function', () => {
  const { stack, bridge } = synthesized();
  const metric = bridge.metric('Rejected', { period: Duration.minutes(1) });
  expect(stack.resolve(metric.toMetricConfig().metricStat)).toMatchObject({
    namespace: 'StripeEventBridge',
    metricName: 'Rejected',
    statistic: 'Sum',
    dimensions: [{ name: 'FunctionName', value: { Ref: expect.stringContaining('StripeWebhookFunction') } }],
  });
});

test.each<[string, string, (bridge: StripeEventBridge) => Metric]>([
  ['Accepted', 'Sum', (bridge) => bridge.metricAccepted()],
  ['Filtered', 'Sum', (bridge) => bridge.metricFiltered()],
  ['Rejected', 'Sum', (bridge) => bridge.metricRejected()],
  ['Quarantined', 'Sum', (bridge) => bridge.metricQuarantined()],
  ['PublishLatency', 'Average', (bridge) => bridge.metricPublishLatency()],
])('metric%s is that metric, by its %s', (metricName, statistic, metric) => {
  expect(metric(synthesized().bridge)).toMatchObject({ namespace: 'StripeEventBridge', metricName, statistic });
});

/** What a resource of each type is called in the account, where that must be unique. */
const PHYSICAL_NAMES = [
  ['AWS::Events::EventBus', 'Name'], ['AWS::Events::Rule', 'Name'], ['AWS::DynamoDB::GlobalTable', 'TableName'], ['AWS::SQS::Queue', 'QueueName'],
  ['AWS::Logs::LogGroup', 'LogGroupName'], ['AWS::IAM::Role', 'RoleName'], ['AWS::Lambda::Function', 'FunctionName'], ['AWS::SecretsManager::Secret', 'Name'],
] as const;

function allButIssuing(): StripeEventType[] {
  return Object.values(StripeEventType).filter((type) => type !== StripeEventType.ISSUING_AUTHORIZATION_REQUEST);
}
