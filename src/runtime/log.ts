import { FUNCTION_DIMENSION, METRIC_NAMESPACE } from '../monitoring/contract';

/** Plain facts: strings, numbers and booleans; undefined ones are left out. */
export type LogFields = Record<string, string | number | boolean | undefined>;

/** A metric of one log line. */
export interface LogMetric {
  readonly name: string;
  readonly value: number;
  readonly unit: 'Count' | 'Milliseconds' | 'Seconds';
}

/** What one request or record has to say. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly metrics: readonly LogMetric[];
  /** Becomes a second dimension, where reasons tell cases apart. */
  readonly reason?: string;
}

/**
 * A line in CloudWatch's embedded metric format: the log line is the metric.
 *
 * Nothing but the given fields is written; callers hand over ids and names, never payloads, headers or secrets.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function renderLog({ level, fields, metrics, reason }: LogLine, functionName: string, time: Date): string {
  return JSON.stringify({
    time: time.toISOString(),
    level,
    ...fields,
    [FUNCTION_DIMENSION]: functionName,
    Reason: reason,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    _aws: {
      Timestamp: time.getTime(),
      CloudWatchMetrics: [{
        Namespace: METRIC_NAMESPACE,
        Dimensions: [[FUNCTION_DIMENSION], ...reason === undefined ? [] : [[FUNCTION_DIMENSION, 'Reason']]],
        Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
      }],
    },
  });
}
