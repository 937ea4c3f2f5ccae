import { FUNCTION_DIMENSION, METRIC_NAMESPACE, REASON_DIMENSION } from '../monitoring/contract';

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
  /** Value of the dimension `Reason`, which only the first metric has. */
  readonly reason?: string;
}

/** Levels of Lambda, from the lowest. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** Environment variables of the function. */
type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Level of a line, raised to the lowest one that the function logs.
 *
 * Lambda drops lower ones, by the field `level` of a line, and with them the metrics.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
function levelThatPasses(level: LogLine['level'], lowest = 'trace'): string {
  return LEVELS[Math.max(LEVELS.indexOf(level), LEVELS.indexOf(lowest))];
}

/**
 * Renders a log line in CloudWatch's embedded metric format, so that the line is also the metric.
 *
 * Only the given fields are written. Callers pass ids and names, never payloads, headers or secrets. Handlers write the
 * line to stdout directly, because `console` wraps it if the log format of the function is JSON.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
 */
export function renderLog({ level, fields, metrics, reason }: LogLine, variables: Variables, time: Date): string {
  const definitions = metrics.map(({ name, unit }) => ({ Name: name, Unit: unit }));
  const line = {
    time: time.toISOString(),
    level: levelThatPasses(level, variables.AWS_LAMBDA_LOG_LEVEL?.toLowerCase()),
    ...fields,
    [FUNCTION_DIMENSION]: variables.AWS_LAMBDA_FUNCTION_NAME ?? '',
    [REASON_DIMENSION]: reason,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
    _aws: {
      Timestamp: time.getTime(),
      CloudWatchMetrics: [
        { Namespace: METRIC_NAMESPACE, Dimensions: [[FUNCTION_DIMENSION]], Metrics: definitions },
        // each further dimension is a metric of its own with a price, so only the first metric has it
        ...reason === undefined ? [] : [{
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[FUNCTION_DIMENSION, REASON_DIMENSION]],
          Metrics: definitions.slice(0, 1),
        }],
      ],
    },
  };
  return `${JSON.stringify(line)}\n`;
}
