import { join } from 'path';
import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, Runtime, RuntimeFamily, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { FUNCTION_DIMENSION, METRIC_NAMESPACE } from './contract';
import type { StripeFunctionOptions } from './stripe-function-options';

/** The folder that handlers are bundled into when the library is built; shipped beside `lib`. */
const ASSETS = join(__dirname, '..', '..', 'assets');

// by name, since the oldest aws-cdk-lib that we support does not have the constant
const NODEJS_24_X = new Runtime('nodejs24.x', RuntimeFamily.NODEJS);

/** What a handler function needs. */
export interface HandlerFunctionProps {
  /** Name of the bundle. */
  readonly asset: string;
  /** What the function is for, in a few words. */
  readonly description: string;
  /** Everything that the handler reads. */
  readonly environment: Record<string, string>;
  /** In whole seconds. */
  readonly timeoutSeconds: number;
  /** In MiB, unless the user says otherwise. */
  readonly memorySize: number;
  /** The user's wishes. */
  readonly options?: StripeFunctionOptions;
  /** How long logs are kept. */
  readonly logRetention?: RetentionDays;
}

/** One of our bundled handlers, with a role and a log group of its own, so that its policy can name them. */
export class HandlerFunction extends Construct {
  /** The function. */
  public readonly function: Function;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY, // event ids and decisions; nothing that retention would not delete anyway
    });
    const role = props.options?.role ?? this.makeRole(props.options);
    if (props.options?.role) {
      Annotations.of(this).addWarningV2('cdk-stripe-eventbridge:role-of-yours',
        'what else functionOptions.role may do is not known here, and the function may do it too; give the function a role of its own, or acknowledge this');
    }
    logGroup.grantWrite(role);
    this.function = new Function(this, 'Function', {
      description: props.description,
      runtime: props.options?.runtime ?? NODEJS_24_X,
      architecture: props.options?.architecture ?? Architecture.ARM_64,
      memorySize: props.options?.memorySize ?? props.memorySize,
      reservedConcurrentExecutions: props.options?.reservedConcurrentExecutions,
      code: Code.fromAsset(join(ASSETS, props.asset)),
      handler: 'index.handler',
      timeout: Duration.seconds(props.timeoutSeconds),
      environment: props.environment,
      vpc: props.options?.vpc,
      vpcSubnets: props.options?.vpcSubnets,
      securityGroups: props.options?.securityGroups,
      layers: props.options?.layers,
      tracing: props.options?.tracing ? Tracing.ACTIVE : undefined,
      role,
      logGroup,
    });
  }

  /** A metric that the handler's log lines carry. */
  public metric(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { [FUNCTION_DIMENSION]: this.function.functionName },
      statistic: 'Sum',
      ...options,
    }).attachTo(this);
  }

  private makeRole(options?: StripeFunctionOptions): Role {
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      // network interfaces have no name before they exist, so AWS's own policy is the least there is
      managedPolicies: options?.vpc && [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaVPCAccessExecutionRole')],
    });
  }
}
