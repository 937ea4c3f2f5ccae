import { Duration } from 'aws-cdk-lib';
import { MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { EventRules } from './event-rules';
import type { AlarmSpec } from '../monitoring/alarms';

const PERIOD = { period: Duration.minutes(5) };
const QUEUE_AGE = Duration.hours(1);

/** Failed invocations that count as a function that always fails. A message takes 3.2 hours for them at most. */
const ALL_FAILED_INVOCATIONS = 3;
const SIX_HOURS = { period: Duration.hours(6) };

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
 * SQS writes no age for a queue without messages, so that the number of messages says that a queue is empty. It writes
 * neither for a queue that nobody uses, which leaves the alarm as it is.
 */
export function queueAgeAlarm(queue: IQueue): AlarmSpec {
  const options = { ...PERIOD, statistic: 'Maximum' };
  return {
    id: 'QueueAge',
    meaning: 'Events have been waiting in a queue for an hour.',
    metric: new MathExpression({
      expression: 'MAX([age, messages * 0])',
      usingMetrics: {
        age: queue.metricApproximateAgeOfOldestMessage(options),
        messages: queue.metricApproximateNumberOfMessagesVisible(options),
      },
      ...PERIOD,
    }),
    threshold: QUEUE_AGE.toSeconds(),
    missingData: TreatMissingData.IGNORE,
  };
}

/**
 * Alarm for a function that processes no event.
 *
 * The age of the oldest message does not show it, because SQS leaves out messages that were received three times.
 */
export function allFailedAlarm(lambdaFunction: IFunction): AlarmSpec {
  return {
    id: 'AllFailed',
    meaning: 'Every invocation of six hours failed.',
    metric: new MathExpression({
      expression: `IF(errors >= ${ALL_FAILED_INVOCATIONS} AND errors == invocations, 1, 0)`,
      usingMetrics: {
        errors: lambdaFunction.metricErrors(SIX_HOURS), invocations: lambdaFunction.metricInvocations(SIX_HOURS),
      },
      ...SIX_HOURS,
    }),
  };
}

/** SQS writes no metrics for a queue that nobody uses, so that missing data says nothing about its messages. */
function depthAlarm(id: string, meaning: string, queue: IQueue): AlarmSpec {
  const metric = queue.metricApproximateNumberOfMessagesVisible({ ...PERIOD, statistic: 'Maximum' });
  return { id, meaning, metric, missingData: TreatMissingData.IGNORE };
}
