import { createHmac } from 'crypto';
import Stripe from 'stripe';

/** A signing secret that no Stripe account has. */
export const SECRET = 'whsec_test_5f0c2b6a9d7e4831';

/** An event as Stripe renders it; `over` replaces whole fields. */
export function stripeEvent(over: Record<string, unknown> = {}) {
  return {
    id: 'evt_1',
    object: 'event',
    api_version: '2026-08-26.basil',
    created: 1_764_000_000,
    livemode: false,
    pending_webhooks: 1,
    request: { id: 'req_1', idempotency_key: null },
    type: 'invoice.paid',
    data: { object: { id: 'in_1', object: 'invoice' } },
    ...over,
  };
}

/** A customer event; `customer` replaces fields of the customer. */
export function customerEvent(type: string, over: Record<string, unknown> = {}, customer: Record<string, unknown> = {}) {
  const created = 1_764_000_000;
  return stripeEvent({
    type,
    created,
    data: {
      object: {
        id: 'cus_1',
        object: 'customer',
        created,
        livemode: false,
        email: 'ada@example.com',
        name: 'Ada',
        phone: '+44 20 7946 0000',
        balance: 0,
        delinquent: false,
        metadata: { plan: 'pro' },
        description: null,
        ...customer,
      },
    },
    ...over,
  });
}

/** The header that stripe-node makes for a payload. */
export function stripeSignature(payload: string, { secret = SECRET, timestamp = Math.floor(Date.now() / 1000) } = {}): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
}

/** One `v1` digest, made without stripe-node, over bytes. */
export function digest(body: string | Uint8Array, timestamp: string | number, secret = SECRET): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
}

/** What an HTTP API hands to the function. */
export function httpApiEvent(body: string | Buffer, signature: string | undefined) {
  return {
    version: '2.0',
    routeKey: 'POST /',
    rawPath: '/',
    rawQueryString: '',
    headers: { 'content-type': 'application/json; charset=utf-8', ...signature !== undefined && { 'stripe-signature': signature } },
    requestContext: { http: { method: 'POST', path: '/' } },
    body: typeof body === 'string' ? body : body.toString('base64'),
    isBase64Encoded: typeof body !== 'string',
  };
}

/** What a REST API hands to the function: payload format 1.0, headers as sent, the body in base64 since every media type is binary. */
export function restApiEvent(body: string | Buffer, signature: string | undefined) {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', ...signature !== undefined && { 'Stripe-Signature': signature } };
  return {
    resource: '/',
    path: '/',
    httpMethod: 'POST',
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    requestContext: { httpMethod: 'POST', path: '/prod/', stage: 'prod' },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  };
}

/** What a function URL hands to the function. */
export function functionUrlEvent(body: string | Buffer, signature: string | undefined) {
  return { ...httpApiEvent(body, signature), routeKey: '$default', rawPath: '/any' };
}
