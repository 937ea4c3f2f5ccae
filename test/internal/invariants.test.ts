import { App, Aspects, CfnParameter, type CfnResource, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueuedFunction, StripeEndpoint, StripeEventBridge } from '../../src';

/** Stack with every kind of resource of the library, and resources of the user beside them. */
function everything() {
  const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
  const fn = new Function(stack, 'Fn', {
    runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
  });
  const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {}, encryptionKey: new Key(stack, 'Key') });
  bridge.onEvent('Paid', { target: new QueuedFunction(fn, { reportBatchItemFailures: true }) });
  new StripeEventBridge(stack, 'Rest', { endpoint: StripeEndpoint.restApi(), eventSource: 'rest' });
  new StripeEventBridge(stack, 'Url', { endpoint: StripeEndpoint.functionUrl(), eventSource: 'url' });
  new Queue(stack, 'Mine');
  return stack;
}

/** Changes every resource of a type below the constructs with these ids, as the Aspect of an organization does. */
function changed(type: string, property: string, value: unknown) {
  const stack = everything();
  const owners = [...stack.node.children].filter(({ node }) => ['Stripe', 'Rest', 'Url'].includes(node.id));
  const visit = (node: Construct) => {
    if ((node as CfnResource).cfnResourceType === type) {
      Reflect.set(node, property, value);
    }
  };
  owners.forEach((owner) => Aspects.of(owner).add({ visit: (node) => visit(node as Construct) }));
  return { stack, synthesized: () => Template.fromStack(stack) };
}

type Change = [id: string, type: string, property: string, value: unknown, expected: string];

const CHANGES: Change[] = [
  ['W12', 'AWS::ApiGatewayV2::Route', 'authorizationType', 'AWS_IAM',
    "`authorizationType` of Test/Stripe/ApiRoute/Resource must be 'NONE', because Stripe cannot sign in, got 'AWS"],
  ['W12', 'AWS::ApiGateway::Method', 'authorizationType', 'AWS_IAM', "must be 'NONE', because Stripe cannot sign in"],
  ['W12', 'AWS::ApiGateway::Method', 'apiKeyRequired', true, 'must be false, because Stripe has no API key, got true'],
  ['W12', 'AWS::Lambda::Url', 'authType', 'AWS_IAM', '`authType` of Test/Url/Webhook/Handler/Function/FunctionUrl'],
  ['W12', 'AWS::Lambda::Permission', 'principal', '111111111111', 'must be apigateway.amazonaws.com, which invokes'],
  ['W12', 'AWS::ApiGateway::RestApi', 'endpointConfiguration', { types: ['PRIVATE'] }, 'must not be PRIVATE, which'],
  ['W12', 'AWS::ApiGateway::RestApi', 'disableExecuteApiEndpoint', true, 'must not be true, because the URL of the'],
  ['W12', 'AWS::ApiGatewayV2::Api', 'disableExecuteApiEndpoint', true, 'must not be true, because the URL of the'],
  ['W12', 'AWS::ApiGatewayV2::Stage', 'defaultRouteSettings', { throttlingRateLimit: 0 }, 'must be above zero'],
  ['W12', 'AWS::ApiGatewayV2::Stage', 'defaultRouteSettings', { throttlingBurstLimit: 0 }, 'must be above zero'],
  ['W12', 'AWS::ApiGateway::Stage', 'methodSettings', [{ throttlingRateLimit: 0 }], 'must be above zero'],
  ['W12', 'AWS::ApiGateway::Stage', 'methodSettings', [{ throttlingBurstLimit: 0 }], 'must be above zero'],
  ['AA05', 'AWS::ApiGatewayV2::Api', 'body', {}, 'must be absent, because API Gateway removes the route when it impor'],
  ['AA05', 'AWS::ApiGateway::RestApi', 'body', {}, '`body` of Test/Rest/RestApi/Resource must be absent, because API'],
  ['AA10', 'AWS::ApiGatewayV2::Stage', 'stageName', 'v1', "must be '$default', because the URL of the bridge has no o"],
  ['W11', 'AWS::ApiGatewayV2::Stage', 'autoDeploy', false, 'must be true, because the route is served only after'],
  ['W11', 'AWS::ApiGatewayV2::Stage', 'autoDeploy', undefined, 'deployment, got undefined; exclude the resource from'],
  ['W06', 'AWS::Events::Rule', 'state', 'DISABLED', "must be 'ENABLED', because events without a rule are lost"],
  ['W06', 'AWS::Events::Rule', 'targets', [{ id: 'T', arn: 'arn:x' }], '`targets.0.deadLetterConfig.arn` of'],
  ['W06', 'AWS::Events::Rule', 'targets', [], 'must be present, because events that cannot be delivered are lost'],
  ['W06', 'AWS::Lambda::EventSourceMapping', 'enabled', false, 'must be true, because the queue is not read without'],
  ['W06', 'AWS::Lambda::EventSourceMapping', 'functionResponseTypes', undefined, "must be 'ReportBatchItemFailures', "],
  ['Y11', 'AWS::Lambda::EventSourceMapping', 'filterCriteria', { filters: [{ pattern: '{}' }] },
    'must be absent, because messages that do not match are deleted, got an Object'],
  ['8p', 'AWS::Lambda::EventSourceMapping', 'enabled', false, '`enabled` of Test/Stripe/CustomerTable/Mapping/'],
  ['8p', 'AWS::Lambda::EventSourceMapping', 'functionResponseTypes', [],
    '`functionResponseTypes.0` of Test/Stripe/CustomerTable/Mapping/Resource must be'],
  ['Y11', 'AWS::SQS::Queue', 'redrivePolicy', { deadLetterTargetArn: 'arn:x', maxReceiveCount: 1 },
    '`redrivePolicy.maxReceiveCount` of Test/Stripe/Paid/Queue/Resource must be at least 864, because messages are n'],
  ['Y11', 'AWS::Events::EventBus', 'deadLetterConfig', undefined, 'must be present, because events are lost without i'],
  ['V04', 'AWS::SQS::Queue', 'messageRetentionPeriod', 86_400, 'must be 1209600 seconds'],
  ['V04', 'AWS::SQS::Queue', 'maximumMessageSize', 1_024, 'must be absent, because a larger event is lost, got 1024'],
  ['V04', 'AWS::SQS::Queue', 'visibilityTimeout', 30, 'must be at least 300 seconds, because the function may need'],
  ['V04', 'AWS::SQS::Queue', 'redrivePolicy', undefined, '`redrivePolicy.deadLetterTargetArn` of Test/Stripe/Paid/Qu'],
  ['V04', 'AWS::SQS::Queue', 'redriveAllowPolicy', { redrivePermission: 'denyAll' }, "must not be 'denyAll', because"],
  ['ZJ1', 'AWS::Lambda::Url', 'invokeMode', 'RESPONSE_STREAM',
    '`invokeMode` of Test/Url/Webhook/Handler/Function/FunctionUrl/Resource must not be RESPONSE_STREAM, because Str' +
    "ipe would take an answer for a success that is none, got 'RESPONSE_STREAM'"],
  ['ZJ1', 'AWS::ApiGateway::Method', 'integration', { type: 'AWS_PROXY', responseTransferMode: 'STREAM' },
    '`integration.responseTransferMode` of Test/Rest/RestApi/Default/POST/Resource must not be STREAM, because Str'],
  ['ZJ1', 'AWS::ApiGateway::Method', 'integration', { type: 'MOCK' },
    '`integration.type` of Test/Rest/RestApi/Default/POST/Resource must be AWS_PROXY, because Stripe would take an '],
  ['ZJ1', 'AWS::ApiGatewayV2::Integration', 'responseParameters',
    { 503: { ResponseParameters: [{ Source: '200', Destination: 'overwrite:statuscode' }] } },
    '`responseParameters` of Test/Stripe/ApiRoute/Webhook/Resource must not overwrite the status code, because '],
];

test.each(CHANGES)('%s: an Aspect that sets %s %s to %p fails synthesis', (_id, type, property, value, expected) => {
  const { synthesized } = changed(type, property, value);
  expect(synthesized).toThrow(expected);
  expect(synthesized).toThrow('; exclude the resource from what changed it: an Aspect, an injector or an escape hatch');
});

test.each<[type: string, property: string, value: unknown]>([
  ['AWS::ApiGatewayV2::Route', 'authorizationType', undefined],
  ['AWS::ApiGatewayV2::Stage', 'defaultRouteSettings', { throttlingRateLimit: 5, throttlingBurstLimit: 5 }],
  ['AWS::ApiGateway::Stage', 'methodSettings', undefined],
  ['AWS::ApiGateway::RestApi', 'endpointConfiguration', { types: ['EDGE'] }],
  ['AWS::ApiGateway::Method', 'integration', { type: 'AWS_PROXY', responseTransferMode: 'BUFFERED' }],
  ['AWS::ApiGatewayV2::Integration', 'responseParameters',
    { 503: { ResponseParameters: [{ Source: '60', Destination: 'overwrite:header.retry-after' }] } }],
  ['AWS::Lambda::Url', 'invokeMode', 'BUFFERED'],
  ['AWS::SQS::Queue', 'receiveMessageWaitTimeSeconds', 20],
  ['AWS::SQS::Queue', 'visibilityTimeout', 3_600],
])('V04: an Aspect that sets %s %s to %p is accepted', (type, property, value) => {
  expect(changed(type, property, value).synthesized).not.toThrow();
});

test('V04: a value that only the deployment knows is accepted', () => {
  const stack = everything();
  const parameter = new CfnParameter(stack, 'State');
  Aspects.of(stack).add({
    visit: (node) => (node as CfnResource).cfnResourceType === 'AWS::Events::Rule'
      && Reflect.set(node, 'state', parameter.valueAsString),
  });
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test('V04: resources of the user are not checked', () => {
  const stack = everything();
  const mine = stack.node.findChild('Mine').node.defaultChild!;
  Reflect.set(mine, 'messageRetentionPeriod', 60);
  expect(() => Template.fromStack(stack)).not.toThrow();
});

describe('4f9b: an Aspect that sends failed events', () => {
  const CENTRAL = 'arn:aws:sqs:eu-west-1:111111111111:central';
  type Redirect = (resource: any, stack: Stack) => void;
  const queueTo = (arn: (stack: Stack) => string): Redirect => (resource, stack) => {
    if (resource instanceof CfnQueue && resource.redrivePolicy) {
      resource.redrivePolicy = { ...resource.redrivePolicy, deadLetterTargetArn: arn(stack) };
    }
  };
  const ruleTo = (arn: (stack: Stack) => string): Redirect => (resource, stack) => {
    if (resource instanceof CfnRule) {
      const targets: any[] = stack.resolve(resource.targets);
      resource.targets = targets.map((target) => ({ ...target, deadLetterConfig: { arn: arn(stack) } }));
    }
  };
  const QUEUES = ['/Test/Stripe/CustomerTable/Queue/Resource', '/Test/Stripe/Paid/Queue/Resource'];
  const RULES = ['CustomerTable', 'Paid', 'Quarantine'].map((id) => `/Test/Stripe/${id}/Rule/Resource`);
  const mine = (stack: Stack) => (stack.node.findChild('Mine') as Queue).queueArn;

  test.each<[string, Redirect, string[]]>([
    ['of a queue to an imported queue', queueTo(() => CENTRAL), QUEUES],
    ['of a queue to a queue of the app', queueTo(mine), QUEUES],
    ['of a rule to an imported queue', ruleTo(() => CENTRAL), RULES],
    ['of a rule to a queue of the app', ruleTo(mine), RULES],
    ['of a queue more seldom to its dead-letter queue', (resource) => {
      if (resource instanceof CfnQueue && resource.redrivePolicy) {
        resource.redrivePolicy = { ...resource.redrivePolicy, maxReceiveCount: 1_000 };
      }
    }, []],
    ['as before', () => undefined, []],
  ])('%s', (_what, redirect, ids) => {
    const stack = everything();
    Aspects.of(stack.node.findChild('Stripe')).add({ visit: (node) => redirect(node, stack) });
    const found = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('other-dead-letter-queue'));
    expect(found.map(({ id }) => id).sort()).toEqual(ids);
    found.forEach(({ id, entry }) => expect(entry.data).toContain('failed events go to another dead-letter queue than '
      + `${id.replace(/^\/|(Queue|Rule)\/Resource$/g, '')}DeadLetterQueue, whose alarm does not see them; exclude`));
  });

  test('of a user\'s own dead-letter queue', () => {
    const stack = everything();
    const bridge = stack.node.findChild('Stripe') as StripeEventBridge;
    const deadLetterQueue = new Queue(stack, 'Dead', { retentionPeriod: Duration.days(14) });
    const { rules } = bridge.onEvent('Refunded', { target: new SqsQueue(new Queue(stack, 'Q'), { deadLetterQueue }) });
    const found = () =>
      Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('other-dead-letter-queue'));
    expect(found()).toEqual([]);
    ruleTo(mine)(rules[0].node.defaultChild, stack);
    expect(found()).toMatchObject([{ id: '/Test/Stripe/Refunded/Rule/Resource' }]);
  });
});
