import { Duration, Lazy } from 'aws-cdk-lib';
import type { CfnRestApi, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { type IMetric, MathExpression, type Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
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
      metric: moreThan(MAX_CLIENT_ERROR_PERCENT, ...metricsOf(restApi, 'ClientError', HOUR), HOUR),
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
  if (restApi) {
    return metricsOf(restApi, 'ServerError', SIX_HOURS);
  }
  if (httpApi?.node.scope === scope) {
    return [httpApi.metricServerError(SIX_HOURS), httpApi.metricCount(SIX_HOURS)];
  }
  const ofUrl = (metricName: string) => webhookFunction.metric(metricName, { statistic: 'Sum', ...SIX_HOURS });
  return webhookFunction.node.tryFindChild('FunctionUrl') && [ofUrl('Url5xxCount'), ofUrl('UrlRequestCount')];
}

/** Errors and requests of a REST API. Its name is their dimension, and an Aspect may change it. */
function metricsOf(restApi: RestApi, errors: 'ClientError' | 'ServerError', period: MetricOptions): [Metric, Metric] {
  const produce = () => (restApi.node.defaultChild as CfnRestApi).name;
  const dimensionsMap = { ApiName: Lazy.uncachedString({ produce }) };
  const metrics = [restApi[`metric${errors}`](period), restApi.metricCount(period)] as const;
  return [metrics[0].with({ dimensionsMap }), metrics[1].with({ dimensionsMap })];
}

function moreThan(percent: number, errors: IMetric, requests: IMetric, { period }: MetricOptions): IMetric {
  return new MathExpression({
    expression: `IF(100 * errors / requests > ${percent}, 1, 0)`, usingMetrics: { errors, requests }, period,
  });
}
