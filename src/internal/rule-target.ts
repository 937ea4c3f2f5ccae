import { Annotations, CfnResource, type IResource, Resource, Stack, Token } from 'aws-cdk-lib';
import type { IRule, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import type { CfnTopic, ITopic } from 'aws-cdk-lib/aws-sns';
import type { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { assertReferable, differenceOf } from './environment';
import { checkFunctionTarget, isFunction } from './function-target';
import { checkResourcePolicy, warnIfKeyExcludes } from './resource-policies';
import { fail } from './validation';
import { keyOf, ownerOf, resourceOf } from '../monitoring/reference';

/** Limit of EventBridge and of SQS, in bytes. */
const LARGEST_EVENT = 1_048_576;

/** Fails for a target to which EventBridge cannot deliver, or which CDK cannot deploy. */
export function assertDeliverable(rule: IRule, target: IConstruct, config: RuleTargetConfig): void {
  assertReferable(rule, 'target', target);
  assertSameEnvironment(rule, target);
  assertNoCycle(rule, target);
  assertFifoAccepts(rule, target, config);
  assertInvocable(rule, target);
  'queueArn' in target && warnOfSmallQueue(rule, target.node.defaultChild);
  checkResourcePolicy(target);
  config.role ?? checkKey(rule, 'target', target); // a role gets the permission for the key itself
  warnOfImportedPolicy(rule, target);
  isFunction(target) && checkFunctionTarget(rule, target);
}

/** Default of SQS, in seconds. It is longer than a weekend. */
const DEFAULT_RETENTION = 4 * 24 * 3_600;

const CHECKED = new WeakSet<IConstruct>();

/** Checks at synthesis that EventBridge can use a key of the user. A queue beside the rule belongs to the library. */
export function checkKey(rule: IRule, property: 'target' | 'deadLetterQueue', construct: IConstruct): void {
  if (!CHECKED.has(construct) && construct.node.scope !== rule.node.scope) {
    CHECKED.add(construct);
    rule.node.addValidation({ validate: () => problemsOfKey(rule, property, construct) });
  }
}

/** A key of AWS admits no other service, and nobody can change its policy. */
export function problemsOfKey(rule: IConstruct, property: string, construct: IConstruct): string[] {
  const resource = [construct, construct.node.defaultChild].find(CfnResource.isCfnResource);
  const keyId = resource ? (resource as CfnQueue | CfnTopic).kmsMasterKeyId : keyArnOf(construct);
  if (keyId === undefined) {
    return [];
  }
  const [aliasOfAws] = /alias\/aws\/\w+/.exec(JSON.stringify(Stack.of(rule).resolve(keyId))) ?? [];
  if (aliasOfAws) {
    const remedy = 'topicArn' in construct ? 'omit masterKey, or use'
      : 'use QueueEncryption.SQS_MANAGED, or QueueEncryption.KMS with';
    return [`\`${property}\` must have a key that EventBridge may use, got ${aliasOfAws} of ${construct.node.path}; ` +
      `${remedy} a key of your own`];
  }
  const key = resource && keyOf(resource, keyId);
  if (key) {
    warnIfKeyExcludes(key, Stack.of(rule).account);
    return [];
  }
  Annotations.of(rule).addWarningV2('cdk-stripe-eventbridge:imported-key',
    `the policy of the imported key of \`${property}\` ${construct.node.path} cannot be changed here; ` +
    'it must allow events.amazonaws.com to call kms:Decrypt, kms:GenerateDataKey*');
  return [];
}

/** Key of an imported queue or topic, if it was given. */
function keyArnOf(construct: IConstruct): string | undefined {
  const { encryptionMasterKey, masterKey = encryptionMasterKey } = construct as Partial<IQueue & ITopic>;
  return masterKey?.keyArn;
}

/** Warns of a bus of another account as the target. CDK gives the rule a role, and the bus no policy for it. */
export function warnOfForeignBus(rule: IRule, arn: string): void {
  const bus = resourceOf(arn);
  const [, , service, , ofArn] = bus || Token.isUnresolved(arn) ? [] : arn.split(':');
  const account = bus?.cfnResourceType === 'AWS::Events::EventBus' ? bus.stack.account
    : service === 'events' ? ofArn : undefined;
  if (account && differenceOf(rule, { env: { account, region: Stack.of(rule).region } })) {
    Annotations.of(rule).addWarningV2('cdk-stripe-eventbridge:target-of-another-account',
      `the policy of a target bus of account ${account} cannot be changed here; ` +
      'it must allow the role of the rule to call events:PutEvents');
  }
}

/** Warns of a queue that refuses large messages. An event can have the size that SQS and EventBridge allow. */
export function warnOfSmallQueue(scope: IConstruct, queue: IConstruct | undefined): void {
  const { maximumMessageSize = LARGEST_EVENT } = (queue ?? {}) as Partial<CfnQueue>;
  if (!Token.isUnresolved(maximumMessageSize) && maximumMessageSize < LARGEST_EVENT) {
    Annotations.of(scope).addWarningV2(`cdk-stripe-eventbridge:small-queue-${queue!.node.path}`,
      `the queue ${queue!.node.scope?.node.path} refuses messages of more than ${maximumMessageSize} bytes, and an ` +
      `event can have ${LARGEST_EVENT}; omit maxMessageSizeBytes`);
  }
}

/** Warns at synthesis of a dead-letter queue whose messages expire before somebody can act on its alarm. */
export function warnOfShortRetention(scope: IConstruct, queue: CfnQueue): void {
  queue.node.addValidation({
    validate: () => {
      const { messageRetentionPeriod: seconds = DEFAULT_RETENTION } = queue;
      if (!Token.isUnresolved(seconds) && seconds < DEFAULT_RETENTION) {
        Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:short-retention',
          `events in the dead-letter queue ${ownerOf(queue).node.path} are lost after ${seconds} seconds; ` +
          'use `retentionPeriod: Duration.days(14)`');
      }
      return [];
    },
  });
}

/** Fails for a function that Lambda does not invoke for a rule or a queue. */
export function assertInvocable(scope: IConstruct, target: IConstruct): void {
  // properties of newer releases of aws-cdk-lib
  const { durableConfig, tenancyConfig } = (target.node.defaultChild ?? {}) as Record<string, unknown>;
  if (durableConfig) {
    fail(scope, `\`target\` must be a version or an alias of a durable function, got ${target.node.path}; ` +
      'use currentVersion of the function');
  }
  if (tenancyConfig) {
    fail(scope, `\`target\` must be a function without tenants, got ${target.node.path}, for which each invocation ` +
      'names a tenant; use a function that invokes it with one');
  }
}

function assertSameEnvironment(rule: IRule, target: IConstruct): void {
  const difference = 'env' in target && differenceOf(rule, target as IConstruct & Pick<IResource, 'env'>);
  if (difference) {
    fail(rule, `\`target\` must be in the ${difference.what} of the rule, got ${target.node.path} in ` +
      `${difference.ofResource} and a rule in ${difference.ofStack}; send the events to a bus there, ` +
      'with the target EventBus, and create the rule for the target on that bus');
  }
}

/** The policy of a queue names the rule, and the rule names the queue: in two stacks, they depend on each other. */
function assertNoCycle(rule: IRule, target: IConstruct): void {
  if ('queueArn' in target && Resource.isOwnedResource(target) && Stack.of(target) !== Stack.of(rule)) {
    const stack = Stack.of(target).node.path;
    fail(rule, `\`target\` is the queue ${target.node.path} of another stack, which would depend on the rule and ` +
      `the rule on it; pass \`scope\` with a construct of the stack ${stack}`);
  }
}

/** A FIFO queue needs a group and deduplication by content. EventBridge supports no FIFO topic. */
function assertFifoAccepts(rule: IRule, target: IConstruct, { arn, sqsParameters }: RuleTargetConfig): void {
  const resource = (target.node.defaultChild ?? {}) as Partial<CfnQueue & CfnTopic>;
  const isFifo = resource.fifoQueue === true || resource.fifoTopic === true || arn.endsWith('.fifo');
  if (isFifo && 'topicArn' in target) {
    fail(rule, `\`target\` must be a standard topic, got the FIFO topic ${target.node.path}, which EventBridge does ` +
      'not support; use a standard topic, or new SqsQueue(queue, { messageGroupId })');
  }
  const deduplicates = !Resource.isOwnedResource(target) || resource.contentBasedDeduplication === true;
  if (isFifo && !(sqsParameters?.messageGroupId && deduplicates)) {
    fail(rule, '`target` must have a messageGroupId and contentBasedDeduplication, got the FIFO queue ' +
      `${target.node.path} without; use new SqsQueue(queue, { messageGroupId }) on such a queue`);
  }
}

function warnOfImportedPolicy(rule: IRule, target: IConstruct): void {
  const action = 'queueArn' in target ? 'sqs:SendMessage' : 'topicArn' in target ? 'sns:Publish' : undefined;
  if (action && !Resource.isOwnedResource(target)) {
    Annotations.of(rule).addWarningV2('cdk-stripe-eventbridge:imported-target',
      `the policy of the imported target ${target.node.path} cannot be changed here; ` +
      `it must allow events.amazonaws.com to call ${action} for the rule`);
  }
}
