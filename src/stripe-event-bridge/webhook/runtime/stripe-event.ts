import { KNOWN_API_VERSION, KNOWN_EVENT_TYPES } from './known-event-types';
import { accountOf } from '../../../runtime/account';
import { failure, type Result, success } from '../../../runtime/result';
import { DETAIL_TYPE_PATTERN } from '../contract';

/** Fields of a Stripe event that routing and the log use. */
export interface StripeEventHead {
  readonly id: string;
  readonly type: string;
  readonly livemode: boolean | undefined;
  /** Connected account, or account of an organization. Undefined for your own. */
  readonly account: string | undefined;
  /** Whether it is a thin event. It names what changed and does not contain it. */
  readonly thin: boolean;
  /** Whether the type or the API version of a snapshot event is newer than this library. It is published as well. */
  readonly unknownVersion: boolean;
}

/** Authentic Stripe event. */
export interface StripeEvent {
  readonly head: StripeEventHead;
  /** Text as received. */
  readonly text: string;
}

/** Reason why an authentic request is not a valid event. */
export type InvalidEvent = 'not-utf8' | 'not-json' | 'not-object' | 'no-id-or-type' | 'bad-type';

/** Reads the fields that routing needs from a body. */
export function readStripeEvent(body: Uint8Array): Result<StripeEvent, InvalidEvent> {
  const text = decodeUtf8(body);
  if (text === undefined) {
    return failure('not-utf8');
  }
  const event = parseJson(text);
  if (event === undefined) {
    return failure('not-json');
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return failure('not-object');
  }
  const { id, type } = event as Record<string, unknown>;
  if (typeof id !== 'string' || typeof type !== 'string') {
    return failure('no-id-or-type');
  }
  return DETAIL_TYPE_PATTERN.test(type) ? success({ text, head: headOf(id, type, event) }) : failure('bad-type');
}

function headOf(id: string, type: string, event: object): StripeEventHead {
  const { livemode, object, api_version: apiVersion } = event as Record<string, unknown>;
  return {
    id,
    type,
    livemode: typeof livemode === 'boolean' ? livemode : undefined,
    account: accountOf(event),
    thin: object === 'v2.core.event',
    unknownVersion: object === 'event' && (!KNOWN_EVENT_TYPES.has(type) || isNewer(apiVersion)),
  };
}

/** A version begins with its date. */
function isNewer(apiVersion: unknown): boolean {
  return typeof apiVersion === 'string' && apiVersion.slice(0, 10) > KNOWN_API_VERSION.slice(0, 10);
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    // by default, invalid bytes are replaced and a byte order mark is dropped: both would change what Stripe sent
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
