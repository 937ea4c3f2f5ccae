import Stripe from 'stripe';
import { KNOWN_API_VERSION } from '../src/stripe-event-bridge/webhook/runtime/known-event-types';

/** API version of the sample events: that of the installed `stripe` package. */
export const API_VERSION = KNOWN_API_VERSION;

/** Snapshot event as Stripe renders it. `over` replaces whole fields. */
export function stripeEvent(over: Record<string, unknown> = {}) {
  return {
    id: 'evt_1',
    object: 'event',
    api_version: API_VERSION,
    created: 1_764_000_000,
    livemode: false,
    pending_webhooks: 1,
    request: { id: 'req_1', idempotency_key: null },
    type: 'invoice.paid',
    data: { object: { id: 'in_1', object: 'invoice' } },
    ...over,
  };
}

/** Customer as Stripe renders it. `over` replaces fields. */
export function stripeCustomer(over: Record<string, unknown> = {}) {
  return {
    id: 'cus_1',
    object: 'customer',
    created: 1_764_000_000,
    livemode: false,
    email: 'ada@example.com',
    name: 'Ada',
    phone: '+44 20 7946 0000',
    balance: 0,
    delinquent: false,
    metadata: { plan: 'pro' },
    description: null,
    ...over,
  };
}

/** Returns the `Stripe-Signature` header that stripe-node creates for a payload. */
export function stripeSignature(payload: string, secret: string, timestamp: number): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
}
