import { createHmac } from 'crypto';
import * as events from '../../local/stripe-events';

export { API_VERSION, stripeEvent } from '../../local/stripe-events';

/** Signing secret of the tests. No Stripe account has it. */
export const SECRET = 'whsec_test_5f0c2b6a9d7e4831';

/** Customer event. `over` replaces fields of the event, `customer` those of the customer. */
export function customerEvent(
  type: string, over: Record<string, unknown> = {}, customer: Record<string, unknown> = {},
) {
  return events.stripeEvent({ type, data: { object: events.stripeCustomer(customer) }, ...over });
}

/** Returns the header that stripe-node creates for a payload. */
export function stripeSignature(
  payload: string, { secret = SECRET, timestamp = Math.floor(Date.now() / 1000) } = {},
): string {
  return events.stripeSignature(payload, secret, timestamp);
}

/** Digest of the scheme `v1` over bytes, made without stripe-node. */
export function digest(body: string | Uint8Array, timestamp: string | number, secret = SECRET): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
}

/** Event that an HTTP API passes to the function. */
export function httpApiEvent(body: string | Buffer, signature: string | undefined) {
  return {
    version: '2.0',
    routeKey: 'POST /',
    rawPath: '/',
    rawQueryString: '',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...signature !== undefined && { 'stripe-signature': signature },
    },
    requestContext: { http: { method: 'POST', path: '/' } },
    body: typeof body === 'string' ? body : body.toString('base64'),
    isBase64Encoded: typeof body !== 'string',
  };
}

/**
 * Event that a REST API passes to the function, in payload format 1.0.
 *
 * Headers keep the spelling of the sender. The body is in base64, because every media type is binary there.
 */
export function restApiEvent(body: string | Buffer, signature: string | undefined) {
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    ...signature !== undefined && { 'Stripe-Signature': signature },
  };
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

/** Event that a function URL passes to the function. */
export function functionUrlEvent(body: string | Buffer, signature: string | undefined) {
  return { ...httpApiEvent(body, signature), routeKey: '$default', rawPath: '/any' };
}
