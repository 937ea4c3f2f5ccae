import type { Stack } from 'aws-cdk-lib';
import { AttributeType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import {
  bridge, importedKey, KEY_ARN, OWNER_KEY_ARN, OWNER_SECRET_ARN, OWNER_TABLE_ARN, type Row, SECRET_ARN, TABLE_ARN,
} from './row';

const SECRET_WARNING = /^the policies of a signing secret in account 2{12}, and of its customer managed key, must /;
const TABLE_WARNING = /^the policies of the table Test\/Mine and of its key cannot be changed here/;

/** Bridges with secrets of the user. */
export const SECRETS: Record<string, Row> = {
  'P20: a secret with a key of the same stack, and another with a key of another stack': {
    build: ({ stack, owner }) => bridge(stack, {
      signingSecret: new Secret(stack, 'Mine', { encryptionKey: new Key(stack, 'Key') }),
      additionalSigningSecrets: [new Secret(owner, 'Other', { encryptionKey: new Key(owner, 'Key') })],
    }),
    about: [/^webhook kms:Decrypt \S+:key\/Test-Key/, /^webhook kms:Decrypt \S+:key\/Owner-Key/],
  },
  'P21: a secret that is imported with its key': {
    build: ({ stack }) => bridge(stack, {
      signingSecret: Secret.fromSecretAttributes(stack, 'Mine', {
        secretCompleteArn: SECRET_ARN, encryptionKey: importedKey(stack),
      }),
    }),
    about: [/^webhook kms:Decrypt \S+:key\//],
    keys: { [SECRET_ARN]: KEY_ARN },
  },
  'P22: an additional secret that is imported with its key': {
    build: ({ stack }) => bridge(stack, {
      additionalSigningSecrets: [Secret.fromSecretAttributes(stack, 'Mine', {
        secretPartialArn: SECRET_ARN.replace(/-AbCdEf$/, ''), encryptionKey: importedKey(stack),
      })],
    }),
    about: [/^webhook kms:Decrypt \S+:key\//],
    keys: { [SECRET_ARN]: KEY_ARN },
  },
  'P23: a secret by its name': {
    build: ({ stack }) => bridge(stack, { signingSecret: Secret.fromSecretNameV2(stack, 'Mine', 'mine') }),
    about: [/^webhook secretsmanager:GetSecretValue \S+:secret:mine-AbCdEf$/],
  },
  'P24: a secret by a name that ends like an ARN': {
    build: ({ stack }) => bridge(stack, { signingSecret: Secret.fromSecretNameV2(stack, 'Mine', 'stripe-secret') }),
    about: [/^webhook secretsmanager:GetSecretValue \S+:secret:stripe-secret-AbCdEf$/],
  },
  'P25: a secret by its partial ARN': {
    build: ({ stack }) => bridge(stack, {
      signingSecret: Secret.fromSecretPartialArn(stack, 'Mine', SECRET_ARN.replace(/-AbCdEf$/, '')),
    }),
    about: [/^webhook secretsmanager:GetSecretValue \S+:secret:mine-AbCdEf$/],
  },
  'P26: a secret by its complete ARN': {
    build: ({ stack }) => bridge(stack, { signingSecret: Secret.fromSecretCompleteArn(stack, 'Mine', SECRET_ARN) }),
    about: [/^webhook secretsmanager:GetSecretValue \S+:secret:mine-AbCdEf$/],
  },
  'P27: a secret of another account with its key': {
    build: ({ stack }) => bridge(stack, {
      signingSecret: Secret.fromSecretAttributes(stack, 'Mine', {
        secretCompleteArn: OWNER_SECRET_ARN, encryptionKey: importedKey(stack, OWNER_KEY_ARN),
      }),
    }),
    about: [/^webhook secretsmanager:GetSecretValue \S+:2{12}:/, /^webhook kms:Decrypt \S+:2{12}:key\//],
    keys: { [OWNER_SECRET_ARN]: OWNER_KEY_ARN },
    owner: [
      { arn: OWNER_SECRET_ARN, warning: SECRET_WARNING }, { arn: OWNER_KEY_ARN, warning: SECRET_WARNING },
    ],
  },
};

const newTable = (stack: Stack, encryptionKey: IKey) => new Table(stack, 'Mine', {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  encryption: TableEncryption.CUSTOMER_MANAGED,
  encryptionKey,
});

/** Bridges with tables of the user. */
export const TABLES: Record<string, Row> = {
  'P30: a table with a key of the same stack': {
    build: ({ stack }) => bridge(stack, { customerTable: { table: newTable(stack, new Key(stack, 'Key')) } }),
    about: [/^writer kms:Decrypt \S+:key\/.*dynamodb/],
  },
  'P31: a table of another stack with a key': {
    build: ({ stack, owner }) => bridge(stack, { customerTable: { table: newTable(owner, new Key(owner, 'Key')) } }),
    about: [/^writer dynamodb:UpdateItem \S+:table\/Owner-/, /^writer kms:Decrypt \S+:key\/Owner-.*dynamodb/],
  },
  'P32: a table that is imported with its key': {
    build: ({ stack }) => bridge(stack, {
      customerTable: {
        table: Table.fromTableAttributes(stack, 'Mine', { tableArn: TABLE_ARN, encryptionKey: importedKey(stack) }),
      },
    }),
    about: [/^writer kms:Decrypt \S+:key\/.*dynamodb/],
    keys: { [TABLE_ARN]: KEY_ARN },
  },
  'P33: a table of another account by its ARN': {
    build: ({ stack }) => bridge(stack, {
      customerTable: { table: Table.fromTableArn(stack, 'Mine', OWNER_TABLE_ARN) },
    }),
    about: [/^writer dynamodb:UpdateItem \S+:2{12}:/],
    owner: [{ arn: OWNER_TABLE_ARN, warning: TABLE_WARNING }],
  },
  'P34: a table of another account with its key': {
    build: ({ stack }) => bridge(stack, {
      customerTable: {
        table: Table.fromTableAttributes(stack, 'Mine', {
          tableArn: OWNER_TABLE_ARN, encryptionKey: importedKey(stack, OWNER_KEY_ARN),
        }),
      },
    }),
    about: [/^writer dynamodb:UpdateItem \S+:2{12}:/, /^writer kms:Decrypt \S+:2{12}:key\/.*dynamodb/],
    keys: { [OWNER_TABLE_ARN]: OWNER_KEY_ARN },
    owner: [{ arn: OWNER_TABLE_ARN, warning: TABLE_WARNING }, { arn: OWNER_KEY_ARN, warning: TABLE_WARNING }],
  },
};
