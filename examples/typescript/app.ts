import { App, Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeEventType } from 'cdk-stripe-eventbridge';

const app = new App();
const billing = new Stack(app, 'Billing');
const onCall = new Topic(billing, 'OnCall', { enforceSSL: true });

const stripe = new StripeEventBridge(billing, 'Stripe', {
  eventBusName: 'stripe',
  eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID, StripeEventType.CHARGE_REFUNDED).plus(
    StripeEventFilter.family('customer.subscription', 'checkout.session'),
  ),
  customerTable: { deletionProtection: true, storeRawEvent: false },
  endpoint: StripeEndpoint.httpApi({ path: '/stripe', throttle: { rateLimit: 500, burstLimit: 1000 }, accessLog: {} }),
  archive: { retention: Duration.days(14) },
  alarms: { actions: [new SnsAction(onCall)] },
  dashboard: true,
});

const paidInvoices = new Queue(billing, 'PaidInvoices', { retentionPeriod: Duration.days(14), enforceSSL: true });
stripe.onEvent('InvoicePaid', {
  filter: StripeEventFilter.of(StripeEventType.INVOICE_PAID),
  target: new SqsQueue(paidInvoices),
});

// a function behind a queue of its own: its failures are retried for 14 days and then set aside
const onRefund = new Function(billing, 'OnRefund', {
  runtime: Runtime.NODEJS_22_X,
  handler: 'index.handler',
  code: Code.fromInline("exports.handler = async ({ Records: [{ body }] }) => console.log('refunded', JSON.parse(body).detail.id);"),
});
stripe.onEvent('Refunded', {
  filter: StripeEventFilter.of(StripeEventType.CHARGE_REFUNDED),
  target: new LambdaFunction(onRefund),
  queued: true,
});

// connected accounts have an endpoint and a signing secret of their own; their events go on the same bus
const connect = new Stack(app, 'Connect');
connect.addDependency(billing);
new StripeEventBridge(connect, 'Stripe', {
  eventBus: EventBus.fromEventBusName(connect, 'Bus', 'stripe'),
  eventTypes: StripeEventFilter.of(StripeEventType.ACCOUNT_UPDATED),
  alarms: { actions: [new SnsAction(new Topic(connect, 'OnCall', { enforceSSL: true }))] },
});
