import { RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { assertInEnvironment } from './environment';
import type { StripeFunctionOptions } from './stripe-function-options';
import { BOOLEAN, fail, integer, listOf, options, resource, type Rule, type Rules, validate } from './validation';
import { kindOf, quoted } from '../stripe-event-filter/value-kind';

/** Oldest version of Node.js for which the handlers are built. */
export const LEAST_NODEJS = 22;

const isRuntime = (value: any) => typeof value === 'object' && typeof value.name === 'string' && 'family' in value;

/** Whether the name of a runtime is that of a Node.js for which the handlers are built. */
export function isSupportedRuntime(name: string | undefined): boolean {
  return Number(/^nodejs(\d+)/.exec(name ?? '')?.[1]) >= LEAST_NODEJS;
}

const RUNTIME: Rule = {
  expected: `a runtime of Node.js ${LEAST_NODEJS} or newer`,
  remedy: 'omit it for Node.js 24',
  test: (value) => isRuntime(value) && value.family === RuntimeFamily.NODEJS
    && isSupportedRuntime(value.name),
  show: (value) => value && isRuntime(value) ? quoted(value.name) : kindOf(value),
};

const ARCHITECTURE: Rule = {
  expected: 'an Architecture',
  remedy: 'use Architecture.ARM_64 or Architecture.X86_64',
  test: (value) => typeof value === 'object' && 'dockerPlatform' in value,
};

const RULES: Rules<StripeFunctionOptions> = {
  memorySize: integer(128, 10_240),
  architecture: ARCHITECTURE,
  reservedConcurrentExecutions: integer(1, 100_000),
  runtime: RUNTIME,
  role: resource('an IRole', 'roleArn', "use Role.fromRoleArn(this, 'Role', arn)"),
  vpc: resource('an IVpc', 'vpcId', "use Vpc.fromLookup(this, 'Vpc', { … })"),
  vpcSubnets: options('use { subnetType: SubnetType.PRIVATE_WITH_EGRESS }'),
  securityGroups: listOf(resource('an ISecurityGroup', 'securityGroupId', 'use new SecurityGroup(…)'), { min: 1 }),
  layers: listOf(
    resource('an ILayerVersion', 'layerVersionArn', 'use LayerVersion.fromLayerVersionArn(…)'), { max: 5 },
  ),
  tracing: BOOLEAN,
};

/** Fails on the first invalid option of a function. */
export function validateFunctionOptions(scope: IConstruct, functionOptions: StripeFunctionOptions): void {
  validate(scope, functionOptions, RULES);
  const needsVpc = (['vpcSubnets', 'securityGroups'] as const).find((name) => functionOptions[name]);
  if (needsVpc && !functionOptions.vpc) {
    fail(scope, `\`${needsVpc}\` needs \`vpc\`, got none; set vpc, or omit ${needsVpc}`);
  }
  const { vpc, vpcSubnets } = functionOptions;
  vpc && assertInEnvironment(scope, 'vpc', vpc);
  if (vpc?.selectSubnets(vpcSubnets).hasPublic) {
    fail(scope, '`vpcSubnets` must be private subnets, because a function in a public one reaches no service of AWS, ' +
      `got public ones of ${vpc.node.path}; use { subnetType: SubnetType.PRIVATE_WITH_EGRESS }`);
  }
}
