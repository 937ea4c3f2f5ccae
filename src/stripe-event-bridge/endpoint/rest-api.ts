import { Annotations, Aws, Names, Stack, Token } from 'aws-cdk-lib';
import {
  AuthorizationType, CfnGatewayResponse, type CfnRestApi, EndpointType, LambdaIntegration, LogGroupLogDestination,
  type Method, RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct, IConstruct } from 'constructs';
import { ACCESS_LOG_FORMAT, accessLogGroup } from './access-log';
import { defaultEndpoint, ENDPOINT_PERMISSION, NO_DOCUMENT } from './endpoint-conditions';
import { problemsOfPolicy } from './rest-api-policy';
import {
  API_RULES, type StripeEndpointConfig, type StripeRestApiOptions, throttleOf,
} from './stripe-endpoint-options';
import { StripeSourceIps } from './stripe-source-ips';
import { differenceOf } from '../../internal/environment';
import { warnOfDataTrace } from '../../internal/events-in-logs';
import { brokenInvariants, keepInvariants } from '../../internal/invariants';
import { fail, instance, type Rules, text, validate, withMethod } from '../../internal/validation';
import { resourceOf, resourcesIn } from '../../monitoring/reference';

const RULES: Rules<StripeRestApiOptions> = {
  ...API_RULES,
  sourceIps: instance(StripeSourceIps, 'use StripeSourceIps.stripe() or StripeSourceIps.of(…)'),
  // CDK takes a policy document for a token, because it has a method `resolve`
  policy: {
    ...withMethod('a PolicyDocument', 'addStatements', 'use new PolicyDocument({ … })'), token: 'object',
  },
  webAclArn: text(
    'the ARN of a regional web ACL', /^arn:[\w-]+:wafv2:[\w-]+:\d*:regional\/webacl\/.+/,
    'use the attribute attrArn of a CfnWebACL with the scope REGIONAL',
  ),
};

/** Creates a regional REST API. */
export function bindRestApi(
  scope: Construct, webhookFunction: IFunction, options: StripeRestApiOptions,
): StripeEndpointConfig {
  validate(scope, options, RULES);
  if (options.policy && options.sourceIps) {
    fail(scope, '`policy` cannot be combined with `sourceIps`; add the IP addresses to the policy');
  }
  const { accessLog, webAclArn } = options;
  webAclArn && assertUsableWebAcl(scope, webAclArn);
  const throttle = throttleOf(options);
  accessLog && warnOfLogRole(scope);
  const restApi = new RestApi(scope, 'RestApi', {
    // the dimension of its metrics: with the name of the stack, the same app can be deployed twice
    restApiName: `${Aws.STACK_NAME}-${Names.uniqueResourceName(scope, { maxLength: 60, separator: '-' })}`,
    description: 'Receives Stripe events',
    endpointTypes: [EndpointType.REGIONAL],
    binaryMediaTypes: ['*/*'], // bodies arrive in base64: the bytes that were signed, whatever they are
    policy: resourcePolicy(options),
    cloudWatchRole: false,
    disableExecuteApiEndpoint: false,
    deployOptions: {
      throttlingRateLimit: throttle.rateLimit,
      throttlingBurstLimit: throttle.burstLimit,
      ...accessLog && {
        accessLogDestination: new LogGroupLogDestination(accessLogGroup(scope, accessLog)),
        accessLogFormat: ACCESS_LOG_FORMAT,
      },
    },
  });
  const method = restApi.root.addMethod('POST', new LambdaIntegration(webhookFunction), {
    authorizationType: AuthorizationType.NONE, // Stripe cannot sign in, whatever the defaults of the app are
    apiKeyRequired: false,
  });
  keepReachable(scope, restApi, method);
  if (webAclArn) {
    new CfnWebACLAssociation(scope, 'WebAcl', { resourceArn: restApi.deploymentStage.stageArn, webAclArn });
  }
  const isRestricted = [webAclArn, options.sourceIps, options.policy].some((each) => each !== undefined);
  checkRestrictions(scope, restApi, isRestricted);
  return { restApi, url: restApi.url, isRestricted };
}

function keepReachable(scope: Construct, restApi: RestApi, method: Method): void {
  keepInvariants(scope, method, [ENDPOINT_PERMISSION]);
  keepInvariants(scope, restApi.deploymentStage);
  keepInvariants(scope, restApi.node.defaultChild!, [defaultEndpoint('AWS::ApiGateway::RestApi'), ...NO_DOCUMENT]);
  scope.node.addValidation({ validate: () => gatewayResponsesOf(restApi).flatMap((each) => brokenInvariants(each)) });
}

/** Answers of API Gateway itself, wherever the app creates them. */
function gatewayResponsesOf({ node, restApiId }: RestApi): IConstruct[] {
  return node.root.node.findAll().filter((each) => each instanceof CfnGatewayResponse
    && resourceOf(each.restApiId) === resourceOf(restApiId));
}

/** AWS says of another one only that its ARN is not valid. */
function assertUsableWebAcl(scope: Construct, webAclArn: string): void {
  const [, , , region, account] = Token.isUnresolved(webAclArn) ? [] : webAclArn.split(':');
  const env = { region: region || Stack.of(scope).region, account: account || Stack.of(scope).account };
  const { what, ofResource, ofStack } = differenceOf(scope, { env }) ?? {};
  if (what) {
    fail(scope, `\`webAclArn\` must be in the ${what} of the stack, got ${ofResource} in a stack of ${ofStack}; ` +
      `use a web ACL of ${what} ${ofStack}`);
  }
  const webAcl = resourceOf(webAclArn);
  if (webAcl instanceof CfnWebACL && (webAcl.scope !== 'REGIONAL' || webAclArn === webAcl.ref)) {
    fail(scope, '`webAclArn` must be the attribute attrArn of a CfnWebACL with the scope REGIONAL, got ' +
      `${webAclArn === webAcl.ref ? 'ref' : 'attrArn'} of ${webAcl.node.path} with the scope ${webAcl.scope}; ` +
      'use attrArn, and the scope REGIONAL');
  }
}

/** Only the options show that requests can be blocked, so that an alarm is created. A stage has one web ACL. */
function checkRestrictions(scope: Construct, restApi: RestApi, isRestricted: boolean): void {
  const cfnRestApi = restApi.node.defaultChild as CfnRestApi;
  const isWebAcl = (each: IConstruct) =>
    each instanceof CfnWebACLAssociation && resourcesIn(each.resourceArn).includes(cfnRestApi);
  scope.node.addValidation({
    validate: () => {
      warnOfDataTrace(restApi);
      const policy = restApi.stack.resolve(cfnRestApi.policy);
      const webAcls = scope.node.root.node.findAll().filter(isWebAcl);
      if (!isRestricted && (policy !== undefined || webAcls.length > 0)) {
        Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:restricted-api',
          'a policy or a web ACL was added to the REST API, and no alarm sees the requests that it blocks; ' +
          'use the option policy or webAclArn of StripeEndpoint.restApi, which creates the alarm Gateway4xx');
      }
      return [...problemsOfPolicy(policy), ...webAcls.length <= 1 ? [] : ['a stage has one web ACL, got the ' +
        `associations ${webAcls.map(({ node }) => node.path).join(', ')}; use the option webAclArn, or another ` +
        'association']];
    },
  });
}

function warnOfLogRole(scope: Construct): void {
  Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:rest-access-log',
    'the access log of a REST API needs the CloudWatch Logs role of API Gateway, a setting of the account in this ' +
    'region; set it, or omit accessLog, and acknowledge this warning');
}

function resourcePolicy({ policy, sourceIps }: StripeRestApiOptions): PolicyDocument | undefined {
  if (!sourceIps) {
    return policy;
  }
  const everyone = { principals: [new AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*'] };
  const conditions = { NotIpAddress: { 'aws:SourceIp': sourceIps._toRanges() } };
  return new PolicyDocument({
    statements: [
      new PolicyStatement(everyone),
      new PolicyStatement({ ...everyone, effect: Effect.DENY, conditions }),
    ],
  });
}
