import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { closestName } from './closest-name';
import type { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import { StripeEventType } from '../stripe-event-filter/stripe-event-type';
import { THIN_EVENT_TYPES } from '../stripe-event-filter/thin-event-types';

const TYPES: readonly string[] = [...Object.values(StripeEventType), ...THIN_EVENT_TYPES];
/** Every name that has types below it. */
const FAMILIES = [...new Set(TYPES.map((type) => type.replace(/\[.*/, '')).flatMap((type) => type.split('.')
  .map((_part, index, parts) => parts.slice(0, index + 1).join('.'))))].filter((name) => !TYPES.includes(name));

/** Warns of event types that this library does not know. New types appear, so that they are not an error. */
export function warnOfUnknownTypes(scope: Construct, filter: StripeEventFilter): void {
  for (const name of filter._unknownNames()) {
    Annotations.of(scope).addWarningV2(`cdk-stripe-eventbridge:unknown-event-type-${name}`,
      `eventTypes has ${descriptionOf(name)}, or acknowledge this warning`);
  }
}

function descriptionOf(name: string): string {
  if (TYPES.includes(name)) {
    return `the family '${name}', which is an event type; use StripeEventFilter.named('${name}')`;
  }
  if (FAMILIES.includes(name)) {
    return `the event type '${name}', which is a family; use StripeEventFilter.family('${name}')`;
  }
  const closest = closestName(name, [...TYPES, ...FAMILIES]);
  const hint = closest === undefined ? 'correct it' : `did you mean '${closest}'? Correct it`;
  return `'${name}', which this library does not know as a type or family of Stripe; ${hint}`;
}
