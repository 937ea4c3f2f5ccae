/** Largest entry that is published. The rest of EventBridge's 1 MiB is for the envelope that it adds on delivery. */
export const MAX_ENTRY_BYTES = 1_000_000;

/** Entry of PutEvents, without the bus. */
export interface BusEntry {
  readonly source: string;
  readonly detailType: string;
  /** Text as received, never serialized again: numbers beyond 2^53, duplicate keys and escapes stay intact. */
  readonly detail: string;
}

/**
 * Size of an entry in bytes, as PutEvents counts it.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
 */
export function entryBytes({ source, detailType, detail }: BusEntry): number {
  return [source, detailType, detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
