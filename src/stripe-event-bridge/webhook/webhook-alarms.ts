import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { functionAlarms } from '../../internal/function-alarms';
import type { HandlerFunction } from '../../internal/handler-function';
import type { AlarmSpec } from '../../monitoring/alarms';

const FIVE_MINUTES = Duration.minutes(5);
const HOUR = Duration.hours(1);

/** Unverified requests with a well-formed signature that count as a wrong secret. */
const NOTHING_VERIFIED_REQUESTS = 3;
const STALE_SECONDS = 3_600;
const PREVIOUS_HOURS = 6;

/** Alarms of the webhook function. */
export function webhookAlarms(webhook: HandlerFunction): AlarmSpec[] {
  const count = (name: string) => webhook.metric(name, { period: FIVE_MINUTES });
  return [
    { id: 'SecretInvalid', meaning: 'No valid signing secret is stored.', metric: count('SecretInvalid') },
    { id: 'SecretFetchError', meaning: 'The signing secret cannot be read.', metric: count('SecretFetchError') },
    {
      id: 'SecretStale',
      meaning: 'The signing secret could not be read for an hour.',
      threshold: STALE_SECONDS,
      metric: webhook.metric('SecretStale', { period: FIVE_MINUTES, statistic: 'Maximum' }),
    },
    {
      id: 'SecretPreviousUsed',
      meaning: 'Stripe still signs with the previous signing secret.',
      periods: PREVIOUS_HOURS,
      metric: webhook.metric('SecretPreviousUsed', { period: HOUR }),
    },
    {
      id: 'NothingVerified',
      meaning: 'Requests have a well-formed signature, and none is verified.',
      metric: nothingVerified(webhook),
    },
    { id: 'PublishDenied', meaning: 'The bus denies events.', metric: count('PublishDenied') },
    { id: 'Oversize', meaning: 'An event is too large for the bus, even compressed.', metric: count('Oversize') },
    ...functionAlarms(webhook),
  ];
}

/** The secret of another endpoint, or a clock that is wrong: no single request shows it. */
function nothingVerified(webhook: HandlerFunction): MathExpression {
  const period = Duration.minutes(15);
  return new MathExpression({
    label: 'NothingVerified',
    expression: `IF(signed >= ${NOTHING_VERIFIED_REQUESTS} AND verified == 0, 1, 0)`,
    usingMetrics: { signed: webhook.metric('Signed', { period }), verified: webhook.metric('Verified', { period }) },
    period,
  });
}
