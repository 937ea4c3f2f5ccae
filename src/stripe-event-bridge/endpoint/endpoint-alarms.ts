import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { StripeEndpointConfig } from './stripe-endpoint-options';
import type { AlarmSpec } from '../../monitoring/alarms';

const PERIOD = { period: Duration.hours(1) };
const MAX_CLIENT_ERROR_PERCENT = 10;

/** Alarms for requests that do not reach the webhook function. */
export function endpointAlarms({ restApi, isRestricted }: StripeEndpointConfig): AlarmSpec[] {
  if (!restApi || !isRestricted) {
    return [];
  }
  return [{
    id: 'Gateway4xx',
    meaning: `More than ${MAX_CLIENT_ERROR_PERCENT} % of the requests of three hours were answered with 4xx.`,
    periods: 3,
    metric: new MathExpression({
      expression: `IF(100 * errors / requests > ${MAX_CLIENT_ERROR_PERCENT}, 1, 0)`,
      usingMetrics: { errors: restApi.metricClientError(PERIOD), requests: restApi.metricCount(PERIOD) },
      ...PERIOD,
    }),
  }];
}
