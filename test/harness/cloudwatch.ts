/** Data of one period: the sum of each metric that was written in it. A metric without data has no entry. */
export type PeriodData = Readonly<Record<string, number>>;

/** State of an alarm of a template. */
export type AlarmState = 'OK' | 'ALARM';

/**
 * Evaluates an alarm of a template over consecutive periods of its own length, by the documented rules of CloudWatch.
 *
 * An expression has no value for a period in which one of its metrics has no data. A missing value is treated as
 * `TreatMissingData` says. The alarm is raised when every one of the last `EvaluationPeriods` values breaches.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function alarmStates(alarm: any, periods: PeriodData[]): AlarmState[] {
  const { EvaluationPeriods, Threshold, TreatMissingData, ComparisonOperator } = alarm;
  const breaches = (value: number | undefined) => value === undefined ? TreatMissingData === 'breaching'
    : ComparisonOperator === 'LessThanThreshold' ? value < Threshold : value >= Threshold;
  const breaching = periods.map((data) => breaches(valueOf(alarm, data)));
  return periods.map((_data, last) => {
    const range = breaching.slice(Math.max(0, last + 1 - EvaluationPeriods), last + 1);
    return range.length === EvaluationPeriods && range.every(Boolean) ? 'ALARM' : 'OK';
  });
}

/** Seconds of one period of an alarm. */
export function periodOf({ Period, Metrics = [] }: any): number {
  const periods = new Set<number>([Period, ...Metrics.map(({ MetricStat }: any) => MetricStat?.Period)]
    .filter((each) => each !== undefined));
  if (periods.size !== 1) {
    throw new Error(`an alarm has ${periods.size} periods`);
  }
  return [...periods][0];
}

function valueOf({ MetricName, Metrics }: any, data: PeriodData): number | undefined {
  if (MetricName) {
    return data[MetricName];
  }
  const { Expression } = Metrics.find(({ ReturnData }: any) => ReturnData);
  const inputs = Metrics.filter(({ MetricStat }: any) => MetricStat)
    .map(({ Id, MetricStat }: any) => [Id, data[MetricStat.Metric.MetricName]]);
  if (inputs.some(([, value]: [string, number | undefined]) => value === undefined)) {
    return undefined;
  }
  return evaluated(Expression, Object.fromEntries(inputs));
}

/** Value of `IF(<comparisons joined by AND>, 1, 0)`, the only form that the alarms use. */
function evaluated(expression: string, inputs: Record<string, number>): number {
  const [, condition] = /^IF\((.+), 1, 0\)$/.exec(expression)!;
  const operand = (text: string) => text in inputs ? inputs[text] : Number(text);
  const value = (text: string) => {
    const [first, ...rest] = text.split(' ');
    return rest.reduce((left, operator, at) => at % 2 === 1 ? left
      : operator === '*' ? left * operand(rest[at + 1]) : left / operand(rest[at + 1]), operand(first));
  };
  const holds = condition.split(' AND ').every((comparison) => {
    const [, left, operator, right] = /^(.+) (>=|==|>) (\S+)$/.exec(comparison)!;
    return operator === '>=' ? value(left) >= value(right)
      : operator === '>' ? value(left) > value(right) : value(left) === value(right);
  });
  return holds ? 1 : 0;
}
