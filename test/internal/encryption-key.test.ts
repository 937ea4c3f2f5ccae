import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Alias, type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
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

describe('T27: a key that AWS could not use fails synthesis', () => {
  const stackIn = (region: string, account = '111111111111', app = new App()) =>
    new Stack(app, `In${region}${account}`, { env: { region, account } });

  test.each(Object.keys(PLACES))('as the key of %s: of another region', (place) => {
    const stack = stackIn('eu-west-1');
    const key = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1');
    expect(() => PLACES[place](stack, key)).toThrow(new RegExp(
      'ncryptionKey` must be in the region of the stack, got \\S+/Key in us-east-1 and a stack in eu-west-1; use '));
  });

  test.each<[string, string, RegExp]>([
    ['region', '111111111111', /must be in the region of the stack/],
    ['account', '222222222222', /must be in the account of the stack/],
  ])('a key that a stack of another %s creates', (what, account, message) => {
    const app = new App();
    const key = new Key(stackIn(what === 'region' ? 'us-east-1' : 'eu-west-1', account, app), 'Key');
    expect(() => PLACES['a table'](stackIn('eu-west-1', undefined, app), key)).toThrow(message);
  });

  test.each<[string, object]>([
    ['a key that is disabled', { enabled: false }],
    ['an RSA key', { keySpec: KeySpec.RSA_2048, keyUsage: KeyUsage.SIGN_VERIFY }],
    ['an HMAC key', { keySpec: KeySpec.HMAC_256, keyUsage: KeyUsage.GENERATE_VERIFY_MAC }],
  ])('%s', (_what, props) => {
    const stack = stackIn('eu-west-1');
    expect(() => PLACES['a bridge'](stack, new Key(stack, 'Key', props))).toThrow(
      /^`encryptionKey` must be a symmetric key that is enabled, got \S+\/Key; use new Key\(…\) with the defaults/);
  });
});
