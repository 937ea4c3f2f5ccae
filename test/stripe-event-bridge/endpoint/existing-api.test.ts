import { App, Aspects, Fn, PropertyInjectors, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import {
  ApiMapping, CfnApi, CfnApiMapping, CfnStage, DomainName, HttpApi, HttpMethod, HttpStage, type HttpStageProps,
  type IHttpApi,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { StripeEndpoint, StripeEventBridge, type StripeHttpApiOptions } from '../../../src';
import { newStack, properties } from '../../harness/template';

const domain = (stack: Stack) => new DomainName(stack, 'Domain', {
  domainName: 'api.example.com',
  certificate: Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:1:certificate/x'),
});

const NAME = { Ref: expect.stringMatching(/^Domain/) };
const ENDPOINT = { 'Fn::GetAtt': [expect.stringMatching(/^Mine/), 'ApiEndpoint'] };

function urlWith(options: (stack: Stack) => StripeHttpApiOptions) {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    endpoint: StripeEndpoint.httpApi({ path: '/stripe', ...options(stack) }),
  });
  const outputs = Object.values(Template.fromStack(stack).findOutputs('*')).map(({ Description }) => Description);
  return { url: stack.resolve(bridge.url), outputs };
}

const withStage = (stack: Stack, stageName: string, mapping?: 'L1' | 'L2') => {
  const api = new HttpApi(stack, 'Mine', { createDefaultStage: false });
  const stage = new HttpStage(stack, 'Stage', { httpApi: api, stageName, autoDeploy: true });
  if (mapping === 'L2') {
    new ApiMapping(stack, 'Mapping', { api, stage, domainName: domain(stack), apiMappingKey: 'v1' });
  }
  if (mapping === 'L1') {
    new CfnApiMapping(stack, 'Mapping', {
      apiId: api.apiId, stage: stageName, domainName: domain(stack).name, apiMappingKey: 'v1',
    });
  }
  return api;
};

test.each<[string, (stack: Stack) => HttpApi]>([
  ['an HTTP API with an IAM default authorizer', (stack) =>
    new HttpApi(stack, 'Mine', { defaultAuthorizer: new HttpIamAuthorizer() })],
  ['an HTTP API without one', (stack) => new HttpApi(stack, 'Mine')],
])('N02: the route on %s needs no authorization', (_what, api) => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ api: api(stack), path: '/stripe' }) });
  expect(properties(stack, 'AWS::ApiGatewayV2::Route'))
    .toMatchObject({ RouteKey: 'POST /stripe', AuthorizationType: 'NONE' });
});

test.each<[string, (stack: Stack) => StripeHttpApiOptions, unknown]>([
  ['a disabled default endpoint and a domain mapping', (stack) => ({
    api: new HttpApi(stack, 'Mine', {
      disableExecuteApiEndpoint: true, defaultDomainMapping: { domainName: domain(stack) },
    }),
  }), { 'Fn::Join': ['', ['https://', NAME, '/stripe']] }],
  ['a disabled default endpoint, and `url`', (stack) => ({
    api: new HttpApi(stack, 'Mine', { disableExecuteApiEndpoint: true }), url: 'https://x.example/stripe',
  }), 'https://x.example/stripe'],
  ['its id only, and `url`', (stack) => ({
    api: HttpApi.fromHttpApiAttributes(stack, 'Mine', { httpApiId: 'abc' }), url: 'https://x.example/stripe',
  }), 'https://x.example/stripe'],
  ['its id and its endpoint', (stack) => ({
    api: HttpApi.fromHttpApiAttributes(stack, 'Mine', { httpApiId: 'abc', apiEndpoint: 'https://abc.example' }),
  }), 'https://abc.example/stripe'],
  ['its id, and a mapping of this app', (stack) => {
    const api = HttpApi.fromHttpApiAttributes(stack, 'Mine', { httpApiId: 'abc' });
    new CfnApiMapping(stack, 'Mapping', { apiId: 'abc', stage: '$default', domainName: 'api.example.com' });
    return { api };
  }, 'https://api.example.com/stripe'],
])('N12: the URL of an HTTP API with %s is known', (_what, options, expected) => {
  const { url, outputs } = urlWith(options);
  expect(url).toEqual(expected);
  expect(outputs).toEqual(expect.arrayContaining(['URL to register in Stripe', 'Steps to connect Stripe']));
});

test.each<[string, (stack: Stack) => StripeHttpApiOptions]>([
  ['is imported by its id', (stack) => ({ api: HttpApi.fromHttpApiAttributes(stack, 'Mine', { httpApiId: 'abc' }) })],
  ['has a disabled default endpoint and no mapping', (stack) =>
    ({ api: new HttpApi(stack, 'Mine', { disableExecuteApiEndpoint: true }) })],
  ['has no stage', (stack) => ({ api: new HttpApi(stack, 'Mine', { createDefaultStage: false }) })],
])('N12: the outputs do not guess the URL of an HTTP API that %s', (_what, options) => {
  const { url, outputs } = urlWith(options);
  expect(url).toBeUndefined();
  expect(outputs).toEqual(['Event types to select in Stripe']);
});

test.each<[string, (stack: Stack) => HttpApi, unknown]>([
  ['the stage prod', (stack) => withStage(stack, 'prod'), { 'Fn::Join': ['', [ENDPOINT, '/prod/stripe']] }],
  ['the stage $default', (stack) => withStage(stack, '$default'), { 'Fn::Join': ['', [ENDPOINT, '/stripe']] }],
  ['the stages $default and prod', (stack) => {
    const httpApi = new HttpApi(stack, 'Mine');
    new HttpStage(stack, 'Stage', { httpApi, stageName: 'prod' });
    return httpApi;
  }, { 'Fn::Join': ['', [ENDPOINT, '/stripe']] }],
  ['a mapping with a key', (stack) => withStage(stack, 'prod', 'L2'),
    { 'Fn::Join': ['', ['https://', NAME, '/v1/stripe']] }],
  ['a mapping that is a CfnApiMapping', (stack) => withStage(stack, 'prod', 'L1'),
    { 'Fn::Join': ['', ['https://', NAME, '/v1/stripe']] }],
  ['a default mapping with a key', (stack) => new HttpApi(stack, 'Mine', {
    defaultDomainMapping: { domainName: domain(stack), mappingKey: 'v1' },
  }), { 'Fn::Join': ['', ['https://', NAME, '/v1/stripe']] }],
])('N13: the URL of an HTTP API with %s answers', (_what, api, expected) => {
  expect(urlWith((stack) => ({ api: api(stack) })).url).toEqual(expected);
});

const stageOf = (scope: Construct, { apiId }: IHttpApi, stageName = 'prod') =>
  new CfnStage(scope, 'CfnStage', { apiId, stageName, autoDeploy: true });

test.each<[string, (stack: Stack) => IHttpApi, unknown]>([
  ['a stage that is a CfnStage', (stack) => {
    const api = new HttpApi(stack, 'Mine', { createDefaultStage: false });
    stageOf(stack, api);
    return api;
  }, '/prod/stripe'],
  ['a stage, imported by its own id', (stack) => {
    const api = withStage(stack, 'prod');
    return HttpApi.fromHttpApiAttributes(stack, 'Again', { httpApiId: api.apiId, apiEndpoint: api.apiEndpoint });
  }, '/prod/stripe'],
  ['a stage that an Aspect renames', (stack) => {
    Aspects.of(stack).add({ visit: (node) => { node instanceof CfnStage && (node.stageName = 'v1'); } });
    return withStage(stack, 'prod');
  }, '/v1/stripe'],
])('AA10: the URL of an HTTP API with %s has the name of the stage', (_what, api, path) => {
  expect(urlWith((stack) => ({ api: api(stack) })).url).toEqual({ 'Fn::Join': ['', [ENDPOINT, path]] });
});

describe('AA10: an injector', () => {
  const synthesized = (constructUniqueId: string, more: object, options: (stack: Stack) => StripeHttpApiOptions) => {
    const stack = newStack();
    PropertyInjectors.of(stack).add({ constructUniqueId, inject: (props) => ({ ...props, ...more }) });
    const endpoint = StripeEndpoint.httpApi(options(stack));
    new StripeEventBridge(stack, 'Stripe', { endpoint });
    return Template.fromStack(stack);
  };
  const named = { stageName: 'v1' };

  test('that names the stage fails synthesis, because the URL has no other stage', () => {
    const message = "`stageName` of Test/Stripe/ApiStage/Resource must be '$default', because the URL of the bridge " +
      "has no other stage, got 'v1'; exclude the resource from what changed it";
    expect(() => synthesized(HttpStage.PROPERTY_INJECTION_ID, named, () => ({}))).toThrow(message);
    expect(() => synthesized(HttpStage.PROPERTY_INJECTION_ID, named, (stack) =>
      ({ domainName: domain(stack), keepDefaultEndpoint: true }))).toThrow(message);
  });

  test('that names the stage of an API with a domain only is accepted', () => {
    const template = synthesized(HttpStage.PROPERTY_INJECTION_ID, named, (stack) => ({ domainName: domain(stack) }));
    template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { Stage: 'v1' });
  });

  test('that disables the default endpoint fails synthesis with the path of the API', () => {
    expect(() => synthesized(HttpApi.PROPERTY_INJECTION_ID, { disableExecuteApiEndpoint: true }, () => ({})))
      .toThrow('`disableExecuteApiEndpoint` of Test/Stripe/Api/Resource must not be true, because the URL of the brid');
  });
});

test('N41: bridges with different keys share a domain, and their URLs contain the key', () => {
  const stack = newStack();
  const domainName = domain(stack);
  const urls = ['live', 'test'].map((mappingKey) => stack.resolve(new StripeEventBridge(stack, mappingKey, {
    endpoint: StripeEndpoint.httpApi({ domainName, mappingKey, path: '/stripe' }),
  }).url));
  expect(urls).toEqual(['live', 'test'].map((key) => ({ 'Fn::Join': ['', ['https://', NAME, `/${key}/stripe`]] })));
  const mappings = Object.values(Template.fromStack(stack).findResources('AWS::ApiGatewayV2::ApiMapping'));
  expect(mappings.map(({ Properties }) => Properties.ApiMappingKey)).toEqual(['live', 'test']);
});

test.each<[string, string | undefined, string]>([
  ['the same key', 'stripe', "got 'stripe', as Test/A/ApiMapping/"],
  ['no key', undefined, 'got none, as Test/A/ApiMapping/'],
])('N41: two bridges with the same domain and %s fail synthesis', (_what, mappingKey, got) => {
  const stack = newStack();
  const domainName = domain(stack);
  const endpoint = StripeEndpoint.httpApi({ domainName, mappingKey });
  new StripeEventBridge(stack, 'A', { endpoint });
  expect(() => new StripeEventBridge(stack, 'B', { endpoint })).toThrow(got);
});

test.each(['domainName', 'mappingKey', 'keepDefaultEndpoint'] as const)(
  'the option %s cannot be combined with an existing API', (name) => {
    const stack = newStack();
    const all = { domainName: domain(stack), mappingKey: 'a', keepDefaultEndpoint: true };
    const endpoint = StripeEndpoint.httpApi({ api: new HttpApi(stack, 'Mine'), [name]: all[name] });
    expect(() => new StripeEventBridge(stack, 'Stripe', { endpoint })).toThrow(`\`${name}\` `);
  });

test.each([['mappingKey', 'a'], ['keepDefaultEndpoint', false]])('the option %s needs domainName', (name, value) => {
  const endpoint = StripeEndpoint.httpApi({ [name]: value });
  expect(() => new StripeEventBridge(newStack(), 'Stripe', { endpoint }))
    .toThrow(`\`${name}\` needs \`domainName\`, got none; set domainName, or omit ${name}`);
});

test('keepDefaultEndpoint leaves the default endpoint enabled beside the domain', () => {
  const stack = newStack();
  const endpoint = StripeEndpoint.httpApi({ domainName: domain(stack), keepDefaultEndpoint: true });
  new StripeEventBridge(stack, 'Stripe', { endpoint });
  expect(properties(stack, 'AWS::ApiGatewayV2::Api').DisableExecuteApiEndpoint).toBeUndefined();
});

test.each<[string, () => StripeEndpoint, string]>([
  ['HTTP', () => StripeEndpoint.httpApi(), 'AWS::ApiGatewayV2::Api'],
  ['REST', () => StripeEndpoint.restApi(), 'AWS::ApiGateway::RestApi'],
])('N42: %s APIs with long construct paths have different names of at most 128 characters', (_kind, endpoint, type) => {
  const stack = new Stack(new App(), 'Test');
  // 141 characters that differ in the middle only
  const scopes = ['a', 'b'].map((letter) => new Construct(stack, `${'x'.repeat(67)}${letter}${'y'.repeat(66)}`));
  scopes.forEach((scope) => new StripeEventBridge(scope, 'A', { endpoint: endpoint() }));
  new StripeEventBridge(stack, 'Short', { endpoint: endpoint() });
  const names = Object.values(Template.fromStack(stack).findResources(type)).map(({ Properties }) => Properties.Name);
  expect(scopes.map(({ node }) => `${node.path}/A`.length)).toEqual([141, 141]);
  expect(new Set(names).size).toBe(3);
  // the name of a REST API is a list of parts that begins with the name of the stack
  const lengthOf = (name: any) => (typeof name === 'string' ? name : `Test${name['Fn::Join'][1][1]}`).length;
  names.forEach((name) => expect(lengthOf(name)).toBeLessThanOrEqual(128));
});

test.each<[string, (stack: Stack) => HttpApi]>([
  ['with a default authorizer', (stack) => new HttpApi(stack, 'Mine', {
    defaultAuthorizer: new HttpIamAuthorizer(), defaultAuthorizationScopes: ['stripe'],
  })],
  ['without one', (stack) => new HttpApi(stack, 'Mine', { defaultAuthorizationScopes: ['stripe'] })],
])('T03: the route on an API %s has none of its default scopes, which API Gateway would reject', (_what, api) => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ api: api(stack), path: '/stripe' }) });
  expect(properties(stack, 'AWS::ApiGatewayV2::Route').AuthorizationScopes).toBeUndefined();
});

describe('mutual TLS', () => {
  const withMutualTls = (stack: Stack) => new DomainName(stack, 'Domain', {
    domainName: 'api.example.com',
    certificate: Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:1:certificate/x'),
    mtls: { bucket: Bucket.fromBucketName(stack, 'Bucket', 'trust'), key: 'ca.pem' },
  });
  const MESSAGE = '[Test/Stripe] `mutualTlsAuthentication` of Test/Domain/Resource must be absent, because Stripe ' +
    'has no client certificate, got an Object; use a domain without mutual TLS';

  test.each<[string, (stack: Stack) => StripeHttpApiOptions]>([
    ['of the bridge', (stack) => ({ domainName: withMutualTls(stack) })],
    ['of an existing API', (stack) => ({
      api: new HttpApi(stack, 'Mine', { defaultDomainMapping: { domainName: withMutualTls(stack) } }),
    })],
  ])('T02: a domain %s that asks for a certificate, which Stripe does not have, fails synthesis', (_what, options) => {
    expect(() => urlWith(options)).toThrow(MESSAGE);
  });

  test('T02: such a domain that is mapped to the API after the bridge fails synthesis', () => {
    const stack = newStack();
    const api = new HttpApi(stack, 'Mine');
    new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ api, path: '/stripe' }) });
    new ApiMapping(stack, 'Mapping', { api, domainName: withMutualTls(stack) });
    expect(() => Template.fromStack(stack)).toThrow(MESSAGE);
  });

  test('T02: such a domain of another API is accepted', () => {
    const stack = newStack();
    const other = new HttpApi(stack, 'Other');
    new ApiMapping(stack, 'OtherMapping', { api: other, domainName: withMutualTls(stack) });
    const certificate = Certificate.fromCertificateArn(stack, 'Mine2', 'arn:aws:acm:eu-west-1:1:certificate/y');
    const domainName = new DomainName(stack, 'Plain', { domainName: 'plain.example.com', certificate });
    const api = new HttpApi(stack, 'Mine', { defaultDomainMapping: { domainName } });
    new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ api, path: '/stripe' }) });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('T02: an API behind such a domain is accepted with the URL of another way to it', () => {
    const url = 'https://public.example.com/stripe';
    const api = (stack: Stack) =>
      new HttpApi(stack, 'Mine', { defaultDomainMapping: { domainName: withMutualTls(stack) } });
    expect(urlWith((stack) => ({ api: api(stack), url })).url).toBe(url);
  });
});

describe('T36: bridges on one API', () => {
  const synthesized = (...paths: Array<string | undefined>) => () => {
    const stack = newStack();
    const api = new HttpApi(stack, 'Mine');
    paths.forEach((path, index) => new StripeEventBridge(stack, `Bridge${index}`, {
      endpoint: StripeEndpoint.httpApi({ api, path }), eventSource: `source${index}`,
    }));
    return Template.fromStack(stack);
  };

  test('with different paths are accepted', () => {
    expect(synthesized(undefined, '/two')).not.toThrow();
  });

  test.each([['/two', '/two'], [undefined, '/']])('with the paths %s and %s fail synthesis', (one, two) => {
    expect(synthesized(one, two)).toThrow(`[Test/Bridge1] \`path\` must be unique for the API, got '${two}', ` +
      'as Test/Bridge0/ApiRoute/Resource has; use another path');
  });
});

test('X7: a route of the app that is added after the bridge and has its path fails synthesis', () => {
  const stack = newStack();
  const api = new HttpApi(stack, 'Mine');
  const bridge = new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ api, path: '/stripe' }) });
  api.addRoutes({
    path: '/stripe', methods: [HttpMethod.POST], integration: new HttpLambdaIntegration('I', bridge.webhookFunction),
  });
  expect(() => Template.fromStack(stack)).toThrow("`path` must be unique for the API, got '/stripe', as Test/Mine/P");
});

describe('Z30: a route that is added to the new API after the bridge', () => {
  const synthesized = (path: string, method: HttpMethod) => () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe');
    const integration = new HttpLambdaIntegration('I', bridge.webhookFunction);
    (bridge.httpApi as HttpApi).addRoutes({ path, methods: [method], integration });
    return Template.fromStack(stack);
  };

  test('and has its path and method fails synthesis', () => {
    expect(synthesized('/', HttpMethod.POST)).toThrow(
      "[Test/Stripe] `path` must be unique for the API, got '/', as Test/Stripe/Api/POST--/Resource has; use another");
  });

  test.each([['/', HttpMethod.GET], ['/', HttpMethod.ANY], ['/health', HttpMethod.POST]])(
    'and has the path %s and the method %s is accepted', (path, method) => {
      expect(synthesized(path, method)).not.toThrow();
    });
});

describe('Z19: a wildcard domain', () => {
  const ATTRIBUTES = { regionalDomainName: 'd-1', regionalHostedZoneId: 'Z1' };
  const named = (stack: Stack, domainName: string) => new DomainName(stack, 'Domain', {
    domainName,
    certificate: Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:1:certificate/x'),
  });
  const imported = (stack: Stack, name: string) =>
    DomainName.fromDomainNameAttributes(stack, 'Domain', { ...ATTRIBUTES, name });
  const OPTIONS: Array<[string, (stack: Stack, name: string) => StripeHttpApiOptions]> = [
    ['of the app', (stack, name) => ({ domainName: named(stack, name) })],
    ['that is imported', (stack, name) => ({ domainName: imported(stack, name) })],
    ['of an existing API', (stack, name) => ({
      api: new HttpApi(stack, 'Mine', { defaultDomainMapping: { domainName: named(stack, name) } }),
    })],
    ['of a CfnApiMapping', (stack, domainName) => {
      const api = new HttpApi(stack, 'Mine');
      new CfnApiMapping(stack, 'Mapping', { apiId: api.apiId, stage: '$default', domainName });
      return { api };
    }],
  ];

  test.each(OPTIONS)('%s fails synthesis without `url`', (_what, options) => {
    expect(() => urlWith((stack) => options(stack, '*.example.com'))).toThrow(
      "`url` is needed for the domain '*.example.com', which is no host name, got none; set url to the public URL of " +
      'the route (Test/Stripe)');
  });

  test.each(OPTIONS)('%s is accepted with `url`', (_what, options) => {
    const url = 'https://hooks.example.com/stripe';
    expect(urlWith((stack) => ({ ...options(stack, '*.example.com'), url })).url).toBe(url);
  });

  test.each(OPTIONS)('%s that is a host name needs no `url`', (_what, options) => {
    expect(urlWith((stack) => options(stack, 'hooks.example.com')).url).toBeDefined();
  });
});

describe('W11: an existing API', () => {
  const warnings = (...stages: Array<Partial<HttpStageProps>>) => {
    const stack = newStack();
    const api = new HttpApi(stack, 'Mine', { createDefaultStage: false });
    new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ api, url: 'https://x.example' }) });
    stages.forEach((props, index) => new HttpStage(stack, `Stage${index}`, {
      httpApi: api, stageName: `stage${index}`, ...props,
    }));
    return Annotations.fromStack(stack).findWarning('/Test/Stripe', Match.stringLikeRegexp(
      '^no stage of Test/Mine deploys its routes by itself, so that Stripe is answered with 404; set autoDeploy on'));
  };

  test.each<[string, Array<Partial<HttpStageProps>>]>([
    ['without a stage', []],
    ['with a stage without automatic deployment', [{}]],
    ['with two of them', [{ autoDeploy: false }, {}]],
  ])('%s gives a warning', (_what, stages) => {
    expect(warnings(...stages)).toHaveLength(1);
  });

  test('with one stage that is deployed automatically gives none', () => {
    expect(warnings({}, { autoDeploy: true })).toEqual([]);
  });
});

test('T01: a key of a domain may have several segments', () => {
  const { url } = urlWith((stack) => ({ domainName: domain(stack), mappingKey: 'payments/stripe' }));
  expect(url).toEqual({ 'Fn::Join': ['', ['https://', NAME, '/payments/stripe/stripe']] });
  expect(() => urlWith((stack) => ({ domainName: domain(stack), mappingKey: 'payments/' }))).toThrow('`mappingKey`');
});

test('V15: a domain that ignores API mappings fails synthesis', () => {
  const withRoutingRules = (stack: Stack) => {
    const withRules = domain(stack);
    Object.assign(withRules.node.defaultChild!, { routingMode: 'ROUTING_RULE_ONLY' }); // of newer releases of CDK
    return withRules;
  };
  expect(() => urlWith((stack) => ({ domainName: withRoutingRules(stack) }))).toThrow(
    "`routingMode` of Test/Domain/Resource must use API mappings, got 'ROUTING_RULE_ONLY'; use another routing mode");
});

const DOCUMENT = { openapi: '3.0.1', info: { title: 'api', version: '1' }, paths: { '/a': { get: {} } } };
const imported = (scope: Construct, api: CfnApi) => HttpApi.fromHttpApiAttributes(scope, 'Imported', {
  httpApiId: api.ref, apiEndpoint: api.attrApiEndpoint,
});
const defined = (scope: Construct, property: 'body' | 'bodyS3Location', value: unknown) => {
  const api = new HttpApi(scope, 'Mine');
  Reflect.set(api.node.defaultChild!, property, value);
  return api;
};
const MUST_HAVE_ROUTES = 'must be absent, because API Gateway removes the route when it imports a document; put the ' +
  'route into the document, and use a StripeEndpoint of your own, or another API';

describe('AA05: an API that an OpenAPI document defines', () => {
  const synthesized = (apiOf: (stack: Stack, other: Stack) => IHttpApi) => {
    const stack = newStack();
    const other = new Stack(stack.node.root as App, 'Other', { env: { account: stack.account, region: stack.region } });
    const api = apiOf(stack, other);
    new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ api, path: '/stripe' }) });
    return () => Template.fromStack(stack);
  };

  test.each<[string, string, (stack: Stack, other: Stack) => IHttpApi]>([
    ['an imported one', 'body', (stack) => imported(stack, new CfnApi(stack, 'Cfn', { body: DOCUMENT }))],
    ['one of another stack', 'body', (stack, other) => imported(stack, new CfnApi(other, 'Cfn', { body: DOCUMENT }))],
    ['one whose document is in a bucket', 'bodyS3Location', (stack) =>
      imported(stack, new CfnApi(stack, 'Cfn', { bodyS3Location: { bucket: 'b', key: 'k' } }))],
    ['an imported one, whose document CloudFormation includes', 'body', (stack) => imported(stack,
      new CfnApi(stack, 'Cfn', { body: Fn.transform('AWS::Include', { Location: 's3://b/k' }) }))],
    ['a construct with a document', 'body', (stack) => defined(stack, 'body', DOCUMENT)],
    ['a construct whose document is in a bucket', 'bodyS3Location', (stack) =>
      defined(stack, 'bodyS3Location', { bucket: 'b', key: 'k' })],
  ])('fails synthesis: %s', (_what, property, apiOf) => {
    expect(synthesized(apiOf)).toThrow(`\`${property}\` of `);
    expect(synthesized(apiOf)).toThrow(MUST_HAVE_ROUTES.replace(';', ', got an Object;'));
  });

  test.each<[string, (stack: Stack, other: Stack) => IHttpApi]>([
    ['an imported API without a document', (stack) =>
      imported(stack, new CfnApi(stack, 'Cfn', { name: 'api', protocolType: 'HTTP' }))],
    ['an API beside one with a document', (stack) => {
      new CfnApi(stack, 'Cfn', { body: DOCUMENT });
      return new HttpApi(stack, 'Mine');
    }],
  ])('is not %s', (_what, apiOf) => {
    expect(synthesized(apiOf)).not.toThrow();
  });
});
