/** Value that a service or a handler writes at a time. */
export interface Datum {
  /** Metric, as `metricKey` names it. */
  readonly metric: string;
  readonly second: number;
  readonly value: number;
}

/** State of an alarm. The initial state counts as OK. */
export type AlarmState = 'OK' | 'ALARM';

/** Metrics are the same if namespace, name and all dimensions are. */
export function metricKey(namespace: string, name: string, dimensions: Readonly<Record<string, string>>): string {
  return JSON.stringify([namespace, name, ...Object.entries(dimensions).sort()]);
}

/** Data that CloudWatch extracts from a line in the embedded metric format. */
export function dataOfLine(line: any, second: number): Datum[] {
  return line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }: any) =>
    Dimensions.flatMap((names: string[]) => Metrics.map(({ Name }: any) => ({
      metric: metricKey(Namespace, Name, Object.fromEntries(names.map((name) => [name, line[name]]))),
      second,
      value: line[Name],
    }))));
}

// in the sandbox of jest, each access to a global is slow, and these are called millions of times
const { floor, max } = Math;

/** Sums, largest values and numbers of data, by minute. */
interface Series {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
  readonly maxima: Float64Array;
}

/** What CloudWatch knows of the metrics of some hours. */
export class MetricData {
  private readonly series = new Map<string, Series>();

  constructor(public readonly minutes: number, data: Iterable<Datum>) {
    const empty = () => new Float64Array(minutes);
    for (const { metric, second, value } of data) {
      let series = this.series.get(metric);
      if (!series) {
        series = { sums: empty(), counts: empty(), maxima: empty() };
        this.series.set(metric, series);
      }
      const minute = floor(second / 60);
      series.sums[minute] += value;
      series.counts[minute] += 1;
      series.maxima[minute] = max(series.maxima[minute], value);
    }
    for (const { sums, counts } of this.series.values()) {
      for (let minute = 1; minute < minutes; minute += 1) {
        sums[minute] += sums[minute - 1];
        counts[minute] += counts[minute - 1];
      }
    }
  }

  /** Metrics that have data. */
  public keys(): string[] {
    return [...this.series.keys()];
  }

  /** Whether a metric has the same data as in another record. */
  public isSame(metric: string, other: MetricData): boolean {
    const [own, others] = [this.series.get(metric), other.series.get(metric)];
    return !own || !others ? own === others : (['sums', 'counts', 'maxima'] as const)
      .every((name) => own[name].every((value, minute) => value === others[name][minute]));
  }

  /** Metrics without data over the minutes from `start` to `end`, without the last. */
  public emptyBetween(start: number, end: number): (metric: string) => boolean {
    return (metric) => this.value(metric, 'SampleCount', start, end) === undefined;
  }

  /** Statistic over the minutes from `start` to `end`, without the last. Undefined without data. */
  public value(metric: string, statistic: string, start: number, end: number): number | undefined {
    const series = this.series.get(metric);
    const between = (totals: Float64Array) => (totals[end - 1] ?? 0) - (totals[start - 1] ?? 0);
    if (!series || between(series.counts) === 0) {
      return undefined;
    }
    if (statistic === 'Maximum') {
      return max(...series.maxima.subarray(max(0, start), end));
    }
    if (statistic !== 'Sum' && statistic !== 'SampleCount') {
      throw new Error(`no alarm had the statistic ${statistic} before`);
    }
    return between(statistic === 'Sum' ? series.sums : series.counts);
  }
}

/** Metrics that an alarm reads. */
export function metricsOf(alarm: any): string[] {
  return statsOf(alarm).map(({ key }) => key);
}

interface Stat {
  readonly id?: string;
  readonly key: string;
  readonly statistic: string;
  readonly period: number;
}

function statsOf({ MetricName, Metrics, ...alarm }: any): Stat[] {
  const key = ({ Namespace, MetricName: name, Dimensions = [] }: any) =>
    metricKey(Namespace, name, Object.fromEntries(Dimensions.map(({ Name, Value }: any) => [Name, Value])));
  return MetricName ? [{ key: key({ MetricName, ...alarm }), statistic: alarm.Statistic, period: alarm.Period }]
    : Metrics.filter(({ MetricStat }: any) => MetricStat).map(({ Id, MetricStat: { Metric, Stat, Period } }: any) =>
      ({ id: Id, key: key(Metric), statistic: Stat, period: Period }));
}

/** Seconds of one period of an alarm. */
export function periodOf(alarm: any): number {
  const periods = new Set(statsOf(alarm).map(({ period }) => period));
  if (periods.size !== 1) {
    throw new Error(`an alarm has ${periods.size} periods`);
  }
  return [...periods][0];
}

/** What is not documented of the evaluation. */
export interface Undocumented {
  /** Periods beyond `EvaluationPeriods` that CloudWatch retrieves. */
  readonly additionalPeriods: number;
  /** Whether `FILL` fills a metric without any data. */
  readonly fillsEmpty: boolean;
  /** Whether a function of a list leaves out the metrics without data. Otherwise it has no value then. */
  readonly listsSkip: boolean;
}

const LITTLE: Undocumented = { additionalPeriods: 0, fillsEmpty: true, listsSkip: false };

/** Extremes of what is not documented. An alarm has to work under both. */
export const UNDOCUMENTED: Undocumented[] = [LITTLE, { additionalPeriods: 2, fillsEmpty: false, listsSkip: true }];

/**
 * Evaluates an alarm of a template at the end of every minute, by the documented rules of CloudWatch.
 *
 * The window slides with every evaluation. CloudWatch retrieves more periods than `EvaluationPeriods`; how many is not
 * documented, two in its example. Where the most recent ones have no data, older ones count instead. Only what is
 * missing after that is treated as `TreatMissingData` says. Nor is it documented whether `FILL` fills a metric that has
 * no data in any of these periods, and what `MAX` and `SUM` do with a metric of their list that has none.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function alarmStates(
  alarm: any, data: MetricData, { additionalPeriods, fillsEmpty, listsSkip }: Undocumented = LITTLE,
): AlarmState[] {
  const { EvaluationPeriods, Threshold, ComparisonOperator } = alarm;
  const minutes = periodOf(alarm) / 60;
  const periods = EvaluationPeriods + additionalPeriods;
  const valueIn = valueOf(alarm, data, listsSkip);
  const breaches = (value: number) =>
    ComparisonOperator === 'LessThanThreshold' ? value < Threshold : value >= Threshold;
  const range = Array.from({ length: periods }, (_, period) => period);
  let state: AlarmState = 'OK';
  return Array.from({ length: data.minutes }, (_, minute) => {
    const end = minute + 1;
    const empty = fillsEmpty ? NOTHING : data.emptyBetween(end - periods * minutes, end);
    const breaching = range.map((period) => {
      const value = valueIn(end - (period + 1) * minutes, end - period * minutes, empty);
      return value === undefined ? undefined : breaches(value);
    });
    state = stateOf(alarm, breaching, state);
    return state;
  });
}

/** State after the periods of the evaluation range, the latest one first: breaching, not breaching or missing. */
export function stateOf(
  { EvaluationPeriods, TreatMissingData }: any, range: Array<boolean | undefined>, before: AlarmState,
): AlarmState {
  const known = range.filter((each) => each !== undefined).slice(0, EvaluationPeriods);
  if (known.includes(false)) {
    return 'OK';
  }
  if (known.length === EvaluationPeriods || TreatMissingData === 'breaching') {
    return 'ALARM';
  }
  return TreatMissingData === 'ignore' ? before : 'OK';
}

/** Metrics that `FILL` does not fill. */
type IsEmpty = (metric: string) => boolean;
const NOTHING: IsEmpty = () => false;

/** Value that an alarm compares, over the minutes from `start` to `end`. */
type ValueIn = (start: number, end: number, isEmpty: IsEmpty) => number | undefined;

function valueOf(alarm: any, data: MetricData, listsSkip: boolean): ValueIn {
  const stats = statsOf(alarm);
  const { Expression } = alarm.Metrics?.find(({ ReturnData }: any) => ReturnData) ?? {};
  const evaluate = Expression && evaluator(Expression, stats.map(({ id }) => id!), listsSkip);
  return (start, end, isEmpty) => {
    const values = stats.map(({ key, statistic }) => data.value(key, statistic, start, end));
    return evaluate ? evaluate(values, stats.map(({ key }) => isEmpty(key))) : values[0];
  };
}

type Value = number | undefined;

/** Functions of expressions. `undefined` is no data. */
const FUNCTIONS = {
  SUM: (values: Value[]) => known(values).length > 0 ? known(values).reduce((sum, each) => sum + each, 0) : undefined,
  MAX: (values: Value[]) => known(values).length > 0 ? max(...known(values)) : undefined,
  IF: (condition: boolean, yes: number, no: number) => condition ? yes : no,
};

const known = (values: Value[]) => values.filter((each): each is number => each !== undefined && !Number.isNaN(each));

/** Evaluates an expression. Without `FILL`, every metric needs data, unless a list leaves out those without. */
function evaluator(expression: string, ids: string[], listsSkip: boolean) {
  const filled = expression.includes('FILL(METRICS(), 0)') ? ids
    : [...expression.matchAll(/FILL\((\w+), 0\)/g)].map(([, id]) => id);
  const isLeftOut = listsSkip && /\b(SUM|MAX)\(/.test(expression);
  const body = expression.replace(/FILL\((.+?), 0\)/g, '$1').replace(/ AND /g, ' && ')
    .replace('METRICS()', `[${ids.join(', ')}]`);
  // eslint-disable-next-line no-new-func, @typescript-eslint/no-implied-eval -- text of our own templates only
  const evaluate = new Function(...ids, ...Object.keys(FUNCTIONS), `return ${body}`);
  return (values: Value[], isEmpty: boolean[]): Value => {
    const all = values.map((value, at) => value === undefined && filled.includes(ids[at]) && !isEmpty[at] ? 0 : value);
    return all.includes(undefined) && !isLeftOut ? undefined : evaluate(...all, ...Object.values(FUNCTIONS));
  };
}
