import { Annotations, ArnFormat, CfnDeletionPolicy, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import { type IGrantable, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type CfnKey, type IAlias, type IKey, KeySpec } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { differenceOf } from './environment';
import { fail, resource, type Rule } from './validation';
import { kindOf, quoted } from '../stripe-event-filter/value-kind';

/** Actions that CloudWatch Logs needs on the key of a log group. */
const LOG_ACTIONS = ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'];

/** Actions that EventBridge needs on the key of a bus, an archive or a queue. */
const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*', 'kms:DescribeKey'];

/** A key on which permissions can be granted. On an alias that is imported by name, CDK grants nothing. */
export const ENCRYPTION_KEY: Rule = {
  ...resource('an IKey other than an imported alias', 'keyArn', 'use Key.fromKeyArn or Key.fromLookup'),
  test: (value) => Construct.isConstruct(value) && 'keyArn' in value && !isImportedAlias(value),
  show: (value) => isImportedAlias(value) ? `the alias ${quoted(value.aliasName)}` : kindOf(value),
};

function isImportedAlias(value: unknown): value is IAlias {
  return Construct.isConstruct(value) && 'aliasName' in value && !Resource.isOwnedResource(value);
}

/**
 * Key behind an alias of the app, or the key itself.
 *
 * The ARN of an alias is no resource of a permission, no key of a log group, and no reference to the alias.
 */
export function keyBehind(key: IKey): IKey;
export function keyBehind(key: IKey | undefined): IKey | undefined;
export function keyBehind(key: IKey | undefined): IKey | undefined {
  return isImportedAlias(key) ? key : (key as Partial<IAlias> | undefined)?.aliasTargetKey ?? key;
}

/** Fails for the key of a resource of the user on which CDK would grant nothing. */
export function assertGrantable(scope: Construct, what: string, key: IKey | undefined): void {
  if (isImportedAlias(key)) {
    fail(scope, `the key of ${what} must be ${ENCRYPTION_KEY.expected}, got the alias ${quoted(key.aliasName)}; ` +
      `${ENCRYPTION_KEY.remedy}`);
  }
}

/** Fails for a key of another region, or one that is not a symmetric key in use: AWS shows it when it uses the key. */
export function assertUsableKey(key: IKey, scope: Construct, property: string): void {
  const difference = differenceOf(scope, key);
  if (difference && (difference.what === 'region' || Resource.isOwnedResource(key))) {
    fail(scope, `\`${property}\` must be in the ${difference.what} of the stack, got ${key.node.path} in ` +
      `${difference.ofResource} and a stack in ${difference.ofStack}; use a key of the stack, or a replica of the key`);
  }
  const { enabled = true, keySpec = KeySpec.SYMMETRIC_DEFAULT } = (key.node.defaultChild ?? {}) as Partial<CfnKey>;
  if (enabled !== true || keySpec !== KeySpec.SYMMETRIC_DEFAULT) {
    fail(scope, `\`${property}\` must be a symmetric key that is enabled, got ${key.node.path}; ` +
      'use new Key(…) with the defaults of keySpec and enabled');
  }
}

/**
 * Lets the bus, its archive and its rules use a key. Without it, EventBridge delivers nothing.
 *
 * The statement covers EventBridge in the account, not one bus: see docs/decisions/0019-key-policy-for-eventbridge.md.
 */
export function allowEventBridge(key: IKey, scope: Construct): void {
  assertUsableKey(key, scope, 'encryptionKey');
  const { account } = Stack.of(scope);
  const eventBridge = new ServicePrincipal('events.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': account } },
  });
  key.grant(eventBridge, ...ACTIONS);
  if (!Resource.isOwnedResource(key)) {
    // on the stack, so that it appears once
    Annotations.of(Stack.of(scope)).addWarningV2('cdk-stripe-eventbridge:imported-key',
      'the policy of an imported encryptionKey cannot be changed here; ' +
      `it must allow events.amazonaws.com to call ${ACTIONS.join(', ')} in account ${account}`);
  }
}

/**
 * Lets CloudWatch Logs use a key. Without it, a log group with the key cannot be created.
 *
 * The statement covers the log groups of the account in the region: the name of a log group depends on the key.
 */
export function allowLogs(key: IKey, scope: Construct): void {
  assertUsableKey(key, scope, 'logEncryptionKey');
  const stack = Stack.of(scope);
  const logs = `logs.${stack.region}.${stack.urlSuffix}`;
  const logGroups = stack.formatArn({
    service: 'logs', resource: 'log-group', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  key.grant(new ServicePrincipal(logs, {
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
  }), ...LOG_ACTIONS);
  if (!Resource.isOwnedResource(key)) {
    Annotations.of(stack).addWarningV2('cdk-stripe-eventbridge:imported-log-key',
      'the policy of an imported logEncryptionKey cannot be changed here; ' +
      `it must allow CloudWatch Logs in ${stack.region} to call ${LOG_ACTIONS.join(', ')} ` +
      `for the log groups of ${stack.account}`);
  }
}

/** Warns of a key of the app whose policy neither names a role nor lets IAM decide, so that grants have no effect. */
export function warnIfClosed(
  key: IKey, service: 'dynamodb' | 'secretsmanager' | 'sqs', { grantPrincipal: role }: IGrantable,
): void {
  const target = keyBehind(key);
  const cfnKey = target.node.defaultChild as CfnKey | undefined;
  if (!cfnKey || !Construct.isConstruct(role) || !('roleArn' in role)) {
    return;
  }
  const { stack } = cfnKey;
  cfnKey.node.addValidation({
    validate: () => {
      const { Statement: statements = [] } = stack.resolve(cfnKey.keyPolicy) as KeyPolicy;
      // CDK throws for a role of another environment, which the policy cannot name
      const roleArn = Stack.of(role).environment === stack.environment ? stack.resolve(role.roleArn) : undefined;
      if (!statements.some((statement) => admits(statement, roleArn, service))) {
        Annotations.of(target).addWarningV2(`cdk-stripe-eventbridge:closed-key-${service}-${role.node.path}`,
          `the policy of this key admits neither the role ${role.node.path} nor the account, so that it cannot use ` +
          `the key for ${service}; add a statement for the role, or one that allows kms:* to AccountRootPrincipal`);
      }
      return [];
    },
  });
}

/** Warns of a key that is deleted with its stack, while what it encrypts is retained and can never be read again. */
export function warnIfDestroyed(key: IKey, removalPolicy: RemovalPolicy): void {
  const { defaultChild } = keyBehind(key).node;
  const cfnKey = defaultChild as CfnKey | undefined;
  cfnKey?.node.addValidation({
    validate: () => {
      if (cfnKey.cfnOptions.deletionPolicy === CfnDeletionPolicy.DELETE && removalPolicy !== RemovalPolicy.DESTROY) {
        Annotations.of(cfnKey).addWarningV2('cdk-stripe-eventbridge:destroyed-key',
          'this key is deleted with its stack, and what it encrypts is retained and cannot be read then; ' +
          'use RemovalPolicy.RETAIN for the key, or RemovalPolicy.DESTROY for the bridge as well');
      }
      return [];
    },
  });
}

/** Policy of a key in a template. */
interface KeyPolicy {
  readonly Statement?: ReadonlyArray<Record<string, unknown>>;
}

/** Whether a statement names a role or the account. CDK admits the account for calls of one service by a condition. */
function admits(statement: Record<string, unknown>, roleArn: unknown, service: string): boolean {
  const { Effect: effect, Principal: principal, Condition: condition } = statement;
  const principals = JSON.stringify(principal ?? '');
  return effect === 'Allow'
    && (condition === undefined || JSON.stringify(condition).includes(`${service}.`))
    && [':root', '"*"', JSON.stringify(roleArn ?? '"')].some((each) => principals.includes(each));
}
