import { Annotations, Arn, ArnFormat, Resource, Stack, Token } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { CfnSecret, ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IConstruct } from 'constructs';
import { assertGrantable, keyBehind, warnIfClosed } from '../../internal/encryption-key';
import type { Invariant } from '../../internal/invariants';
import { fail } from '../../internal/validation';
import { isLater, isSecret, quoted } from '../../stripe-event-filter/value-kind';

/** Name that Secrets Manager accepts. */
const SECRET_NAME = /^[\w/+=.@-]{1,512}$/;
/** Name that ends like the ARN of a secret, whose last part is a hyphen and six characters. */
const AMBIGUOUS_NAME = /-[A-Za-z0-9]{6}$/;

/**
 * Identifies a secret for Secrets Manager.
 *
 * The complete ARN where it is known. Otherwise the name, because Secrets Manager takes the partial ARN of a name that
 * ends in a hyphen and six characters for the complete ARN of another secret.
 */
export function secretIdOf(scope: IConstruct, secret: ISecret): string {
  const complete = completeArnOf(scope, secret);
  if (complete) {
    return complete;
  }
  const name = nameOf(secret);
  if (!isLater(name) && (isSecret(name) || !SECRET_NAME.test(name))) {
    fail(scope, 'the name of a signing secret must have 1 to 512 letters, digits and the characters /_+=.@-, ' +
      `got ${isSecret(name) ? 'a secret of Stripe' : quoted(name)}; use the name of the secret, or ` +
      'Secret.fromSecretCompleteArn for an ARN');
  }
  if (!isElsewhere(scope, secret)) {
    return name;
  }
  if (AMBIGUOUS_NAME.test(name)) {
    fail(scope, 'a signing secret of another account or region must be imported by its complete ARN, got the name ' +
      `'${name}'; use Secret.fromSecretCompleteArn`);
  }
  return secret.secretArn;
}

/** Condition on a secret of the app: everyone who sees its template would know the value. */
export const NO_VALUE_IN_TEMPLATE: Invariant = {
  type: 'AWS::SecretsManager::Secret',
  property: 'secretString',
  must: 'not be a signing secret, because the template shows it',
  test: (value) => !isSecret(value),
  remedy: 'store the value after the deployment, as the output NextStep says',
};

/** Complete ARN of a secret. CDK has only the name of one that another stack of the app creates elsewhere. */
function completeArnOf(scope: IConstruct, secret: ISecret): string | undefined {
  return Resource.isOwnedResource(secret) && isElsewhere(scope, secret) ? undefined : secret.secretFullArn;
}

/** Name of a secret without its complete ARN. CDK takes the end of an ambiguous name for the end of such an ARN. */
function nameOf({ secretArn, secretName, node }: ISecret): string {
  return Token.isUnresolved(secretArn) ? (node.defaultChild as CfnSecret | undefined)?.name ?? secretName
    : Arn.split(secretArn, ArnFormat.COLON_RESOURCE_NAME).resourceName ?? secretName;
}

/** Fails, or warns, about a secret of another account, whose policies cannot be changed here. */
export function checkAccountOf(scope: IConstruct, secret: ISecret): void {
  const { account = '' } = placeOf(secret);
  const { account: here } = Stack.of(scope);
  if ([account, here].some((each) => Token.isUnresolved(each)) || account === here) {
    return;
  }
  if (Resource.isOwnedResource(secret)) {
    fail(scope, `a signing secret must be in account ${here} of the stack, got ${secret.node.path} in ${account}; ` +
      'create it here, or import it with Secret.fromSecretAttributes, encryptionKey included');
  }
  Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:secret-of-another-account',
    `the policies of a signing secret in account ${account}, and of its customer managed key, must allow the ` +
    'function to call secretsmanager:GetSecretValue and kms:Decrypt; they cannot be changed here');
}

/** Region of a secret, from its ARN. */
export function regionOfSecret(secret: ISecret): string {
  return placeOf(secret).region ?? Stack.of(secret).region;
}

/** Account and region of a secret, from its ARN. A token has those of its stack. */
function placeOf(secret: ISecret): { readonly account?: string; readonly region?: string } {
  const { secretArn } = secret;
  return Token.isUnresolved(secretArn) ? Stack.of(secret) : Arn.split(secretArn, ArnFormat.COLON_RESOURCE_NAME);
}

/** Whether the account or region of a secret is known, and is not known to be that of the stack. */
function isElsewhere(scope: IConstruct, secret: ISecret): boolean {
  const place = placeOf(secret);
  const here = Stack.of(scope);
  return (['account', 'region'] as const)
    .some((what) => place[what] && !Token.isUnresolved(place[what]) && place[what] !== here[what]);
}

/**
 * Grants permission to read a secret, and to decrypt it if its key is known.
 *
 * The permission is added to the grantee only. `ISecret.grantRead` drops it for imported keys without a message, and
 * changes the policies of keys in other stacks, which then depend on each other.
 */
export function grantSecretRead(scope: Construct, secret: ISecret, grantee: IGrantable): void {
  Grant.addToPrincipal({
    grantee,
    actions: ['secretsmanager:GetSecretValue'],
    resourceArns: [completeArnOf(scope, secret) ?? `${secret.secretArn}-??????`],
  });
  assertGrantable(scope, `the signing secret ${secret.node.path}`, secret.encryptionKey);
  const encryptionKey = keyBehind(secret.encryptionKey);
  if (encryptionKey) {
    warnIfClosed(encryptionKey, 'secretsmanager', grantee);
    // AWS does not say whether the value has the suffix of the partition in China
    const services = ['amazonaws.com', Stack.of(secret).urlSuffix]
      .map((suffix) => `secretsmanager.${regionOfSecret(secret)}.${suffix}`);
    Grant.addToPrincipal({
      grantee,
      actions: ['kms:Decrypt'],
      resourceArns: [encryptionKey.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': services } },
    });
  }
}
