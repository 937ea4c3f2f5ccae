export {
  StripeCustomerTable,
  StripeCustomerTableOptions,
  StripeCustomerTableProps,
} from './stripe-customer-table';
