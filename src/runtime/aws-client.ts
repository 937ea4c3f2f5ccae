/**
 * Timeouts of every SDK client, in milliseconds.
 *
 * The SDK has no timeouts by default, and `requestTimeout` without `throwOnRequestTimeout` only warns.
 *
 * @see https://github.com/aws/aws-sdk-js-v3/issues/6763
 */
export const CLIENT_LIMITS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const;

/** Limit for all work of one invocation, with SDK retries. The function times out later, so that it answers itself. */
export const WORK_BUDGET_MS = 7_000;

/** Limit for reading a secret, so that Stripe receives an answer soon. */
export const SECRET_BUDGET_MS = 2_500;
