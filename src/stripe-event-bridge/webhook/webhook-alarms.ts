import { Duration } from 'aws-cdk-lib';
import { MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { functionAlarms } from '../../internal/function-alarms';
import type { HandlerFunction } from '../../internal/handler-function';
import type { AlarmSpec } from '../../monitoring/alarms';
import { FUNCTION_DIMENSION, REASON_DIMENSION, WELL_FORMED_SIGNATURE } from '../../monitoring/contract';

const FIVE_MINUTES = Duration.minutes(5);
const FIFTEEN_MINUTES = Duration.minutes(15);
const HOUR = Duration.hours(1);
/** Period for accounts with few events. */
const SIX_HOURS = Duration.hours(6);

/** Unverified requests with a well-formed signature in 15 minutes that count as a wrong secret. */
const NOTHING_VERIFIED_REQUESTS = 3;
/** Events in 6 hours, all of them filtered out, that count as a wrong filter. */
const ALL_FILTERED_EVENTS = 10;

/** Alarms of the webhook function. */
export function webhookAlarms(webhook: HandlerFunction, expectEventEvery: Duration | undefined): AlarmSpec[] {
  return [
    ...secretAlarms(webhook),
    ...verificationAlarms(webhook),
    ...publishAlarms(webhook),
    ...functionAlarms(webhook),
    ...expectEventEvery ? [silenceAlarm(webhook, expectEventEvery)] : [],
  ];
}

function silenceAlarm(webhook: HandlerFunction, expectEventEvery: Duration): AlarmSpec {
  return {
    id: 'Silence',
    meaning: `No request was verified for ${expectEventEvery.toHumanString()}.`,
    metric: webhook.metric('Verified', { period: HOUR }),
    periods: expectEventEvery.toHours(),
    below: true,
    missingData: TreatMissingData.BREACHING,
  };
}

function secretAlarms(webhook: HandlerFunction): AlarmSpec[] {
  return [
    { id: 'SecretInvalid', meaning: 'A secret has no valid signing secret.', metric: count(webhook, 'SecretInvalid') },
    { id: 'SecretFetchError', meaning: 'A signing secret cannot be read.', metric: count(webhook, 'SecretFetchError') },
    {
      id: 'SecretStale',
      meaning: 'A signing secret could not be read for an hour.',
      threshold: HOUR.toSeconds(),
      metric: webhook.metric('SecretStale', { period: FIVE_MINUTES, statistic: 'Maximum' }),
    },
    {
      id: 'SecretPreviousUsed',
      meaning: 'Stripe has signed with the previous signing secret for six hours.',
      periods: 6,
      metric: webhook.metric('SecretPreviousUsed', { period: HOUR }),
    },
    {
      id: 'SecretPreviousUsedAlways',
      meaning: 'Stripe signed every request of six hours with the previous signing secret.',
      metric: condition(webhook, SIX_HOURS, 'FILL(previous, 0) / verified == 1',
        { previous: 'SecretPreviousUsed', verified: 'Verified' }),
    },
  ];
}

/** The secret of another endpoint, a clock that is wrong, or a wrong filter: no single request shows it. */
function verificationAlarms(webhook: HandlerFunction): AlarmSpec[] {
  const metrics = { signed: 'Signed', verified: 'Verified' };
  return [
    {
      id: 'NothingVerified',
      meaning: 'Requests have a well-formed signature, and none is verified.',
      metric: condition(webhook, FIFTEEN_MINUTES, `signed >= ${NOTHING_VERIFIED_REQUESTS} AND verified == 0`, metrics),
    },
    {
      id: 'NothingVerifiedSlowly',
      meaning: 'Requests of six hours have a well-formed signature, and none is verified.',
      metric: condition(webhook, SIX_HOURS, 'signed >= 1 AND verified == 0', metrics),
    },
    {
      id: 'AllFiltered',
      meaning: 'All events of six hours were filtered out.',
      metric: condition(webhook, SIX_HOURS, `FILL(filtered, 0) >= ${ALL_FILTERED_EVENTS} AND accepted == 0`,
        { filtered: 'Filtered', accepted: 'Accepted' }),
    },
    {
      id: 'PayloadStyle',
      meaning: 'Stripe sends events in another payload style than the expected one.',
      metric: count(webhook, 'PayloadStyle'),
    },
  ];
}

function publishAlarms(webhook: HandlerFunction): AlarmSpec[] {
  return [
    { id: 'PublishDenied', meaning: 'The bus denies events.', metric: count(webhook, 'PublishDenied') },
    {
      id: 'NotPublished',
      meaning: 'Events could not be published for 15 minutes.',
      periods: 3,
      metric: count(webhook, 'NotPublished'),
    },
    {
      id: 'NotPublishedSlowly',
      meaning: 'No event of six hours could be published.',
      metric: condition(webhook, SIX_HOURS, 'FILL(failed, 0) >= 1 AND accepted == 0',
        { failed: 'NotPublished', accepted: 'Accepted' }),
    },
    { id: 'Oversize', meaning: 'An event is too large for the bus.', metric: count(webhook, 'Oversize') },
    {
      id: 'TooLarge',
      meaning: 'A request with a well-formed signature is too large.',
      metric: webhook.metric('TooLarge', {
        period: FIVE_MINUTES,
        dimensionsMap: {
          [FUNCTION_DIMENSION]: webhook.function.functionName, [REASON_DIMENSION]: WELL_FORMED_SIGNATURE,
        },
      }),
    },
    { id: 'Failed', meaning: 'The webhook function failed unexpectedly.', metric: count(webhook, 'Failed') },
  ];
}

function count(webhook: HandlerFunction, name: string) {
  return webhook.metric(name, { period: FIVE_MINUTES });
}

/**
 * Metric that is 1 where a condition holds, else 0.
 *
 * A condition without a value counts as that of an older period, which would raise an alarm again after the repair. So
 * one metric is written with every verified request, and the other one is filled.
 */
function condition(
  webhook: HandlerFunction, period: Duration, expression: string, metrics: Readonly<Record<string, string>>,
): MathExpression {
  const usingMetrics = Object.fromEntries(Object.entries(metrics)
    .map(([id, name]) => [id, webhook.metric(name, { period })]));
  return new MathExpression({ expression: `IF(${expression}, 1, 0)`, usingMetrics, period });
}
