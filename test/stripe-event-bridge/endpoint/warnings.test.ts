import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { type CfnRestApi, ResponseType, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { StripeEndpoint, StripeEventBridge, type StripeRestApiOptions, StripeSourceIps } from '../../../src';
import { newStack, properties } from '../../harness/template';

const WEB_ACL = 'arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/a/b';

const warningsOf = (endpoint: StripeEndpoint, region?: string) => {
  const stack = new Stack(new App(), 'Test', { env: { region } });
  new StripeEventBridge(stack, 'Stripe', { endpoint, alarms: { enabled: false } });
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => `${entry.data}`);
};

test('N36: a REST API with an access log warns of the role that the account needs, and does not create it', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.restApi({ accessLog: {} }) });
  Annotations.fromStack(stack).hasWarning('/Test/Stripe', Match.stringLikeRegexp(
    'needs the CloudWatch Logs role of API Gateway.*\\[ack: cdk-stripe-eventbridge:rest-access-log\\]'));
  Template.fromStack(stack).resourceCountIs('AWS::ApiGateway::Account', 0);
});

test.each<[string, StripeEndpoint]>([
  ['a REST API without an access log', StripeEndpoint.restApi()],
  ['an HTTP API with an access log', StripeEndpoint.httpApi({ accessLog: {} })],
])('N36: %s gives no warning', (_what, endpoint) => {
  expect(warningsOf(endpoint)).toEqual([]);
});

test.each(['ap-east-2', 'il-central-1', 'us-gov-west-1', 'cn-north-1', 'me-central-1', 'eu-south-2'])(
  'N53: a function URL in %s, which has none, gives a warning with the remedy', (region) => {
    expect(warningsOf(StripeEndpoint.functionUrl(), region)).toEqual([
      `function URLs are not available in ${region}; use StripeEndpoint.httpApi() or StripeEndpoint.restApi() ` +
      '[ack: cdk-stripe-eventbridge:function-url-region]',
    ]);
  });

test.each<[string, StripeEndpoint, string | undefined]>([
  ['a function URL in a region that has them', StripeEndpoint.functionUrl(), 'eu-west-1'],
  ['a function URL in an unknown region', StripeEndpoint.functionUrl(), undefined],
  ['an HTTP API in a region without function URLs', StripeEndpoint.httpApi(), 'il-central-1'],
  ['a REST API in a region without function URLs', StripeEndpoint.restApi(), 'il-central-1'],
])('N53: %s gives no warning', (_what, endpoint, region) => {
  expect(warningsOf(endpoint, region)).toEqual([]);
});

describe('N29: what can block Stripe and is not an option of the endpoint', () => {
  const RESTRICTED = Match.stringLikeRegexp('^a policy or a web ACL was added to the REST API, and no alarm sees');
  const association = (stack: Stack, api: RestApi) => new CfnWebACLAssociation(stack, 'Acl', {
    webAclArn: WEB_ACL, resourceArn: api.deploymentStage.stageArn,
  });
  const warnings = (restrict: (stack: Stack, api: RestApi) => unknown, options: StripeRestApiOptions = {}) => {
    const stack = newStack();
    restrict(stack, new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.restApi(options) }).restApi!);
    return Annotations.fromStack(stack).findWarning('/Test/Stripe', RESTRICTED);
  };

  test.each<[string, (stack: Stack, api: RestApi) => unknown]>([
    ['a web ACL', association],
    ['a web ACL by an ARN of one\'s own', (stack, { restApiId }) => new CfnWebACLAssociation(stack, 'Acl', {
      webAclArn: WEB_ACL, resourceArn: `arn:aws:apigateway:eu-west-1::/restapis/${restApiId}/stages/prod`,
    })],
    ['a resource policy', (_stack, api) => {
      const everyone = { principals: [new AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['*'] };
      (api.node.defaultChild as CfnRestApi).policy =
        new PolicyDocument({ statements: [new PolicyStatement(everyone)] });
    }],
  ])('%s gives a warning', (_what, restrict) => {
    expect(warnings(restrict)).toHaveLength(1);
  });

  test('gives none beside such an option, for another API, or without it', () => {
    expect(warnings(association, { sourceIps: StripeSourceIps.stripe() })).toEqual([]);
    expect(warnings(() => undefined)).toEqual([]);
    expect(warnings((stack) => {
      const other = new RestApi(stack, 'Other');
      other.root.addMethod('GET');
      association(stack, other);
    })).toEqual([]);
  });
});

describe('ZJ1: a gateway response', () => {
  const synthesized = (type: ResponseType, statusCode?: string, idOf = ({ restApi }: StripeEventBridge) => restApi!) =>
    () => {
      const stack = newStack();
      const bridge = new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.restApi() });
      idOf(bridge).addGatewayResponse('Mine', { type, statusCode });
      return Template.fromStack(stack);
    };

  test.each([ResponseType.DEFAULT_5XX, ResponseType.INTEGRATION_FAILURE, ResponseType.THROTTLED])(
    '$responseType with the status code 200, after which Stripe does not retry, fails synthesis', (type) => {
      expect(synthesized(type, '200')).toThrow(
        '`statusCode` of Test/Stripe/RestApi/Mine/Resource must not be 2xx, because ' +
        "Stripe would take an answer for a success that is none, got '200'; omit the status code");
    });

  test.each([
    [ResponseType.DEFAULT_5XX, undefined], [ResponseType.DEFAULT_5XX, '500'], [ResponseType.DEFAULT_4XX, '404'],
  ])(
    '%s with the status code %s is accepted', (type, statusCode) => {
      expect(synthesized(type, statusCode)).not.toThrow();
    });

  test('of another API is accepted', () => {
    const other = ({ node }: StripeEventBridge) => {
      const api = new RestApi(node.scope!, 'Other');
      api.root.addMethod('GET');
      return api;
    };
    expect(synthesized(ResponseType.DEFAULT_5XX, '200', other)).not.toThrow();
  });
});

test('Y29: a second web ACL for the stage fails synthesis', () => {
  const stack = newStack();
  const endpoint = StripeEndpoint.restApi({ webAclArn: WEB_ACL });
  const { restApi } = new StripeEventBridge(stack, 'Stripe', { endpoint });
  new CfnWebACLAssociation(stack, 'Acl', { webAclArn: WEB_ACL, resourceArn: restApi!.deploymentStage.stageArn });
  expect(() => Template.fromStack(stack)).toThrow(
    'a stage has one web ACL, got the associations Test/Stripe/WebAcl, Test/Acl; use the option webAclArn, or another');
});

test('Y29: stacks with the same ids and a web ACL each are accepted', () => {
  const app = new App();
  for (const id of ['Dev', 'Prod']) {
    new StripeEventBridge(new Stack(app, id), 'Stripe', { endpoint: StripeEndpoint.restApi({ webAclArn: WEB_ACL }) });
  }
  expect(() => app.synth()).not.toThrow();
});

test('Y20: a web ACL of another region fails synthesis', () => {
  const endpoint = StripeEndpoint.restApi({ webAclArn: WEB_ACL });
  const bridgeIn = (region: string) =>
    new StripeEventBridge(new Stack(new App(), 'Test', { env: { region } }), 'Stripe', { endpoint });
  expect(() => bridgeIn('us-east-1')).toThrow(
    '`webAclArn` must be in the region of the stack, got eu-west-1 in a stack of us-east-1; use a web ACL of ');
  expect(() => bridgeIn('eu-west-1')).not.toThrow();
});

test.each<[string, string, (acl: CfnWebACL) => string, string]>([
  ['of CloudFront', 'CLOUDFRONT', (acl) => acl.attrArn, 'got attrArn of Test/Acl with the scope CLOUDFRONT; use '],
  ['by its reference', 'REGIONAL', (acl) => acl.ref, 'got ref of Test/Acl with the scope REGIONAL; use attrArn'],
])('Y20: a web ACL %s fails synthesis', (_what, scope, arnOf, message) => {
  const stack = newStack();
  const acl = new CfnWebACL(stack, 'Acl', {
    scope,
    defaultAction: { allow: {} },
    visibilityConfig: { cloudWatchMetricsEnabled: false, metricName: 'acl', sampledRequestsEnabled: false },
  });
  const endpoint = (webAclArn: string) => StripeEndpoint.restApi({ webAclArn });
  expect(() => new StripeEventBridge(stack, 'Stripe', { endpoint: endpoint(arnOf(acl)) })).toThrow(message);
  acl.scope = 'REGIONAL';
  expect(() => new StripeEventBridge(stack, 'Other', { endpoint: endpoint(acl.attrArn) })).not.toThrow();
});

test('N54: a new HTTP API admits 1,000 requests per second, with a burst of 2,000', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe');
  expect(properties(stack, 'AWS::ApiGatewayV2::Stage').DefaultRouteSettings)
    .toEqual({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 });
});

test('N54: a new REST API admits 1,000 requests per second, with a burst of 2,000', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.restApi() });
  expect(properties(stack, 'AWS::ApiGateway::Stage').MethodSettings).toEqual([expect.objectContaining({
    HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000,
  })]);
});

test.each<[string, object, object]>([
  ['only a rate', { rateLimit: 10 }, { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 2_000 }],
  ['only a burst', { burstLimit: 10 }, { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 10 }],
  ['neither', {}, { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 }],
])('T15: a throttle with %s keeps the default of the rest', (_what, throttle, expected) => {
  const http = newStack();
  new StripeEventBridge(http, 'Stripe', { endpoint: StripeEndpoint.httpApi({ throttle }) });
  expect(properties(http, 'AWS::ApiGatewayV2::Stage').DefaultRouteSettings).toEqual(expected);
  const rest = newStack();
  new StripeEventBridge(rest, 'Stripe', { endpoint: StripeEndpoint.restApi({ throttle }) });
  expect(properties(rest, 'AWS::ApiGateway::Stage').MethodSettings).toMatchObject([expected]);
});

test.each<[string, () => StripeEndpoint]>([
  ['an HTTP API', () => StripeEndpoint.httpApi({ accessLog: {} })],
  ['a REST API', () => StripeEndpoint.restApi({ accessLog: {} })],
])('T31: the access log of %s has a name per stack that needs no entry in a resource policy', (_what, endpoint) => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { endpoint: endpoint() });
  expect(properties(stack, 'AWS::Logs::LogGroup', 'StripeAccessLogs').LogGroupName).toEqual({
    'Fn::Join': ['', [
      '/aws/vendedlogs/apis/', { Ref: 'AWS::StackName' }, expect.stringMatching(/^-TestStripe[0-9A-F]{8}$/),
    ]],
  });
});

test('T33: defaults that an app injects into its REST APIs do not lock Stripe out', () => {
  const defaultMethodOptions = { authorizationType: 'AWS_IAM', apiKeyRequired: true };
  const inject = (props: object) => ({ disableExecuteApiEndpoint: true, defaultMethodOptions, ...props });
  const injector = { constructUniqueId: RestApi.PROPERTY_INJECTION_ID, inject };
  const stack = new Stack(new App({ propertyInjectors: [injector] }), 'Test');
  new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.restApi() });
  expect(properties(stack, 'AWS::ApiGateway::Method'))
    .toMatchObject({ AuthorizationType: 'NONE', ApiKeyRequired: false });
  expect(properties(stack, 'AWS::ApiGateway::RestApi').DisableExecuteApiEndpoint).toBe(false);
});
