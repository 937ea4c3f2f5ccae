import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type Stripe from 'stripe';

/** Writer that one would write in an hour. It is for comparison and never shipped. */

const dynamoDb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export async function handler(event: { detail: Stripe.CustomerCreatedEvent }) {
  await dynamoDb.send(new PutCommand({ TableName: process.env.TABLE, Item: event.detail.data.object }));
}
