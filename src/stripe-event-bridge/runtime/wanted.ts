import { ANY_MODE, EVERYTHING } from '../contract';
import type { StripeEventHead } from './bus-entry';

/** The events that this endpoint lets through, as the environment says it. */
export interface Wanted {
  /** Whether events of this type are wanted. */
  readonly type: (type: string) => boolean;
  /** The only mode wanted; undefined for both. */
  readonly livemode: boolean | undefined;
}

/** Reads `WANTED_TYPES` and `LIVEMODE`. */
export function readWanted(types: string, livemode: string): Wanted {
  const items = types.split(',');
  const families = items.filter((item) => item.endsWith('.'));
  const names = new Set(items);
  return {
    type: (type) => types === EVERYTHING || names.has(type) || families.some((family) => type.startsWith(family)),
    livemode: livemode === ANY_MODE ? undefined : livemode === 'true',
  };
}

/** Why an authentic event is not published. */
export type FilterReason = 'Type' | 'LivemodeMismatch';

/** Why an event does not pass, if so. One without a readable `livemode` is not held back by it. */
export function whyFiltered(wanted: Wanted, { type, livemode }: StripeEventHead): FilterReason | undefined {
  if (!wanted.type(type)) {
    return 'Type';
  }
  return wanted.livemode === undefined || livemode === undefined || wanted.livemode === livemode ? undefined : 'LivemodeMismatch';
}
