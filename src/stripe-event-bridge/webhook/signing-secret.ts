import { type CfnSecret, Secret, type SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Creates a secret without a value. */
export function emptySigningSecret(
  scope: Construct, id: string, { encryptionKey, removalPolicy }: Pick<SecretProps, 'encryptionKey' | 'removalPolicy'>,
): Secret {
  const description = 'Signing secret of the Stripe webhook endpoint (whsec_...)';
  const secret = new Secret(scope, id, { description, encryptionKey, removalPolicy });
  // a generated value looks like a signing secret, and returns as a new version when the resource changes
  (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
  return secret;
}
