import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EVERYTHING } from './contract';
import type { StripeEventFilter } from './stripe-event-filter';

/** Of the 4 KB that Lambda gives all variables together; the rest is for the others. */
const MAX_BYTES = 2_500;

/** The wanted set as the function reads it. What does not fit is not filtered at the door, with a warning: the rules filter anyway. */
export function wantedTypes(scope: Construct, filter: StripeEventFilter): string {
  if (filter._includesUnanswerable()) {
    Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:issuing-authorization-request',
      'the filter includes issuing_authorization.request, whose answer Stripe wants in the HTTP response; do not let Stripe send it here');
  }
  const types = filter._toEnvironment();
  const bytes = Buffer.byteLength(types);
  if (bytes <= MAX_BYTES) {
    return types;
  }
  Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:too-many-event-types',
    `the event types take ${bytes} bytes, more than the ${MAX_BYTES} that fit a function's environment, so every event goes on the bus; use StripeEventFilter.family('…')`);
  return EVERYTHING;
}
