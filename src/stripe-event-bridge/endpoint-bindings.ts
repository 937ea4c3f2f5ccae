import { RemovalPolicy, Token } from 'aws-cdk-lib';
import {
  AccessLogFormat, EndpointType, LambdaIntegration, LogGroupLogDestination, RestApi, type StageOptions,
} from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi, HttpMethod, HttpRoute, HttpRouteKey, HttpStage, LogGroupLogDestination as HttpLogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { HttpApiEndpointOptions, RestApiEndpointOptions, StripeApiOptions, StripeEndpointBinding } from './stripe-endpoint';
import { STRIPE_WEBHOOK_ADDRESSES } from './stripe-webhook-addresses';

/** What an access log says of a request; neither path, query, header nor body, where data could be. */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  status: '$context.status',
  ip: '$context.identity.sourceIp',
  latency: '$context.responseLatency',
  error: '$context.error.message',
}));

/** A route on an HTTP API. */
export function bindHttpApi(scope: Construct, webhookFunction: IFunction, options: HttpApiEndpointOptions): StripeEndpointBinding {
  const path = options.path ?? '/';
  validateHttpApi(options, path);
  const { domainName, accessLog, throttle } = options;
  const api = options.api ?? new HttpApi(scope, 'Api', {
    apiName: scope.node.path,
    description: 'Receives Stripe events',
    createDefaultStage: false,
    disableExecuteApiEndpoint: domainName && true,
  });
  if (!options.api) {
    new HttpStage(scope, 'ApiStage', {
      httpApi: api,
      autoDeploy: true,
      throttle,
      domainMapping: domainName && { domainName },
      accessLogSettings: accessLog && {
        destination: new HttpLogGroupLogDestination(accessLogGroup(scope, accessLog)),
        format: ACCESS_LOG_FORMAT,
      },
    });
  }
  new HttpRoute(scope, 'ApiRoute', {
    httpApi: api,
    routeKey: HttpRouteKey.with(path, HttpMethod.POST),
    integration: new HttpLambdaIntegration('Webhook', webhookFunction),
  });
  return { api, url: `${domainName ? `https://${domainName.name}` : api.apiEndpoint}${path}` };
}

/** A regional REST API. */
export function bindRestApi(scope: Construct, webhookFunction: IFunction, options: RestApiEndpointOptions): StripeEndpointBinding {
  const restApi = new RestApi(scope, 'RestApi', {
    restApiName: scope.node.path,
    description: 'Receives Stripe events',
    endpointTypes: [EndpointType.REGIONAL],
    binaryMediaTypes: ['*/*'], // bodies come in base64: the bytes that were signed, whatever they are
    policy: resourcePolicy(options),
    cloudWatchRole: false,
    deployOptions: restStage(scope, options),
  });
  restApi.root.addMethod('POST', new LambdaIntegration(webhookFunction));
  if (options.webAclArn) {
    new CfnWebACLAssociation(scope, 'WebAcl', { resourceArn: restApi.deploymentStage.stageArn, webAclArn: options.webAclArn });
  }
  return { restApi, url: restApi.url };
}

/** The function's own URL. */
export function bindFunctionUrl(_scope: Construct, webhookFunction: IFunction): StripeEndpointBinding {
  return { url: webhookFunction.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url };
}

function restStage(scope: Construct, { throttle, accessLog }: StripeApiOptions): StageOptions {
  return {
    throttlingRateLimit: throttle?.rateLimit,
    throttlingBurstLimit: throttle?.burstLimit,
    ...accessLog && {
      accessLogDestination: new LogGroupLogDestination(accessLogGroup(scope, accessLog)),
      accessLogFormat: ACCESS_LOG_FORMAT,
    },
  };
}

function accessLogGroup(scope: Construct, { retention }: { readonly retention?: RetentionDays }): LogGroup {
  return new LogGroup(scope, 'AccessLogs', { retention: retention ?? RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
}

function resourcePolicy({ policy, onlyFromStripe, sourceAddresses }: RestApiEndpointOptions): PolicyDocument | undefined {
  const addresses = sourceAddresses ?? (onlyFromStripe ? STRIPE_WEBHOOK_ADDRESSES : undefined);
  if (addresses && policy) {
    throw new Error('policy excludes sourceAddresses and onlyFromStripe, got both; put the addresses into the policy');
  }
  if (addresses?.length === 0) {
    throw new Error('sourceAddresses needs at least one address, got none; leave it out to let every address in');
  }
  if (!addresses) {
    return policy;
  }
  const everyone = { principals: [new AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*'] };
  return new PolicyDocument({
    statements: [
      new PolicyStatement(everyone),
      new PolicyStatement({ ...everyone, effect: Effect.DENY, conditions: { NotIpAddress: { 'aws:SourceIp': addresses } } }),
    ],
  });
}

function validateHttpApi(options: HttpApiEndpointOptions, path: string): void {
  if (!Token.isUnresolved(path) && !/^\/[\w./~-]*$/.test(path)) {
    throw new Error(`path must begin with '/' and have no variables, got '${path}'; use a fixed path such as '/stripe'`);
  }
  const ofOwner = (['domainName', 'throttle', 'accessLog'] as const).find((name) => options[name] !== undefined);
  if (options.api && ofOwner) {
    throw new Error(`${ofOwner} belongs to a new API, got it together with api; set it on your API`);
  }
}
