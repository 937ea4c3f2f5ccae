import { Annotations, ArnFormat, Aws, CfnDeletionPolicy, RemovalPolicy, Resource, Stack, Token } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnKey, type IAlias, type IKey, KeySpec } from 'aws-cdk-lib/aws-kms';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { Construct } from 'constructs';
import { differenceOf, nameOfPlace } from './environment';
import { checkKeyPolicy } from './resource-policies';
import { fail, resource, type Rule } from './validation';
import { allows, isAccount, matches, type Statement, statementsOf } from '../monitoring/policy-statement';
import { ownerOf, resourceOf } from '../monitoring/reference';
import { warnOnce } from '../monitoring/warn-once';
import { kindOf, quoted } from '../stripe-event-filter/value-kind';

/** Actions that CloudWatch Logs needs on the key of a log group. */
const LOG_ACTIONS = ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'];

/** Actions that EventBridge needs on the key of a bus, an archive or a queue. */
const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*', 'kms:DescribeKey'];

/** Actions that the role of a writer needs on the key of its table. */
const WRITER_ACTIONS = ['kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'];

/** Alias at the end of an ARN. */
const ALIAS = /:(alias\/.+)$/;

/** A key on which permissions can be granted. On an alias that is imported by name, CDK grants nothing. */
export const ENCRYPTION_KEY: Rule = {
  ...resource('an IKey other than an imported alias', 'keyArn', 'use Key.fromKeyArn or Key.fromLookup'),
  test: (value) => Construct.isConstruct(value) && 'keyArn' in value && importedAliasOf(value) === undefined,
  show: (value) => importedAliasOf(value) ? `the alias ${quoted(importedAliasOf(value))}` : kindOf(value),
};

/** Name of an alias that is imported, as an alias or by its ARN as a key. */
function importedAliasOf(value: unknown): string | undefined {
  if (!Construct.isConstruct(value) || Resource.isOwnedResource(value)) {
    return undefined;
  }
  const { aliasName, keyArn = '' } = value as Partial<IAlias>;
  return aliasName ?? ALIAS.exec(keyArn)?.[1];
}

/**
 * Key behind an alias of the app, or the key itself.
 *
 * The ARN of an alias is no resource of a permission, no key of a log group, and no reference to the alias.
 */
export function keyBehind(key: IKey): IKey;
export function keyBehind(key: IKey | undefined): IKey | undefined;
export function keyBehind(key: IKey | undefined): IKey | undefined {
  return importedAliasOf(key) ? key : (key as Partial<IAlias> | undefined)?.aliasTargetKey ?? key;
}

/** Resource of a key of the app. It is not below a key of `Key.fromCfnKey`. */
export function cfnKeyOf(key: IKey): CfnKey | undefined {
  const resourceOfKey = resourceOf(keyBehind(key).keyArn);
  return resourceOfKey instanceof CfnKey ? resourceOfKey : undefined;
}

/** Fails for the key of a resource of the user on which CDK would grant nothing. */
export function assertGrantable(scope: Construct, what: string, key: IKey | undefined): void {
  const alias = importedAliasOf(key);
  if (alias) {
    fail(scope, `the key of ${what} must be ${ENCRYPTION_KEY.expected}, got the alias ${quoted(alias)}; ` +
      `${ENCRYPTION_KEY.remedy}`);
  }
}

/** Fails for a key of another place, or one that is not a symmetric key in use: AWS shows it when it uses the key. */
export function assertUsableKey(key: IKey, scope: Construct, property: string): void {
  const { account, region } = Stack.of(scope);
  // that of the stack is known only with a feature flag
  const partition = RegionInfo.get(region).partition ?? Aws.PARTITION;
  const cfnKey = cfnKeyOf(key);
  const places = [
    ...cfnKey ? [['account', key.env.account, account]] : [],
    ['region', key.env.region, region],
    ['partition', Token.isUnresolved(key.keyArn) ? partition : key.keyArn.split(':')[1], partition],
  ];
  const difference = places.find(([, ofKey, here]) =>
    !Token.isUnresolved(ofKey) && !Token.isUnresolved(here) && ofKey !== here);
  if (difference) {
    const [what, ofKey, here] = difference;
    fail(scope, `\`${property}\` must be in the ${what} of the stack, got ${key.node.path} in ${ofKey} and a stack ` +
      `in ${here}; use a key of the stack, or a replica of the key`);
  }
  cfnKey && problemOfKey(cfnKey, `\`${property}\``).forEach((problem) => fail(scope, problem));
}

/** Problem of a key that is not a symmetric key in use, if there is one. */
export function problemOfKey(cfnKey: CfnKey, what: string): string[] {
  const { enabled = true, keySpec = KeySpec.SYMMETRIC_DEFAULT } = cfnKey;
  return enabled === true && keySpec === KeySpec.SYMMETRIC_DEFAULT ? []
    : [`${what} must be a symmetric key that is enabled, got ${ownerOf(cfnKey).node.path}; ` +
      'use new Key(…) with the defaults of keySpec and enabled'];
}

/**
 * Lets the bus, its archive and its rules use a key. Without it, EventBridge delivers nothing.
 *
 * The statement covers EventBridge in the account, not one bus: see docs/decisions/0019-key-policy-for-eventbridge.md.
 */
export function allowEventBridge(key: IKey, scope: Construct): void {
  assertUsableKey(key, scope, 'encryptionKey');
  const isAdded = allow(key, ACTIONS, new ServicePrincipal('events.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
  }));
  const cfnKey = cfnKeyOf(key);
  cfnKey && checkKeyPolicy(cfnKey);
  isAdded || warnOfImportedKey(key, scope);
}

/** Adds a statement to the policy of a key. Returns whether CDK can change the policy. */
function allow(key: IKey, actions: string[], principal: ServicePrincipal): boolean {
  const statement = new PolicyStatement({ principals: [principal], actions, resources: ['*'] });
  return key.addToResourcePolicy(statement).statementAdded;
}

/** The policy of a key of another account must name each role as well, since IAM cannot decide for another account. */
function warnOfImportedKey(key: IKey, scope: Construct): void {
  const roles = differenceOf(scope, key)?.what !== 'account' ? ''
    : ', and roles of that account: the webhook function to call kms:Decrypt, the writer of a table to call ' +
      `${WRITER_ACTIONS.join(', ')}, and a function that reads a queue to call kms:Decrypt`;
  warnAtSynthesis(scope, 'cdk-stripe-eventbridge:imported-key',
    'the policy of an imported encryptionKey cannot be changed here; ' +
    `it must allow events.amazonaws.com to call ${ACTIONS.join(', ')} in ${nameOfPlace(scope, 'account')}${roles}`);
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
  const isAdded = allow(key, LOG_ACTIONS, new ServicePrincipal(logs, {
    conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } },
  }));
  if (!isAdded) {
    warnAtSynthesis(scope, 'cdk-stripe-eventbridge:imported-log-key',
      'the policy of an imported logEncryptionKey cannot be changed here; ' +
      `it must allow CloudWatch Logs in ${nameOfPlace(scope, 'region')} to call ${LOG_ACTIONS.join(', ')} ` +
      `for the log groups of ${nameOfPlace(scope, 'account')}`);
  }
}

/** Warns once per stack, below the scope, since what a construct acknowledges covers what is below it. */
function warnAtSynthesis(scope: Construct, id: string, message: string): void {
  scope.node.addValidation({
    validate: () => {
      warnOnce(scope.node.children[0] ?? scope, id, message);
      return [];
    },
  });
}

/** Warns of a key of the app whose policy neither names a role nor lets IAM decide, so that grants have no effect. */
export function warnIfClosed(
  key: IKey, service: 'dynamodb' | 'kinesis' | 'secretsmanager' | 'sns' | 'sqs', { grantPrincipal: role }: IGrantable,
): void {
  const target = keyBehind(key);
  const cfnKey = cfnKeyOf(key);
  if (!cfnKey || !Construct.isConstruct(role) || !('roleArn' in role)) {
    return;
  }
  const { stack } = cfnKey;
  cfnKey.node.addValidation({
    validate: () => {
      const { account, environment } = Stack.of(role);
      // CDK throws for a role of another environment, which the policy cannot name
      const roleArn = environment === stack.environment ? stack.resolve(role.roleArn) : undefined;
      const user = { roleArn, account, service, region: stack.region };
      if (!statementsOf(stack.resolve(cfnKey.keyPolicy)).some((statement) => admits(statement, user))) {
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
  const cfnKey = cfnKeyOf(key);
  cfnKey?.node.addValidation({
    validate: () => {
      const { deletionPolicy = CfnDeletionPolicy.DELETE } = cfnKey.cfnOptions; // the default of CloudFormation
      if (deletionPolicy === CfnDeletionPolicy.DELETE && removalPolicy !== RemovalPolicy.DESTROY) {
        Annotations.of(cfnKey).addWarningV2('cdk-stripe-eventbridge:destroyed-key',
          'this key is deleted with its stack, and what it encrypts is retained and cannot be read then; ' +
          'use RemovalPolicy.RETAIN for the key, or RemovalPolicy.DESTROY for the bridge as well');
      }
      return [];
    },
  });
}

/** Role that uses a key through a service. */
interface KeyUser {
  readonly roleArn: unknown;
  readonly account: string;
  readonly service: string;
  readonly region: string;
}

/** Whether a statement lets a role decrypt, or lets IAM decide. CDK admits the account for one service only. */
function admits(statement: Statement, user: KeyUser): boolean {
  const { roleArn, account } = user;
  const principals = JSON.stringify(statement.Principal ?? '');
  return [':root', `"${account}"`, '"*"', JSON.stringify(roleArn ?? '"')].some((each) => principals.includes(each))
    && allows(statement, 'kms:Decrypt', {
      'kms:calleraccount': isAccount(account),
      'kms:viaservice': (value) => isService(value, user),
    });
}

/** Whether the value of a condition names a service in a region, such as `sqs.eu-west-1.amazonaws.com`. */
function isService(value: unknown, { service, region }: KeyUser): boolean {
  if (typeof value !== 'string') {
    return JSON.stringify(value).includes(`${service}.`);
  }
  return Token.isUnresolved(region) ? matches(value.split('.')[0], service)
    : matches(value, `${service}.${region}.${RegionInfo.get(region).domainSuffix ?? 'amazonaws.com'}`);
}
