import { Duration, Resource, Stack, Token } from 'aws-cdk-lib';
import { type IRule, type RuleTargetConfig, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { addToDeadLetterQueueResourcePolicy, LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { type CfnEventSourceMapping, EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct, type IConstruct } from 'constructs';
import { limitConcurrency } from '../internal/concurrency';
import { assertUsableByQueue } from '../internal/dead-letter-queue';
import { warnIfClosed } from '../internal/encryption-key';
import { differenceOf } from '../internal/environment';
import { allowRules, eventQueue, type EventQueueOptions, EventQueueTarget } from '../internal/event-queue';
import { functionResourceOf, problemsOfConcurrency } from '../internal/function-target';
import { keepInvariants, REPORTS_FAILURES } from '../internal/invariants';
import { assertForeignFunction } from '../internal/own-resources';
import { nothingProcessedAlarm, queueAgeAlarm } from '../internal/queue-alarms';
import { warnIfUnchanged } from '../internal/role-permissions';
import { assertInvocable } from '../internal/rule-target';
import {
  BOOLEAN, fail, instance, integer, literal, required, resource, type Rules, validate, wholeSeconds,
} from '../internal/validation';
import type { AlarmSpec } from '../monitoring/alarms';

/** Default of `retryFor`. */
export const DEFAULT_RETRY_FOR = Duration.days(3);
/** Longest `retryFor`. A message expires 14 days after its arrival, so one day is left in the dead-letter queue. */
const LONGEST_RETRY_FOR = Duration.days(13);
/** Default timeout of Lambda, in seconds. */
const DEFAULT_TIMEOUT = 3;
/** Longest timeout of Lambda, in seconds. */
const LONGEST_TIMEOUT = 900;
const LEAST_VISIBILITY = Duration.minutes(5);
/** Timeouts of the function in one visibility timeout, as AWS advises. */
const TIMEOUTS_PER_RECEIVE = 6;
/** Receives that AWS advises at least, because a message that Lambda refuses for a moment uses up one. */
const LEAST_RECEIVES = 5;
/** Parts of the ARN of a function without a qualifier. */
const PARTS_OF_FUNCTION_ARN = 7;
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
   * function plus `maxBatchingWindow`, and at least 5 minutes. A timeout that is not known counts as 15 minutes. Fails
   * synthesis if `retryFor` is shorter than five visibility timeouts, or longer than 13 days.
   *
   * @default Duration.days(3)
   */
  readonly retryFor?: Duration;

  /**
   * Queue for events that could not be delivered or processed.
   *
   * Fails synthesis for a queue of the app that is FIFO, belongs to another stack, or does not keep messages for longer
   * than `retryFor`. An imported queue needs a policy for the rule and an alarm of its own; synthesis warns.
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
   * Fails synthesis above the reserved concurrency of the function: messages that Lambda refuses use up their receives.
   *
   * @default - the reserved concurrency of the function, divided by its queues, at least 2, or no limit of its own
   */
  readonly maxConcurrency?: number;

  /**
   * Whether the function returns the messages that failed in `batchItemFailures`. The others are then not retried.
   *
   * @default false
   */
  readonly reportBatchItemFailures?: boolean;
}

const RULES: Rules<QueuedFunctionOptions & { readonly lambdaFunction: IFunction }> = {
  lambdaFunction: required(
    resource('an IFunction', 'functionArn', 'use new Function(…) or Function.fromFunctionAttributes(…)'),
  ),
  input: instance(RuleTargetInput, "use RuleTargetInput.fromEventPath('$.detail')"),
  retryFor: literal(wholeSeconds(1, LONGEST_RETRY_FOR.toSeconds(), 'use Duration.days(3)')),
  deadLetterQueue: resource('an IQueue', 'queueArn', 'use new Queue(…)'),
  batchSize: integer(1, 10),
  maxBatchingWindow: wholeSeconds(0, 300, 'use Duration.seconds(5)'),
  maxConcurrency: integer(2, 1_000),
  reportBatchItemFailures: BOOLEAN,
};

/** Queues of the function. */
export interface FunctionQueues {
  /** Queue that the function reads. */
  readonly queue: Queue;
  /** Undefined if the user's own queue is used. */
  readonly newDeadLetterQueue?: Queue;
}

/**
 * Rule target that puts an SQS queue in front of a Lambda function.
 *
 * A direct target invokes the function asynchronously, and a failing event is dropped after two retries. With a queue,
 * failures are retried for three days (`retryFor`) before the message moves to a dead-letter queue. The function
 * receives SQS messages. The body of a message is the event.
 *
 * It is meant for `onEvent`. As the target of another rule, it has queues, policies and retries as well, but neither
 * alarms nor the key and the removal policy of the bridge.
 */
export class QueuedFunction extends LambdaFunction {
  static {
    // Not an override, because the type of `rule` differs between releases of aws-cdk-lib. Java and C# would check a
    // declared override against the release that the app has.
    Object.defineProperty(this.prototype, 'bind', {
      value: function (this: QueuedFunction, rule: IRule) {
        return this.bindQueue(rule);
      },
      configurable: true,
      writable: true,
    });
  }

  private queues?: FunctionQueues;

  /**
   * @param lambdaFunction function that processes the messages
   * @param options options for the queue and for the invocations
   */
  constructor(private readonly lambdaFunction: IFunction, private readonly options: QueuedFunctionOptions = {}) {
    super(lambdaFunction);
    const scope = Construct.isConstruct(lambdaFunction) ? lambdaFunction : undefined;
    validate(scope, { ...options, lambdaFunction }, RULES);
  }

  private bindQueue(rule: IRule): RuleTargetConfig {
    const { queue, newDeadLetterQueue } = this._createQueues(rule, {});
    const { input, deadLetterQueue = newDeadLetterQueue! } = this.options;
    if (newDeadLetterQueue) {
      allowRules(newDeadLetterQueue, rule);
    } else {
      addToDeadLetterQueueResourcePolicy(rule, deadLetterQueue);
    }
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

  /**
   * Alarms of the queue, once it is attached to a rule.
   *
   * @internal
   */
  public _alarms(): AlarmSpec[] {
    return this.queues ? [queueAgeAlarm(this.queues.queue), nothingProcessedAlarm(this.queues.queue)] : [];
  }

  private createQueues(scope: Construct, options: EventQueueOptions): FunctionQueues {
    this.assertUsable(scope);
    const { deadLetterQueue, retryFor = DEFAULT_RETRY_FOR } = this.options;
    deadLetterQueue && assertUsableByQueue(scope, deadLetterQueue, retryFor);
    const newDeadLetterQueue = deadLetterQueue ? undefined : eventQueue(scope, 'DeadLetterQueue', options);
    const { visibilityTimeout, maxReceiveCount } = this.retries(scope);
    const queue = eventQueue(scope, 'Queue', {
      encryptionKey: options.encryptionKey,
      visibilityTimeout,
      deadLetterQueue: { queue: deadLetterQueue ?? newDeadLetterQueue!, maxReceiveCount },
    });
    const grant = queue.grantConsumeMessages(this.lambdaFunction);
    options.encryptionKey && warnIfClosed(options.encryptionKey, 'sqs', this.lambdaFunction);
    warnIfUnchanged(scope, this.lambdaFunction.role!, `The role of ${this.lambdaFunction.node.path}`,
      'read the queue (AWSLambdaSQSQueueExecutionRole)');
    const { batchSize = 1, maxBatchingWindow, maxConcurrency, reportBatchItemFailures } = this.options;
    const mapping = new EventSourceMapping(scope, 'Mapping', {
      target: this.lambdaFunction,
      eventSourceArn: queue.queueArn,
      batchSize,
      maxBatchingWindow,
      maxConcurrency,
      reportBatchItemFailures,
    });
    const cfnFunction = functionResourceOf(this.lambdaFunction);
    cfnFunction ? limitConcurrency(mapping, cfnFunction) : useQualifier(mapping, this.lambdaFunction);
    keepInvariants(scope, mapping, reportBatchItemFailures ? [REPORTS_FAILURES] : []);
    scope.node.addValidation({
      validate: () => [...this.problemsOfTimeout(visibilityTimeout), ...this.problemsOfConcurrency()],
    });
    grant.applyBefore(mapping); // Lambda rejects a mapping whose function may not read the queue yet
    return { queue, newDeadLetterQueue };
  }

  /** The visibility timeout comes from the timeout that the function had when it was attached. */
  private problemsOfTimeout(visibilityTimeout: Duration): string[] {
    const timeout = timeoutSecondsOf(this.lambdaFunction);
    const most = Math.floor(visibilityTimeout.toSeconds() / TIMEOUTS_PER_RECEIVE);
    return timeout <= most ? [] : [
      `\`timeout\` of ${this.lambdaFunction.node.path} must be at most ${most} seconds, a sixth of the visibility ` +
      `timeout that was derived from it, got ${timeout} seconds; set it before onEvent`,
    ];
  }

  private assertUsable(scope: Construct): void {
    const { path } = this.lambdaFunction.node;
    if (!this.lambdaFunction.role) {
      fail(scope, 'QueuedFunction needs the role of its function to grant permission to read the queue, ' +
        `got none for ${path}; use Function.fromFunctionAttributes with role`);
    }
    assertInvocable(scope, this.lambdaFunction);
    assertForeignFunction(scope, this.lambdaFunction);
    this.problemsOfConcurrency().forEach((problem) => fail(scope, problem));
    this.assertConcurrency(scope);
    const difference = differenceOf(scope, this.lambdaFunction);
    if (difference) {
      fail(scope, `QueuedFunction needs a function in the ${difference.what} of the rule, got one of ` +
        `${difference.ofResource} in a stack of ${difference.ofStack}; send the events to a bus there`);
    }
    if (isOfAnotherStack(this.lambdaFunction, scope)) {
      fail(scope, `\`target\` is the function ${path} of another stack, which would depend on the queue ` +
        `and the queue on it; pass \`scope\` with a construct of the stack ${Stack.of(this.lambdaFunction).node.path}`);
    }
  }

  private problemsOfConcurrency(): string[] {
    return problemsOfConcurrency(this.lambdaFunction.node.path, functionResourceOf(this.lambdaFunction));
  }

  private assertConcurrency(scope: Construct): void {
    const { maxConcurrency = 0 } = this.options;
    const reserved = reservedConcurrencyOf(this.lambdaFunction);
    if (reserved !== undefined && !Token.isUnresolved(maxConcurrency) && maxConcurrency > reserved) {
      fail(scope, '`maxConcurrency` must be at most the reserved concurrency of the function, because messages that ' +
        `Lambda refuses use up their receives, got ${maxConcurrency} and ${reserved}; omit it`);
    }
  }

  /** Visibility timeout and receive count that add up to `retryFor`. */
  private retries(scope: Construct): { readonly visibilityTimeout: Duration; readonly maxReceiveCount: number } {
    const window = this.options.maxBatchingWindow?.toSeconds() ?? 0;
    const processing = TIMEOUTS_PER_RECEIVE * timeoutSecondsOf(this.lambdaFunction) + window;
    const least = Math.max(processing, LEAST_VISIBILITY.toSeconds());
    const retrySeconds = (this.options.retryFor ?? DEFAULT_RETRY_FOR).toSeconds();
    if (retrySeconds < LEAST_RECEIVES * least || retrySeconds > LONGEST_RETRY_FOR.toSeconds()) {
      fail(scope, `\`retryFor\` must be at least ${LEAST_RECEIVES * least} seconds, ${LEAST_RECEIVES} visibility ` +
        `timeouts for this function, and at most ${LONGEST_RETRY_FOR.toDays()} days, got ${retrySeconds} seconds; ` +
        'use Duration.days(3)');
    }
    const visibility = Math.max(least, Math.ceil(retrySeconds / MAX_RECEIVE_COUNT));
    return { visibilityTimeout: Duration.seconds(visibility), maxReceiveCount: Math.floor(retrySeconds / visibility) };
  }
}

/** Lets a mapping invoke the version or the alias in the ARN of an imported function, whose name has neither. */
function useQualifier(mapping: EventSourceMapping, lambdaFunction: IFunction): void {
  const { functionArn } = lambdaFunction;
  if (!Resource.isOwnedResource(lambdaFunction)
    && (Token.isUnresolved(functionArn) || functionArn.split(':').length > PARTS_OF_FUNCTION_ARN)) {
    (mapping.node.defaultChild as CfnEventSourceMapping).functionName = functionArn;
  }
}

/** Whether the app creates a resource in another stack than that of the scope. */
function isOfAnotherStack(construct: IConstruct, scope: IConstruct): boolean {
  return Resource.isOwnedResource(construct) && Stack.of(construct) !== Stack.of(scope);
}

/** Timeout of a function. The longest one, if it is not known. */
function timeoutSecondsOf(lambdaFunction: IFunction): number {
  const cfnFunction = functionResourceOf(lambdaFunction);
  const { timeout = DEFAULT_TIMEOUT } = cfnFunction ?? { timeout: LONGEST_TIMEOUT };
  return Token.isUnresolved(timeout) ? LONGEST_TIMEOUT : timeout;
}

/** Reserved concurrency of a function. Undefined if it has none, or it is not known. */
function reservedConcurrencyOf(lambdaFunction: IFunction): number | undefined {
  const reserved = functionResourceOf(lambdaFunction)?.reservedConcurrentExecutions;
  return Token.isUnresolved(reserved) ? undefined : reserved;
}
