import { Annotations, CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ownerOf, produced, resourceOf } from '../monitoring/reference';
import { quoted } from '../stripe-event-filter/value-kind';

/** Condition on a property that an Aspect, an injector or an escape hatch must not break. */
export interface Invariant {
  /** Type of the resource in CloudFormation. */
  readonly type: string;
  /** Name of the property in CDK, with dots for what is inside it. */
  readonly property: string;
  /** Description of a valid value, such as "be 'NONE'". */
  readonly must: string;
  /** Whether a resolved value is valid. One that only the deployment knows is not tested. */
  readonly test: (value: any) => boolean;
  /** Correction. The default is to undo the change. */
  readonly remedy?: string;
  /** Whether a function of CloudFormation is tested as well, because only one is valid. The default is false. */
  readonly isExact?: boolean;
  /** Description of an invalid value. */
  readonly show?: (value: any) => string;
}

/** Time for which a queue keeps messages: 14 days, the longest that SQS allows. */
export const RETENTION_SECONDS = 14 * 24 * 3_600;
/** Alias of the key of AWS for SQS. Its policy, which nobody can change, does not allow EventBridge. */
export const AWS_MANAGED_KEY = 'alias/aws/sqs';

const PUBLIC = {
  must: "be 'NONE', because Stripe cannot sign in", test: (value = 'NONE') => value === 'NONE',
};

const THROTTLES = ['throttlingRateLimit', 'throttlingBurstLimit'];
const ABOVE_ZERO = {
  must: 'be above zero, because no request passes otherwise', test: (value?: number) => value !== 0,
};

/** Condition on the mapping of a function that reports the messages that failed. */
export const REPORTS_FAILURES: Invariant = {
  type: 'AWS::Lambda::EventSourceMapping',
  property: 'functionResponseTypes.0',
  must: "be 'ReportBatchItemFailures', because messages that failed are deleted without it",
  test: (value) => value === 'ReportBatchItemFailures',
};

/** Stripe takes every answer with 2xx for a success, and does not send the event again. */
const LOSES = 'because Stripe would take an answer for a success that is none';

/** Correction of a change from outside. */
export const UNDO = 'exclude the resource from what changed it: an Aspect, an injector or an escape hatch';

/** Conditions on every resource of the library that can lose or block events. */
const INVARIANTS: readonly Invariant[] = [
  { type: 'AWS::ApiGatewayV2::Route', property: 'authorizationType', ...PUBLIC },
  { type: 'AWS::ApiGateway::Method', property: 'authorizationType', ...PUBLIC },
  { type: 'AWS::Lambda::Url', property: 'authType', ...PUBLIC },
  {
    type: 'AWS::Lambda::Url',
    property: 'invokeMode',
    must: `not be RESPONSE_STREAM, ${LOSES}`,
    test: (value) => value !== 'RESPONSE_STREAM',
  },
  {
    type: 'AWS::ApiGateway::Method',
    property: 'integration.responseTransferMode',
    must: `not be STREAM, ${LOSES}`,
    test: (value) => value !== 'STREAM',
  },
  {
    type: 'AWS::ApiGateway::Method',
    property: 'integration.type',
    must: `be AWS_PROXY, ${LOSES}`,
    test: (value) => value === 'AWS_PROXY',
  },
  {
    type: 'AWS::ApiGatewayV2::Integration',
    property: 'responseParameters',
    must: `not overwrite the status code, ${LOSES}`,
    test: (value) => !JSON.stringify(value ?? '').includes('overwrite:statuscode'),
  },
  {
    type: 'AWS::ApiGateway::GatewayResponse',
    property: 'statusCode',
    must: `not be 2xx, ${LOSES}`,
    test: (value) => !/^2/.test(value),
    remedy: 'omit the status code',
  },
  {
    type: 'AWS::ApiGateway::Method',
    property: 'apiKeyRequired',
    must: 'be false, because Stripe has no API key',
    test: (value) => value !== true,
  },
  {
    type: 'AWS::ApiGateway::RestApi',
    property: 'endpointConfiguration.types.0',
    must: 'not be PRIVATE, which Stripe cannot reach',
    test: (value) => value !== 'PRIVATE',
  },
  {
    type: 'AWS::ApiGatewayV2::Stage',
    property: 'autoDeploy',
    must: 'be true, because the route is served only after a deployment',
    test: (value) => value === true,
  },
  ...THROTTLES.map((limit) => ({
    type: 'AWS::ApiGatewayV2::Stage', property: `defaultRouteSettings.${limit}`, ...ABOVE_ZERO,
  })),
  ...THROTTLES.map((limit) => ({
    type: 'AWS::ApiGateway::Stage', property: `methodSettings.0.${limit}`, ...ABOVE_ZERO,
  })),
  {
    type: 'AWS::ApiGatewayV2::DomainName',
    property: 'mutualTlsAuthentication',
    must: 'be absent, because Stripe has no client certificate',
    test: (value) => value === undefined,
    remedy: 'use a domain without mutual TLS',
  },
  {
    type: 'AWS::ApiGatewayV2::DomainName',
    property: 'routingMode',
    must: 'use API mappings',
    test: (value) => value !== 'ROUTING_RULE_ONLY',
    remedy: 'use another routing mode',
  },
  {
    type: 'AWS::Lambda::EventSourceMapping',
    property: 'enabled',
    must: 'be true, because the queue is not read without it',
    test: (value) => value !== false,
  },
  {
    type: 'AWS::Lambda::EventSourceMapping',
    property: 'filterCriteria',
    must: 'be absent, because messages that do not match are deleted',
    test: (value) => value === undefined,
  },
  {
    type: 'AWS::Events::Rule',
    property: 'state',
    must: "be 'ENABLED', because events without a rule are lost",
    test: (value) => value !== 'DISABLED',
  },
  {
    type: 'AWS::Events::Rule',
    property: 'targets.0.deadLetterConfig.arn',
    must: 'be present, because events that cannot be delivered are lost without it',
    test: (value) => value !== undefined,
  },
  {
    type: 'AWS::SQS::Queue',
    property: 'messageRetentionPeriod',
    must: `be ${RETENTION_SECONDS} seconds, because a shorter time loses events`,
    test: (value) => value === RETENTION_SECONDS,
  },
  {
    type: 'AWS::SQS::Queue',
    property: 'maximumMessageSize',
    must: 'be absent, because a larger event is lost',
    test: (value) => value === undefined,
  },
  {
    type: 'AWS::SQS::Queue',
    property: 'redriveAllowPolicy.redrivePermission',
    must: "not be 'denyAll', because the queue before it moves failing messages to it",
    test: (value) => value !== 'denyAll',
  },
];

/**
 * Fails synthesis if a resource breaks an invariant when the app is complete.
 *
 * Raw overrides are not seen, because CDK applies them after validation.
 *
 * @param scope construct that needs the resource
 * @param resource resource, or a construct with resources below it
 * @param more conditions on this resource only
 */
export function keepInvariants(scope: IConstruct, resource: IConstruct, more: readonly Invariant[] = []): void {
  scope.node.addValidation({ validate: () => brokenInvariants(resource, more) });
}

/** Problems of a resource, or of the resources below a construct, as they are now. */
export function brokenInvariants(resource: IConstruct, more: readonly Invariant[] = []): string[] {
  const all = [...INVARIANTS, ...more];
  return resource.node.findAll().filter((each) => CfnResource.isCfnResource(each))
    .flatMap((each) => all.filter(({ type }) => type === each.cfnResourceType)
      .flatMap((invariant) => problemsOf(each, invariant)));
}

/**
 * Warns when the app is complete of another dead-letter queue than the one whose depth raises an alarm.
 *
 * @param resource queue or rule
 * @param queueArn ARN of the dead-letter queue that has the alarm
 * @param arn returns the ARN that the resource has in the end
 */
export function watchDeadLetterQueue(resource: CfnResource, queueArn: string, arn: () => unknown): void {
  const watched = resourceOf(queueArn);
  watched && resource.node.addValidation({
    validate: () => {
      const used = produced(resource, arn());
      if (typeof used === 'string' && resourceOf(used) !== watched) {
        Annotations.of(resource).addWarningV2('cdk-stripe-eventbridge:other-dead-letter-queue',
          `failed events go to another dead-letter queue than ${ownerOf(watched).node.path}, whose alarm does not ` +
          `see them; ${UNDO}, or give the other queue an alarm and acknowledge this warning`);
      }
      return [];
    },
  });
}

function problemsOf(resource: CfnResource, { property, must, test, ...invariant }: Invariant): string[] {
  const { remedy = UNDO, isExact = false, show = quoted } = invariant;
  const value = valueOf(resource, property.split('.'));
  return (!isExact && isIntrinsic(value)) || test(value) ? []
    : [`\`${property}\` of ${resource.node.path} must ${must}, got ${show(value)}; ${remedy}`];
}

/** Value at a path of properties. A function of CloudFormation on the path hides what is inside it. */
function valueOf(resource: CfnResource, [name, ...path]: string[]): unknown {
  const outer = Stack.of(resource).resolve(Reflect.get(resource, name));
  return path.reduce((value, key) => isIntrinsic(value) ? value : value?.[key], outer);
}

/** Whether a value is a function of CloudFormation, such as the reference to a parameter. */
function isIntrinsic(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).some((key) => /^(Ref$|Fn::)/.test(key));
}
