import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmSpec } from './alarms';
import type { EventRules } from '../event-rules/event-rules';
import type { HandlerFunction } from '../handler-function/handler-function';

const FIVE_MINUTES = Duration.minutes(5);
const HOUR = Duration.hours(1);

/** Requests that look like Stripe's and are not verified, until this many count as a wrong secret. */
const NOTHING_VERIFIED_REQUESTS = 3;
const STALE_SECONDS = 3_600;
const PREVIOUS_HOURS = 6;

/** What can go wrong at the door. */
export function webhookAlarms(webhook: HandlerFunction): AlarmSpec[] {
  const count = (name: string) => webhook.metric(name, { period: FIVE_MINUTES });
  return [
    { id: 'SecretInvalid', meaning: 'No usable signing secret is stored.', metric: count('SecretInvalid') },
    { id: 'SecretFetchError', meaning: 'The signing secret cannot be read.', metric: count('SecretFetchError') },
    {
      id: 'SecretStale',
      meaning: 'The signing secret could not be read for an hour.',
      threshold: STALE_SECONDS,
      metric: webhook.metric('SecretStale', { period: FIVE_MINUTES, statistic: 'Maximum' }),
    },
    {
      id: 'SecretPreviousUsed',
      meaning: 'Stripe still signs with the secret before the stored one.',
      periods: PREVIOUS_HOURS,
      metric: webhook.metric('SecretPreviousUsed', { period: HOUR }),
    },
    { id: 'NothingVerified', meaning: 'Requests look like Stripe\'s and none is verified.', metric: nothingVerified(webhook) },
    { id: 'PublishDenied', meaning: 'The bus refuses our events.', metric: count('PublishDenied') },
    { id: 'Oversize', meaning: 'An event is too large for the bus, even compressed.', metric: count('Oversize') },
    ...functionAlarms(webhook),
  ];
}

/** What can go wrong at the table. */
export function writerAlarms(writer: HandlerFunction): AlarmSpec[] {
  return [
    { id: 'WriteDenied', meaning: 'The writer may not write to the table.', metric: writer.metric('WriteDenied', { period: FIVE_MINUTES }) },
    ...functionAlarms(writer),
  ];
}

/** What was kept aside because it cannot go on the bus. */
export function quarantineAlarms(queue: IQueue, rules: EventRules): AlarmSpec[] {
  return [
    { id: 'Quarantined', meaning: 'Authentic events are in quarantine.', metric: depth(queue) },
    { id: 'QuarantineFailed', meaning: 'Events on their way to the quarantine were lost.', metric: ruleMetric('FailedInvocations', rules) },
  ];
}

/** What was set aside because it could not be delivered or handled. */
export function deadLetterAlarms(queue: IQueue, rules: EventRules): AlarmSpec[] {
  return [
    { id: 'DlqDepth', meaning: 'Events are in a dead-letter queue.', metric: depth(queue) },
    {
      id: 'DlqDeliveryFailed',
      meaning: 'Events could not even be put in the dead-letter queue.',
      metric: ruleMetric('InvocationsFailedToBeSentToDlq', rules),
    },
  ];
}

function functionAlarms({ function: handler }: HandlerFunction): AlarmSpec[] {
  return [
    { id: 'Errors', meaning: 'The function crashes or runs out of time.', metric: handler.metricErrors({ period: FIVE_MINUTES }) },
    { id: 'Throttles', meaning: 'The function is throttled.', metric: handler.metricThrottles({ period: FIVE_MINUTES }) },
  ];
}

/** A secret of the right form but of another endpoint, or a clock that is off: neither shows in any one request. */
function nothingVerified(webhook: HandlerFunction): MathExpression {
  const period = Duration.minutes(15);
  return new MathExpression({
    label: 'NothingVerified',
    expression: `IF(signed >= ${NOTHING_VERIFIED_REQUESTS} AND verified == 0, 1, 0)`,
    usingMetrics: { signed: webhook.metric('Signed', { period }), verified: webhook.metric('Verified', { period }) },
    period,
  });
}

function depth(queue: IQueue): Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: 'Maximum' });
}

/** A pattern that was too long for one rule has several; one metric adds them up. */
function ruleMetric(metricName: string, { rules, ruleNames, eventBusName }: EventRules): Metric | MathExpression {
  const metrics = rules.map((_rule, index) => new Metric({
    namespace: 'AWS/Events',
    metricName,
    dimensionsMap: { EventBusName: eventBusName, RuleName: ruleNames[index] },
    statistic: 'Sum',
    period: FIVE_MINUTES,
  }));
  if (metrics.length === 1) {
    return metrics[0];
  }
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new MathExpression({ label: metricName, expression: 'SUM(METRICS())', usingMetrics, period: FIVE_MINUTES });
}
