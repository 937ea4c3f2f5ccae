import { gzipSync } from 'zlib';
import { QUARANTINE_SUFFIX } from '../contract';
import type { BusEntry, Unusable } from './bus-entry';

/** Why an authentic event is kept aside: what we find ourselves, and what the bus refuses for good. */
export type QuarantineReason = Unusable | 'malformed-detail';

/** An authentic body that cannot go on the bus as an event: kept whole, over the same bus, under a source of its own. */
export interface Quarantined {
  readonly body: Buffer;
  readonly reason: QuarantineReason;
  readonly receivedAt: Date;
  readonly eventId: string | undefined;
}

/** The entry that carries it. The bytes are compressed and in base64, since a queue takes text alone. */
export function quarantineEntry(eventSource: string, { body, reason, receivedAt, eventId }: Quarantined): BusEntry {
  return {
    source: `${eventSource}${QUARANTINE_SUFFIX}`,
    detailType: reason,
    detail: JSON.stringify({ reason, receivedAt: receivedAt.toISOString(), eventId, encoding: 'gzip+base64', body: gzipSync(body).toString('base64') }),
  };
}
