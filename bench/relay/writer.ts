import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';

/** Nothing but a write, of everything, unconditionally. Never shipped. */

const dynamoDb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export async function handler({ Records }: { Records: Array<{ body: string }> }) {
  await Promise.all(Records.map(async ({ body }) => {
    const customer = JSON.parse(body).detail.data.object;
    await dynamoDb.send(new PutCommand({ TableName: process.env.TABLE_NAME, Item: { ...customer, pk: `self#test#${customer.id}` } }));
    console.log('{}'); // without a line the emulator waits 50 ms for a worker's output
  }));
  return { batchItemFailures: [] };
}
