import { join } from 'path';
import { Annotations, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IManagedPolicy, type IRole, ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture, CfnFunction, Code, Function, Runtime, RuntimeFamily, Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup, LogGroup, LogGroupClass, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { closestName } from './closest-name';
import { allowLogs, keyBehind } from './encryption-key';
import { problemsOfEnvironment } from './environment-size';
import { isSupportedRuntime, LEAST_NODEJS, validateFunctionOptions } from './function-validation';
import { type Invariant, keepInvariants, UNDO } from './invariants';
import { mayWriteOtherLogs } from './log-permissions';
import { readableFolder } from './readable-asset';
import { assertRoleOfStack, warnIfUnchanged } from './role-permissions';
import type { StripeFunctionOptions } from './stripe-function-options';
import { fail } from './validation';
import { withoutUndefined } from './without-undefined';
import { FUNCTION_DIMENSION, METRIC_NAMESPACE } from '../monitoring/contract';
import { ownerOf, produced, resourceOf } from '../monitoring/reference';
import { isToken, quoted } from '../stripe-event-filter/value-kind';

/** Folder of the bundled handlers, beside `lib` in the package. */
const ASSETS = join(__dirname, '..', '..', 'assets');

// by name, because the oldest aws-cdk-lib that is supported does not have the constant
const NODEJS_24_X = new Runtime('nodejs24.x', RuntimeFamily.NODEJS);

/** Properties of a handler function. */
export interface HandlerFunctionProps {
  /** Name of the bundle. */
  readonly asset: string;
  /** Description of the function. */
  readonly description: string;
  /** Variables that the handler reads. */
  readonly environment: Record<string, string>;
  /** Timeout of the function in whole seconds. */
  readonly timeoutSeconds: number;
  /** Default memory in MiB. */
  readonly memorySize: number;
  /** Names of the metrics that the handler writes. */
  readonly metrics: readonly string[];
  /** Permissions that the function needs, in words, for the owner of a role that cannot be changed. */
  readonly needs: string;
  /** Options of the user. */
  readonly options?: StripeFunctionOptions;
  /** Retention of the logs. */
  readonly logRetention?: RetentionDays;
  /** Key that encrypts the logs. */
  readonly logEncryptionKey?: IKey;
}

/** Bundled handler with its own log group and, by default, its own role. */
export class HandlerFunction extends Construct {
  /** Lambda function of the handler. */
  public readonly function: Function;

  private readonly metrics: readonly string[];
  private readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, { options = {}, ...props }: HandlerFunctionProps) {
    super(scope, id);
    validateFunctionOptions(this, options);
    this.metrics = props.metrics;
    const logGroup = this.logGroup = this.createLogGroup(props);
    const role = options.role ? this.customRole(options.role, options, props.needs) : this.createRole();
    logGroup.grantWrite(role);
    const { memorySize, tracing, ...passedOn } = options;
    this.function = new Function(this, 'Function', {
      architecture: Architecture.ARM_64,
      runtime: NODEJS_24_X,
      ...withoutUndefined(passedOn),
      description: props.description,
      memorySize: memorySize ?? props.memorySize,
      code: Code.fromAsset(readableFolder(this, join(ASSETS, props.asset))),
      handler: 'index.handler',
      timeout: Duration.seconds(props.timeoutSeconds),
      environment: props.environment,
      tracing: tracing ? Tracing.ACTIVE : undefined,
      role,
      logGroup,
    });
    this.function.isBoundToVpc && this.allowNetwork(role); // an injector can set a VPC as well
    this.addChecks(props, role);
  }

  /** Metric that the handler writes. Fails for another name, whose alarm would never have data. */
  public metric(metricName: string, options?: MetricOptions): Metric {
    if (!this.metrics.includes(metricName) && !isToken(metricName)) {
      fail(this, `\`metricName\` must be one of ${this.metrics.join(', ')}, got ${quoted(metricName)}; ` +
        `use ${closestName(`${metricName}`, this.metrics) ?? 'one of them'}`);
    }
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [FUNCTION_DIMENSION]: this.function.functionName },
      statistic: 'Sum',
      ...options,
    }).attachTo(this);
  }

  /** Checks what only the complete app shows. */
  private addChecks(props: Omit<HandlerFunctionProps, 'options'>, role: IRole): void {
    keepInvariants(this, this.function, [...conditionsOf(this, props), this.conditionOfLogs(role)]);
    this.node.addValidation({
      validate: () => [...problemsOfLogClass(this.function), ...problemsOfEnvironment(this.function)],
    });
  }

  private createLogGroup({ logRetention, logEncryptionKey }: Omit<HandlerFunctionProps, 'options'>): LogGroup {
    const encryptionKey = keyBehind(logEncryptionKey);
    encryptionKey && allowLogs(encryptionKey, this);
    return new LogGroup(this, 'Logs', {
      retention: logRetention ?? RetentionDays.ONE_MONTH,
      encryptionKey,
      removalPolicy: RemovalPolicy.DESTROY, // logs hold ids and decisions that expire anyway
    });
  }

  private customRole(role: IRole, { tracing }: StripeFunctionOptions, needs: string): IRole {
    assertRoleOfStack(this, role);
    const traces = tracing ? ', send traces (AWSXRayDaemonWriteAccess)' : '';
    warnIfUnchanged(this, role, 'functionOptions.role', `write its logs, ${needs}${traces}, and use their keys`);
    Annotations.of(this).addWarningV2('cdk-stripe-eventbridge:custom-role',
      'functionOptions.role may allow more than the function needs; omit it to use a role with least privilege, ' +
      'or acknowledge this warning');
    return role;
  }

  private createRole(): Role {
    return new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  }

  /** Lets a function in a VPC create network interfaces. */
  private allowNetwork(role: IRole): void {
    if (role instanceof Role) {
      role.addManagedPolicy(vpcPolicy());
      return;
    }
    Annotations.of(this).addWarningV2('cdk-stripe-eventbridge:role-without-vpc',
      'functionOptions.role cannot be changed here; it must have the permissions of the managed ' +
      'policy AWSLambdaVPCAccessExecutionRole');
  }

  /** Every metric of a handler is in its logs, and Lambda drops logs that the role may not write. */
  private conditionOfLogs(role: IRole): Invariant {
    const stack = Stack.of(this);
    const isOwn = (name: unknown) => isSame(name, stack.resolve(this.logGroup.logGroupName));
    const arns = () => stack.node.findAll().flatMap((each) =>
      each instanceof HandlerFunction ? each.logGroup.logGroupArn : []);
    return {
      type: CfnFunction.CFN_RESOURCE_TYPE_NAME,
      property: 'loggingConfig.logGroup',
      must: 'be the log group of the library, because the role may write to no other, and all metrics are in the logs',
      isExact: true,
      test: (value) => isOwn(value) || mayWriteOtherLogs(role, arns()),
      show: (value) => typeof value === 'object' ? JSON.stringify(value) : quoted(value),
      remedy: `grant the permission to write, by grantWrite of the other log group, or ${UNDO}`,
    };
  }
}

/** Warns of a log group without metrics, which an Aspect may have chosen. There are no errors. */
function problemsOfLogClass(lambdaFunction: Function): string[] {
  const logGroup = logGroupOf(lambdaFunction.node.defaultChild as CfnFunction);
  const { logGroupClass = LogGroupClass.STANDARD } = logGroup ?? {};
  if (logGroup && logGroupClass !== LogGroupClass.STANDARD && !Token.isUnresolved(logGroupClass)) {
    Annotations.of(ownerOf(logGroup)).addWarningV2('cdk-stripe-eventbridge:infrequent-access-logs',
      `a log group of the class ${logGroupClass} extracts no metrics, so that most alarms have no data; ` +
      'use the class STANDARD');
  }
  return [];
}

/** Log group of the app to which a function writes. */
function logGroupOf(cfnFunction: CfnFunction): CfnLogGroup | undefined {
  const { logGroup: name } = produced(cfnFunction, cfnFunction.loggingConfig) ?? {};
  const { stack } = cfnFunction;
  return name && cfnFunction.node.root.node.findAll().find((each): each is CfnLogGroup => each instanceof CfnLogGroup
    && (each === resourceOf(name) || (each.logGroupName === name && each.stack.environment === stack.environment)));
}

/** Network interfaces have no name before they exist, so the managed policy of AWS is the least privilege there is. */
function vpcPolicy(): IManagedPolicy {
  return ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole');
}

/** Conditions on the function, without which the handler cannot work. */
function conditionsOf(scope: Construct, { environment, timeoutSeconds }: HandlerFunctionProps): Invariant[] {
  const type = CfnFunction.CFN_RESOURCE_TYPE_NAME;
  const names = Object.keys(environment);
  return [
    {
      type,
      property: 'environment.variables',
      must: `have the values of the library for ${names.join(', ')}`,
      test: (value = {}) => names.every((name) => isSame(value[name], Stack.of(scope).resolve(environment[name]))),
    },
    { type, property: 'runtime', must: `be Node.js ${LEAST_NODEJS} or newer`, test: isSupportedRuntime },
    {
      type,
      property: 'timeout',
      must: `be ${timeoutSeconds} seconds, on which the deadline of the handler and its queue depend`,
      test: (value) => value === timeoutSeconds,
    },
    {
      type,
      property: 'reservedConcurrentExecutions',
      must: 'not be 0, with which the function is never invoked',
      test: (value) => value !== 0,
    },
  ];
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
