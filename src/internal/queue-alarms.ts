import { Duration } from 'aws-cdk-lib';
import { MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { EventRules } from './event-rules';
import type { AlarmSpec } from '../monitoring/alarms';

const PERIOD = { period: Duration.minutes(5) };
const QUEUE_AGE = Duration.hours(1);

/** Longer than the longest visibility timeout of the library: 95 minutes, for a function with a timeout of 15. */
const BETWEEN_RECEIVES = { period: Duration.hours(2) };

/** Alarms for events that could not be delivered or processed. The depth of an imported queue has none. */
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

/**
 * Alarm for a queue that nothing reads.
 *
 * SQS writes no age for a queue without messages, so that the number of messages says that a queue is empty. `FILL` and
 * `MAX` each give a value then, because AWS documents neither for a metric without data. SQS writes neither for a queue
 * that nobody uses, which leaves the alarm as it is.
 */
export function queueAgeAlarm(queue: IQueue): AlarmSpec {
  const options = { ...PERIOD, statistic: 'Maximum' };
  return {
    id: 'QueueAge',
    meaning: 'Events have been waiting in a queue for an hour.',
    metric: new MathExpression({
      expression: 'MAX([FILL(age, 0), messages * 0])',
      usingMetrics: {
        age: queue.metricApproximateAgeOfOldestMessage(options),
        messages: queue.metricApproximateNumberOfMessagesVisible(options),
      },
      ...PERIOD,
    }),
    threshold: QUEUE_AGE.toSeconds(),
    missingData: TreatMissingData.IGNORE,
    resource: queue,
  };
}

/**
 * Alarm for a queue from which a function reads messages and processes none.
 *
 * The age of the oldest message does not show it, because SQS leaves out messages that were received three times. The
 * metrics of the function do not either: Lambda counts no invocation of a function that it cannot invoke, and other
 * callers may succeed. Two periods, because a message can be received in one and deleted in the next.
 */
export function nothingProcessedAlarm(queue: IQueue): AlarmSpec {
  return {
    id: 'NothingProcessed',
    meaning: 'Messages of a queue have been received again and again for hours, and none was processed.',
    metric: new MathExpression({
      expression: 'IF(FILL(received, 0) >= 1 AND FILL(deleted, 0) == 0, 1, 0)',
      usingMetrics: {
        received: queue.metricNumberOfMessagesReceived(BETWEEN_RECEIVES),
        deleted: queue.metricNumberOfMessagesDeleted(BETWEEN_RECEIVES),
      },
      ...BETWEEN_RECEIVES,
    }),
    periods: 2,
    missingData: TreatMissingData.IGNORE,
    resource: queue,
  };
}

/** SQS writes no metrics for a queue that nobody uses, so that missing data says nothing about its messages. */
function depthAlarm(id: string, meaning: string, queue: IQueue): AlarmSpec {
  const metric = queue.metricApproximateNumberOfMessagesVisible({ ...PERIOD, statistic: 'Maximum' });
  return { id, meaning, metric, missingData: TreatMissingData.IGNORE, resource: queue };
}
