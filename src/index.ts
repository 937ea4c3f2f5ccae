// endpoint and verification
export { StripeEventBridge } from './stripe-event-bridge/stripe-event-bridge';
export { type StripeEventBridgeProps } from './stripe-event-bridge/stripe-event-bridge-props';
export {
  type StripeAccessLogOptions,
  type StripeApiOptions,
  type StripeEndpointConfig,
  type StripeHttpApiOptions,
  type StripeRestApiOptions,
} from './stripe-event-bridge/endpoint/stripe-endpoint-options';
export { StripeEndpoint } from './stripe-event-bridge/endpoint/stripe-endpoint';
export { StripeSourceIps } from './stripe-event-bridge/endpoint/stripe-source-ips';

// Stripe events on any bus
export { QueuedFunction, type QueuedFunctionOptions } from './stripe-events/queued-function';
export { StripeEventRule } from './stripe-events/stripe-event-rule';
export {
  type StripeEventRuleOptions,
  type StripeEventRuleProps,
  type StripeEventTargetOptions,
} from './stripe-events/stripe-event-rule-props';
export { StripeEvents } from './stripe-events/stripe-events';
export {
  type StripeArchiveOptions,
  type StripeEventBusOptions,
  type StripeEventsOptions,
} from './stripe-events/stripe-events-options';

// selection of events
export { StripeAccount } from './stripe-event-filter/stripe-account';
export { StripeEventFilter } from './stripe-event-filter/stripe-event-filter';
export { StripeEventType } from './stripe-event-filter/stripe-event-type';
export { StripeMode } from './stripe-event-filter/stripe-mode';

// customers in DynamoDB
export { StripeCustomerTable } from './stripe-customer-table/stripe-customer-table';
export {
  type StripeCustomerTableOptions,
  type StripeCustomerTableProps,
  type StripeSortKey,
} from './stripe-customer-table/stripe-customer-table-props';

// options that several constructs share
export { type StripeAlarmOptions } from './monitoring/stripe-alarm-options';
export { type StripeFunctionOptions } from './internal/stripe-function-options';
