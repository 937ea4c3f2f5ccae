import { Annotations, type Duration, Stack, Token } from 'aws-cdk-lib';
import type { IRule } from 'aws-cdk-lib/aws-events';
import { CfnQueue, type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { allowEventBridge, assertUsableKey, cfnKeyOf } from './encryption-key';
import { differenceOf } from './environment';
import { checkResourcePolicy } from './resource-policies';
import { checkKey, warnOfShortRetention, warnOfSmallQueue } from './rule-target';
import { fail } from './validation';
import { ownerOf, resourceOf } from '../monitoring/reference';

/** Default of SQS, in seconds. */
const DEFAULT_RETENTION = 4 * 24 * 3_600;

/**
 * Fails for a dead-letter queue of a target that EventBridge cannot use, or that CDK cannot deploy.
 *
 * Lets EventBridge use the key of the queue. A queue that is imported is known only by its name.
 *
 * @returns a queue of the app
 */
export function prepareDeadLetterQueue(rule: IRule, arn: string): IQueue | undefined {
  const resource = resourceOf(arn);
  const queue = resource instanceof CfnQueue ? resource : undefined;
  if (queue?.fifoQueue === true || arn.endsWith('.fifo')) {
    fail(rule, '`deadLetterQueue` must be a standard queue, got a FIFO queue, which EventBridge does not accept; ' +
      'omit it, or use a standard queue');
  }
  if (queue && Stack.of(queue) !== Stack.of(rule)) {
    fail(rule, '`deadLetterQueue` must be in the stack of the rule, because its policy names the rule, ' +
      `got ${queue.node.scope?.node.path}; omit it, or create it in the stack ${Stack.of(rule).node.path}`);
  }
  if (!queue) {
    Annotations.of(rule).addWarningV2('cdk-stripe-eventbridge:imported-dead-letter-queue',
      'the policy of an imported dead-letter queue cannot be changed here; it must allow events.amazonaws.com to ' +
      'call sqs:SendMessage for the rules, and needs an alarm of its own');
  }
  queue?.node.scope && checkResourcePolicy(queue.node.scope);
  warnOfSmallQueue(rule, queue);
  queue && warnOfShortRetention(rule, queue);
  queue && checkKey(rule, 'deadLetterQueue', ownerOf(queue));
  queue?.node.scope && openKeyOfQueue(queue.node.scope, rule);
  return queueOf(arn);
}

/** Lets EventBridge use the key of a dead-letter queue. The policy of an imported key cannot be changed. */
export function openKeyOfQueue(queue: Partial<IQueue>, scope: IConstruct): void {
  const { encryptionMasterKey: key } = queue;
  if (key) {
    cfnKeyOf(key) ? allowEventBridge(key, scope) : assertUsableKey(key, scope, 'encryptionMasterKey');
  }
}

/** Queue of the app that an ARN refers to. */
export function queueOf(arn: string): Queue | undefined {
  const { scope } = resourceOf(arn)?.node ?? {};
  return scope instanceof Queue ? scope : undefined;
}

/** Fails for a queue that another queue cannot use as its dead-letter queue, or that would delete a message at once. */
export function assertUsableByQueue(scope: IConstruct, queue: IQueue, retryFor: Duration): void {
  if (differenceOf(scope, queue)) {
    fail(scope, '`deadLetterQueue` must be in the account and the region of the queue before it, ' +
      `got ${queue.node.path}; omit it, or create it in the stack ${Stack.of(scope).node.path}`);
  }
  const cfnQueue = queue.node.defaultChild;
  if (!(cfnQueue instanceof CfnQueue)) {
    return;
  }
  if (cfnQueue.redriveAllowPolicy?.redrivePermission && cfnQueue.redriveAllowPolicy.redrivePermission !== 'allowAll') {
    fail(scope, '`deadLetterQueue` must accept the new queue before it, got one with `redriveAllowPolicy` ' +
      `'${cfnQueue.redriveAllowPolicy.redrivePermission}'; omit redriveAllowPolicy`);
  }
  const { messageRetentionPeriod = DEFAULT_RETENTION } = cfnQueue;
  if (!Token.isUnresolved(messageRetentionPeriod) && messageRetentionPeriod <= retryFor.toSeconds()) {
    fail(scope, '`deadLetterQueue` must keep messages for longer than `retryFor`, because their age counts from the ' +
      `first queue, got ${messageRetentionPeriod} seconds and ${retryFor.toSeconds()} seconds; ` +
      'use `retentionPeriod: Duration.days(14)`');
  }
}
