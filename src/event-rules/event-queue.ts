import { Annotations, Duration, type RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import type { IRule, IRuleTarget, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** A queue for events. */
export interface EventQueueProps {
  /** The user's key; SQS's own otherwise. */
  readonly encryptionKey?: IKey;
  /** What becomes of it when it leaves the stack. */
  readonly removalPolicy?: RemovalPolicy;
  /** How long a consumer has. */
  readonly visibilityTimeout?: Duration;
  /** Where messages go that cannot be handled. */
  readonly deadLetterQueue?: DeadLetterQueue;
}

/** Encrypted, TLS only, 14 days, the longest that SQS keeps a message; EventBridge may use the key. */
export function eventQueue(scope: Construct, id: string, { encryptionKey, ...props }: EventQueueProps): Queue {
  if (encryptionKey) {
    letEventBridgeUse(encryptionKey, scope);
  }
  return new Queue(scope, id, {
    ...props,
    encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
}

/** The queue as a target: the rule alone may send. CDK's own target lets every rule in, of every account, once a key is set. */
export class EventQueueTarget implements IRuleTarget {
  constructor(private readonly queue: Queue) {
  }

  /** Lets the rule send. */
  public bind(rule: IRule): RuleTargetConfig {
    this.queue.addToResourcePolicy(new PolicyStatement({
      actions: ['sqs:SendMessage'],
      principals: [new ServicePrincipal('events.amazonaws.com')],
      resources: [this.queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
    }));
    return { arn: this.queue.queueArn, targetResource: this.queue };
  }
}

/** Lets the bus, its archive and its rules use a key. Without this EventBridge delivers nothing, and says so in a metric alone. */
function letEventBridgeUse(key: IKey, scope: Construct): void {
  const eventBridge = new ServicePrincipal('events.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } } });
  key.grant(eventBridge, 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*', 'kms:DescribeKey');
  if (!Resource.isOwnedResource(key)) {
    Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:imported-key',
      'the policy of an imported encryptionKey is not ours to change; it must let events.amazonaws.com call kms:Decrypt and kms:GenerateDataKey');
  }
}
