import { Annotations } from 'aws-cdk-lib';
import { type CfnAlarm, type IMetric, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** Metric of an alarm, and when it breaches. */
interface Watch {
  readonly metric: IMetric;
  readonly below?: boolean;
  readonly missingData?: TreatMissingData;
}

const RAISES: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Warns of an alarm that an Aspect or an escape hatch changed so that nothing raises it. */
export function warnIfNeverRaised(alarm: CfnAlarm, watch: Watch): void {
  const { comparisonOperator, threshold, treatMissingData } = alarm.stack.resolve({
    comparisonOperator: alarm.comparisonOperator,
    threshold: alarm.threshold,
    treatMissingData: alarm.treatMissingData,
  });
  const isRaised = RAISES[comparisonOperator]?.(extremeOf(watch), threshold) ?? true;
  const changed = [
    ...isRaised || typeof threshold !== 'number' ? [] : [`threshold ${threshold} and ${comparisonOperator}`],
    ...watch.missingData !== TreatMissingData.BREACHING || treatMissingData === TreatMissingData.BREACHING ? []
      : [`treatMissingData '${treatMissingData}'`],
  ];
  if (changed.length > 0) {
    Annotations.of(alarm).addWarningV2('cdk-stripe-eventbridge:alarm-without-effect',
      `nothing raises this alarm with ${changed.join(' and ')}; exclude it from what changed it, or set ` +
      'alarms: { enabled: false }');
  }
}

/** Value that is the farthest on the side of the alarm: no metric is negative, and a condition is 0 or 1. */
function extremeOf({ below, metric }: Watch): number {
  const isCondition = metric instanceof MathExpression && metric.expression.endsWith(', 1, 0)');
  return below ? 0 : isCondition ? 1 : Infinity;
}
