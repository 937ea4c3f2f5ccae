import { Duration, Lazy, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnRule, type IRule, type IRuleTarget, type RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnQueue, CfnQueuePolicy, type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { addDependency } from './dependency';
import { allowEventBridge } from './encryption-key';
import { type Invariant, keepInvariants, RETENTION_SECONDS, watchDeadLetterQueue } from './invariants';
import { keyInvariant, noKeyInvariant } from './key-invariants';
import { warnOfSecondReader } from './own-resources';
import { checkResourcePolicy } from './resource-policies';
import { produced } from '../monitoring/reference';

/** Options that every queue of a capability shares. */
export interface EventQueueOptions {
  /** Customer managed key. The default is encryption by SQS. */
  readonly encryptionKey?: IKey;
  /** Removal policy of the queue. */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of a queue for events. */
export interface EventQueueProps extends EventQueueOptions {
  /** Time that a consumer has for a message. */
  readonly visibilityTimeout?: Duration;
  /** Queue for messages that could not be processed. */
  readonly deadLetterQueue?: DeadLetterQueue;
  /** Whether the queue is needed exactly when a key cannot be used. */
  readonly isForUnusableKey?: boolean;
}

/** Key of a queue. */
const KEY = { type: 'AWS::SQS::Queue', property: 'kmsMasterKeyId' };

/** Buses and rules that may send messages to a queue. */
const SOURCES = new WeakMap<Queue, Set<string>>();

/**
 * Lets the rules of the account send messages to a queue, before there is a rule.
 *
 * A policy that names a rule changes after the rule. In between EventBridge would deliver neither to the queue nor to
 * the dead-letter queue, and the events would be lost.
 */
export function allowRules(queue: Queue, rule: IRule): void {
  allowSend(queue, Stack.of(queue).formatArn({ service: 'events', resource: 'rule', resourceName: '*' }));
  const policy = queue.node.tryFindChild('Policy')?.node.defaultChild;
  const resource = rule.node.defaultChild; // a queue can be below the rule, which as a whole cannot depend on it
  if (policy instanceof CfnQueuePolicy && resource instanceof CfnRule && Stack.of(policy) === Stack.of(rule)) {
    addDependency(resource, policy);
  }
}

/** Lets a bus, or rules, send messages to a queue. They share one statement, because SQS allows 20 of them. */
export function allowSend(queue: Queue, sourceArn: string): void {
  const known = SOURCES.get(queue);
  const sources = known ?? new Set();
  SOURCES.set(queue, sources.add(sourceArn));
  if (!known) {
    queue.addToResourcePolicy(new PolicyStatement({
      actions: ['sqs:SendMessage'],
      principals: [new ServicePrincipal('events.amazonaws.com')],
      resources: [queue.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': Lazy.any({ produce: () => oneOrAll([...sources]) }) } },
    }));
  }
}

const oneOrAll = (values: string[]) => values.length === 1 ? values[0] : values;

/** Creates an encrypted queue that accepts TLS only and keeps messages for 14 days, the longest that SQS allows. */
export function eventQueue(
  scope: Construct, id: string, { encryptionKey, isForUnusableKey, ...props }: EventQueueProps,
): Queue {
  if (encryptionKey) {
    allowEventBridge(encryptionKey, scope);
  }
  const queue = new Queue(scope, id, {
    ...props,
    encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
    enforceSSL: true,
    retentionPeriod: Duration.seconds(RETENTION_SECONDS),
  });
  checkResourcePolicy(queue);
  if (props.deadLetterQueue) {
    warnOfSecondReader(queue);
    const resource = queue.node.defaultChild as CfnQueue;
    watchDeadLetterQueue(resource, props.deadLetterQueue.queue.queueArn, () =>
      produced(resource, resource.redrivePolicy)?.deadLetterTargetArn);
  }
  const ofKey = isForUnusableKey ? noKeyInvariant(KEY) : keyInvariant(scope, KEY, encryptionKey);
  keepInvariants(scope, queue, [...conditionsOf(props), ofKey]);
  return queue;
}

/** Conditions on a queue that a function reads. */
function conditionsOf({ visibilityTimeout, deadLetterQueue }: EventQueueProps): Invariant[] {
  const type = 'AWS::SQS::Queue';
  return [
    ...visibilityTimeout ? [{
      type,
      property: 'visibilityTimeout',
      must: `be at least ${visibilityTimeout.toSeconds()} seconds, because the function may need that long`,
      test: (value: number) => value >= visibilityTimeout.toSeconds(),
    }] : [],
    ...deadLetterQueue ? [{
      type,
      property: 'redrivePolicy.deadLetterTargetArn',
      must: 'be present, because messages that fail until they expire are lost without it',
      test: (value?: string) => value !== undefined,
    }, {
      type,
      property: 'redrivePolicy.maxReceiveCount',
      must: `be at least ${deadLetterQueue.maxReceiveCount}, because messages are not retried otherwise`,
      test: (value: number) => value === undefined || value >= deadLetterQueue.maxReceiveCount,
    }] : [],
  ];
}

/**
 * Queue as the target of a rule. Only rules of the account may send messages.
 *
 * CDK's own target admits every rule of every account as soon as the queue has a customer managed key.
 */
export class EventQueueTarget implements IRuleTarget {
  constructor(
    private readonly queue: Queue, private readonly options: Pick<RuleTargetConfig, 'input' | 'deadLetterConfig'> = {},
  ) {
  }

  /** Grants rules permission to send messages. */
  public bind(rule: IRule): RuleTargetConfig {
    allowRules(this.queue, rule);
    return { arn: this.queue.queueArn, targetResource: this.queue, ...this.options };
  }
}
