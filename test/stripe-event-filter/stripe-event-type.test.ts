import { readFileSync } from 'fs';
import { join } from 'path';
import Stripe from 'stripe';
import { StripeEventType } from '../../src';
import { KNOWN_API_VERSION, KNOWN_EVENT_TYPES } from '../../src/stripe-event-bridge/webhook/runtime/known-events';

/** `Event.Type`, declared in another file than the one that the enum is generated from. */
function declaredTypes(): string[] {
  const declarations = readFileSync(join(__dirname, '../../node_modules/stripe/cjs/resources/Events.d.ts'), 'utf8');
  return [.../ type Type = ([^;]+);/.exec(declarations)![1].matchAll(/'([^']+)'/g)].map(([, name]) => name);
}

test('has every type of the installed stripe package', () => {
  expect(Object.values(StripeEventType).sort()).toEqual(declaredTypes().sort());
});

test('is what the webhook function knows, at the version of the installed stripe package', () => {
  expect([...KNOWN_EVENT_TYPES].sort()).toEqual(declaredTypes().sort());
  expect(KNOWN_API_VERSION).toBe(Stripe.API_VERSION);
});

test('has a name of its own for each', () => {
  expect(new Set(Object.keys(StripeEventType)).size).toBe(declaredTypes().length);
  expect(StripeEventType.CUSTOMER_SUBSCRIPTION_CREATED).toBe('customer.subscription.created');
});

test('agrees with the types that a TypeScript compiler sees', () => {
  type Same<A, B> = [A, B] extends [B, A] ? true : never;
  const same: Same<`${StripeEventType}`, Stripe.Event.Type> = true; // judged by `projen typecheck`
  expect(same).toBe(true);
});
