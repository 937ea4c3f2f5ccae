import { ArnFormat, type ResourceEnvironment, Stack, Token } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, type ITable, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { BOOKKEEPING_ATTRIBUTES, CUSTOMER_FIELDS, OPTIONAL_ATTRIBUTES, PARTITION_KEY_NAME } from './contract';
import type {
  StripeCustomerTableOptions, StripeCustomerTableProps, StripeSortKey,
} from './stripe-customer-table-props';
import { assertReferable } from '../internal/environment';
import type { Invariant } from '../internal/invariants';
import { SHARED_RULES, validateAlarms } from '../internal/shared-validation';
import {
  BOOLEAN, fail, isPlainObject, required, resource, type Rule, type Rules, text, validate,
} from '../internal/validation';
import { isSecret, kindOf, quoted } from '../stripe-event-filter/value-kind';

const ATTRIBUTES: readonly string[] = [...CUSTOMER_FIELDS, ...BOOKKEEPING_ATTRIBUTES, ...OPTIONAL_ATTRIBUTES];

const KEY_NAME: Rule = {
  expected: 'a name of 1 to 255 characters that differs from the attributes of a row',
  remedy: "use another name, such as 'pk'",
  test: (value) => typeof value === 'string' && value.length >= 1 && value.length <= 255 && !ATTRIBUTES.includes(value),
  show: quoted,
  token: 'string',
};

const isSortKeyName = (name: unknown) => !isSecret(name) && (isTokenText(name) || KEY_NAME.test(name));
const isSortKeyValue = (value: unknown) => typeof value === 'string' && !isSecret(value)
  && (isTokenText(value) || (value.length > 0 && Buffer.byteLength(value) <= 1_024));
const isTokenText = (value: unknown) => typeof value === 'string' && Token.isUnresolved(value);

const SORT_KEY: Rule = {
  expected: 'an object with the strings name and value, whose name differs from the attributes of a row and whose ' +
    'value has 1 to 1,024 bytes',
  remedy: "use { name: 'sk', value: 'CUSTOMER' }",
  test: (value) => isPlainObject(value) && isSortKeyName(value.name) && isSortKeyValue(value.value),
  show: (value) => !isPlainObject(value) ? kindOf(value)
    : `{ name: ${quoted(value.name)}, value: ${isSortKeyValue(value.value) ? '…' : quoted(value.value)} }`,
};

const OPTION_RULES: Rules<StripeCustomerTableOptions> = {
  table: resource('an ITable', 'tableArn', "use Table.fromTableArn(this, 'Table', arn)"),
  partitionKeyName: KEY_NAME,
  sortKey: SORT_KEY,
  tableName: text(
    '3 to 255 letters, digits and the characters . - _', /^[\w.-]{3,255}$/, 'omit it for a generated name',
  ),
  dynamoStream: {
    expected: 'a value of StreamViewType',
    remedy: 'use StreamViewType.NEW_AND_OLD_IMAGES',
    test: (value) => Object.values(StreamViewType).includes(value),
    show: quoted,
  },
  deletionProtection: BOOLEAN,
  encryptionKey: SHARED_RULES.encryptionKey,
  removalPolicy: SHARED_RULES.removalPolicy,
  mode: SHARED_RULES.mode,
  account: SHARED_RULES.account,
  storeRawEvent: BOOLEAN,
  alarms: SHARED_RULES.alarms,
  functionOptions: SHARED_RULES.functionOptions,
  logRetention: SHARED_RULES.logRetention,
  logEncryptionKey: SHARED_RULES.encryptionKey,
};

const RULES: Rules<StripeCustomerTableProps> = {
  ...OPTION_RULES,
  eventBus: required(SHARED_RULES.eventBus),
  eventSources: SHARED_RULES.eventSources,
};

/** Options that only a new table has. */
const OF_NEW_TABLE = ['deletionProtection', 'tableName', 'dynamoStream'] as const;

/** Fails on the first option of an invalid kind, before defaults are added. */
export function validateTableOptions(scope: Construct, options: StripeCustomerTableOptions): void {
  validate(scope, options, OPTION_RULES);
}

/** Fails on the first invalid property. */
export function validateTableProps(scope: Construct, props: StripeCustomerTableProps): void {
  validate(scope, props, RULES);
  validateAlarms(scope, props.alarms);
  const { table, encryptionKey } = props;
  const ofNewTable = OF_NEW_TABLE.find((name) => props[name] !== undefined);
  if (table && ofNewTable) {
    fail(scope, `\`${ofNewTable}\` cannot be combined with \`table\`; configure it on your table`);
  }
  if (!table && props.sortKey) {
    fail(scope, '`sortKey` needs `table`, got none; omit it for a new table, which has no sort key');
  }
  if (!table && encryptionKey && Token.isUnresolved(Stack.of(scope).region)) {
    fail(scope, '`encryptionKey` of a new table needs a stack with a region, since the key of a global table is ' +
      "regional, got none; set env: { region: '…' } on the stack");
  }
  table && validateTable(scope, table, props);
}

function validateTable(scope: Construct, table: ITable, props: StripeCustomerTableProps): void {
  const { partitionKeyName = PARTITION_KEY_NAME, sortKey } = props;
  if (sortKey?.name === partitionKeyName) {
    fail(scope, `\`sortKey\` must have another name than the partition key, got '${sortKey.name}'; ` +
      'set the names that your table has');
  }
  assertReferable(scope, 'table', table);
  const { region } = Stack.of(scope);
  const { region: ofTable } = placeOf(table);
  if (!Token.isUnresolved(ofTable) && !Token.isUnresolved(region) && ofTable !== region) {
    fail(scope, `\`table\` must be in the region of the stack, got ${ofTable} in a stack of ${region}; ` +
      `create the table of customers in a stack of ${ofTable}`);
  }
  validateKey(scope, table, { partitionKeyName, sortKey });
}

/** DynamoDB deletes a row whose time-to-live attribute is in the past, as each time of a Stripe object is. */
export const NO_TIME_TO_LIVE: Invariant[] = [CfnTable, CfnGlobalTable].map(({ CFN_RESOURCE_TYPE_NAME: type }) => ({
  type,
  property: 'timeToLiveSpecification.attributeName',
  must: 'be an attribute that the writer does not write, because DynamoDB would delete the rows',
  test: (value) => !ATTRIBUTES.includes(value),
  remedy: 'use another attribute',
}));

/** Account and region of a table as far as they are known. `Table.fromTableArn` shows them in the ARN only. */
export function placeOf(table: ITable): ResourceEnvironment {
  const ofArn = Stack.of(table).splitArn(table.tableArn, ArnFormat.SLASH_RESOURCE_NAME);
  const known = (what: 'account' | 'region') =>
    ofArn[what] !== undefined && !Token.isUnresolved(ofArn[what]) ? ofArn[what] : table.env[what];
  return { account: known('account'), region: known('region') };
}

/** A table of this app shows its key. An imported one does not. */
function validateKey(
  scope: Construct, table: ITable,
  { partitionKeyName, sortKey }: { readonly partitionKeyName: string; readonly sortKey?: StripeSortKey },
): void {
  const tableResource = table.node.defaultChild;
  const isOwn = tableResource instanceof CfnTable || tableResource instanceof CfnGlobalTable;
  if (!isOwn || !tableResource.keySchema || Token.isUnresolved(partitionKeyName)) { // a replica shows none
    return;
  }
  const { attributeDefinitions, keySchema } = Stack.of(table).resolve({ // lists that may be lazy
    attributeDefinitions: tableResource.attributeDefinitions,
    keySchema: tableResource.keySchema,
  }) as { attributeDefinitions: CfnTable.AttributeDefinitionProperty[]; keySchema: CfnTable.KeySchemaProperty[] };
  const typeOf = (name: string) =>
    attributeDefinitions.find(({ attributeName }) => attributeName === name)?.attributeType;
  const key = keySchema.map(({ attributeName, keyType }) => `${keyType} ${attributeName} (${typeOf(attributeName)})`);
  const expected = [`HASH ${partitionKeyName} (S)`, ...sortKey ? [`RANGE ${sortKey.name} (S)`] : []];
  if (key.join() !== expected.join()) {
    fail(scope, `\`table\` must have the key ${expected.join(', ')}, got ${key.join(', ')}; ` +
      'set partitionKeyName and sortKey, or use another table');
  }
}
