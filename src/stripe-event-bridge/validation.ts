import { Token, type Duration } from 'aws-cdk-lib';
import type { StripeEventBridgeProps } from './stripe-event-bridge-props';
import { PREVIOUS_SECRET_SECONDS, TOLERANCE_SECONDS } from './webhook/contract';
import { DEFAULT_EVENT_SOURCE } from '../stripe-event-filter/stripe-event-sources';

/** Limit of EventBridge, less the suffix of the quarantine's source. */
const MAX_EVENT_SOURCE_LENGTH = 240;

/** Fails on the first invalid property. Tokens pass. */
export function validateProps(props: StripeEventBridgeProps): void {
  const { eventBus, eventBusName, eventSource, tolerance, previousSecretLifetime } = props;
  if (eventBus && eventBusName !== undefined) {
    throw new Error(`eventBus and eventBusName are mutually exclusive, got a bus and the name '${eventBusName}'; ` +
      'omit eventBusName to use the bus');
  }
  eventSource !== undefined && validateEventSource(eventSource);
  validateSeconds(tolerance, {
    name: 'tolerance', ...TOLERANCE_SECONDS, remedy: 'use Duration.seconds(1) for the strictest check',
  });
  validateSeconds(previousSecretLifetime, {
    name: 'previousSecretLifetime',
    min: 0,
    max: PREVIOUS_SECRET_SECONDS.max,
    remedy: 'use Duration.seconds(0) to accept only the current version',
  });
}

function validateSeconds(
  duration: Duration | undefined,
  { name, min, max, remedy }: { readonly name: string; readonly min: number; readonly max: number; remedy: string },
): void {
  if (duration && !duration.isUnresolved()) {
    const seconds = duration.toSeconds({ integral: false });
    if (!Number.isInteger(seconds) || seconds < min || seconds > max) {
      throw new Error(`${name} must be ${min} to ${max} whole seconds, got ${seconds}; ${remedy}`);
    }
  }
}

function validateEventSource(eventSource: string): void {
  if (Token.isUnresolved(eventSource)) {
    return;
  }
  if (eventSource.toLowerCase().startsWith('aws.')) {
    throw new Error("eventSource must not begin with 'aws.', which EventBridge reserves for AWS, " +
      `got '${eventSource}'; use your own domain, such as 'billing.example.com'`);
  }
  if (eventSource.length < 1 || eventSource.length > MAX_EVENT_SOURCE_LENGTH) {
    throw new Error(`eventSource must have 1 to ${MAX_EVENT_SOURCE_LENGTH} characters, ` +
      `got ${eventSource.length}; omit it for '${DEFAULT_EVENT_SOURCE}'`);
  }
}
