import { KNOWN_API_VERSION, KNOWN_EVENT_TYPES } from './known-events';
import { DETAIL_TYPE_PATTERN } from '../contract';

/** Largest entry that is sent: the rest of EventBridge's 1 MiB is for the envelope that it adds on delivery. */
export const MAX_ENTRY_BYTES = 1_000_000;

/** One entry of PutEvents, less the bus. */
export interface BusEntry {
  readonly source: string;
  readonly detailType: string;
  /** The text as received, never written anew: numbers beyond 2^53, duplicate keys and escapes stay. */
  readonly detail: string;
}

/** What routing and the log need of a Stripe event. */
export interface StripeEventHead {
  readonly id: string;
  readonly type: string;
  readonly livemode: boolean | undefined;
  readonly account: string | undefined;
  /** A thin event: it names what changed and does not carry it. */
  readonly thin: boolean;
  /** A snapshot event of a type, or rendered at an API version, that is newer than this library. It is published like any other. */
  readonly unknownVersion: boolean;
}

/** An authentic Stripe event, ready for the bus. */
export interface StripeEventText {
  readonly head: StripeEventHead;
  readonly text: string;
}

/** Why an authentic request cannot go on the bus. */
export type Unusable = 'not-utf8' | 'not-json' | 'not-object' | 'no-id-or-type' | 'bad-type' | 'oversize';

/** Reads as much of the body as routing needs. */
export function readStripeEvent(body: Uint8Array): StripeEventText | Unusable {
  const text = decodeUtf8(body);
  if (text === undefined) {
    return 'not-utf8';
  }
  const event = parseJson(text);
  if (event === undefined) {
    return 'not-json';
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return 'not-object';
  }
  const { id, type, livemode, account, object, api_version: apiVersion } = event as Record<string, unknown>;
  if (typeof id !== 'string' || typeof type !== 'string') {
    return 'no-id-or-type';
  }
  if (!DETAIL_TYPE_PATTERN.test(type)) {
    return 'bad-type';
  }
  return {
    text,
    head: {
      id,
      type,
      livemode: typeof livemode === 'boolean' ? livemode : undefined,
      account: typeof account === 'string' ? account : undefined,
      thin: object === 'v2.core.event',
      unknownVersion: object === 'event' && (!KNOWN_EVENT_TYPES.has(type) || isNewer(apiVersion)),
    },
  };
}

/**
 * Size of an entry as PutEvents counts it, in bytes.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
 */
export function entryBytes(entry: BusEntry): number {
  return Buffer.byteLength(entry.source) + Buffer.byteLength(entry.detailType) + Buffer.byteLength(entry.detail);
}

/** Versions begin with their date. */
function isNewer(apiVersion: unknown): boolean {
  return typeof apiVersion === 'string' && apiVersion.slice(0, 10) > KNOWN_API_VERSION.slice(0, 10);
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    // by default bad bytes are mended and a byte-order mark is dropped: both would change what Stripe sent
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
