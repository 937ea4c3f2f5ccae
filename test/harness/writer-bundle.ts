import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { customerEvent } from './stripe';
import { startDynamoDbLocal } from '../../local/dynamodb-local';
import type { WRITER_ENV } from '../../src/stripe-customer-table/contract';

/** Second in which the customers of tests are created. */
export const T = 1_764_000_000;

/** ARN of the table. */
export const TABLE_ARN = 'arn:aws:dynamodb:eu-west-1:000000000000:table/customers';

/** Variables of the writer of a table without props. */
export const WRITER = {
  TABLE_ARN,
  PARTITION_KEY_NAME: 'pk',
  SORT_KEY: '{}',
  STORE_RAW_EVENT: 'false',
} satisfies Record<keyof typeof WRITER_ENV, string>;

/** Starts AWS's DynamoDB Local with a table as the construct creates it, or with a sort key. */
export async function startCustomerTable({ sortKey }: { readonly sortKey?: string } = {}) {
  const { clientConfig, endpoint, stop } = await startDynamoDbLocal();
  const client = new DynamoDBClient(clientConfig);
  const documents = DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: Number } });
  const table = { TableName: 'customers' };
  await client.send(new CreateTableCommand({
    ...table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', ...sortKey ? [sortKey] : []].map((AttributeName) =>
      ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      ...sortKey ? [{ AttributeName: sortKey, KeyType: 'RANGE' } as const] : [],
    ],
  }));
  return {
    clientConfig,
    documents,
    endpoint,
    stop,
    env: { ...WRITER, AWS_ENDPOINT_URL_DYNAMODB: endpoint },
    rowOf: async (pk: string): Promise<Record<string, unknown> | undefined> =>
      (await documents.send(new GetCommand({ ...table, Key: { pk }, ConsistentRead: true }))).Item,
    rows: async () => (await documents.send(new ScanCommand({ ...table, ConsistentRead: true }))).Items ?? [],
  };
}

let customers = 100;

/** Returns a new customer with builders of its events. No other test of the file has it, nor do the sample events. */
export function newCustomer() {
  const id = `cus_${customers += 1}`;
  let events = 0;
  const builder = (type: string) =>
    (created: number, customer: Record<string, unknown> = {}, over: Record<string, unknown> = {}) => customerEvent(
      type, { id: `evt_${id}_${events += 1}`, created, ...over }, { id, created: T, ...customer },
    );
  return {
    id,
    pk: (account = 'self', mode = 'test') => `${account}#${mode}#customer#${id}`,
    created: builder('customer.created'),
    updated: builder('customer.updated'),
    deleted: builder('customer.deleted'),
  };
}

/** Returns an event as the rule puts it into the queue. */
export const message = (detail: unknown, messageId = 'm1') => ({
  messageId,
  body: JSON.stringify({ 'version': '0', 'detail-type': 'x', detail }),
});
