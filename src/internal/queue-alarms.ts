import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { EventRules } from './event-rules';
import type { AlarmSpec } from '../monitoring/alarms';

const PERIOD = { period: Duration.minutes(5) };

/** Alarms for events that could not be delivered or processed. */
export function deadLetterAlarms(queue: IQueue, rules: EventRules): AlarmSpec[] {
  return [
    { id: 'DlqDepth', meaning: 'Events are in a dead-letter queue.', metric: depth(queue) },
    {
      id: 'DlqDeliveryFailed',
      meaning: 'Events could not be sent to the dead-letter queue and are lost.',
      metric: rules.metric('InvocationsFailedToBeSentToDlq', PERIOD),
    },
  ];
}

/** Alarms for authentic requests that are not valid events. */
export function quarantineAlarms(queue: IQueue, rules: EventRules): AlarmSpec[] {
  return [
    { id: 'Quarantined', meaning: 'Authentic requests are in the quarantine queue.', metric: depth(queue) },
    {
      id: 'QuarantineFailed',
      meaning: 'Requests could not be delivered to the quarantine queue and are lost.',
      metric: rules.metric('FailedInvocations', PERIOD),
    },
  ];
}

function depth(queue: IQueue): Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ ...PERIOD, statistic: 'Maximum' });
}
