import type { StripeEventHead } from './stripe-event';
import { failure, type Result, success } from '../../../runtime/result';
import { EVERY_TYPE } from '../contract';

/** Events that pass. */
export interface EventFilter {
  /** Whether events of a type pass. */
  readonly matchesType: (type: string) => boolean;
  /** Mode that passes. Undefined if both do. */
  readonly livemode: boolean | undefined;
}

/**
 * Reason why an authentic event is filtered out.
 *
 * `PayloadStyle` is the thin form of a type that passes as a snapshot, or the other way round: `v1.invoice.paid` is the
 * thin form of `invoice.paid`.
 */
export type FilterReason = 'Type' | 'PayloadStyle' | 'LivemodeMismatch';

const THIN_PREFIX = 'v1.';

/** Reads the variables `EVENT_TYPES` and `MODE`. */
export function readEventFilter(eventTypes: string, mode: string): EventFilter {
  const items = eventTypes.split(',');
  const families = items.filter((item) => /[.[]$/.test(item));
  const names = new Set(items);
  return {
    matchesType: (type) =>
      eventTypes === EVERY_TYPE || names.has(type) || families.some((family) => type.startsWith(family)),
    livemode: mode === 'live' || mode === 'test' ? mode === 'live' : undefined,
  };
}

/** Applies the filter to an event. One without a boolean `livemode` passes in every mode. */
export function applyFilter(filter: EventFilter, { type, livemode }: StripeEventHead): Result<void, FilterReason> {
  if (!filter.matchesType(type)) {
    return failure(filter.matchesType(inOtherStyle(type)) ? 'PayloadStyle' : 'Type');
  }
  const matches = filter.livemode === undefined || livemode === undefined || filter.livemode === livemode;
  return matches ? success(undefined) : failure('LivemodeMismatch');
}

/** Name of the same type in the other payload style. */
function inOtherStyle(type: string): string {
  return type.startsWith(THIN_PREFIX) ? type.slice(THIN_PREFIX.length) : `${THIN_PREFIX}${type}`;
}
