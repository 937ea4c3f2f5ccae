import { EndpointType, LambdaIntegration, LogGroupLogDestination, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { ACCESS_LOG_FORMAT, accessLogGroup } from './access-log';
import type { StripeEndpointConfig, StripeRestApiOptions } from './stripe-endpoint-options';

/** Creates a regional REST API. */
export function bindRestApi(
  scope: Construct, webhookFunction: IFunction, options: StripeRestApiOptions,
): StripeEndpointConfig {
  const { throttle, accessLog, webAclArn } = options;
  const restApi = new RestApi(scope, 'RestApi', {
    restApiName: scope.node.path,
    description: 'Receives Stripe events',
    endpointTypes: [EndpointType.REGIONAL],
    binaryMediaTypes: ['*/*'], // bodies arrive in base64: the bytes that were signed, whatever they are
    policy: resourcePolicy(options),
    cloudWatchRole: false,
    deployOptions: {
      throttlingRateLimit: throttle?.rateLimit,
      throttlingBurstLimit: throttle?.burstLimit,
      ...accessLog && {
        accessLogDestination: new LogGroupLogDestination(accessLogGroup(scope, accessLog)),
        accessLogFormat: ACCESS_LOG_FORMAT,
      },
    },
  });
  restApi.root.addMethod('POST', new LambdaIntegration(webhookFunction));
  if (webAclArn) {
    new CfnWebACLAssociation(scope, 'WebAcl', { resourceArn: restApi.deploymentStage.stageArn, webAclArn });
  }
  return { restApi, url: restApi.url };
}

function resourcePolicy({ policy, sourceIps }: StripeRestApiOptions): PolicyDocument | undefined {
  if (!sourceIps) {
    return policy;
  }
  if (policy) {
    throw new Error('policy cannot be combined with sourceIps; add the IP addresses to the policy');
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
