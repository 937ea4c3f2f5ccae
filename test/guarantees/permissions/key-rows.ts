import type { Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { bridge, IMPORTED_KEY, importedKey, KEY_ARN, newFunction, type Row } from './row';
import { QueuedFunction, StripeEndpoint, StripeEventBridge, StripeEvents } from '../../../src';

/** Creates a bridge in which everything that can have a key has one. */
function encrypted(stack: Stack, key: IKey): StripeEventBridge {
  const stripe = bridge(stack, { encryptionKey: key, logEncryptionKey: key });
  stripe.onEvent('Queued', { target: new QueuedFunction(newFunction(stack)) });
  return stripe;
}

const EVERY_KEY = [
  /^webhook kms:Decrypt \S+:key\//, /^writer kms:Decrypt \S+:key\/.*dynamodb/, /^events\S+ kms:ReEncryptTo \S+:key\//,
  /^events\S+ kms:GenerateDataKey \S+:key\//, /^logs\S+ kms:Encrypt \S+:key\//,
  /^Test-FunctionServiceRole\w+ kms:Decrypt \S+:key\//,
];

const IMPORTED_LOG_KEY = {
  arn: KEY_ARN, warning: /^the policy of an imported logEncryptionKey cannot be changed here/,
};

/** Bridges with keys. */
export const KEYS: Record<string, Row> = {
  'P1: no key': {
    build: ({ stack }) => bridge(stack).onEvent('Queued', { target: new QueuedFunction(newFunction(stack)) }),
    about: [/^webhook events:PutEvents/, /^writer dynamodb:UpdateItem/, /^events\S+ sqs:SendMessage/, /^apigateway/],
  },
  'P2: a new key of the same stack for everything': {
    build: ({ stack }) => encrypted(stack, new Key(stack, 'Key')),
    about: EVERY_KEY,
  },
  'P3: an alias of the same stack for everything': {
    build: ({ stack }) => encrypted(stack, new Key(stack, 'Key').addAlias('alias/mine')),
    about: EVERY_KEY,
  },
  'P4: a key of another stack for everything': {
    build: ({ stack, owner }) => encrypted(stack, new Key(owner, 'Key')),
    about: EVERY_KEY,
  },
  'P5: an imported key for everything': {
    build: ({ stack }) => encrypted(stack, importedKey(stack)),
    about: EVERY_KEY,
    owner: [IMPORTED_KEY, IMPORTED_LOG_KEY],
  },
  'P6: a key in a stack without env, and no table': {
    build: ({ stack }) => new StripeEventBridge(stack, 'Stripe', { encryptionKey: new Key(stack, 'Key'), archive: {} }),
    withoutEnv: true,
    about: [/^webhook kms:Decrypt \S+:key\//, /^events\S+ kms:ReEncryptTo \S+:key\//],
  },
  'P7: no key in a stack without env': {
    build: ({ stack }) => bridge(stack),
    withoutEnv: true,
    about: [/^webhook events:PutEvents/, /^writer dynamodb:UpdateItem/, /^apigateway/],
  },
  'P8: a key on the table only': {
    build: ({ stack }) => bridge(stack, { customerTable: { encryptionKey: new Key(stack, 'Key') } }),
    about: [/^writer kms:Decrypt \S+:key\/.*dynamodb/, /^events\S+ kms:GenerateDataKey \S+:key\//],
  },
  'P9: a key on the logs only': {
    build: ({ stack }) => bridge(stack, { logEncryptionKey: new Key(stack, 'Key') }),
    about: [/^logs\S+ kms:Encrypt \S+:key\//],
  },
  'P10: an imported key on the logs only': {
    build: ({ stack }) => bridge(stack, { logEncryptionKey: importedKey(stack) }),
    about: [/^logs\S+ kms:Encrypt \S+:key\//],
    owner: [IMPORTED_LOG_KEY],
  },
  'P11: an archive with a key on an existing bus, and a table': {
    build: ({ stack }) => bridge(stack, {
      eventBus: EventBus.fromEventBusName(stack, 'Mine', 'mine'), encryptionKey: new Key(stack, 'Key'),
    }),
    about: [/^events\S+ kms:ReEncryptTo \S+:key\//],
  },
  'P12: a REST API and a key on the logs': {
    build: ({ stack }) => {
      const key = new Key(stack, 'Key');
      const endpoint = StripeEndpoint.restApi({ accessLog: { encryptionKey: key } });
      bridge(stack, { endpoint, logEncryptionKey: key });
    },
    about: [/^apigateway\S+ lambda:InvokeFunction .*\/prod\/POST\/"/, /^logs\S+ kms:Encrypt \S+:key\//],
  },
  'P13: a table and an archive with a key on an existing bus, without a bridge': {
    build: ({ stack }) => {
      const eventBus = EventBus.fromEventBusName(stack, 'Mine', 'mine');
      const encryptionKey = new Key(stack, 'Key');
      StripeEvents.fromEventBus(stack, 'Stripe', eventBus, { customerTable: {}, archive: {}, encryptionKey });
    },
    about: [/^writer kms:Decrypt \S+:key\/.*dynamodb/, /^events\S+ kms:ReEncryptTo \S+:key\//],
  },
  'P14: an archive with a key on an existing bus, and nothing else': {
    build: ({ stack }) => {
      const bus = EventBus.fromEventBusName(stack, 'B', 'mine');
      StripeEvents.fromEventBus(stack, 'Stripe', bus, { encryptionKey: new Key(stack, 'Key'), archive: {} });
    },
    about: [/^events\S+ kms:ReEncryptTo \S+:key\//],
  },
};
