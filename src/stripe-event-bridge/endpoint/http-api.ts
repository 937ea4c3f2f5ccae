import { Names } from 'aws-cdk-lib';
import {
  ApiMapping, type CfnApi, CfnApiMapping, HttpApi, HttpMethod, HttpNoneAuthorizer, HttpRoute, HttpRouteKey, HttpStage,
  type IHttpApi, LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ACCESS_LOG_FORMAT, accessLogGroup } from './access-log';
import { DEFAULT_STAGE, defaultEndpoint, ENDPOINT_PERMISSION, NO_DOCUMENT } from './endpoint-conditions';
import { checkExistingApi, checkRoute } from './existing-api';
import {
  API_RULES, type StripeEndpointConfig, type StripeHttpApiOptions, throttleOf,
} from './stripe-endpoint-options';
import { urlOfApi, urlOfDomain } from './url-of-api';
import { assertInEnvironment, isSamePlace } from '../../internal/environment';
import { keepInvariants } from '../../internal/invariants';
import { BOOLEAN, fail, literal, resource, type Rules, text, validate } from '../../internal/validation';

/** Longest name of an HTTP API. */
const MAX_API_NAME_LENGTH = 128;

const RULES: Rules<StripeHttpApiOptions> = {
  ...API_RULES,
  api: resource('an IHttpApi', 'apiId', "use HttpApi.fromHttpApiAttributes(this, 'Api', { httpApiId })"),
  path: text(
    "a path that begins with '/' and has no variables", /^\/([\w.~/-]*[\w.~-])?$/, "use a path such as '/stripe'",
  ),
  domainName: resource('an IDomainName', 'regionalDomainName', "use new DomainName(this, 'Domain', { … })"),
  mappingKey: literal(text( // CDK makes it a part of an id
    "letters, digits and the characters -_.+!*'(), with / between them",
    /^[\w.+!*'()-]+(\/[\w.+!*'()-]+)*$/,
    "use a key such as 'stripe'",
  )),
  keepDefaultEndpoint: BOOLEAN,
  url: text("a URL that begins with 'https://'", /^https:\/\/[^\s/]+(\/\S*)?$/, 'use the public URL of the route'),
};

/** Creates a route on an HTTP API. */
export function bindHttpApi(
  scope: Construct, webhookFunction: IFunction, options: StripeHttpApiOptions,
): StripeEndpointConfig {
  validateOptions(scope, options);
  const { path = '/', domainName, mappingKey } = options;
  const httpApi = options.api ?? createApi(scope, options);
  const route = new HttpRoute(scope, 'ApiRoute', {
    httpApi,
    routeKey: HttpRouteKey.with(path, HttpMethod.POST),
    integration: new HttpLambdaIntegration('Webhook', webhookFunction),
    // Stripe cannot sign in, so that the defaults of the API must not apply
    authorizer: new HttpNoneAuthorizer(),
    authorizationScopes: [],
  });
  keepInvariants(scope, route, [ENDPOINT_PERMISSION]);
  domainName && keepInvariants(scope, domainName);
  checkRoute(scope, route);
  options.api && checkExistingApi(scope, options.api, options);
  const url = options.url ?? withPath(path, domainName ? urlOfDomain(scope, domainName.name, mappingKey)
    : options.api ? urlOfApi(scope, httpApi) : (httpApi.node.defaultChild as CfnApi).attrApiEndpoint);
  return { httpApi, url };
}

const withPath = (path: string, base: string | undefined) => base && `${base}${path}`;

function createApi(scope: Construct, options: StripeHttpApiOptions): IHttpApi {
  const { domainName, mappingKey: apiMappingKey, keepDefaultEndpoint, accessLog } = options;
  const isDisabled = domainName && !keepDefaultEndpoint;
  const httpApi = new HttpApi(scope, 'Api', {
    apiName: Names.uniqueResourceName(scope, { maxLength: MAX_API_NAME_LENGTH, separator: '-' }),
    description: 'Receives Stripe events',
    createDefaultStage: false,
    // undefined, not false, so that the template without a domain has no such property
    disableExecuteApiEndpoint: isDisabled ? true : undefined,
  });
  const stage = new HttpStage(scope, 'ApiStage', {
    httpApi,
    autoDeploy: true,
    throttle: throttleOf(options),
    accessLogSettings: accessLog && {
      destination: new LogGroupLogDestination(accessLogGroup(scope, accessLog)),
      format: ACCESS_LOG_FORMAT,
    },
  });
  // the stage would create a mapping with the path of the domain in its id, which AWS rejects when that path changes
  domainName && new ApiMapping(scope, 'ApiMapping', { api: httpApi, stage, domainName, apiMappingKey });
  keepInvariants(scope, stage, isDisabled ? [] : [DEFAULT_STAGE]);
  const endpoint = isDisabled ? [] : [defaultEndpoint('AWS::ApiGatewayV2::Api')];
  keepInvariants(scope, httpApi.node.defaultChild!, [...endpoint, ...NO_DOCUMENT]);
  return httpApi;
}

function validateOptions(scope: Construct, options: StripeHttpApiOptions): void {
  validate(scope, options, RULES);
  if (options.path?.startsWith('/') === false) {
    fail(scope, "`path` must begin with '/', got a token; put '/' before the token");
  }
  const configuredOnApi = (['domainName', 'throttle', 'accessLog', 'keepDefaultEndpoint'] as const)
    .find((name) => options[name] !== undefined);
  if (options.api && configuredOnApi) {
    fail(scope, `\`${configuredOnApi}\` cannot be combined with \`api\`; configure it on your API`);
  }
  const { domainName, mappingKey } = options;
  const needsDomain = (['mappingKey', 'keepDefaultEndpoint'] as const).find((name) => options[name] !== undefined);
  if (needsDomain && !domainName) {
    fail(scope, `\`${needsDomain}\` needs \`domainName\`, got none; set domainName, or omit ${needsDomain}`);
  }
  options.api && assertInEnvironment(scope, 'api', options.api);
  domainName && assertInEnvironment(scope, 'domainName', domainName);
  const taken = domainName && scope.node.root.node.findAll().find((other) => other instanceof CfnApiMapping
    && other.domainName === domainName.name && other.apiMappingKey === mappingKey && isSamePlace(scope, other));
  if (taken) {
    fail(scope, `\`mappingKey\` must be unique for the domain, got ${mappingKey ? `'${mappingKey}'` : 'none'}, ` +
      `as ${taken.node.path} has; use another mappingKey`);
  }
}
