import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import * as ts from 'typescript';
import {
  BOOKKEEPING_ATTRIBUTES, CUSTOMER_FIELDS, OPTIONAL_ATTRIBUTES, PARTITION_KEY_NAME,
} from '../../src/stripe-customer-table/contract';

/** The names of attributes, compared with the fields of Stripe objects as the `stripe` package declares them. */

const RESOURCES = join(__dirname, '..', '..', 'node_modules', 'stripe', 'cjs', 'resources');
const OURS = [...BOOKKEEPING_ATTRIBUTES, ...OPTIONAL_ATTRIBUTES, PARTITION_KEY_NAME];

/** Field names of every interface that a declaration file has, also of those in namespaces. */
function fieldsIn(code: string): string[][] {
  const found: string[][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node)) {
      found.push(node.members.flatMap(({ name }) => name && 'text' in name ? name.text : []));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('resource.d.ts', code, ts.ScriptTarget.Latest));
  return found;
}

const interfaces = readdirSync(RESOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.d.ts'))
  .flatMap((file) => fieldsIn(readFileSync(join(RESOURCES, file), 'utf8')));
const stripeFields = new Set(interfaces.flat());

test('the declarations of Stripe objects are read', () => {
  expect(interfaces.length).toBeGreaterThanOrEqual(100);
  expect(stripeFields.size).toBeGreaterThanOrEqual(1_000);
});

test('N66: the fields of a row are 25 fields of a customer in the current API version, and no older name', () => {
  const customer = fieldsIn(readFileSync(join(RESOURCES, 'Customers.d.ts'), 'utf8'))
    .find((fields) => fields.includes('balance') && fields.includes('livemode'))!;
  expect(CUSTOMER_FIELDS).toHaveLength(25);
  expect(CUSTOMER_FIELDS.filter((name) => !customer.includes(name))).toEqual([]);
  expect(customer).not.toContain('account_balance');
});

test('no attribute of the writer has the name of a field of any Stripe object, except livemode', () => {
  expect(OURS.filter((name) => stripeFields.has(name))).toEqual(['livemode']);
});

test('every attribute of the writer has a capital letter, except livemode and the key', () => {
  expect(OURS.filter((name) => !/[A-Z]/.test(name))).toEqual(['livemode', PARTITION_KEY_NAME]);
});

test('a row has no attribute twice', () => {
  const names = [...OURS, ...CUSTOMER_FIELDS];
  expect([...new Set(names)]).toEqual(names);
});
