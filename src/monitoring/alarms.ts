import { Annotations, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { StripeAlarmOptions } from './stripe-alarm-options';

const RUNBOOK = 'https://github.com/cdk-stripe/cdk-stripe-eventbridge/blob/main/docs/runbook.md';

/** One alarm. Its id is the heading of its section in the runbook. */
export interface AlarmSpec {
  /** Id of the construct, and of the section. */
  readonly id: string;
  /** What is going wrong, in a sentence. */
  readonly meaning: string;
  /** What is looked at. */
  readonly metric: IMetric;
  /** From this value on it is wrong. */
  readonly threshold?: number;
  /** For so many periods in a row. */
  readonly periods?: number;
}

/** Alarms with the user's actions. No data is no trouble: every metric here is written only when something happens. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { actions = [], enabled = true }: StripeAlarmOptions = {}, specs: AlarmSpec[]) {
    super(scope, id);
    if (!enabled) {
      return;
    }
    for (const { id: name, meaning, metric, threshold = 1, periods = 1 } of specs) {
      const alarm = new Alarm(this, name, {
        alarmDescription: `${meaning} ${RUNBOOK}#${name.toLowerCase()}`,
        metric,
        threshold,
        evaluationPeriods: periods,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(...actions);
    }
    if (actions.length === 0) {
      Annotations.of(Stack.of(this)).addWarningV2('cdk-stripe-eventbridge:alarms-without-actions',
        'nobody hears the Stripe alarms; set alarms: { actions: [new SnsAction(topic)] }, or alarms: { enabled: false }');
    }
  }
}
