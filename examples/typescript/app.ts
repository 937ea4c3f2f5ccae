import { App, Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeEventType,
} from 'cdk-stripe-eventbridge';

const app = new App();
const billing = new Stack(app, 'Billing');
const onCall = new Topic(billing, 'OnCall', { enforceSSL: true });

const stripe = new StripeEventBridge(billing, 'Stripe', {
  eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID, StripeEventType.CHARGE_REFUNDED).plus(
    StripeEventFilter.family('customer.subscription', 'checkout.session'),
  ),
  customerTable: { deletionProtection: true },
  endpoint: StripeEndpoint.httpApi({ path: '/stripe', throttle: { rateLimit: 500, burstLimit: 1000 }, accessLog: {} }),
  archive: { retention: Duration.days(14) },
  alarms: { actions: [new SnsAction(onCall)] },
  dashboard: true,
});

const paidInvoices = new Queue(billing, 'PaidInvoices', { retentionPeriod: Duration.days(14), enforceSSL: true });
stripe.onEvent('InvoicePaid', {
  eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID),
  target: new SqsQueue(paidInvoices),
});

// a queue in front of the function: failures are retried for three days, then the message moves to a dead-letter queue
const onRefund = new Function(billing, 'OnRefund', {
  runtime: Runtime.NODEJS_22_X,
  handler: 'index.handler',
  timeout: Duration.seconds(30),
  code: Code.fromInline(
    "exports.handler = async ({ Records: [{ body }] }) => console.log('refunded', JSON.parse(body).detail.id);",
  ),
});
stripe.onEvent('Refunded', {
  eventTypes: StripeEventFilter.of(StripeEventType.CHARGE_REFUNDED),
  target: new QueuedFunction(onRefund),
});

// connected accounts have their own endpoint and signing secret; their events go to the same bus with their own source
const connect = new Stack(app, 'Connect');
new StripeEventBridge(connect, 'Stripe', {
  eventBus: stripe.eventBus,
  eventSource: 'connect.stripe.com',
  eventTypes: StripeEventFilter.of(StripeEventType.ACCOUNT_UPDATED),
  alarms: { actions: [new SnsAction(new Topic(connect, 'OnCall', { enforceSSL: true }))] },
});
