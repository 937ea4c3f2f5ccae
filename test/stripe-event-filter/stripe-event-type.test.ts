import { readFileSync } from 'fs';
import { join } from 'path';
import Stripe from 'stripe';
import { StripeEventType } from '../../src';
import { KNOWN_API_VERSION, KNOWN_EVENT_TYPES } from '../../src/stripe-event-bridge/webhook/runtime/known-event-types';

/** Reads `Event.Type` from another file of the package than the one that the enum is generated from. */
function declaredTypes(): string[] {
  const path = join(__dirname, '../../node_modules/stripe/cjs/resources/Events.d.ts');
  const declaration = / type Type = ([^;]+);/.exec(readFileSync(path, 'utf8'))![1];
  return [...declaration.matchAll(/'([^']+)'/g)].map(([, name]) => name);
}

test('StripeEventType has every type of the installed stripe package', () => {
  expect(declaredTypes().length).toBeGreaterThan(200);
  expect(Object.values(StripeEventType).sort()).toEqual(declaredTypes().sort());
});

test('the webhook function knows the types and the API version of the installed stripe package', () => {
  expect([...KNOWN_EVENT_TYPES].sort()).toEqual(declaredTypes().sort());
  expect(KNOWN_API_VERSION).toBe(Stripe.API_VERSION);
});

test('each type has its own name in StripeEventType', () => {
  expect(Object.keys(StripeEventType)).toHaveLength(declaredTypes().length);
  expect(StripeEventType.CUSTOMER_SUBSCRIPTION_CREATED).toBe('customer.subscription.created');
});

type Same<A, B> = [A, B] extends [B, A] ? true : never;
// the type check of the tests fails here if a compiler sees other types in the package
true satisfies Same<`${StripeEventType}`, Stripe.Event.Type>;
