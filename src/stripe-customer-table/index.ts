export {
  StripeCustomerTable,
  type StripeCustomerTableOptions,
  type StripeCustomerTableProps,
} from './stripe-customer-table';
