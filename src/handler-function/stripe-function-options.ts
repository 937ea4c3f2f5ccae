import type { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';

/** How a function of this library runs. */
export interface StripeFunctionOptions {
  /**
   * Memory, in MiB; Lambda gives CPU in proportion.
   *
   * @default 512 for the webhook, whose cold start a buyer can wait for; 256 for the writer
   */
  readonly memorySize?: number;

  /**
   * Instruction set. The handlers are plain JavaScript and run on both.
   *
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture;

  /**
   * Concurrent executions that are set aside for the function, and its limit.
   *
   * Above the limit Lambda throttles: Stripe delivers again, and messages wait in the queue.
   *
   * @default - the account's unreserved concurrency
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * Runtime. The handlers are built for Node.js 24 and need at least that.
   *
   * @default - `nodejs24.x`
   */
  readonly runtime?: Runtime;
}
