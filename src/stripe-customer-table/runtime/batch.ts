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

/** Returns the handler of a batch. Each message is written and reported on its own. */
export function batchHandler(settings: WriterSettings, ports: WriterPorts) {
  return async ({ Records }: { readonly Records: readonly QueueRecord[] }): Promise<BatchResponse> => {
    const deadline = ports.deadline();
    const results = await Promise.all(Records.map((record) => writeMessage(record, settings, ports, deadline)));
    const failed = Records.filter((_record, index) => !results[index].ok);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

async function writeMessage(
  { messageId, body }: QueueRecord, settings: WriterSettings, { update, log }: WriterPorts, deadline: AbortSignal,
): Promise<Result<void, unknown>> {
  let event: CustomerEvent | undefined;
  try {
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
