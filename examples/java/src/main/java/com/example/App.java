package com.example;

import io.github.cdkstripe.eventbridge.QueuedFunction;
import io.github.cdkstripe.eventbridge.StripeAccessLogOptions;
import io.github.cdkstripe.eventbridge.StripeAlarmOptions;
import io.github.cdkstripe.eventbridge.StripeArchiveOptions;
import io.github.cdkstripe.eventbridge.StripeCustomerTableOptions;
import io.github.cdkstripe.eventbridge.StripeEndpoint;
import io.github.cdkstripe.eventbridge.StripeEventBridge;
import io.github.cdkstripe.eventbridge.StripeEventFilter;
import io.github.cdkstripe.eventbridge.StripeEventRuleOptions;
import io.github.cdkstripe.eventbridge.StripeEventType;
import io.github.cdkstripe.eventbridge.StripeHttpApiOptions;
import java.util.List;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.apigatewayv2.ThrottleSettings;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.events.IEventBus;
import software.amazon.awscdk.services.events.targets.SqsQueue;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.Runtime;
import software.amazon.awscdk.services.sns.Topic;
import software.amazon.awscdk.services.sqs.Queue;

public final class App {
    public static void main(final String[] args) {
        software.amazon.awscdk.App app = new software.amazon.awscdk.App();
        Stack billing = new Stack(app, "Billing");
        StripeEventBridge stripe = billing(billing);
        Stack connect = new Stack(app, "Connect");
        connect(connect, stripe.getEventBus());
        app.synth();
    }

    private static StripeEventBridge billing(final Stack stack) {
        StripeEventBridge stripe = StripeEventBridge.Builder.create(stack, "Stripe")
            .eventTypes(StripeEventFilter.of(StripeEventType.INVOICE_PAID, StripeEventType.CHARGE_REFUNDED)
                .plus(StripeEventFilter.family("customer.subscription", "checkout.session")))
            .customerTable(StripeCustomerTableOptions.builder().deletionProtection(true).build())
            .endpoint(StripeEndpoint.httpApi(StripeHttpApiOptions.builder()
                .path("/stripe")
                .throttle(ThrottleSettings.builder().rateLimit(500).burstLimit(1000).build())
                .accessLog(StripeAccessLogOptions.builder().build())
                .build()))
            .archive(StripeArchiveOptions.builder().retention(Duration.days(14)).build())
            .alarms(alarms(stack))
            .dashboard(true)
            .build();

        Queue paidInvoices = Queue.Builder.create(stack, "PaidInvoices")
            .retentionPeriod(Duration.days(14))
            .enforceSsl(true)
            .build();
        stripe.onEvent("InvoicePaid", StripeEventRuleOptions.builder()
            .eventTypes(StripeEventFilter.of(StripeEventType.INVOICE_PAID))
            .target(new SqsQueue(paidInvoices))
            .build());

        // a queue in front of the function: failures are retried for three days,
        // then the message moves to a dead-letter queue
        Function onRefund = Function.Builder.create(stack, "OnRefund")
            .runtime(Runtime.NODEJS_22_X)
            .handler("index.handler")
            .timeout(Duration.seconds(30))
            .code(Code.fromInline("exports.handler = async ({ Records: [{ body }] }) => "
                + "console.log('refunded', JSON.parse(body).detail.id);"))
            .build();
        stripe.onEvent("Refunded", StripeEventRuleOptions.builder()
            .eventTypes(StripeEventFilter.of(StripeEventType.CHARGE_REFUNDED))
            .target(new QueuedFunction(onRefund))
            .build());
        return stripe;
    }

    /**
     * Connected accounts have their own endpoint and signing secret. Their events go to the same bus with their own
     * source.
     */
    private static void connect(final Stack stack, final IEventBus eventBus) {
        StripeEventBridge.Builder.create(stack, "Stripe")
            .eventBus(eventBus)
            .eventSource("connect.stripe.com")
            .eventTypes(StripeEventFilter.of(StripeEventType.ACCOUNT_UPDATED))
            .alarms(alarms(stack))
            .build();
    }

    private static StripeAlarmOptions alarms(final Stack stack) {
        Topic onCall = Topic.Builder.create(stack, "OnCall").enforceSsl(true).build();
        return StripeAlarmOptions.builder().actions(List.of(new SnsAction(onCall))).build();
    }
}
