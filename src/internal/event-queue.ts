import { Duration, Lazy, type RemovalPolicy } from 'aws-cdk-lib';
import type { IRule, IRuleTarget, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allowEventBridge } from './encryption-key';
import { type Invariant, keepInvariants, RETENTION_SECONDS } from './invariants';
import { checkResourcePolicy } from './resource-policies';

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
}

/** Buses and rules that may send messages to a queue. */
const SOURCES = new WeakMap<Queue, Set<string>>();

/** Lets a bus, or a rule, send messages to a queue. They share one statement, because SQS allows 20 of them. */
export function allowSend(queue: Queue, sourceArn: string): void {
  const known = SOURCES.get(queue);
  const sources = known ?? new Set();
  SOURCES.set(queue, sources.add(sourceArn));
  if (!known) {
    queue.addToResourcePolicy(new PolicyStatement({
      actions: ['sqs:SendMessage'],
      principals: [new ServicePrincipal('events.amazonaws.com')],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': Lazy.any({ produce: () => oneOrAll([...sources]) }) } },
    }));
  }
}

const oneOrAll = (values: string[]) => values.length === 1 ? values[0] : values;

/** Creates an encrypted queue that accepts TLS only and keeps messages for 14 days, the longest that SQS allows. */
export function eventQueue(scope: Construct, id: string, { encryptionKey, ...props }: EventQueueProps): Queue {
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
  keepInvariants(scope, queue, conditionsOf(props));
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
 * Queue as the target of a rule. Only that rule may send messages.
 *
 * CDK's own target admits every rule of every account as soon as the queue has a customer managed key.
 */
export class EventQueueTarget implements IRuleTarget {
  constructor(
    private readonly queue: Queue, private readonly options: Pick<RuleTargetConfig, 'input' | 'deadLetterConfig'> = {},
  ) {
  }

  /** Grants the rule permission to send messages. */
  public bind(rule: IRule): RuleTargetConfig {
    allowSend(this.queue, rule.ruleArn);
    return { arn: this.queue.queueArn, targetResource: this.queue, ...this.options };
  }
}
