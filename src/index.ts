export * from './handler-function';
export * from './monitoring';
export * from './stripe-customer-table';
export * from './stripe-event-bridge';
