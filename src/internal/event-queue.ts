import { Duration, Lazy, type RemovalPolicy } from 'aws-cdk-lib';
import type { IRule, IRuleTarget, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type CfnQueue, type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allowEventBridge } from './encryption-key';

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

/** Longest that SQS allows. */
const RETENTION = Duration.days(14);
/** Alias of the key of AWS for SQS. Its policy, which nobody can change, does not allow EventBridge. */
export const AWS_MANAGED_KEY = 'alias/aws/sqs';

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
    retentionPeriod: RETENTION,
  });
  scope.node.addValidation({ validate: () => problemsOf(queue) });
  return queue;
}

/** Changes of an Aspect, an injector or an escape hatch with which events would be lost. */
function problemsOf(queue: Queue): string[] {
  const { kmsMasterKeyId, messageRetentionPeriod } = queue.node.defaultChild as CfnQueue;
  return [
    ...kmsMasterKeyId === AWS_MANAGED_KEY ? [`the queue ${queue.node.path} must not be encrypted with ` +
      `${AWS_MANAGED_KEY}, which EventBridge cannot use; exclude it, or set \`encryptionKey\``] : [],
    ...messageRetentionPeriod !== RETENTION.toSeconds() ? [`the queue ${queue.node.path} must keep messages for ` +
      `${RETENTION.toDays()} days, got ${messageRetentionPeriod} seconds; exclude it from what changes queues`] : [],
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
