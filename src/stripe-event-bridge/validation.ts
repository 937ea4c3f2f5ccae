import { Token, type Duration } from 'aws-cdk-lib';
import { TOLERANCE_SECONDS } from './contract';
import type { StripeEventBridgeProps } from './stripe-event-bridge-props';

const MAX_PREVIOUS_SECONDS = 604_800;

/** Fails on the first prop that cannot be; tokens are let through. */
export function validateProps({ eventBus, eventBusName, eventSource, tolerance, previousSecretLifetime }: StripeEventBridgeProps): void {
  if (eventBus && eventBusName !== undefined) {
    throw new Error(`eventBus and eventBusName exclude each other, got a bus and the name '${eventBusName}'; leave out eventBusName to use the bus`);
  }
  if (eventSource !== undefined && !Token.isUnresolved(eventSource)) {
    validateEventSource(eventSource);
  }
  validateSeconds('tolerance', tolerance, TOLERANCE_SECONDS.min, TOLERANCE_SECONDS.max, 'use Duration.seconds(1) for the strictest check');
  validateSeconds('previousSecretLifetime', previousSecretLifetime, 0, MAX_PREVIOUS_SECONDS, 'use Duration.seconds(0) to accept the current secret alone');
}

function validateSeconds(prop: string, duration: Duration | undefined, min: number, max: number, remedy: string): void {
  if (duration && !duration.isUnresolved()) {
    const seconds = duration.toSeconds({ integral: false });
    if (!Number.isInteger(seconds) || seconds < min || seconds > max) {
      throw new Error(`${prop} must be ${min} to ${max} whole seconds, got ${seconds}; ${remedy}`);
    }
  }
}

function validateEventSource(eventSource: string): void {
  if (eventSource.toLowerCase().startsWith('aws.')) {
    throw new Error(`eventSource must not begin with 'aws.', which EventBridge keeps for AWS, got '${eventSource}'; use your own domain, such as 'billing.example.com'`);
  }
  if (eventSource.length < 1 || eventSource.length > 240) {
    throw new Error(`eventSource must have 1 to 240 characters, since the quarantine's is longer and 256 are the limit, got ${eventSource.length}; leave it out for 'stripe.com'`);
  }
}
