import { FUNCTION_DIMENSION, METRIC_NAMESPACE } from '../monitoring/contract';

/** Fields of a log line. Undefined ones are left out. */
export type LogFields = Record<string, string | number | boolean | undefined>;

/** Metric in a log line. */
export interface LogMetric {
  readonly name: string;
  readonly value: number;
  readonly unit: 'Count' | 'Milliseconds' | 'Seconds';
}

/** Log line of one request or message. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly metrics: readonly LogMetric[];
  /** Value of the dimension `Reason`. */
  readonly reason?: string;
}

/**
 * Renders a log line in CloudWatch's embedded metric format, so that the line is also the metric.
 *
 * Only the given fields are written. Callers pass ids and names, never payloads, headers or secrets.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
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
