/**
 * Account that an event belongs to. Undefined for your own.
 *
 * `account` is the connected account, `user_id` is its name before the API version 2017-05-25. `context` of an
 * organization is a path whose last part is the account.
 *
 * @see https://docs.stripe.com/changelog/2017-05-25
 */
export function accountOf(event: object): string | undefined {
  const { account, user_id: userId, context } = event as Record<string, unknown>;
  const lastOfContext = typeof context === 'string' ? context.split('/').pop() : undefined;
  const named = [account, userId, lastOfContext?.startsWith('acct_') && lastOfContext];
  return named.find((name): name is string => typeof name === 'string' && name !== '');
}
