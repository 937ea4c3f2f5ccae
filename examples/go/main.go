package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	stripe "github.com/cdk-stripe/cdk-stripe-eventbridge-go/cdkstripeeventbridge"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	billing := awscdk.NewStack(app, jsii.String("Billing"), nil)
	bridge := addBilling(billing)
	connect := awscdk.NewStack(app, jsii.String("Connect"), nil)
	addConnect(connect, bridge.EventBus())
	app.Synth(nil)
}

func addBilling(stack awscdk.Stack) stripe.StripeEventBridge {
	bridge := stripe.NewStripeEventBridge(stack, jsii.String("Stripe"), &stripe.StripeEventBridgeProps{
		EventTypes: stripe.StripeEventFilter_Of(
			stripe.StripeEventType_INVOICE_PAID, stripe.StripeEventType_CHARGE_REFUNDED,
		).Plus(stripe.StripeEventFilter_Family(jsii.String("customer.subscription"), jsii.String("checkout.session"))),
		CustomerTable: &stripe.StripeCustomerTableOptions{DeletionProtection: jsii.Bool(true)},
		Endpoint: stripe.StripeEndpoint_HttpApi(&stripe.StripeHttpApiOptions{
			Path:      jsii.String("/stripe"),
			Throttle:  &awsapigatewayv2.ThrottleSettings{RateLimit: jsii.Number(500), BurstLimit: jsii.Number(1000)},
			AccessLog: &stripe.StripeAccessLogOptions{},
		}),
		Archive:   &stripe.StripeArchiveOptions{Retention: awscdk.Duration_Days(jsii.Number(14))},
		Alarms:    alarms(stack),
		Dashboard: jsii.Bool(true),
	})

	paidInvoices := awssqs.NewQueue(stack, jsii.String("PaidInvoices"), &awssqs.QueueProps{
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
		EnforceSSL:      jsii.Bool(true),
	})
	bridge.OnEvent(jsii.String("InvoicePaid"), &stripe.StripeEventRuleOptions{
		EventTypes: stripe.StripeEventFilter_Of(stripe.StripeEventType_INVOICE_PAID),
		Target:     awseventstargets.NewSqsQueue(paidInvoices, nil),
	})

	// a queue in front of the function: failures are retried for three days, then the message moves to a dead-letter queue
	onRefund := awslambda.NewFunction(stack, jsii.String("OnRefund"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(),
		Handler: jsii.String("index.handler"),
		Timeout: awscdk.Duration_Seconds(jsii.Number(30)),
		Code: awslambda.Code_FromInline(jsii.String(
			"exports.handler = async ({ Records: [{ body }] }) => console.log('refunded', JSON.parse(body).detail.id);")),
	})
	bridge.OnEvent(jsii.String("Refunded"), &stripe.StripeEventRuleOptions{
		EventTypes: stripe.StripeEventFilter_Of(stripe.StripeEventType_CHARGE_REFUNDED),
		Target:     stripe.NewQueuedFunction(onRefund, nil),
	})
	return bridge
}

// Connected accounts have their own endpoint and signing secret. Their events go to the same bus with their own source.
func addConnect(stack awscdk.Stack, eventBus awsevents.IEventBus) {
	stripe.NewStripeEventBridge(stack, jsii.String("Stripe"), &stripe.StripeEventBridgeProps{
		EventBus:    eventBus,
		EventSource: jsii.String("connect.stripe.com"),
		EventTypes:  stripe.StripeEventFilter_Of(stripe.StripeEventType_ACCOUNT_UPDATED),
		Alarms:      alarms(stack),
	})
}

func alarms(stack awscdk.Stack) *stripe.StripeAlarmOptions {
	onCall := awssns.NewTopic(stack, jsii.String("OnCall"), &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
	return &stripe.StripeAlarmOptions{
		Actions: &[]awscloudwatch.IAlarmAction{awscloudwatchactions.NewSnsAction(onCall)},
	}
}
