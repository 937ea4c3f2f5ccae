from aws_cdk import App, Duration, Stack
from aws_cdk.aws_apigatewayv2 import ThrottleSettings
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_events_targets import SqsQueue
from aws_cdk.aws_lambda import Code, Function, Runtime
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sqs import Queue
from cdk_stripe_eventbridge import (
    QueuedFunction,
    StripeAccessLogOptions,
    StripeAlarmOptions,
    StripeArchiveOptions,
    StripeCustomerTableOptions,
    StripeEndpoint,
    StripeEventBridge,
    StripeEventFilter,
    StripeEventType,
)

app = App()
billing = Stack(app, "Billing")
on_call = Topic(billing, "OnCall", enforce_ssl=True)

stripe = StripeEventBridge(
    billing,
    "Stripe",
    event_types=StripeEventFilter.of(StripeEventType.INVOICE_PAID, StripeEventType.CHARGE_REFUNDED).plus(
        StripeEventFilter.family("customer.subscription", "checkout.session")
    ),
    customer_table=StripeCustomerTableOptions(deletion_protection=True),
    endpoint=StripeEndpoint.http_api(
        path="/stripe",
        throttle=ThrottleSettings(rate_limit=500, burst_limit=1000),
        access_log=StripeAccessLogOptions(),
    ),
    archive=StripeArchiveOptions(retention=Duration.days(14)),
    alarms=StripeAlarmOptions(actions=[SnsAction(on_call)]),
    dashboard=True,
)

paid_invoices = Queue(billing, "PaidInvoices", retention_period=Duration.days(14), enforce_ssl=True)
stripe.on_event(
    "InvoicePaid",
    event_types=StripeEventFilter.of(StripeEventType.INVOICE_PAID),
    target=SqsQueue(paid_invoices),
)

# a queue in front of the function: failures are retried for three days, then the message moves to a dead-letter queue
on_refund = Function(
    billing,
    "OnRefund",
    runtime=Runtime.NODEJS_22_X,
    handler="index.handler",
    timeout=Duration.seconds(30),
    code=Code.from_inline(
        "exports.handler = async ({ Records: [{ body }] }) => console.log('refunded', JSON.parse(body).detail.id);"
    ),
)
stripe.on_event(
    "Refunded",
    event_types=StripeEventFilter.of(StripeEventType.CHARGE_REFUNDED),
    target=QueuedFunction(on_refund),
)

# connected accounts have their own endpoint and signing secret; their events go to the same bus with their own source
connect = Stack(app, "Connect")
StripeEventBridge(
    connect,
    "Stripe",
    event_bus=stripe.event_bus,
    event_source="connect.stripe.com",
    event_types=StripeEventFilter.of(StripeEventType.ACCOUNT_UPDATED),
    alarms=StripeAlarmOptions(actions=[SnsAction(Topic(connect, "OnCall", enforce_ssl=True))]),
)

app.synth()
