from aws_cdk import App, Duration, Stack
from aws_cdk.aws_apigatewayv2 import ThrottleSettings
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_events import EventBus
from aws_cdk.aws_events_targets import LambdaFunction, SqsQueue
from aws_cdk.aws_lambda import Code, Function, Runtime
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sqs import Queue
from cdk_stripe_eventbridge import (
    StripeAccessLogOptions,
    StripeAlarmOptions,
    StripeCustomerTableOptions,
    StripeEndpoint,
    StripeArchiveOptions,
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
    event_bus_name="stripe",
    event_types=StripeEventFilter.of(StripeEventType.INVOICE_PAID, StripeEventType.CHARGE_REFUNDED).plus(
        StripeEventFilter.family("customer.subscription", "checkout.session")
    ),
    customer_table=StripeCustomerTableOptions(deletion_protection=True, store_raw_event=False),
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
    filter=StripeEventFilter.of(StripeEventType.INVOICE_PAID),
    target=SqsQueue(paid_invoices),
)

# a function behind a queue of its own: its failures are retried for 14 days and then set aside
on_refund = Function(
    billing,
    "OnRefund",
    runtime=Runtime.NODEJS_22_X,
    handler="index.handler",
    code=Code.from_inline(
        "exports.handler = async ({ Records: [{ body }] }) => console.log('refunded', JSON.parse(body).detail.id);"
    ),
)
stripe.on_event(
    "Refunded",
    filter=StripeEventFilter.of(StripeEventType.CHARGE_REFUNDED),
    target=LambdaFunction(on_refund),
    queued=True,
)

# connected accounts have an endpoint and a signing secret of their own; their events go on the same bus
connect = Stack(app, "Connect")
connect.add_dependency(billing)
StripeEventBridge(
    connect,
    "Stripe",
    event_bus=EventBus.from_event_bus_name(connect, "Bus", "stripe"),
    event_types=StripeEventFilter.of(StripeEventType.ACCOUNT_UPDATED),
    alarms=StripeAlarmOptions(actions=[SnsAction(Topic(connect, "OnCall", enforce_ssl=True))]),
)

app.synth()
