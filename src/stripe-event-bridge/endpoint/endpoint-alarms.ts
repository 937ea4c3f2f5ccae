import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { StripeEndpointConfig } from './stripe-endpoint-options';
import type { AlarmSpec } from '../../monitoring/alarms';

const HOUR = { period: Duration.hours(1) };
/** Period for accounts with few events. */
const SIX_HOURS = { period: Duration.hours(6) };
const MAX_CLIENT_ERROR_PERCENT = 10;
const MAX_SERVER_ERROR_PERCENT = 50;

/** Alarms that see requests which do not reach the webhook function, or whose logs are lost. */
export function endpointAlarms(
  scope: Construct, webhookFunction: IFunction, config: StripeEndpointConfig,
): AlarmSpec[] {
  const { restApi, isRestricted } = config;
  const serverErrors = serverErrorsOf(scope, webhookFunction, config);
  return [
    ...restApi && isRestricted ? [{
      id: 'Gateway4xx',
      meaning: `More than ${MAX_CLIENT_ERROR_PERCENT} % of the requests of three hours were answered with 4xx.`,
      periods: 3,
      metric: moreThan(MAX_CLIENT_ERROR_PERCENT, restApi.metricClientError(HOUR), restApi.metricCount(HOUR), HOUR),
    }] : [],
    ...serverErrors ? [{
      id: 'Endpoint5xx',
      meaning: `More than ${MAX_SERVER_ERROR_PERCENT} % of the requests of six hours were answered with 5xx.`,
      metric: moreThan(MAX_SERVER_ERROR_PERCENT, ...serverErrors, SIX_HOURS),
    }] : [],
  ];
}

/** Answers with 5xx, and requests. Undefined if the endpoint shares its metrics with other routes, or has none. */
function serverErrorsOf(
  scope: Construct, webhookFunction: IFunction, { restApi, httpApi }: StripeEndpointConfig,
): [IMetric, IMetric] | undefined {
  const api = restApi ?? (httpApi?.node.scope === scope ? httpApi : undefined);
  if (api) {
    return [api.metricServerError(SIX_HOURS), api.metricCount(SIX_HOURS)];
  }
  const ofUrl = (metricName: string) => webhookFunction.metric(metricName, { statistic: 'Sum', ...SIX_HOURS });
  return webhookFunction.node.tryFindChild('FunctionUrl') && [ofUrl('Url5xxCount'), ofUrl('UrlRequestCount')];
}

function moreThan(percent: number, errors: IMetric, requests: IMetric, { period }: MetricOptions): IMetric {
  return new MathExpression({
    expression: `IF(100 * errors / requests > ${percent}, 1, 0)`, usingMetrics: { errors, requests }, period,
  });
}
