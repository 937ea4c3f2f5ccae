/** What the webhook function reads from its environment; the construct sets every one of them. */
export const WEBHOOK_ENV = {
  /** ARN of the bus that events go to. */
  EVENT_BUS_ARN: 'EVENT_BUS_ARN',
  /** `source` of the entries. */
  EVENT_SOURCE: 'EVENT_SOURCE',
  /** Comma-separated ARNs of the secrets that hold signing secrets. */
  SIGNING_SECRET_ARNS: 'SIGNING_SECRET_ARNS',
  /** How long the version before the current one counts, from the day of the current one, in whole seconds. */
  PREVIOUS_SECRET_SECONDS: 'PREVIOUS_SECRET_SECONDS',
  /** Greatest age of a signature, in whole seconds. */
  TOLERANCE_SECONDS: 'TOLERANCE_SECONDS',
  /** Comma-separated event types; an item that ends in a dot is a family; `*` is everything. */
  WANTED_TYPES: 'WANTED_TYPES',
  /** `true`, `false`, or `any`. */
  LIVEMODE: 'LIVEMODE',
} as const;

/** `WANTED_TYPES` when nothing is filtered. */
export const EVERYTHING = '*';

/** `LIVEMODE` when live and test events both pass. */
export const ANY_MODE = 'any';

/** Bounds of the tolerance, in seconds. */
export const TOLERANCE_SECONDS = { min: 1, max: 3600, default: 300 } as const;

/** Stripe lets an old secret live for at most 24 hours when it is rolled; and a delivery's signature is five minutes old at most. */
export const PREVIOUS_SECRET_SECONDS = 86_700;

/** Behind the source of events, the source of what is kept aside. */
export const QUARANTINE_SUFFIX = '.quarantine';

/** Longest `DetailType` that PutEvents takes, and what it may consist of: printable ASCII without blanks. */
export const DETAIL_TYPE_PATTERN = /^[!-~]{1,128}$/;

/** The function's own limit, in seconds. Work stops earlier, so that the answer is ours and not the platform's. */
export const WEBHOOK_TIMEOUT_SECONDS = 10;
