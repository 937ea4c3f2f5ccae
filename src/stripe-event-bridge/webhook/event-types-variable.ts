import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EVERY_TYPE } from './contract';
import type { StripeEventFilter } from '../../stripe-event-filter/stripe-event-filter';

/** Part of Lambda's 4 KB for all variables together. The other variables need the rest. */
const MAX_BYTES = 2_500;

/**
 * Value of the variable `EVENT_TYPES`.
 *
 * If the types do not fit, the function lets every type pass, and synthesis warns. The rules filter all the same.
 */
export function eventTypesVariable(scope: Construct, filter: StripeEventFilter): string {
  if (filter._includesUnanswerable()) {
    Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:issuing-authorization-request',
      'eventTypes include issuing_authorization.request, which Stripe expects to be answered in the HTTP response; ' +
      'do not select it for this endpoint in Stripe');
  }
  const types = filter._toList()?.join(',') ?? EVERY_TYPE;
  const bytes = Buffer.byteLength(types);
  if (bytes <= MAX_BYTES) {
    return types;
  }
  Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:too-many-event-types',
    `eventTypes take ${bytes} bytes, more than the ${MAX_BYTES} that fit into the environment of the function, ` +
    "so every event is published; use StripeEventFilter.family('…')");
  return EVERY_TYPE;
}
