export { type HttpApiEndpointOptions, StripeEndpoint, type StripeEndpointBinding } from './stripe-endpoint';
export { StripeEventBridge, type StripeEventBridgeProps, type StripeEventRuleOptions } from './stripe-event-bridge';
export { StripeEventFilter } from './stripe-event-filter';
export { StripeEventType } from './stripe-event-type';
