const SIGNATURE_HEADER = 'stripe-signature';

/** What the webhook needs of an HTTP request, whatever delivered it. */
export interface HttpRequest {
  /** The bytes that were signed. */
  readonly body: Buffer;
  /** Every value of `Stripe-Signature`, joined by commas as HTTP does. */
  readonly signature: string | undefined;
}

/**
 * Reads an API Gateway event (payload format 1.0 or 2.0) or a function URL's.
 *
 * Never throws: what is missing or of another type counts as absent, and the signature check refuses it.
 */
export function readHttpRequest(event: unknown): HttpRequest {
  const { body, isBase64Encoded, headers, multiValueHeaders } = fieldsOf(event);
  return {
    body: typeof body === 'string' ? Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8') : Buffer.alloc(0),
    signature: headerValue(headers) ?? headerValue(multiValueHeaders),
  };
}

function headerValue(headers: unknown): string | undefined {
  const values = Object.entries(fieldsOf(headers))
    .filter(([name]) => name.toLowerCase() === SIGNATURE_HEADER)
    .flatMap(([, value]) => value)
    .filter((value) => typeof value === 'string');
  return values.length > 0 ? values.join(',') : undefined;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
}
