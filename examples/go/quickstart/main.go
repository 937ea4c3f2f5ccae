package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	stripe "github.com/cdk-stripe/cdk-stripe-eventbridge-go/cdkstripeeventbridge"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Billing"), nil)
	onCall := awscloudwatchactions.NewSnsAction(awssns.NewTopic(stack, jsii.String("OnCall"), nil))

	bridge := stripe.NewStripeEventBridge(stack, jsii.String("Stripe"), &stripe.StripeEventBridgeProps{
		EventTypes: stripe.StripeEventFilter_Of(
			stripe.StripeEventType_INVOICE_PAID, stripe.StripeEventType_CHARGE_REFUNDED),
		CustomerTable: &stripe.StripeCustomerTableOptions{DeletionProtection: jsii.Bool(true)},
		Alarms:        &stripe.StripeAlarmOptions{Actions: &[]awscloudwatch.IAlarmAction{onCall}},
	})

	bridge.OnEvent(jsii.String("InvoicePaid"), &stripe.StripeEventRuleOptions{
		EventTypes: stripe.StripeEventFilter_Of(stripe.StripeEventType_INVOICE_PAID),
		Target:     awseventstargets.NewSqsQueue(awssqs.NewQueue(stack, jsii.String("PaidInvoices"), nil), nil),
	})

	app.Synth(nil)
}
