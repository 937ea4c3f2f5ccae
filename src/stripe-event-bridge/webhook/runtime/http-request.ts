const SIGNATURE_HEADER = 'stripe-signature';

/** Parts of an HTTP request that the webhook uses, for every kind of endpoint. */
export interface HttpRequest {
  /** Bytes that were signed. */
  readonly body: Buffer;
  /** Every value of `Stripe-Signature`, joined by commas as HTTP does. */
  readonly signature: string | undefined;
}

/**
 * Reads an event of API Gateway (payload format 1.0 or 2.0) or of a function URL.
 *
 * Never throws. What is missing or has another type counts as absent, and the signature check rejects it.
 */
export function readHttpRequest(event: unknown): HttpRequest {
  const { body, isBase64Encoded, headers, multiValueHeaders } = fieldsOf(event);
  return {
    body: typeof body === 'string' ? Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8') : Buffer.alloc(0),
    signature: joined([...headerValues(headers), ...headerValues(multiValueHeaders)]),
  };
}

function headerValues(headers: unknown): string[] {
  return Object.entries(fieldsOf(headers))
    .filter(([name]) => name.toLowerCase() === SIGNATURE_HEADER)
    .flatMap(([, value]) => value)
    .filter((value) => typeof value === 'string');
}

/** A REST API sends the same header in both forms, and only one of them has every value. */
function joined(values: string[]): string | undefined {
  return values.length > 0 ? [...new Set(values)].join(',') : undefined;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
}
