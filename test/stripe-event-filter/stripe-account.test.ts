import { Lazy, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeAccount, StripeEventBridge } from '../../src';
import { properties } from '../harness/template';

// which events the patterns match is judged in test/patterns

test.each(['self', 'cus_1', 'acct_', 'ACCT_1', 'xacct_1', 'acct_1/acct_2', 'acct-1', ''])(
  "connected('%s') fails by rule, value and remedy", (id) => {
    expect(() => StripeAccount.connected(id)).toThrow("account must be an id such as 'acct_1Nv0FGQ9RKHgCVdK', " +
      `got '${id}'; use StripeAccount.own() for events of your own account`);
  });

test('connected() accepts the id of an account', () => {
  expect(() => StripeAccount.connected('acct_1Nv0FGQ9RKHgCVdK')).not.toThrow();
});

test('connected() accepts a token, which is resolved at synthesis', () => {
  const account = StripeAccount.connected(Lazy.string({ produce: () => 'acct_2' }));
  const pattern = JSON.stringify(new Stack().resolve(account._toDetailPattern()));
  expect(pattern.match(/acct_2/g)).toHaveLength(4);
});

/** Absent, empty, or null, which a template cannot contain. AWS's matcher is asked in `test/patterns`. */
const ABSENT = [{ exists: false }, '', { 'anything-but': { wildcard: '*' } }];

test('N10, T19: own() matches events that name no account in any of the three fields', () => {
  expect(StripeAccount.own()._toDetailPattern()).toEqual({ account: ABSENT, user_id: ABSENT, context: ABSENT });
});

test('N39: connected() matches the id in each of the three fields, and any() matches every account', () => {
  expect(StripeAccount.connected('acct_1')._toDetailPattern()).toEqual({
    $or: [{ account: ['acct_1'] }, { user_id: ['acct_1'] }, { context: ['acct_1', { suffix: '/acct_1' }] }],
  });
  expect(StripeAccount.any()._toDetailPattern()).toEqual({});
});

test.each<[string, (events: StripeEventBridge, stack: Stack) => unknown]>([
  ['a rule', (events, stack) =>
    events.onEvent('Mine', { account: StripeAccount.own(), target: new SqsQueue(new Queue(stack, 'Queue')) })],
  ['a table', (events) => events.addCustomerTable('Mine', { account: StripeAccount.own() })],
])('N10: the pattern of %s of the own account has no account of the name self', (_what, attach) => {
  const stack = new Stack();
  attach(new StripeEventBridge(stack, 'Stripe'), stack);
  const { EventPattern } = properties(stack, 'AWS::Events::Rule', 'StripeMine');
  expect(EventPattern.detail.account).toEqual(ABSENT);
});

test.each<[string, unknown, string]>([
  ['a number', 1, '1'], ['a list', ['acct_1'], 'a list'], ['null', null, 'null'], ['a secret', 'whsec_1', 'a string'],
])('U19: %s is no id of an account', (_what, id, kind) => {
  expect(() => StripeAccount.connected(id as never)).toThrow(`, got ${kind}; use StripeAccount.own()`);
});
