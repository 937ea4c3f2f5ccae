/** Mode of Stripe that events belong to. Each event names its mode in `livemode`. */
export enum StripeMode {
  /** Events of live mode only. */
  LIVE = 'live',

  /** Events of test mode and sandboxes only. */
  TEST = 'test',

  /** Events of every mode. */
  ALL = 'all',
}
