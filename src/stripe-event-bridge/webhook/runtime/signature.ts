import { createHmac, timingSafeEqual } from 'crypto';
import { failure, type Result, success } from '../../../runtime/result';

const MAX_HEADER_BYTES = 4096;
const MAX_SIGNATURES = 16;
const UNIX_SECONDS = /^(0|[1-9]\d{0,11})$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** Content of a `Stripe-Signature` header, before anything is verified. */
export interface SignatureHeader {
  /** Unix seconds as text, because the text is part of what was signed. */
  readonly timestamp: string;
  /** Digests of the scheme `v1`, at least one. */
  readonly digests: readonly Buffer[];
}

/** Reason why a header is rejected before any secret is read. */
export type HeaderRejection = 'NoSignature' | 'MalformedSignature' | 'OversizeSignature' | 'TimestampOutsideTolerance';

/**
 * Reads `t=…,v1=…` and checks its form and age. No secret is needed for that.
 *
 * Schemes other than `v1` are ignored, so that no downgrade is possible. Malformed `v1` items are skipped, because a
 * valid one may stand beside them. A malformed or contradictory `t` is rejected, because it is part of what was signed.
 *
 * @see https://docs.stripe.com/webhooks#verify-manually
 */
export function readSignatureHeader(
  header: string | undefined, toleranceSeconds: number, now: Date,
): Result<SignatureHeader, HeaderRejection> {
  if (!header) {
    return failure('NoSignature');
  }
  if (Buffer.byteLength(header) > MAX_HEADER_BYTES) {
    return failure('OversizeSignature');
  }
  const items = header.split(',').map(keyAndValue);
  // a set, because equal repetitions of `t` count once
  const [timestamp, ...others] = new Set(valuesOf('t', items));
  const signatures = valuesOf('v1', items).filter((value) => SHA256_HEX.test(value));
  if (timestamp === undefined || others.length > 0 || !UNIX_SECONDS.test(timestamp) || signatures.length === 0) {
    return failure('MalformedSignature');
  }
  if (signatures.length > MAX_SIGNATURES) {
    return failure('OversizeSignature');
  }
  const age = Math.floor(now.getTime() / 1000) - Number(timestamp);
  if (Math.abs(age) > toleranceSeconds) {
    return failure('TimestampOutsideTolerance');
  }
  return success({ timestamp, digests: signatures.map((hex) => Buffer.from(hex, 'hex')) });
}

/**
 * Finds the first secret that signed these bytes at that time.
 *
 * The key is the whole text of the secret, `whsec_` included. A blank secret never matches.
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
