import type { Duration } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';

/** Options for the alarms. */
export interface StripeAlarmOptions {
  /**
   * Actions of the alarms, such as a message to an SNS topic.
   *
   * Synthesis warns if there are none: Stripe retries for three days, and an alarm that nobody receives wastes them.
   *
   * @default - none; the alarms are only visible in the CloudWatch console
   */
  readonly actions?: IAlarmAction[];

  /**
   * Whether alarms are created.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * Longest time without a verified request, after which a bridge raises the alarm `Silence`.
   *
   * It notices what no request shows: an endpoint that Stripe disabled, a URL that changed, a web ACL that blocks
   * Stripe. 1 hour to 7 days, in whole hours. Fails synthesis outside the range. Tables and rules ignore it.
   *
   * @default - no such alarm, because accounts with few events have long pauses
   */
  readonly expectEventEvery?: Duration;
}
