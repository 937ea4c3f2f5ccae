import { Lazy, Stack } from 'aws-cdk-lib';
import { StripeAccount } from '../../src';

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
