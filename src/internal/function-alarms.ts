import { Duration } from 'aws-cdk-lib';
import type { HandlerFunction } from './handler-function';
import type { AlarmSpec } from '../monitoring/alarms';

const PERIOD = { period: Duration.minutes(5) };

/** Alarms for failures that the handler itself cannot report. */
export function functionAlarms({ function: handler }: HandlerFunction): AlarmSpec[] {
  return [
    { id: 'Errors', meaning: 'The function crashes or times out.', metric: handler.metricErrors(PERIOD) },
    { id: 'Throttles', meaning: 'The function is throttled.', metric: handler.metricThrottles(PERIOD) },
  ];
}
