import { App, Duration, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEventBridge, StripeEventFilter, StripeEventType } from 'cdk-stripe-eventbridge';

const app = new App();
const stack = new Stack(app, 'Billing');

const stripe = new StripeEventBridge(stack, 'Stripe', {
  eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID, StripeEventType.CHARGE_REFUNDED),
  customerTable: { deletionProtection: true },
});

const paidInvoices = new Queue(stack, 'PaidInvoices', { retentionPeriod: Duration.days(14), enforceSSL: true });
stripe.onEvent('InvoicePaid', {
  filter: StripeEventFilter.of(StripeEventType.INVOICE_PAID),
  target: new SqsQueue(paidInvoices),
});
