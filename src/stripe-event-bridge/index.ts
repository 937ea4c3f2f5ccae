export {
  type HttpApiEndpointOptions,
  type RestApiEndpointOptions,
  type StripeAccessLogOptions,
  type StripeApiOptions,
  StripeEndpoint,
  type StripeEndpointBinding,
} from './stripe-endpoint';
export { StripeEventBridge } from './stripe-event-bridge';
export { type StripeEventArchiveOptions, type StripeEventBridgeProps, type StripeEventRuleOptions } from './stripe-event-bridge-props';
export { StripeEventFilter } from './stripe-event-filter';
export { StripeEventType } from './stripe-event-type';
