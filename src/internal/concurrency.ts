import { Token } from 'aws-cdk-lib';

/** Range of the maximum concurrency of an event source mapping. */
const RANGE = { min: 2, max: 1_000 };

/**
 * Maximum concurrency of a mapping for a function with reserved concurrency.
 *
 * Lambda would receive more messages than it may process, and each refusal counts as a receive.
 */
export function concurrencyWithin(reserved: number | undefined): number | undefined {
  const isKnown = reserved !== undefined && !Token.isUnresolved(reserved);
  return isKnown ? Math.min(Math.max(reserved, RANGE.min), RANGE.max) : undefined;
}
