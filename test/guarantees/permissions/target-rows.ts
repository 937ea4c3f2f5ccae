import type { Stack } from 'aws-cdk-lib';
import { EventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget, LambdaFunction, SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  bridge, IMPORTED_KEY, importedKey, KEY_ARN, newFunction, OWNER_BUS_ARN, QUEUE_ARN, type Row,
} from './row';
import { QueuedFunction, StripeEventBridge, type StripeEventBridgeProps } from '../../../src';
import { HERE } from '../../harness/deployment';

const onEvent = (stack: Stack, target: IRuleTarget) =>
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target });

/** Bridges with targets and dead-letter queues of the user. */
export const TARGETS: Record<string, Row> = {
  'P40: a queue as the target': {
    build: ({ stack }) => onEvent(stack, new SqsQueue(new Queue(stack, 'Mine'))),
    about: [/^events\S+ sqs:SendMessage \S+:Test-Mine/],
  },
  'P41: a queue with a key as the target': {
    build: ({ stack }) =>
      onEvent(stack, new SqsQueue(new Queue(stack, 'Mine', { encryptionMasterKey: new Key(stack, 'Key') }))),
    about: [/^events\S+ sqs:SendMessage \S+:Test-Mine/, /^events\S+ kms:GenerateDataKey \S+:key\//],
    admittedByCdk: /^events\S+ (sqs:SendMessage \S+:Test-Mine|kms:)/,
  },
  'P43: a queue that is imported as the target': {
    build: ({ stack }) => onEvent(stack, new SqsQueue(Queue.fromQueueArn(stack, 'Mine', QUEUE_ARN))),
    about: [/^events\S+ sqs:SendMessage \S+:mine/],
    owner: [{ arn: QUEUE_ARN, warning: /^the policy of the imported target Test\/Mine cannot be changed here/ }],
  },
  'P45: a dead-letter queue of the user with a key': {
    build: ({ stack }) => onEvent(stack, new SqsQueue(new Queue(stack, 'Mine'), {
      deadLetterQueue: new Queue(stack, 'Dead', { encryptionMasterKey: new Key(stack, 'Key') }),
    })),
    about: [/^events\S+ sqs:SendMessage \S+:Test-Dead/, /^events\S+ kms:GenerateDataKey \S+:key\//],
  },
  'P46: a dead-letter queue of the user with an imported key': {
    build: ({ stack }) => onEvent(stack, new SqsQueue(new Queue(stack, 'Mine'), {
      deadLetterQueue: new Queue(stack, 'Dead', { encryptionMasterKey: importedKey(stack) }),
    })),
    about: [/^events\S+ kms:GenerateDataKey \S+:key\//],
    owner: [IMPORTED_KEY],
  },
  'P48: a function with a queue, whose dead-letter queue has a key': {
    build: ({ stack }) => onEvent(stack, new QueuedFunction(newFunction(stack), {
      deadLetterQueue: new Queue(stack, 'Dead', { encryptionMasterKey: new Key(stack, 'Key') }),
    })),
    about: [/^events\S+ sqs:SendMessage \S+:Test-Dead/, /^events\S+ kms:GenerateDataKey \S+:key\//],
  },
  'P49: a function as the target': {
    build: ({ stack }) => onEvent(stack, new LambdaFunction(newFunction(stack))),
    about: [/^events\S+ lambda:InvokeFunction/],
  },
  'P50: a bus of another account as the target': {
    build: ({ stack }) => onEvent(stack, new BusTarget(EventBus.fromEventBusArn(stack, 'Mine', OWNER_BUS_ARN))),
    about: [/^Test-StripePaid\S+ events:PutEvents \S+:2{12}:/],
    owner: [{ arn: OWNER_BUS_ARN, warning: /^the policy of a target bus of account 2{12} cannot be changed here/ }],
  },
  'P51: a queue with a key of another stack as the target': {
    build: ({ stack, owner }) => onEvent(stack, new SqsQueue(new Queue(stack, 'Mine', {
      encryptionMasterKey: new Key(owner, 'Key'),
    }))),
    about: [/^events\S+ kms:GenerateDataKey \S+:key\/Owner-/],
    admittedByCdk: /^events\S+ (sqs:SendMessage \S+:Test-Mine|kms:)/,
  },
  'P52: a topic with a key as the target': {
    build: ({ stack }) => onEvent(stack, new SnsTopic(new Topic(stack, 'Mine', { masterKey: new Key(stack, 'Key') }))),
    about: [/^events\S+ sns:Publish/, /^events\S+ kms:GenerateDataKey \S+:key\//],
    admittedByCdk: /^events\S+ (sns:Publish|kms:)/,
  },
  'P42: a queue with an imported key as the target': {
    build: ({ stack }) =>
      onEvent(stack, new SqsQueue(new Queue(stack, 'Mine', { encryptionMasterKey: importedKey(stack) }))),
    about: [/^events\S+ sqs:SendMessage \S+:Test-Mine/, /^events\S+ kms:GenerateDataKey \S+:key\//],
    owner: [IMPORTED_KEY],
    admittedByCdk: /^events\S+ sqs:SendMessage \S+:Test-Mine/,
  },
  'P44: a queue that is imported with its key as the target': {
    build: ({ stack }) => onEvent(stack, new SqsQueue(
      Queue.fromQueueAttributes(stack, 'Mine', { queueArn: QUEUE_ARN, keyArn: KEY_ARN }))),
    about: [/^events\S+ sqs:SendMessage \S+:mine/, /^events\S+ kms:GenerateDataKey \S+:key\//],
    keys: { [QUEUE_ARN]: KEY_ARN },
    owner: [
      { arn: QUEUE_ARN, warning: /^the policy of the imported target Test\/Mine cannot be changed here/ }, IMPORTED_KEY,
    ],
  },
  'P53: a topic with an imported key as the target': {
    build: ({ stack }) => onEvent(stack, new SnsTopic(new Topic(stack, 'Mine', { masterKey: importedKey(stack) }))),
    about: [/^events\S+ sns:Publish/, /^events\S+ kms:GenerateDataKey \S+:key\//],
    owner: [IMPORTED_KEY],
    admittedByCdk: /^events\S+ sns:Publish/,
  },
};

const ROLE_ARN = `arn:aws:iam::${HERE.account}:role/mine`;
const ROLE_WARNING = /^functionOptions\.role cannot be changed here/;
const withRole = (roleOf: (stack: Stack) => StripeEventBridgeProps['functionOptions']): Row['build'] => ({ stack }) =>
  new StripeEventBridge(stack, 'Stripe', { functionOptions: roleOf(stack), encryptionKey: new Key(stack, 'Key') });

/** Bridges with a bus or a role of the user. */
export const OTHERS: Record<string, Row> = {
  'P61: a bus that is imported by its name': {
    build: ({ stack }) => bridge(stack, { eventBus: EventBus.fromEventBusName(stack, 'Mine', 'mine') }),
    about: [/^webhook events:PutEvents \S+:event-bus\/mine$/],
  },
  'P62: a role of the stack': {
    build: withRole((stack) => ({
      role: new Role(stack, 'Mine', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    })),
    about: [/^webhook kms:Decrypt/],
  },
  'P63: a role that is imported': {
    build: withRole((stack) => ({ role: Role.fromRoleArn(stack, 'Mine', ROLE_ARN) })),
    about: [/^webhook kms:Decrypt/],
  },
  'P64: a role that is imported and cannot be changed': {
    build: withRole((stack) => ({ role: Role.fromRoleArn(stack, 'Mine', ROLE_ARN, { mutable: false }) })),
    about: [/^webhook kms:Decrypt/],
    owner: [{ arn: ROLE_ARN, warning: ROLE_WARNING }],
  },
  'P60: a bus of another account': {
    build: ({ stack }) => new StripeEventBridge(stack, 'Stripe', {
      eventBus: EventBus.fromEventBusArn(stack, 'Mine', OWNER_BUS_ARN),
    }),
    about: [/^webhook events:PutEvents \S+:2{12}:/],
    owner: [{ arn: OWNER_BUS_ARN, warning: /^eventBus is in account 2{12}/ }],
  },
};
