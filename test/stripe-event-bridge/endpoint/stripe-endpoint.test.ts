import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { DomainName, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { StripeEndpoint, StripeEventBridge, StripeSourceIps } from '../../../src';
import { newStack, properties } from '../../harness/template';

function synthesized(endpoint: StripeEndpoint | ((stack: Stack) => StripeEndpoint)) {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    endpoint: endpoint instanceof StripeEndpoint ? endpoint : endpoint(stack),
  });
  return {
    stack,
    bridge,
    get template() { return Template.fromStack(stack); },
    get url() { return JSON.stringify(stack.resolve(bridge.url)); },
  };
}

const PAYLOAD = /body|querystring|\$context\.path|header|requestOverride|authorizer/i;
const WEB_ACL = 'arn:aws:wafv2:eu-west-1:1:regional/webacl/a/b';

describe('an HTTP API', () => {
  test('a new HTTP API has one route on the default stage', () => {
    const { template, bridge, url } = synthesized(StripeEndpoint.httpApi());
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', { StageName: '$default', AutoDeploy: true });
    expect(bridge.httpApi).toBeDefined();
    expect(bridge.restApi).toBeUndefined();
    expect(url).toMatch(/ApiEndpoint"\]\},"\/"\]\]\}$/);
  });

  test('an existing HTTP API receives only the route', () => {
    const { template, url } = synthesized((stack) =>
      StripeEndpoint.httpApi({ api: new HttpApi(stack, 'Mine'), path: '/hooks/stripe' }));
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'POST /hooks/stripe', ApiId: { Ref: Match.stringLikeRegexp('^Mine') },
    });
    expect(url).toContain('"/hooks/stripe"');
  });

  test('an HTTP API with a custom domain has no other URL', () => {
    const certificateArn = 'arn:aws:acm:eu-west-1:1:certificate/x';
    const { template, url } = synthesized((stack) => StripeEndpoint.httpApi({
      domainName: new DomainName(stack, 'Domain', {
        domainName: 'hooks.example.com',
        certificate: Certificate.fromCertificateArn(stack, 'Certificate', certificateArn),
      }),
    }));
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
    template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { Stage: '$default' });
    expect(url).toContain('https://');
    expect(url).toContain('"Ref":"Domain');
  });

  test('an HTTP API has the throttle of its options, and an access log without payload', () => {
    const { stack, template } = synthesized(StripeEndpoint.httpApi({
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
    ['a path without a slash', () => StripeEndpoint.httpApi({ path: 'stripe' }),
      "`path` must be a path that begins with '/' and has no variables, got 'stripe'; use a path such as '/stripe'"],
    ['a path that does not begin with a slash', () => StripeEndpoint.httpApi({ path: 'x/stripe' }), "got 'x/stripe'"],
    ['a path with a variable', () => StripeEndpoint.httpApi({ path: '/{proxy+}' }), "got '/{proxy+}'"],
    ['a throttle on an existing API',
      (stack) => StripeEndpoint.httpApi({ api: new HttpApi(stack, 'Mine'), throttle: { rateLimit: 1 } }),
      '`throttle` cannot be combined with `api`; configure it on your API'],
    ['an access log on an existing API',
      (stack) => StripeEndpoint.httpApi({ api: new HttpApi(stack, 'Mine'), accessLog: {} }),
      '`accessLog` cannot be combined with `api`; configure it on your API'],
  ])('%s fails synthesis', (_what, endpoint, message) => {
    expect(() => synthesized(endpoint)).toThrow(message);
  });
});

describe('a REST API', () => {
  test('a REST API is regional and receives bodies as bytes', () => {
    const { template, bridge, url } = synthesized(StripeEndpoint.restApi());
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['REGIONAL'] }, BinaryMediaTypes: ['*/*'],
    });
    template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'POST', AuthorizationType: 'NONE' });
    template.resourceCountIs('AWS::ApiGateway::Method', 1);
    template.resourceCountIs('AWS::ApiGateway::Account', 0); // a setting of the whole account, which is not ours
    expect(bridge.restApi).toBeDefined();
    expect(bridge.httpApi).toBeUndefined();
    expect(url).toContain('StripeRestApiDeploymentStageprod');
  });

  const policyOf = (endpoint: StripeEndpoint) =>
    properties(synthesized(endpoint).stack, 'AWS::ApiGateway::RestApi').Policy?.Statement;
  const everyone = { Action: 'execute-api:Invoke', Principal: { AWS: '*' }, Resource: 'execute-api:/*' };

  test('a REST API without sourceIps has no resource policy', () => {
    expect(policyOf(StripeEndpoint.restApi())).toBeUndefined();
  });

  test('sourceIps deny every other IP address', () => {
    expect(policyOf(StripeEndpoint.restApi({ sourceIps: StripeSourceIps.of('203.0.113.0/24', '192.0.2.1') }))).toEqual([
      { ...everyone, Effect: 'Allow' },
      {
        ...everyone,
        Effect: 'Deny',
        Condition: { NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '192.0.2.1'] } },
      },
    ]);
  });

  test('StripeSourceIps.stripe() are twelve different IPv4 addresses', () => {
    const [, { Condition }] = policyOf(StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe() }));
    const addresses: string[] = Condition.NotIpAddress['aws:SourceIp'];
    expect(new Set(addresses).size).toBe(12);
    expect(addresses).toHaveLength(12);
    addresses.forEach((address) => expect(address).toMatch(/^(\d{1,3}\.){3}\d{1,3}$/));
  });

  test('a REST API has the web ACL, throttle and policy of its options, and an access log without payload', () => {
    const policy = PolicyDocument.fromJson({ Statement: [{ ...everyone, Effect: 'Allow' }] });
    const { stack, template } = synthesized(StripeEndpoint.restApi({
      webAclArn: WEB_ACL, policy, throttle: { rateLimit: 5, burstLimit: 10 }, accessLog: {},
    }));
    template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { WebACLArn: WEB_ACL });
    const { MethodSettings, AccessLogSetting } = properties(stack, 'AWS::ApiGateway::Stage');
    expect(MethodSettings).toMatchObject([{ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 }]);
    expect(AccessLogSetting.Format).not.toMatch(PAYLOAD);
    expect(properties(stack, 'AWS::ApiGateway::RestApi').Policy.Statement).toEqual([{ ...everyone, Effect: 'Allow' }]);
  });

  test.each<[string, () => StripeEndpoint, string]>([
    ['an empty list of IP addresses', () => StripeEndpoint.restApi({ sourceIps: StripeSourceIps.of() }),
      '`sourceIps` must be at least one IP address, got none; omit it to admit every IP address'],
    ['a policy together with sourceIps',
      () => StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe(), policy: new PolicyDocument() }),
      '`policy` cannot be combined with `sourceIps`; add the IP addresses to the policy'],
  ])('%s fails synthesis', (_what, endpoint, message) => {
    expect(() => synthesized(endpoint)).toThrow(message);
  });
});

describe('a function URL', () => {
  test('a function URL is public, by the two permissions that AWS requires', () => {
    const { template, bridge, url } = synthesized(StripeEndpoint.functionUrl());
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
    template.hasResourceProperties('AWS::Lambda::Permission', { Action: 'lambda:InvokeFunctionUrl', Principal: '*' });
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true,
    });
    expect([bridge.httpApi, bridge.restApi]).toEqual([undefined, undefined]);
    expect(url).toContain('FunctionUrl');
  });

  test('an HTTP API adds no function URL', () => {
    synthesized(StripeEndpoint.httpApi()).template.resourceCountIs('AWS::Lambda::Url', 0);
  });
});

test('a custom endpoint is a class with one method', () => {
  class CustomEndpoint extends StripeEndpoint {
    public bind() {
      return { url: 'https://example.com/stripe' };
    }
  }
  const { bridge, template } = synthesized(new CustomEndpoint());
  expect(bridge.url).toBe('https://example.com/stripe');
  template.hasOutput('*', { Description: 'URL to register in Stripe', Value: 'https://example.com/stripe' });
});
