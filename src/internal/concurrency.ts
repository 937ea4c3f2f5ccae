import { Annotations, Lazy, Token } from 'aws-cdk-lib';
import type { CfnEventSourceMapping, CfnFunction, EventSourceMapping } from 'aws-cdk-lib/aws-lambda';

/** Range of the maximum concurrency of an event source mapping. */
const RANGE = { min: 2, max: 1_000 };

/** Mappings of the library for each function. */
const MAPPINGS = new WeakMap<CfnFunction, CfnEventSourceMapping[]>();

/**
 * Limits a mapping to its share of the reserved concurrency of its function, unless it has a limit.
 *
 * Lambda would receive more messages than it may process, and each refusal counts as a receive.
 */
export function limitConcurrency({ node }: EventSourceMapping, lambdaFunction: CfnFunction): void {
  const known = MAPPINGS.get(lambdaFunction);
  const mappings = known ?? [];
  const mapping = node.defaultChild as CfnEventSourceMapping;
  mappings.push(mapping);
  mapping.scalingConfig ??= Lazy.any({ produce: () => shareOf(lambdaFunction, mappings.length) });
  if (!known) {
    MAPPINGS.set(lambdaFunction, mappings);
    lambdaFunction.node.addValidation({
      validate: () => {
        warnIfScarce(lambdaFunction, mappings);
        return [];
      },
    });
  }
}

function shareOf(
  { reservedConcurrentExecutions: reserved }: CfnFunction, count: number,
): CfnEventSourceMapping.ScalingConfigProperty | undefined {
  const isKnown = reserved !== undefined && !Token.isUnresolved(reserved);
  return isKnown ? { maximumConcurrency: Math.min(Math.max(Math.floor(reserved / count), RANGE.min), RANGE.max) }
    : undefined;
}

/** A mapping has a limit of at least 2, so that a function with less for each of its queues refuses messages. */
function warnIfScarce(lambdaFunction: CfnFunction, mappings: readonly CfnEventSourceMapping[]): void {
  const { reservedConcurrentExecutions: reserved = Infinity, stack } = lambdaFunction;
  const sum = mappings.map((each): number => stack.resolve(each.scalingConfig)?.maximumConcurrency ?? 0)
    .reduce((total, limit) => total + limit, 0);
  if (!Token.isUnresolved(reserved) && sum > reserved) {
    Annotations.of(lambdaFunction).addWarningV2('cdk-stripe-eventbridge:scarce-concurrency',
      `queues invoke this function up to ${sum} times at the same time, and its reserved concurrency is ${reserved}, ` +
      'so that messages that Lambda refuses use up their receives; ' +
      `reserve at least ${sum}, or acknowledge this warning`);
  }
}
