import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping, Function, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventQueue, EventQueueTarget } from '../event-rules/event-queue';
import type { EventRules } from '../event-rules/event-rules';
import type { StripeAlarmOptions } from '../monitoring';
import { deadLetterAlarms } from '../monitoring/alarm-specs';
import { Alarms } from '../monitoring/alarms';

const MAX_RECEIVE_COUNT = 50;
const LAMBDA_DEFAULT_TIMEOUT = Duration.seconds(3);
/** Lambda's longest, for functions whose own time-out is not known here. */
const LONGEST_TIMEOUT = Duration.minutes(15);

/** What lies between a rule and the user's target. */
export interface EventRouteProps {
  /** The user's target. */
  readonly target: IRuleTarget;
  /** Whether a queue goes in front of the function. */
  readonly queued?: boolean;
  /** The user's key; SQS's own otherwise. */
  readonly encryptionKey?: IKey;
  /** What becomes of the dead-letter queue when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** A dead-letter queue once it is asked for, and a queue in front of a function if that is wished. The function itself is not changed. */
export class EventRoute extends Construct {
  /** Where the rule sends events. */
  public readonly target: IRuleTarget;

  private queueOfTheDead?: Queue;

  constructor(scope: Construct, id: string, private readonly props: EventRouteProps) {
    super(scope, id);
    this.target = props.queued ? this.queueBefore(functionOf(props.target)) : props.target;
  }

  /** The queue for what cannot be delivered or handled. */
  public deadLetterQueue(): Queue {
    const { encryptionKey, removalPolicy } = this.props;
    this.queueOfTheDead ??= eventQueue(this, 'DeadLetterQueue', { encryptionKey, removalPolicy });
    return this.queueOfTheDead;
  }

  /** Alarms for what is set aside here; a dead-letter queue of the target's own is its owner's. */
  public watch(rules: EventRules, alarms?: StripeAlarmOptions): void {
    if (this.queueOfTheDead) {
      new Alarms(this, 'Alarms', alarms, deadLetterAlarms(this.queueOfTheDead, rules));
    }
  }

  private queueBefore(handler: IFunction): IRuleTarget {
    const timeout = handler instanceof Function ? handler.timeout ?? LAMBDA_DEFAULT_TIMEOUT : LONGEST_TIMEOUT;
    const queue = eventQueue(this, 'Queue', {
      encryptionKey: this.props.encryptionKey,
      visibilityTimeout: Duration.seconds(Math.min(6 * timeout.toSeconds(), Duration.hours(12).toSeconds())),
      deadLetterQueue: { queue: this.deadLetterQueue(), maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    queue.grantConsumeMessages(handler);
    new EventSourceMapping(this, 'Mapping', { target: handler, eventSourceArn: queue.queueArn, batchSize: 1 });
    return new EventQueueTarget(queue);
  }
}

/** The target class keeps its function to itself; binding it to learn the function would change the function's permissions. */
function functionOf(target: IRuleTarget): IFunction {
  const handler = target instanceof LambdaFunction ? (target as unknown as { handler?: IFunction }).handler : undefined;
  if (!handler) {
    throw new Error(`queued needs a target of class LambdaFunction, got ${target.constructor.name}; leave out queued, or give it a function`);
  }
  return handler;
}
