import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { EventRules } from './event-rules';
import type { AlarmSpec } from '../monitoring/alarms';

const PERIOD = { period: Duration.minutes(5) };
const QUEUE_AGE = Duration.hours(1);

/** Alarms for events that could not be delivered or processed. The depth of a queue of the user has none. */
export function deadLetterAlarms(queue: IQueue | undefined, rules: EventRules): AlarmSpec[] {
  return [
    ...queue ? [depthAlarm('DlqDepth', 'Events are in a dead-letter queue.', queue)] : [],
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
    depthAlarm('Quarantined', 'Authentic requests are in the quarantine queue.', queue),
    {
      id: 'QuarantineFailed',
      meaning: 'Requests could not be delivered to the quarantine queue and are lost.',
      metric: rules.metric('FailedInvocations', PERIOD),
    },
  ];
}

/** Alarm for events that EventBridge could not encrypt or decrypt. */
export function encryptionAlarms(queue: IQueue): AlarmSpec[] {
  return [depthAlarm('BusDlqDepth', 'Events could not be encrypted or decrypted by the key of the bus.', queue)];
}

/** Alarm for a queue that a function reads. */
export function queueAgeAlarm(queue: IQueue): AlarmSpec {
  return {
    id: 'QueueAge',
    meaning: 'Events have been waiting in a queue for an hour.',
    metric: queue.metricApproximateAgeOfOldestMessage({ ...PERIOD, statistic: 'Maximum' }),
    threshold: QUEUE_AGE.toSeconds(),
    missingData: TreatMissingData.IGNORE,
  };
}

/** SQS writes no metrics for a queue that nobody uses, so that missing data says nothing about its messages. */
function depthAlarm(id: string, meaning: string, queue: IQueue): AlarmSpec {
  const metric = queue.metricApproximateNumberOfMessagesVisible({ ...PERIOD, statistic: 'Maximum' });
  return { id, meaning, metric, missingData: TreatMissingData.IGNORE };
}
