/**
 * Time-outs that fire: the SDK has none of its own, and `requestTimeout` alone only warns.
 *
 * @see https://github.com/aws/aws-sdk-js-v3/issues/6763
 */
export const CLIENT_LIMITS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const;

/** All work of one invocation, SDK retries included, ends here: before the function's own limit, so that the answer is ours. */
export const WORK_BUDGET_MS = 7_000;

/** A cold read of the secret ends here, so that Stripe has its answer soon. */
export const SECRET_BUDGET_MS = 2_500;
