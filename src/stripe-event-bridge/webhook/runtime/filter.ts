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

/** Reason why an authentic event is filtered out. */
export type FilterReason = 'Type' | 'LivemodeMismatch';

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
    return failure('Type');
  }
  const matches = filter.livemode === undefined || livemode === undefined || filter.livemode === livemode;
  return matches ? success(undefined) : failure('LivemodeMismatch');
}
