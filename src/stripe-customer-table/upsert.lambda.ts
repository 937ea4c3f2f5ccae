import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { WRITER_ENV } from './contract';
import { readCustomerEvent, type CustomerEvent } from './runtime/customer-event';
import type { CustomerItem } from './runtime/customer-item';
import { detailOf, detailTextOf } from './runtime/message';
import { upsertCustomer, type RowUpdate } from './runtime/upsert';
import { upsertLog, writeFailure } from './runtime/upsert-log';
import { CLIENT_LIMITS, WORK_BUDGET_MS } from '../runtime/aws-client';
import { requiredEnv } from '../runtime/env';
import { type LogLine, renderLog } from '../runtime/log';

const env = (name: keyof typeof WRITER_ENV) => requiredEnv(WRITER_ENV[name], process.env);
const tableName = env('TABLE_NAME');
const partitionKeyName = env('PARTITION_KEY_NAME');
const storeRawEvent = env('STORE_RAW_EVENT') === 'true';

const dynamoDb = DynamoDBDocumentClient.from(new DynamoDBClient({ region: process.env.AWS_REGION, ...CLIENT_LIMITS }));

interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
}

interface BatchResponse {
  readonly batchItemFailures: ReadonlyArray<{ readonly itemIdentifier: string }>;
}

/** Writes a batch of customer events. Only the messages that failed go back to the queue. */
export async function handler({ Records }: { readonly Records: readonly QueueRecord[] }): Promise<BatchResponse> {
  const deadline = AbortSignal.timeout(WORK_BUDGET_MS);
  const outcomes = await Promise.all(Records.map(async (record) => ({ id: record.messageId, done: await write(record, deadline) })));
  return { batchItemFailures: outcomes.filter(({ done }) => !done).map(({ id }) => ({ itemIdentifier: id })) };
}

async function write({ messageId, body }: QueueRecord, deadline: AbortSignal): Promise<boolean> {
  let event: CustomerEvent | undefined;
  try {
    event = readCustomerEvent(detailOf(body));
    const rawEvent = storeRawEvent ? detailTextOf(body) : undefined;
    const outcome = await upsertCustomer(event, { partitionKeyName, rawEvent }, { update: (row) => update(row, deadline) });
    log(upsertLog(messageId, outcome, event));
    return true;
  } catch (error) {
    log(upsertLog(messageId, writeFailure(error), event, error));
    return false;
  }
}

function log(line: LogLine): void {
  console.log(renderLog(line, process.env.AWS_LAMBDA_FUNCTION_NAME ?? '', new Date()));
}

async function update(row: RowUpdate, abortSignal: AbortSignal): Promise<'applied' | CustomerItem> {
  try {
    await dynamoDb.send(new UpdateCommand({ TableName: tableName, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ...row }), { abortSignal });
    return 'applied';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException && error.Item) {
      // the document client leaves errors in DynamoDB's own notation; of the numbers only seconds are looked at, so rounding is no matter
      return unmarshall(error.Item, { wrapNumbers: Number }) as CustomerItem;
    }
    throw error;
  }
}
