export { HttpApiEndpointOptions, StripeEndpoint, StripeEndpointBinding } from './stripe-endpoint';
export { StripeEventBridge, StripeEventBridgeProps, StripeEventRuleOptions } from './stripe-event-bridge';
export { StripeEventFilter } from './stripe-event-filter';
export { StripeEventType } from './stripe-event-type';
