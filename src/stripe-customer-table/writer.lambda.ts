import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { WRITER_ENV } from './contract';
import { batchHandler } from './runtime/batch';
import type { Row } from './runtime/row';
import type { RowUpdate } from './runtime/writer';
import { CLIENT_LIMITS, WORK_BUDGET_MS } from '../runtime/aws-client';
import { requiredEnv } from '../runtime/env';
import { renderLog } from '../runtime/log';
import { failure, type Result, success } from '../runtime/result';

const env = (name: keyof typeof WRITER_ENV) => requiredEnv(WRITER_ENV[name], process.env);
const tableArn = env('TABLE_ARN');
const dynamoDb = DynamoDBDocumentClient.from(new DynamoDBClient({ region: process.env.AWS_REGION, ...CLIENT_LIMITS }));

/** Writes a batch of customer events. Only the messages that failed return to the queue. */
export const handler = batchHandler({
  partitionKeyName: env('PARTITION_KEY_NAME'),
  sortKey: JSON.parse(env('SORT_KEY')) as Record<string, string>,
  storeRawEvent: env('STORE_RAW_EVENT') === 'true',
}, {
  deadline: () => AbortSignal.timeout(WORK_BUDGET_MS),
  update,
  log: (line) => process.stdout.write(renderLog(line, process.env, new Date())),
});

async function update(row: RowUpdate, abortSignal: AbortSignal): Promise<Result<void, Row>> {
  const command = new UpdateCommand({
    TableName: tableArn, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ...row,
  });
  try {
    await dynamoDb.send(command, { abortSignal });
    return success(undefined);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException && error.Item) {
      // the document client leaves errors in DynamoDB's notation; only seconds are compared, so rounding is harmless
      return failure(unmarshall(error.Item, { wrapNumbers: Number }) as Row);
    }
    throw error;
  }
}
