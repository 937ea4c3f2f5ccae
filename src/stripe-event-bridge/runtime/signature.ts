import { createHmac, timingSafeEqual } from 'crypto';

const MAX_HEADER_BYTES = 4096;
const MAX_SIGNATURES = 16;
const UNIX_SECONDS = /^(0|[1-9]\d{0,11})$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** What a `Stripe-Signature` header says, before anything is known to be true. */
export interface SignatureHeader {
  /** Unix seconds, as written: the text is part of what was signed. */
  readonly timestamp: string;
  /** The `v1` digests; at least one. */
  readonly digests: readonly Buffer[];
}

/** Why a request is not authentic. */
export type Refusal =
  | 'NoSignature'
  | 'MalformedSignature'
  | 'OversizeSignature'
  | 'TimestampOutsideTolerance'
  | 'SignatureMismatch'
  | 'EmptyBody';

/**
 * Reads `t=…,v1=…` and judges its shape and age, which costs no secret.
 *
 * Schemes other than `v1` are ignored, so a downgrade is not possible. Malformed `v1` items are skipped, since a valid one may
 * stand beside them; a malformed or contradicting `t` is refused, since it says what was signed.
 *
 * @see https://docs.stripe.com/webhooks#verify-manually
 */
export function readSignatureHeader(header: string | undefined, toleranceSeconds: number, now: Date): SignatureHeader | Refusal {
  if (!header) {
    return 'NoSignature';
  }
  if (Buffer.byteLength(header) > MAX_HEADER_BYTES) {
    return 'OversizeSignature';
  }
  const items = header.split(',').map(keyAndValue);
  const [timestamp, ...others] = new Set(valuesOf('t', items));
  const signatures = valuesOf('v1', items).filter((value) => SHA256_HEX.test(value));
  if (timestamp === undefined || others.length > 0 || !UNIX_SECONDS.test(timestamp) || signatures.length === 0) {
    return 'MalformedSignature';
  }
  if (signatures.length > MAX_SIGNATURES) {
    return 'OversizeSignature';
  }
  const age = Math.floor(now.getTime() / 1000) - Number(timestamp);
  if (Math.abs(age) > toleranceSeconds) {
    return 'TimestampOutsideTolerance';
  }
  return { timestamp, digests: signatures.map((hex) => Buffer.from(hex, 'hex')) };
}

/**
 * The first of the secrets that signed these bytes at that time, if any.
 *
 * The key is the whole secret text, `whsec_` included. A blank secret never matches.
 */
export function findSigner<T extends { readonly value: string }>(
  secrets: readonly T[], { timestamp, digests }: SignatureHeader, body: Uint8Array,
): T | undefined {
  return secrets.find(({ value }) => {
    if (value.trim() === '') {
      return false;
    }
    const expected = createHmac('sha256', value).update(`${timestamp}.`).update(body).digest();
    return digests.some((digest) => timingSafeEqual(digest, expected));
  });
}

function keyAndValue(item: string): readonly [key: string, value: string] {
  const at = item.indexOf('=');
  return at < 0 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)];
}

function valuesOf(key: string, items: ReadonlyArray<readonly [string, string]>): string[] {
  return items.filter(([k]) => k === key).map(([, value]) => value);
}
