import { isLater, quoted } from './value-kind';

const ACCOUNT_ID = /^acct_\w+$/;

/**
 * Selects events by the Stripe account that they belong to.
 *
 * An event of a connected account names the account in `account`, in `user_id` (API versions before 2017-05-25) or in
 * `context` (organizations).
 *
 * @see https://docs.stripe.com/connect/webhooks
 */
export class StripeAccount {
  /** Events of your own account: those whose account is absent, null or empty. */
  public static own(): StripeAccount {
    // thin events can have null, which a template cannot contain: it is what no text matches
    const absent = [{ exists: false }, '', { 'anything-but': { wildcard: '*' } }];
    return new StripeAccount({ account: absent, user_id: absent, context: absent });
  }

  /**
   * Events of one connected account.
   *
   * Fails synthesis if the id does not begin with `acct_`.
   *
   * @param id id of the account, such as `acct_1Nv0FGQ9RKHgCVdK`
   */
  public static connected(id: string): StripeAccount {
    if (typeof id !== 'string' || (!isLater(id) && !ACCOUNT_ID.test(id))) {
      throw new Error(`account must be an id such as 'acct_1Nv0FGQ9RKHgCVdK', got ${quoted(id)}; ` +
        'use StripeAccount.own() for events of your own account');
    }
    return new StripeAccount({
      $or: [{ account: [id] }, { user_id: [id] }, { context: [id, { suffix: `/${id}` }] }],
    }, true);
  }

  /** Events of your own account and of every connected account. */
  public static any(): StripeAccount {
    return new StripeAccount({});
  }

  private constructor(
    private readonly pattern: Record<string, unknown>,
    /** @internal */
    public readonly _isConnected: boolean = false,
  ) {
  }

  /**
   * Fields of `detail` in an event pattern.
   *
   * @internal
   */
  public _toDetailPattern(): Record<string, unknown> {
    return this.pattern;
  }
}
