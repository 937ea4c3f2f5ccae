import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { type Invariant, UNDO } from './invariants';
import { quoted } from '../stripe-event-filter/value-kind';

const PERMISSION = 'because EventBridge and the functions have no permission for another key';
const REMEDY = `use the option \`encryptionKey\`, which adds the permissions, or ${UNDO}`;

/** Resource with a key. */
interface Encrypted {
  readonly type: string;
  readonly property: string;
}

/** Condition on the key of a resource. Without a key, AWS encrypts the resource with one that everyone may use. */
export function keyInvariant(scope: Construct, resource: Encrypted, key: IKey | undefined): Invariant {
  const stack = Stack.of(scope);
  return {
    ...resource,
    must: `${key ? 'have the key of the option `encryptionKey`' : 'have no key of yours'}, ${PERMISSION}`,
    remedy: REMEDY,
    isExact: true,
    // two expressions of one template that are equal are one key
    test: (value) => key ? [key.keyArn, key.keyId].some((each) => textOf(stack.resolve(each)) === textOf(value))
      : value === undefined,
    show: (value) => typeof value === 'object' ? textOf(value) : quoted(value),
  };
}

/** Condition on a resource that must work when the key of the others cannot be used. */
export function noKeyInvariant(resource: Encrypted): Invariant {
  return {
    ...resource,
    must: 'have no key of yours, because it is needed exactly when the key cannot be used',
    remedy: `${UNDO}, or pass a bus of your own, with its dead-letter queue, as \`eventBus\``,
    isExact: true,
    test: (value) => value === undefined,
  };
}

/** Conditions on the key of a new table, which each replica names for itself. */
export function tableKeyInvariants(table: TableV2): Invariant[] {
  const type = 'AWS::DynamoDB::GlobalTable';
  const stack = Stack.of(table);
  const { test, show = quoted, ...ofKey } = keyInvariant(table, { type, property: 'replicas' }, table.encryptionKey);
  const isHere = ({ region }: any) => textOf(region) === textOf(stack.resolve(stack.region));
  const keyOf = (replicas: any[] = []) => replicas.find(isHere)?.sseSpecification?.kmsMasterKeyId;
  return [
    { ...ofKey, test: (value) => test(keyOf(value)), show: (value) => show(keyOf(value)) },
    ...table.encryptionKey ? [{
      ...ofKey, property: 'sseSpecification.sseEnabled', isExact: false, test: (value: unknown) => value === true,
    }] : [],
  ];
}

const textOf = (value: unknown) => JSON.stringify(value);
