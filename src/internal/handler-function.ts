import { join } from 'path';
import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IRole, ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, Runtime, RuntimeFamily, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StripeFunctionOptions } from './stripe-function-options';
import { withoutUndefined } from './without-undefined';
import { FUNCTION_DIMENSION, METRIC_NAMESPACE } from '../monitoring/contract';

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
  /** Options of the user. */
  readonly options?: StripeFunctionOptions;
  /** Retention of the logs. */
  readonly logRetention?: RetentionDays;
}

/** Bundled handler with its own log group and, by default, its own role. */
export class HandlerFunction extends Construct {
  /** Lambda function of the handler. */
  public readonly function: Function;

  constructor(scope: Construct, id: string, { options = {}, ...props }: HandlerFunctionProps) {
    super(scope, id);
    const logGroup = this.createLogGroup(props.logRetention);
    const role = options.role ? this.customRole(options.role) : this.createRole(options);
    logGroup.grantWrite(role);
    const { memorySize, tracing, ...passedOn } = options;
    this.function = new Function(this, 'Function', {
      architecture: Architecture.ARM_64,
      runtime: NODEJS_24_X,
      ...withoutUndefined(passedOn),
      description: props.description,
      memorySize: memorySize ?? props.memorySize,
      code: Code.fromAsset(join(ASSETS, props.asset)),
      handler: 'index.handler',
      timeout: Duration.seconds(props.timeoutSeconds),
      environment: props.environment,
      tracing: tracing ? Tracing.ACTIVE : undefined,
      role,
      logGroup,
    });
  }

  /** Metric that the handler writes. */
  public metric(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [FUNCTION_DIMENSION]: this.function.functionName },
      statistic: 'Sum',
      ...options,
    }).attachTo(this);
  }

  private createLogGroup(retention: RetentionDays = RetentionDays.ONE_MONTH): LogGroup {
    // logs hold ids and decisions that expire anyway, so they leave with the stack
    return new LogGroup(this, 'Logs', { retention, removalPolicy: RemovalPolicy.DESTROY });
  }

  private customRole(role: IRole): IRole {
    Annotations.of(this).addWarningV2('cdk-stripe-eventbridge:custom-role',
      'functionOptions.role may allow more than the function needs; omit it to use a role with least privilege, ' +
      'or acknowledge this warning');
    return role;
  }

  private createRole({ vpc }: StripeFunctionOptions): Role {
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      // network interfaces have no name before they exist, so the managed policy of AWS is the least privilege there is
      managedPolicies: vpc && [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole')],
    });
  }
}
