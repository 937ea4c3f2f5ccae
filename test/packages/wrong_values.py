"""Gives values of the wrong kind to each property, through jsii. Prints the problems as JSON."""

import inspect
import json
import sys

import aws_cdk as cdk
import cdk_stripe_eventbridge as stripe
from aws_cdk import aws_dynamodb as dynamodb, aws_events as events, aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_, aws_sqs as sqs

CANARY = "whsec_" + "Canary0" * 5
ENV = cdk.Environment(account="111122223333", region="eu-west-1")


def bus(stack):
    return events.EventBus(stack, "SubjectBus")


def target(stack):
    return targets.SqsQueue(sqs.Queue(stack, "SubjectTarget"))


def source(stack, **options):
    return stripe.StripeEvents.from_event_bus(stack, "Stripe", bus(stack), **options)


def rule(stack, **props):
    needed = {"event_bus": bus(stack), "event_sources": ["stripe.com"], "target": target(stack)}
    return stripe.StripeEventRule(stack, "Paid", **{**needed, **props})


def on_event(stack, **options):
    return source(stack).on_event("Paid", **{"target": target(stack), **options})


def table(stack, **props):
    return stripe.StripeCustomerTable(stack, "Customers", **{"event_bus": bus(stack), **props})


def bridge(stack, **props):
    return stripe.StripeEventBridge(stack, "Stripe", **props)


def http_api(stack, **options):
    return bridge(stack, endpoint=stripe.StripeEndpoint.http_api(**options))


def rest_api(stack, **options):
    return bridge(stack, endpoint=stripe.StripeEndpoint.rest_api(**options))


def queued(stack, **options):
    code = lambda_.Code.from_inline("exports.handler = () => {}")
    runtime = lambda_.Runtime.NODEJS_22_X
    handler = lambda_.Function(stack, "SubjectFunction", runtime=runtime, handler="index.handler", code=code)
    return source(stack).on_event("Paid", target=stripe.QueuedFunction(handler, **options))


def sort_key(stack, **options):
    mine = dynamodb.Table.from_table_arn(stack, "SubjectTable", "arn:aws:dynamodb:eu-west-1:111122223333:table/customers")
    return table(stack, table=mine, sort_key={"name": "sk", "value": "CUSTOMER", **options})


SUBJECTS = {
    stripe.StripeEventBridgeProps: bridge,
    stripe.StripeCustomerTableProps: table,
    stripe.StripeEventRuleProps: rule,
    stripe.StripeEventRuleOptions: on_event,
    stripe.StripeEventBusOptions: source,
    stripe.StripeHttpApiOptions: http_api,
    stripe.StripeRestApiOptions: rest_api,
    stripe.StripeArchiveOptions: lambda stack, **options: source(stack).add_archive("Archive", **options),
    stripe.StripeAlarmOptions: lambda stack, **options: bridge(stack, alarms=options),
    stripe.StripeFunctionOptions: lambda stack, **options: bridge(stack, function_options=options),
    stripe.StripeEventsOptions: source,
    stripe.StripeEventTargetOptions: on_event,
    stripe.StripeCustomerTableOptions: lambda stack, **options: source(stack).add_customer_table("Customers", **options),
    stripe.StripeSortKey: sort_key,
    stripe.StripeApiOptions: rest_api,
    stripe.StripeAccessLogOptions: lambda stack, **options: http_api(stack, access_log=options),
    stripe.QueuedFunctionOptions: queued,
}

VALUES = {
    "a number": lambda stack: 1.5,
    "a negative number": lambda stack: -1,
    "a boolean": lambda stack: True,
    "an empty string": lambda stack: "",
    "a word": lambda stack: "wrong value",
    "a secret": lambda stack: CANARY,
    "an empty list": lambda stack: [],
    "a list": lambda stack: ["wrong value"],
    "a list of a secret": lambda stack: [CANARY],
    "an empty dict": lambda stack: {},
    "a dict": lambda stack: {"wrong": "value"},
    "a function": lambda stack: (lambda: None),
    "a queue": lambda stack: sqs.Queue(stack, "WrongQueue"),
    "no time": lambda stack: cdk.Duration.seconds(0),
    "a fraction of a second": lambda stack: cdk.Duration.millis(1500),
    "a century": lambda stack: cdk.Duration.days(36525),
    "a token": lambda stack: cdk.CfnParameter(stack, "WrongString").value_as_string,
}


# What jsii and Python reject before a value reaches the library
OF_JSII = ("Cannot pass function as argument here", "__init__() got an unexpected keyword", "__init__() missing")


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def problem_of(build, name, value):
    """Returns the message of an error that does not name the property. Otherwise none."""
    app = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(app, "Wrong", env=ENV)
    try:
        build(stack, **{name: value(stack)})
        app.synth()
    except Exception as error:  # each language has its own classes of errors
        message = str(error)
        if "Unable to deserialize value as" in message:
            # jsii compares the value with the type before the library sees it. It names the property and shows the
            # value, also a secret, which the library cannot prevent
            return None if f"Key '{camel(name)}'" in message else message
        if any(text in message for text in OF_JSII):
            return None
        if "Canary" in message:
            return f"shows a secret: {message}"
        is_internal = any(text in message for text in ("is not a function", "Cannot read properties", "undefined ("))
        if is_internal or (name not in message and camel(name) not in message):
            return f"{type(error).__name__}: {message}"
    return None


def properties_of(struct):
    return [name for name in inspect.signature(struct.__init__).parameters if name != "self"]


def main():
    problems, count = [], 0
    for struct, build in SUBJECTS.items():
        for name in properties_of(struct):
            for what, value in VALUES.items():
                count += 1
                problem = problem_of(build, name, value)
                if problem:
                    problems.append(f"{struct.__name__}.{name} with {what}: {problem}")
    json.dump({"count": count, "problems": problems}, sys.stdout)


main()
