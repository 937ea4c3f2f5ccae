module example.com/billing

go 1.25

require (
	github.com/aws/aws-cdk-go/awscdk/v2 v2.220.0
	github.com/aws/jsii-runtime-go v1.140.0
	github.com/cdk-stripe/cdk-stripe-eventbridge-go/cdkstripeeventbridge v0.0.0
)
