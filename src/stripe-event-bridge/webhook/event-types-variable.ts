import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EVERY_TYPE, WEBHOOK_ENV } from './contract';
import { bytesOfAll, LAMBDA_BYTES } from '../../internal/environment-size';
import { fail } from '../../internal/validation';
import type { StripeEventFilter } from '../../stripe-event-filter/stripe-event-filter';

/** Most bytes with the event types. Tokens can be longer when they are deployed. */
const MAX_BYTES = 3_500;

/**
 * Value of the variable `EVENT_TYPES`.
 *
 * If the environment is too large with the types, the function lets every type pass, and synthesis warns. The rules
 * filter all the same. The values of tokens are not known yet: each counts as the longest ARN of its kind.
 */
export function eventTypesVariable(
  scope: Construct, filter: StripeEventFilter, others: Readonly<Record<string, string>>,
): string {
  if (filter._includesUnanswerable()) {
    Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:issuing-authorization-request',
      'eventTypes include issuing_authorization.request, which Stripe expects to be answered in the HTTP response; ' +
      'do not select it for this endpoint in Stripe');
  }
  const types = filter._toList()?.join(',') ?? EVERY_TYPE;
  const bytes = bytesOfAll(scope, { ...others, [WEBHOOK_ENV.EVENT_TYPES]: types });
  if (bytes <= MAX_BYTES || types === EVERY_TYPE) {
    return types;
  }
  Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:too-many-event-types',
    `with eventTypes, the environment of the function has ${bytes} bytes, more than ${MAX_BYTES}, ` +
    "so every event is published; use StripeEventFilter.family('…') or fewer additionalSigningSecrets");
  return EVERY_TYPE;
}

/** Fails if the variables do not fit into an environment, even if every event type passes. */
export function assertEnvironmentFits(scope: Construct, others: Readonly<Record<string, string>>): void {
  const bytes = bytesOfAll(scope, { ...others, [WEBHOOK_ENV.EVENT_TYPES]: EVERY_TYPE });
  if (bytes > LAMBDA_BYTES) {
    fail(scope, `\`additionalSigningSecrets\` must fit into an environment of ${LAMBDA_BYTES} bytes, got ${bytes} ` +
      'with the other variables; use fewer secrets, or secrets with shorter names');
  }
}
