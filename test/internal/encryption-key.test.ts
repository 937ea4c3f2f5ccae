import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Alias, type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeCustomerTable, StripeEndpoint, StripeEventBridge, StripeEventRule, StripeEvents } from '../../src';

const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555';
const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*', 'kms:DescribeKey'];

function newStack(): Stack {
  return new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'eu-west-1' } });
}

const PLACES: Record<string, (stack: Stack, encryptionKey: IKey) => void> = {
  'a bridge': (stack, encryptionKey) => {
    new StripeEventBridge(stack, 'Stripe', { encryptionKey });
  },
  'the events of an existing bus': (stack, encryptionKey) => {
    StripeEvents.fromEventBus(stack, 'Stripe', new EventBus(stack, 'Bus'), { encryptionKey });
  },
  'a table': (stack, encryptionKey) => {
    new StripeCustomerTable(stack, 'Table', { eventBus: new EventBus(stack, 'Bus'), encryptionKey });
  },
  'a rule': (stack, encryptionKey) => {
    const target = new SqsQueue(new Queue(stack, 'Target'));
    new StripeEventRule(stack, 'Rule', {
      eventBus: new EventBus(stack, 'Bus'), eventSources: ['stripe.com'], target, encryptionKey,
    });
  },
  'the logs of a bridge': (stack, logEncryptionKey) => {
    new StripeEventBridge(stack, 'Stripe', { logEncryptionKey });
  },
  'the logs of a table': (stack, logEncryptionKey) => {
    new StripeCustomerTable(stack, 'Table', { eventBus: new EventBus(stack, 'Bus'), logEncryptionKey });
  },
  'an access log': (stack, encryptionKey) => {
    new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ accessLog: { encryptionKey } }) });
  },
};

test.each(Object.keys(PLACES))('N48: an imported alias as the key of %s fails with the remedy', (place) => {
  const stack = newStack();
  const alias = Alias.fromAliasName(stack, 'Alias', 'alias/stripe');

  expect(() => PLACES[place](stack, alias))
    .toThrow(/got the alias 'alias\/stripe'; use Key\.fromKeyArn or Key\.fromLookup/);
});

test('N49: an imported key has one warning, which names the four actions that EventBridge needs', () => {
  const stack = newStack();
  const stripe = new StripeEventBridge(stack, 'Stripe', {
    encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN), customerTable: {}, archive: {},
  });
  stripe.onEvent('Paid', { target: new SqsQueue(new Queue(stack, 'Target')) });

  const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('imported-key'));

  expect(warnings).toHaveLength(1);
  for (const action of ACTIONS) {
    expect(warnings[0].entry.data).toContain(action);
  }
});
