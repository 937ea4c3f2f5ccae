import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { TABLE_ARN, WRITER } from './environments';
import { customerEvent } from './stripe';
import { startDynamoDbLocal } from '../../local/dynamodb-local';

/** Second in which the customers of tests are created. */
export const T = 1_764_000_000;

export { TABLE_ARN, WRITER };

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
