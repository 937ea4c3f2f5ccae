import { type CustomerEvent, readCustomerEvent } from './customer-event';
import { detailOf, detailTextOf } from './message';
import type { Row } from './row';
import { type RowUpdate, writeCustomer } from './writer';
import { writeFailure, writerLog } from './writer-log';
import type { LogLine } from '../../runtime/log';
import { failure, type Result, success } from '../../runtime/result';

/** Message of a queue, as Lambda delivers it. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
}

/** Answer to Lambda: the messages that return to the queue. */
export interface BatchResponse {
  readonly batchItemFailures: ReadonlyArray<{ readonly itemIdentifier: string }>;
}

/** Settings from the deployment. */
export interface WriterSettings {
  readonly partitionKeyName: string;
  /** Sort key with its value. Empty for a table without one. */
  readonly sortKey?: Readonly<Record<string, string>>;
  readonly storeRawEvent: boolean;
}

/** Calls that the writer makes. */
export interface WriterPorts {
  /** Returns the signal that ends all work of one invocation. */
  readonly deadline: () => AbortSignal;
  /** Applies an update. If the condition fails, the reason is the row as it was. Rejects on anything else. */
  readonly update: (update: RowUpdate, deadline: AbortSignal) => Promise<Result<void, Row>>;
  readonly log: (line: LogLine) => void;
}

/** Characters of a message that takes long to parse. Most events of Stripe have less than a tenth of it. */
const LARGE_MESSAGE = 100_000;

/**
 * Returns the handler of a batch. Each message is written and reported on its own.
 *
 * Large messages are written one after the other. If all were parsed first, the deadline could pass before any of them
 * is written, in every attempt again.
 */
export function batchHandler(settings: WriterSettings, ports: WriterPorts) {
  return async ({ Records }: { readonly Records?: readonly QueueRecord[] }): Promise<BatchResponse> => {
    if (!Array.isArray(Records)) {
      throw new NotABatch('the writer takes messages of SQS, which have Records; got an event without them');
    }
    const deadline = ports.deadline();
    const written = new Set<QueueRecord>();
    const write = async (record: QueueRecord) => {
      if ((await writeMessage(record, settings, ports, deadline)).ok) {
        written.add(record);
      }
    };
    const isLarge = ({ body }: QueueRecord) => body.length > LARGE_MESSAGE;
    await Promise.all(Records.filter((record) => !isLarge(record)).map(write));
    for (const record of Records.filter(isLarge)) {
      await write(record);
    }
    const failed = Records.filter((record) => !written.has(record));
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

/** Somebody else than the queue called the writer. */
class NotABatch extends Error {
  public readonly name = 'NotABatch';
}

async function writeMessage(
  { messageId, body }: QueueRecord, settings: WriterSettings, { update, log }: WriterPorts, deadline: AbortSignal,
): Promise<Result<void, unknown>> {
  let event: CustomerEvent | undefined;
  try {
    deadline.throwIfAborted(); // a message that nobody can write any more is not parsed
    event = readCustomerEvent(detailOf(body));
    const rawEvent = settings.storeRawEvent ? detailTextOf(body) : undefined;
    const outcome = await writeCustomer(event, { ...settings, rawEvent }, (row) => update(row, deadline));
    log(writerLog(messageId, outcome, event));
    return success(undefined);
  } catch (error) {
    log(writerLog(messageId, writeFailure(error), event, error));
    return failure(error);
  }
}
