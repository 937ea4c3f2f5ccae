import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { DomainName, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { StripeEndpoint, StripeEventBridge } from '../../../src';
import { STRIPE_WEBHOOK_ADDRESSES } from '../../../src/stripe-event-bridge/endpoint/stripe-source-ips';
import { newStack, properties } from '../../harness/template';

function endpoint(of: StripeEndpoint | ((stack: Stack) => StripeEndpoint)) {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe', { endpoint: of instanceof StripeEndpoint ? of : of(stack) });
  return {
    stack,
    bridge,
    get template() { return Template.fromStack(stack); },
    get url() { return JSON.stringify(stack.resolve(bridge.url)); },
  };
}

const PAYLOAD = /body|querystring|\$context\.path|header|requestOverride|authorizer/i;

describe('an HTTP API', () => {
  test('of its own has one route, with nothing in front of the default stage', () => {
    const { template, bridge, url } = endpoint(StripeEndpoint.httpApi());
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', { StageName: '$default', AutoDeploy: true });
    expect(bridge.api).toBeDefined();
    expect(bridge.restApi).toBeUndefined();
    expect(url).toMatch(/ApiEndpoint"\]\},"\/"\]\]\}$/);
  });

  test('of the user\'s gets the route and nothing else', () => {
    const { template, url } = endpoint((stack) => StripeEndpoint.httpApi({ api: new HttpApi(stack, 'Mine'), path: '/hooks/stripe' }));
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'POST /hooks/stripe', ApiId: { Ref: Match.stringLikeRegexp('^Mine') } });
    expect(url).toContain('"/hooks/stripe"');
  });

  test('with a custom domain is reached by that alone', () => {
    const { template, url } = endpoint((stack) => StripeEndpoint.httpApi({
      domainName: new DomainName(stack, 'Domain', {
        domainName: 'hooks.example.com', certificate: Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:1:certificate/x'),
      }),
    }));
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
    template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { Stage: '$default' });
    expect(url).toContain('https://');
    expect(url).toContain('"Ref":"Domain');
  });

  test('is throttled and logged as told, without payload', () => {
    const { stack, template } = endpoint(StripeEndpoint.httpApi({
      throttle: { rateLimit: 100, burstLimit: 200 }, accessLog: { retention: RetentionDays.THREE_DAYS },
    }));
    const { DefaultRouteSettings, AccessLogSettings } = properties(stack, 'AWS::ApiGatewayV2::Stage');
    expect(DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 });
    expect(JSON.parse(AccessLogSettings.Format)).toEqual({
      requestId: '$context.requestId',
      time: '$context.requestTime',
      status: '$context.status',
      ip: '$context.identity.sourceIp',
      latency: '$context.responseLatency',
      error: '$context.error.message',
    });
    expect(AccessLogSettings.Format).not.toMatch(PAYLOAD);
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 3 });
  });

  test.each<[string, (stack: Stack) => StripeEndpoint, string]>([
    ['a path without a slash', () => StripeEndpoint.httpApi({ path: 'stripe' }), 'path must begin with \'/\' and have no variables, got \'stripe\'; use a fixed path'],
    ['a path with something before its slash', () => StripeEndpoint.httpApi({ path: 'x/stripe' }), 'got \'x/stripe\''],
    ['a path with a variable', () => StripeEndpoint.httpApi({ path: '/{proxy+}' }), 'got \'/{proxy+}\''],
    ['a throttle on the user\'s API', (stack) => StripeEndpoint.httpApi({ api: new HttpApi(stack, 'Mine'), throttle: { rateLimit: 1 } }),
      'throttle belongs to a new API, got it together with api; set it on your API'],
  ])('refuses %s', (_what, of, message) => {
    expect(() => endpoint(of)).toThrow(message);
  });
});

describe('a REST API', () => {
  test('is regional, takes the body as bytes, and gives its URL', () => {
    const { template, bridge, url } = endpoint(StripeEndpoint.restApi());
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] }, BinaryMediaTypes: ['*/*'] });
    template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'POST', AuthorizationType: 'NONE' });
    template.resourceCountIs('AWS::ApiGateway::Method', 1);
    template.resourceCountIs('AWS::ApiGateway::Account', 0); // a setting of the whole account, not ours to make
    expect(bridge.restApi).toBeDefined();
    expect(url).toContain('StripeRestApiDeploymentStageprod');
  });

  test('lets in the addresses of Stripe, or those that are named', () => {
    const policy = (of: StripeEndpoint) => properties(endpoint(of).stack, 'AWS::ApiGateway::RestApi').Policy?.Statement;
    const denied = (of: StripeEndpoint) => policy(of)[1];
    const everyone = { Action: 'execute-api:Invoke', Principal: { AWS: '*' }, Resource: 'execute-api:/*' };
    expect(policy(StripeEndpoint.restApi())).toBeUndefined();
    expect(policy(StripeEndpoint.restApi({ onlyFromStripe: true }))[0]).toEqual({ ...everyone, Effect: 'Allow' });
    expect(denied(StripeEndpoint.restApi({ onlyFromStripe: true }))).toEqual({
      ...everyone, Effect: 'Deny', Condition: { NotIpAddress: { 'aws:SourceIp': STRIPE_WEBHOOK_ADDRESSES } },
    });
    expect(denied(StripeEndpoint.restApi({ onlyFromStripe: true, sourceAddresses: ['203.0.113.0/24'] })).Condition.NotIpAddress['aws:SourceIp']).toEqual(['203.0.113.0/24']);
  });

  test('knows Stripe\'s addresses as single IPv4 addresses', () => {
    STRIPE_WEBHOOK_ADDRESSES.forEach((address) => expect(address).toMatch(/^(\d{1,3}\.){3}\d{1,3}$/));
    expect(new Set(STRIPE_WEBHOOK_ADDRESSES).size).toBe(STRIPE_WEBHOOK_ADDRESSES.length);
  });

  test('takes a web ACL, a policy, a throttle and an access log without payload', () => {
    const policy = new PolicyDocument();
    const { stack, template } = endpoint(StripeEndpoint.restApi({
      webAclArn: 'arn:aws:wafv2:eu-west-1:1:regional/webacl/a/b', policy, throttle: { rateLimit: 5, burstLimit: 10 }, accessLog: {},
    }));
    template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { WebACLArn: 'arn:aws:wafv2:eu-west-1:1:regional/webacl/a/b' });
    const { MethodSettings, AccessLogSetting } = properties(stack, 'AWS::ApiGateway::Stage');
    expect(MethodSettings).toMatchObject([{ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 }]);
    expect(AccessLogSetting.Format).not.toMatch(PAYLOAD);
  });

  test.each<[string, () => StripeEndpoint, string]>([
    ['no address', () => StripeEndpoint.restApi({ sourceAddresses: [] }), 'sourceAddresses needs at least one address, got none; leave it out'],
    ['a policy beside addresses', () => StripeEndpoint.restApi({ onlyFromStripe: true, policy: new PolicyDocument() }), 'policy excludes sourceAddresses and onlyFromStripe, got both'],
  ])('refuses %s', (_what, of, message) => {
    expect(() => endpoint(of)).toThrow(message);
  });
});

describe('a function URL', () => {
  test('is open, by the two permissions that AWS wants', () => {
    const { template, bridge, url } = endpoint(StripeEndpoint.functionUrl());
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
    template.hasResourceProperties('AWS::Lambda::Permission', { Action: 'lambda:InvokeFunctionUrl', Principal: '*' });
    template.hasResourceProperties('AWS::Lambda::Permission', { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true });
    expect([bridge.api, bridge.restApi]).toEqual([undefined, undefined]);
    expect(url).toContain('FunctionUrl');
  });

  test('is not made by default', () => {
    endpoint(StripeEndpoint.httpApi()).template.resourceCountIs('AWS::Lambda::Url', 0);
  });
});

test('an endpoint of the user\'s own is a class with one method', () => {
  class Mine extends StripeEndpoint {
    public bind() {
      return { url: 'https://example.com/stripe' };
    }
  }
  const { bridge } = endpoint(new Mine());
  expect(bridge.url).toBe('https://example.com/stripe');
});

