import { Stack, Token } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { BOOKKEEPING_ATTRIBUTES, CUSTOMER_FIELDS, OPTIONAL_ATTRIBUTES, PARTITION_KEY_NAME } from './contract';
import type { StripeCustomerTableProps } from './stripe-customer-table-props';
import { validateEventSources } from '../stripe-event-filter/stripe-event-sources';

const ATTRIBUTES: readonly string[] = [...CUSTOMER_FIELDS, ...BOOKKEEPING_ATTRIBUTES, ...OPTIONAL_ATTRIBUTES];

/** Fails on the first invalid property. Tokens pass. */
export function validateTableProps(scope: Construct, props: StripeCustomerTableProps): void {
  const { table, deletionProtection, encryptionKey, partitionKeyName = PARTITION_KEY_NAME, eventSources } = props;
  if (table && deletionProtection !== undefined) {
    throw new Error('deletionProtection cannot be combined with table; configure it on your table');
  }
  if (!table && encryptionKey && Token.isUnresolved(Stack.of(scope).region)) {
    throw new Error('encryptionKey of a new table needs a stack with a region, since the key of a global table is ' +
      "regional, got none; set env: { region: '…' } on the stack");
  }
  if (ATTRIBUTES.includes(partitionKeyName)) {
    throw new Error('partitionKeyName must differ from the attributes of a row, ' +
      `got '${partitionKeyName}'; use another name, such as 'pk'`);
  }
  eventSources && validateEventSources(eventSources);
  table && validateKey(table, partitionKeyName);
}

/** A table of this app shows its key. An imported one does not. */
function validateKey(table: ITable, partitionKeyName: string): void {
  const resource = table.node.defaultChild;
  if (!(resource instanceof CfnTable || resource instanceof CfnGlobalTable) || Token.isUnresolved(partitionKeyName)) {
    return;
  }
  const { attributeDefinitions, keySchema } = Stack.of(table).resolve({ // lists that may be lazy
    attributeDefinitions: resource.attributeDefinitions,
    keySchema: resource.keySchema,
  }) as { attributeDefinitions: CfnTable.AttributeDefinitionProperty[]; keySchema: CfnTable.KeySchemaProperty[] };
  const typeOf = (name: string) =>
    attributeDefinitions.find(({ attributeName }) => attributeName === name)?.attributeType;
  const key = keySchema.map(({ attributeName, keyType }) => `${keyType} ${attributeName} (${typeOf(attributeName)})`);
  if (key.join() !== `HASH ${partitionKeyName} (S)`) {
    throw new Error(`table must have the string partition key '${partitionKeyName}' and no sort key, ` +
      `got ${key.join(', ')}; set partitionKeyName, or use another table`);
  }
}
