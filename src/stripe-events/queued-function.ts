import { Duration } from 'aws-cdk-lib';
import type { IRule, RuleTargetConfig, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { addToDeadLetterQueueResourcePolicy, LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { EventSourceMapping, Function, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { eventQueue, type EventQueueOptions, EventQueueTarget } from '../internal/event-queue';

/** Default of `retryFor`. */
export const DEFAULT_RETRY_FOR = Duration.days(3);
/** Longest `retryFor`. A message expires 14 days after its arrival, so one day is left in the dead-letter queue. */
const LONGEST_RETRY_FOR = Duration.days(13);
const LAMBDA_DEFAULT_TIMEOUT = Duration.seconds(3);
/** Longest timeout of Lambda, for functions whose timeout is not known. */
const LONGEST_TIMEOUT = Duration.minutes(15);
const LEAST_VISIBILITY = Duration.minutes(5);
/** Limit of SQS. */
const MAX_RECEIVE_COUNT = 1_000;

/** Options for `QueuedFunction`. */
export interface QueuedFunctionOptions {
  /**
   * Input of the function. It becomes the body of the SQS message.
   *
   * @default - the complete event of EventBridge
   */
  readonly input?: RuleTargetInput;

  /**
   * Time for which a failing message is retried before it moves to the dead-letter queue.
   *
   * The queue delivers a failing message again after the visibility timeout, which is six times the timeout of the
   * function and at least 5 minutes. Fails synthesis if `retryFor` is shorter than that or longer than 13 days.
   *
   * @default Duration.days(3)
   */
  readonly retryFor?: Duration;

  /**
   * Queue for events that could not be delivered or processed.
   *
   * @default - a new queue that keeps messages for 14 days, counted from their arrival in the first queue, with alarms
   */
  readonly deadLetterQueue?: IQueue;

  /**
   * Number of messages per invocation, 1 to 10. With more than one, use `reportBatchItemFailures`.
   *
   * @default 1
   */
  readonly batchSize?: number;

  /**
   * Time that Lambda waits to fill a batch, 0 to 5 minutes.
   *
   * @default Duration.seconds(0)
   */
  readonly maxBatchingWindow?: Duration;

  /**
   * Number of invocations that run at the same time, 2 to 1,000.
   *
   * @default - the concurrency of the function
   */
  readonly maxConcurrency?: number;

  /**
   * Whether the function returns the messages that failed in `batchItemFailures`. The others are then not retried.
   *
   * @default false
   */
  readonly reportBatchItemFailures?: boolean;
}

/** Queues of the function. */
export interface FunctionQueues {
  /** Queue in front of the function. */
  readonly queue: Queue;
  /** Undefined if the user's own queue is used. */
  readonly newDeadLetterQueue?: Queue;
}

/**
 * Rule target that puts an SQS queue in front of a Lambda function.
 *
 * A direct target invokes the function asynchronously, and a failing event is dropped after two retries. With a queue,
 * failures are retried for three days (`retryFor`) before the message moves to a dead-letter queue. The function
 * receives SQS messages. The body of a message is the event. Several rules can share the target and its queue.
 */
export class QueuedFunction extends LambdaFunction {
  private queues?: FunctionQueues;

  /**
   * @param lambdaFunction function that processes the messages
   * @param options options for the queue and for the invocations
   */
  constructor(private readonly lambdaFunction: IFunction, private readonly options: QueuedFunctionOptions = {}) {
    super(lambdaFunction);
    // Not an override, because the type of `rule` differs between releases of aws-cdk-lib. Java and C# would check a
    // declared override against the release that the app has.
    Object.defineProperty(this, 'bind', { value: (rule: IRule) => this.bindQueue(rule) });
  }

  private bindQueue(rule: IRule): RuleTargetConfig {
    const { queue, newDeadLetterQueue } = this._createQueues(rule, {});
    const { input, deadLetterQueue = newDeadLetterQueue! } = this.options;
    addToDeadLetterQueueResourcePolicy(rule, deadLetterQueue);
    return new EventQueueTarget(queue, { input, deadLetterConfig: { arn: deadLetterQueue.queueArn } }).bind(rule);
  }

  /**
   * Creates the queues in a scope, unless another rule has created them.
   *
   * @internal
   */
  public _createQueues(scope: Construct, options: EventQueueOptions): FunctionQueues {
    this.queues ??= this.createQueues(scope, options);
    return this.queues;
  }

  private createQueues(scope: Construct, options: EventQueueOptions): FunctionQueues {
    if (!this.lambdaFunction.role) {
      throw new Error('QueuedFunction needs the role of its function, to grant permission to read the queue, ' +
        `got none for ${this.lambdaFunction.node.path}; use Function.fromFunctionAttributes with role`);
    }
    const newDeadLetterQueue = this.options.deadLetterQueue ? undefined : eventQueue(scope, 'DeadLetterQueue', options);
    const { visibilityTimeout, maxReceiveCount } = this.retries();
    const queue = eventQueue(scope, 'Queue', {
      encryptionKey: options.encryptionKey,
      visibilityTimeout,
      deadLetterQueue: { queue: this.options.deadLetterQueue ?? newDeadLetterQueue!, maxReceiveCount },
    });
    queue.grantConsumeMessages(this.lambdaFunction);
    const { batchSize = 1, maxBatchingWindow, maxConcurrency, reportBatchItemFailures } = this.options;
    new EventSourceMapping(scope, 'Mapping', {
      target: this.lambdaFunction,
      eventSourceArn: queue.queueArn,
      batchSize,
      maxBatchingWindow,
      maxConcurrency,
      reportBatchItemFailures,
    });
    return { queue, newDeadLetterQueue };
  }

  /** Visibility timeout and receive count that add up to `retryFor`. */
  private retries(): { readonly visibilityTimeout: Duration; readonly maxReceiveCount: number } {
    const fn = this.lambdaFunction;
    const timeout = fn instanceof Function ? fn.timeout ?? LAMBDA_DEFAULT_TIMEOUT : LONGEST_TIMEOUT;
    const least = Math.max(6 * timeout.toSeconds(), LEAST_VISIBILITY.toSeconds());
    const retrySeconds = (this.options.retryFor ?? DEFAULT_RETRY_FOR).toSeconds();
    if (retrySeconds < least || retrySeconds > LONGEST_RETRY_FOR.toSeconds()) {
      throw new Error(`retryFor must be at least ${least} seconds, the visibility timeout for this function, ` +
        `and at most ${LONGEST_RETRY_FOR.toDays()} days, got ${retrySeconds} seconds; use Duration.days(3)`);
    }
    const visibility = Math.max(least, Math.ceil(retrySeconds / MAX_RECEIVE_COUNT));
    return { visibilityTimeout: Duration.seconds(visibility), maxReceiveCount: Math.floor(retrySeconds / visibility) };
  }
}
