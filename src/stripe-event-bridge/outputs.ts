import { Aws, CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Outputs that connect Stripe after the deployment. */
export function nextStepOutputs(scope: Construct, url: string, secretArn: string): void {
  new CfnOutput(scope, 'WebhookUrl', { value: url, description: 'URL to register in Stripe' });
  new CfnOutput(scope, 'NextStep', {
    description: 'Steps to connect Stripe',
    value: [
      `register ${url} at https://dashboard.stripe.com/webhooks and store its signing secret (whsec_...):`,
      `aws secretsmanager put-secret-value --region ${Aws.REGION} --secret-id ${secretArn}`,
      '--secret-string file:///dev/stdin (paste it, press Enter, then Ctrl-D)',
    ].join(' '),
  });
}
