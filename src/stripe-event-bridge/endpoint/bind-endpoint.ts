import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { endpointAlarms } from './endpoint-alarms';
import { StripeEndpoint } from './stripe-endpoint';
import type { StripeEndpointConfig } from './stripe-endpoint-options';
import { Alarms } from '../../monitoring/alarms';
import type { StripeAlarmOptions } from '../../monitoring/stripe-alarm-options';

/** Endpoint of a bridge, and options for its alarms. */
export interface BindEndpointOptions {
  /** The default is a new HTTP API. */
  readonly endpoint?: StripeEndpoint;
  /** Options for the alarms. */
  readonly alarms?: StripeAlarmOptions;
}

/** Creates the endpoint and its alarms. */
export function bindEndpoint(
  scope: Construct, webhookFunction: IFunction, { endpoint = StripeEndpoint.httpApi(), alarms }: BindEndpointOptions,
): StripeEndpointConfig {
  const config = endpoint.bind(scope, webhookFunction);
  new Alarms(scope, 'EndpointAlarms', alarms, endpointAlarms(scope, webhookFunction, config));
  return config;
}
