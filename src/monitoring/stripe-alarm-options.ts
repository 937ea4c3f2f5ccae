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
}
