from aws_cdk import App, Stack
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_events_targets import SqsQueue
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sqs import Queue
from cdk_stripe_eventbridge import (
    StripeAlarmOptions,
    StripeCustomerTableOptions,
    StripeEventBridge,
    StripeEventFilter,
    StripeEventType,
)

app = App()
stack = Stack(app, "Billing")

stripe = StripeEventBridge(
    stack,
    "Stripe",
    event_types=StripeEventFilter.of(StripeEventType.INVOICE_PAID, StripeEventType.CHARGE_REFUNDED),
    customer_table=StripeCustomerTableOptions(deletion_protection=True),
    alarms=StripeAlarmOptions(actions=[SnsAction(Topic(stack, "OnCall"))]),
)

stripe.on_event(
    "InvoicePaid",
    event_types=StripeEventFilter.of(StripeEventType.INVOICE_PAID),
    target=SqsQueue(Queue(stack, "PaidInvoices")),
)

app.synth()
