package com.example;

import io.github.cdkstripe.eventbridge.StripeAlarmOptions;
import io.github.cdkstripe.eventbridge.StripeCustomerTableOptions;
import io.github.cdkstripe.eventbridge.StripeEventBridge;
import io.github.cdkstripe.eventbridge.StripeEventFilter;
import io.github.cdkstripe.eventbridge.StripeEventRuleOptions;
import io.github.cdkstripe.eventbridge.StripeEventType;
import java.util.List;
import software.amazon.awscdk.App;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.events.targets.SqsQueue;
import software.amazon.awscdk.services.sns.Topic;
import software.amazon.awscdk.services.sqs.Queue;

public final class QuickStart {
    public static void main(final String[] args) {
        App app = new App();
        Stack stack = new Stack(app, "Billing");

        StripeEventBridge stripe = StripeEventBridge.Builder.create(stack, "Stripe")
            .eventTypes(StripeEventFilter.of(StripeEventType.INVOICE_PAID, StripeEventType.CHARGE_REFUNDED))
            .customerTable(StripeCustomerTableOptions.builder().deletionProtection(true).build())
            .alarms(StripeAlarmOptions.builder().actions(List.of(new SnsAction(new Topic(stack, "OnCall")))).build())
            .build();

        stripe.onEvent("InvoicePaid", StripeEventRuleOptions.builder()
            .eventTypes(StripeEventFilter.of(StripeEventType.INVOICE_PAID))
            .target(new SqsQueue(new Queue(stack, "PaidInvoices")))
            .build());

        app.synth();
    }
}
