import { Annotations, CfnResource, Stack } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRule } from 'aws-cdk-lib/aws-events';
import { CfnEventInvokeConfig, CfnFunction, CfnPermission, type IFunction, type Version } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { resourceOf, resourcesIn } from '../monitoring/reference';

/** Qualifier of a function without a version. */
const LATEST = '$LATEST';

const CHECKED = new WeakSet<IConstruct>();

/** Whether a target is a function, a version or an alias. */
export function isFunction(target: IConstruct): target is IFunction {
  return 'functionArn' in target;
}

/** Resource of a function, or of the function of an alias or a version. Undefined for one that is imported. */
export function functionResourceOf(lambdaFunction: IFunction): CfnFunction | undefined {
  const { lambda = lambdaFunction } = lambdaFunction as Partial<Version>;
  const { defaultChild } = lambda.node;
  return defaultChild && isOfType<CfnFunction>(defaultChild, CfnFunction) ? defaultChild : undefined;
}

/** Checks at synthesis a function that a rule invokes itself. */
export function checkFunctionTarget(rule: IRule, lambdaFunction: IFunction): void {
  if (!CHECKED.has(lambdaFunction)) {
    CHECKED.add(lambdaFunction);
    rule.node.addValidation({ validate: () => problemsOf(rule, lambdaFunction) });
  }
}

function problemsOf(rule: IRule, lambdaFunction: IFunction): string[] {
  const { path } = lambdaFunction.node;
  const cfnFunction = functionResourceOf(lambdaFunction);
  if (!cfnFunction) {
    mayInvoke(rule, lambdaFunction) || Annotations.of(rule).addWarningV2('cdk-stripe-eventbridge:imported-target',
      `the policy of the imported target ${path} cannot be changed here; it must allow events.amazonaws.com to call ` +
      'lambda:InvokeFunction for the rule; use Function.fromFunctionAttributes with sameEnvironment: true if the ' +
      'function is in the account and region of the stack');
    return [];
  }
  isWatched(lambdaFunction, cfnFunction) || Annotations.of(rule).addWarningV2('cdk-stripe-eventbridge:dropped-events',
    `Lambda drops an event for which ${path} fails three times, and nothing in the app shows it; use ` +
    'new QueuedFunction(fn), or onFailure, deadLetterQueue or an alarm on metricErrors() of the function');
  return problemsOfConcurrency(path, cfnFunction);
}

/** Problem of a function that can never run. */
export function problemsOfConcurrency(path: string, lambdaFunction: CfnFunction | undefined): string[] {
  return lambdaFunction?.reservedConcurrentExecutions !== 0 ? []
    : [`\`target\` must be a function that may run, got ${path} with a reserved concurrency of 0; use at least 1`];
}

/** Whether the permission of an imported function is here, or its import says that it exists. */
function mayInvoke(rule: IRule, lambdaFunction: IFunction): boolean {
  const { functionArn, functionName } = lambdaFunction;
  return Reflect.get(lambdaFunction, '_skipPermissions') === true || Stack.of(rule).node.findAll().some((each) =>
    isOfType<CfnPermission>(each, CfnPermission) && [functionArn, functionName].includes(each.functionName)
    && [undefined, rule.node.defaultChild].includes(resourceOf(each.sourceArn ?? '')));
}

/** Whether a destination, a dead-letter queue or an alarm of the app shows that a function fails. */
function isWatched(lambdaFunction: IFunction, cfnFunction: CfnFunction): boolean {
  const isLatest = lambdaFunction.node.defaultChild === cfnFunction;
  return cfnFunction.deadLetterConfig !== undefined || cfnFunction.node.root.node.findAll().some((each) =>
    isOfType<CfnAlarm>(each, CfnAlarm) ? watchesFailures(each, cfnFunction)
      : isOfType<CfnEventInvokeConfig>(each, CfnEventInvokeConfig) && resourceOf(each.functionName) === cfnFunction
        && (each.qualifier === LATEST) === isLatest
        && each.stack.resolve(each.destinationConfig)?.onFailure !== undefined);
}

function watchesFailures({ metricName, dimensions, metrics }: CfnAlarm, cfnFunction: CfnFunction): boolean {
  return /"(Errors|AsyncEventsDropped)"/.test(JSON.stringify([metricName, metrics]))
    && resourcesIn(JSON.stringify([dimensions, metrics])).includes(cfnFunction);
}

/** By its type, because an app with two copies of aws-cdk-lib has each class twice. */
function isOfType<T extends CfnResource>(
  construct: IConstruct, { CFN_RESOURCE_TYPE_NAME }: { readonly CFN_RESOURCE_TYPE_NAME: string },
): construct is T {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === CFN_RESOURCE_TYPE_NAME;
}
