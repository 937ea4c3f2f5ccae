import { gzipSync } from 'zlib';
import type { BusEntry } from './bus-entry';
import type { InvalidEvent } from './stripe-event';
import { QUARANTINE_SUFFIX } from '../contract';

/** Reason why an authentic request is in quarantine: it is not valid, too large, or the bus can never accept it. */
export type QuarantineReason = InvalidEvent | 'oversize' | 'malformed-detail';

/** Authentic request that cannot be published as an event. */
export interface QuarantinedRequest {
  readonly body: Buffer;
  readonly reason: QuarantineReason;
  readonly receivedAt: Date;
  readonly eventId: string | undefined;
}

/** Entry that carries the unmodified body, compressed and in base64, because a queue holds text only. */
export function quarantineEntry(eventSource: string, request: QuarantinedRequest): BusEntry {
  const { body, reason, receivedAt, eventId } = request;
  return {
    source: `${eventSource}${QUARANTINE_SUFFIX}`,
    detailType: reason,
    detail: JSON.stringify({
      reason,
      receivedAt: receivedAt.toISOString(),
      eventId,
      encoding: 'gzip+base64',
      body: gzipSync(body).toString('base64'),
    }),
  };
}
