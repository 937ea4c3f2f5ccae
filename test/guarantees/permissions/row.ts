import type { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { KeysOfImported } from './needs';
import { StripeEndpoint, StripeEventBridge, type StripeEventBridgeProps } from '../../../src';
import { HERE } from '../../harness/deployment';

/** What a row of the table of permissions consists of, and what its variants are made of. */

/** Stack of the bridge, and another stack of the same account and region. */
export interface Stacks {
  readonly stack: Stack;
  readonly owner: Stack;
}

/** What the owner of a role or of a resource must do, because the app cannot. */
export interface OwnerAction {
  /** ARN of what belongs to somebody else. */
  readonly arn: string;
  /** Warning that asks for it. The actions in its text are those that the owner allows. */
  readonly warning: RegExp;
}

/** Variant of a bridge. */
export interface Row {
  readonly build: (stacks: Stacks) => void;
  /** Whether the stack has no `env`. */
  readonly withoutEnv?: boolean;
  /** Requests that the row is about: role or service, action and resource. */
  readonly about: RegExp[];
  /** Keys of resources that are imported. */
  readonly keys?: KeysOfImported;
  readonly owner?: OwnerAction[];
  /** Requests that targets of CDK allow to every rule of every account, if the target has a key or is a topic. */
  readonly admittedByCdk?: RegExp;
}

const OWNER_ACCOUNT = '222222222222';
const arn = (service: string, name: string, account = HERE.account) =>
  `arn:aws:${service}:${HERE.region}:${account}:${name}`;
const ofOwner = (service: string, name: string) => arn(service, name, OWNER_ACCOUNT);

export const KEY_ARN = arn('kms', 'key/11111111-2222-3333-4444-555555555555');
export const OWNER_KEY_ARN = ofOwner('kms', 'key/11111111-2222-3333-4444-555555555555');
export const SECRET_ARN = arn('secretsmanager', 'secret:mine-AbCdEf');
export const OWNER_SECRET_ARN = ofOwner('secretsmanager', 'secret:mine-AbCdEf');
export const TABLE_ARN = arn('dynamodb', 'table/mine');
export const OWNER_TABLE_ARN = ofOwner('dynamodb', 'table/mine');
export const QUEUE_ARN = arn('sqs', 'mine');
export const OWNER_BUS_ARN = ofOwner('events', 'event-bus/mine');

export const importedKey = (stack: Stack, keyArn = KEY_ARN) => Key.fromKeyArn(stack, 'Key', keyArn);

/** Creates a bridge with a table, an archive, an access log and a queue as a target. */
export function bridge(stack: Stack, props: StripeEventBridgeProps = {}): StripeEventBridge {
  const { logEncryptionKey: encryptionKey } = props;
  const endpoint = StripeEndpoint.httpApi({ accessLog: { encryptionKey } });
  return new StripeEventBridge(stack, 'Stripe', { endpoint, customerTable: {}, archive: {}, ...props });
}

export const newFunction = (stack: Stack) => new Function(stack, 'Function', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
});

/** Warning that asks the owner of the imported key to let EventBridge use it. */
export const IMPORTED_KEY: OwnerAction = {
  arn: KEY_ARN,
  warning: /^the policy of (an imported encryptionKey|the imported key of `\w+` \S+) cannot be changed here/,
};
