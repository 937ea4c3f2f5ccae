import { type CfnSecret, Secret, type SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { keepInvariants } from '../../internal/invariants';
import { keyInvariant } from '../../internal/key-invariants';

/** Key of a secret. */
const KEY = { type: 'AWS::SecretsManager::Secret', property: 'kmsKeyId' };
/** Alias of the key of AWS for secrets, which everyone who may read a secret may use. */
const DEFAULT_KEY = 'alias/aws/secretsmanager';

/** Creates a secret without a value. */
export function emptySigningSecret(
  scope: Construct, id: string, { encryptionKey, removalPolicy }: Pick<SecretProps, 'encryptionKey' | 'removalPolicy'>,
): Secret {
  const description = 'Signing secret of the Stripe webhook endpoint (whsec_...)';
  const secret = new Secret(scope, id, { description, encryptionKey, removalPolicy });
  // a generated value looks like a signing secret, and returns as a new version when the resource changes
  (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
  const ofKey = keyInvariant(scope, KEY, secret.encryptionKey); // that of an injector has the permissions as well
  keepInvariants(scope, secret, [{ ...ofKey, test: (value) => value === DEFAULT_KEY || ofKey.test(value) }]);
  return secret;
}
