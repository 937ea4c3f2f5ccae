import { Duration } from 'aws-cdk-lib';
import { functionAlarms } from '../internal/function-alarms';
import type { HandlerFunction } from '../internal/handler-function';
import type { AlarmSpec } from '../monitoring/alarms';

/** Alarms of the writer function. */
export function writerAlarms(writer: HandlerFunction): AlarmSpec[] {
  return [
    {
      id: 'WriteDenied',
      meaning: 'The writer has no permission to write to the table, or the table does not exist.',
      metric: writer.metric('WriteDenied', { period: Duration.minutes(5) }),
    },
    ...functionAlarms(writer),
  ];
}
