import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

/** Writer with only the call that it cannot do without: one conditional update, of whatever the event has. */

const dynamoDb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export async function handler({ Records }: { Records: Array<{ body: string }> }) {
  await Promise.all(Records.map(async ({ body }) => {
    const { created, data: { object: { id, ...customer } } } = JSON.parse(body).detail;
    const fields: Array<[string, unknown]> = Object.entries({ ...customer, eventCreated: created });
    await dynamoDb.send(new UpdateCommand({
      TableName: process.env.TABLE_ARN,
      Key: { pk: `self#test#customer#${id}` },
      UpdateExpression: `SET ${fields.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: 'attribute_not_exists(#eventCreated) OR #eventCreated < :eventCreated',
      ExpressionAttributeNames: Object.fromEntries(fields.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(fields.map(([name, value]) => [`:${name}`, value])),
    }));
    console.log('{}'); // without a line the emulator waits 50 ms for a worker's output
  }));
  return { batchItemFailures: [] };
}
