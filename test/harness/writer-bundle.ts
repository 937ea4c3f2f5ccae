import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { customerEvent } from './stripe';
import { startDynamoDbLocal } from '../../local/dynamodb-local';
import type { WRITER_ENV } from '../../src/stripe-customer-table/contract';

/** The second at which the customers of tests come to be. */
export const T = 1_764_000_000;

/** What the construct sets on the writer, of a table without props. */
export const WRITER = { TABLE_NAME: 'customers', PARTITION_KEY_NAME: 'pk', STORE_RAW_EVENT: 'false' } satisfies Record<keyof typeof WRITER_ENV, string>;

/** A table as the construct makes it, on AWS's DynamoDB Local. */
export async function startCustomerTable() {
  const dynamoDb = await startDynamoDbLocal();
  const client = new DynamoDBClient(dynamoDb.clientConfig);
  const documents = DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: Number } });
  await client.send(new CreateTableCommand({
    TableName: WRITER.TABLE_NAME,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  }));
  const rowOf = async (pk: string): Promise<Record<string, unknown> | undefined> =>
    (await documents.send(new GetCommand({ TableName: WRITER.TABLE_NAME, Key: { pk }, ConsistentRead: true }))).Item;
  const rows = async () => (await documents.send(new ScanCommand({ TableName: WRITER.TABLE_NAME, ConsistentRead: true }))).Items ?? [];
  const { clientConfig, endpoint, stop } = dynamoDb;
  return { clientConfig, documents, rowOf, rows, endpoint, stop, env: { ...WRITER, AWS_ENDPOINT_URL_DYNAMODB: endpoint } };
}

let customers = 0;

/** A customer that no other test of the file has, and what happens to it. */
export function newCustomer() {
  const id = `cus_${customers += 1}`;
  let events = 0;
  const event = (type: string, created: number, object: Record<string, unknown> = {}, over: Record<string, unknown> = {}) =>
    customerEvent(type, { id: `evt_${id}_${events += 1}`, created, ...over }, { id, created: T, ...object });
  return {
    id,
    pk: (account = 'self', mode = 'test') => `${account}#${mode}#${id}`,
    created: (at: number, object = {}, over = {}) => event('customer.created', at, object, over),
    updated: (at: number, object = {}, over = {}) => event('customer.updated', at, object, over),
    deleted: (at: number, object = {}, over = {}) => event('customer.deleted', at, object, over),
  };
}

/** An event as the rule puts it into the queue. */
export const message = (detail: unknown, messageId = 'm1') => ({ messageId, body: JSON.stringify({ 'version': '0', 'detail-type': 'x', detail }) });
