import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';

/** Who hears of trouble. */
export interface StripeAlarmOptions {
  /**
   * What happens when an alarm goes off, such as a message to an SNS topic.
   *
   * Without any, synthesis warns: an alarm that nobody hears loses the three days in which Stripe still delivers again.
   *
   * @default - nothing; the alarms are seen in the console alone
   */
  readonly actions?: IAlarmAction[];

  /**
   * Whether alarms are made.
   *
   * @default true
   */
  readonly enabled?: boolean;
}
