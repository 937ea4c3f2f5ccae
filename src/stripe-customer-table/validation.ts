import { Stack, Token } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { BOOKKEEPING_FIELDS, CUSTOMER_FIELDS, PARTITION_KEY_NAME, RAW_EVENT_FIELDS } from './contract';
import type { StripeCustomerTableProps } from './stripe-customer-table-props';

/** Fails on the first prop that cannot be; tokens are let through. */
export function validateTableProps(scope: Construct, props: StripeCustomerTableProps): void {
  const { table, partitionKeyName, eventSources } = props;
  if (table && props.deletionProtection !== undefined) {
    throw new Error('deletionProtection belongs to a new table, got it together with table; set it on your table');
  }
  if (!table && props.encryptionKey && Token.isUnresolved(Stack.of(scope).region)) {
    throw new Error("encryptionKey needs a stack with a region, since a global table's key is regional, got none; set env: { region: '…' } on the stack");
  }
  const taken: readonly string[] = [...CUSTOMER_FIELDS, ...BOOKKEEPING_FIELDS, ...RAW_EVENT_FIELDS];
  if (partitionKeyName && taken.includes(partitionKeyName)) {
    throw new Error(`partitionKeyName must differ from the attributes of a row, got '${partitionKeyName}'; name the key otherwise, such as 'pk'`);
  }
  if (eventSources && !Token.isUnresolved(eventSources) && eventSources.length === 0) {
    throw new Error("eventSources needs at least one source, got none; leave it out for 'stripe.com' and Stripe's partner source");
  }
  if (table) {
    validateKey(table, partitionKeyName ?? PARTITION_KEY_NAME);
  }
}

/** A table of this app shows its key; an imported one does not. */
function validateKey(table: ITable, partitionKeyName: string): void {
  const resource = table.node.defaultChild;
  if (!(resource instanceof CfnTable || resource instanceof CfnGlobalTable) || Token.isUnresolved(partitionKeyName)) {
    return;
  }
  const { attributeDefinitions, keySchema } = Stack.of(table).resolve({ // lists that may be lazy
    attributeDefinitions: resource.attributeDefinitions,
    keySchema: resource.keySchema,
  }) as { attributeDefinitions: CfnTable.AttributeDefinitionProperty[]; keySchema: CfnTable.KeySchemaProperty[] };
  const typeOf = (name: string) => attributeDefinitions.find(({ attributeName }) => attributeName === name)?.attributeType;
  const key = keySchema.map(({ attributeName, keyType }) => `${keyType} ${attributeName} (${typeOf(attributeName)})`);
  if (key.join() !== `HASH ${partitionKeyName} (S)`) {
    throw new Error(`table must have the string partition key '${partitionKeyName}' and no sort key, got ${key.join(', ')}; set partitionKeyName, or give another table`);
  }
}
