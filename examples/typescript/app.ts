import { App, Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeEventType } from 'cdk-stripe-eventbridge';

const app = new App();
const stack = new Stack(app, 'Billing');

const stripe = new StripeEventBridge(stack, 'Stripe', {
  eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID, StripeEventType.CHARGE_REFUNDED),
  customerTable: { deletionProtection: true },
  endpoint: StripeEndpoint.httpApi({ path: '/stripe', throttle: { rateLimit: 500, burstLimit: 1000 }, accessLog: {} }),
  archive: { retention: Duration.days(14) },
  alarms: { actions: [new SnsAction(new Topic(stack, 'OnCall', { enforceSSL: true }))] },
  dashboard: true,
});

const paidInvoices = new Queue(stack, 'PaidInvoices', { retentionPeriod: Duration.days(14), enforceSSL: true });
stripe.onEvent('InvoicePaid', {
  filter: StripeEventFilter.of(StripeEventType.INVOICE_PAID),
  target: new SqsQueue(paidInvoices),
});

// a function behind a queue of its own: its failures are retried for 14 days and then set aside
const onRefund = new Function(stack, 'OnRefund', {
  runtime: Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: Code.fromInline("exports.handler = async ({ Records: [{ body }] }) => console.log('refunded', JSON.parse(body).detail.id);"),
});
stripe.onEvent('Refunded', {
  filter: StripeEventFilter.of(StripeEventType.CHARGE_REFUNDED),
  target: new LambdaFunction(onRefund),
  queued: true,
});
