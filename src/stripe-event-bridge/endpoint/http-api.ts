import { Token } from 'aws-cdk-lib';
import {
  HttpApi, HttpMethod, HttpRoute, HttpRouteKey, HttpStage, type IHttpApi, LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ACCESS_LOG_FORMAT, accessLogGroup } from './access-log';
import type { StripeEndpointConfig, StripeHttpApiOptions } from './stripe-endpoint-options';

const PATH = /^\/[\w./~-]*$/;

/** Creates a route on an HTTP API. */
export function bindHttpApi(
  scope: Construct, webhookFunction: IFunction, options: StripeHttpApiOptions,
): StripeEndpointConfig {
  const { path = '/', domainName } = options;
  validate(options, path);
  const httpApi = options.api ?? createApi(scope, options);
  new HttpRoute(scope, 'ApiRoute', {
    httpApi,
    routeKey: HttpRouteKey.with(path, HttpMethod.POST),
    integration: new HttpLambdaIntegration('Webhook', webhookFunction),
  });
  return { httpApi, url: `${domainName ? `https://${domainName.name}` : httpApi.apiEndpoint}${path}` };
}

function createApi(scope: Construct, { domainName, throttle, accessLog }: StripeHttpApiOptions): IHttpApi {
  const httpApi = new HttpApi(scope, 'Api', {
    apiName: scope.node.path,
    description: 'Receives Stripe events',
    createDefaultStage: false,
    // undefined, not false, so that the template without a domain has no such property
    disableExecuteApiEndpoint: domainName && true,
  });
  new HttpStage(scope, 'ApiStage', {
    httpApi,
    autoDeploy: true,
    throttle,
    domainMapping: domainName && { domainName },
    accessLogSettings: accessLog && {
      destination: new LogGroupLogDestination(accessLogGroup(scope, accessLog)),
      format: ACCESS_LOG_FORMAT,
    },
  });
  return httpApi;
}

function validate(options: StripeHttpApiOptions, path: string): void {
  if (!Token.isUnresolved(path) && !PATH.test(path)) {
    throw new Error(`path must begin with '/' and have no variables, got '${path}'; use a path such as '/stripe'`);
  }
  const configuredOnApi = (['domainName', 'throttle', 'accessLog'] as const).find((name) => options[name]);
  if (options.api && configuredOnApi) {
    throw new Error(`${configuredOnApi} cannot be combined with api; configure it on your API`);
  }
}
