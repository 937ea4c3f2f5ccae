export { StripeCustomerTable } from './stripe-customer-table';
export { type StripeCustomerTableOptions, type StripeCustomerTableProps } from './stripe-customer-table-props';
