/** Variables of the webhook function. The construct sets every one of them. */
export const WEBHOOK_ENV = {
  /** ARN of the bus that events are published to. */
  EVENT_BUS_ARN: 'EVENT_BUS_ARN',
  /** `source` of the published events. */
  EVENT_SOURCE: 'EVENT_SOURCE',
  /** ARNs or names of the secrets that hold signing secrets, separated by commas. */
  SIGNING_SECRET_IDS: 'SIGNING_SECRET_IDS',
  /** Time for which the previous version of a secret is valid after the current one was stored, in whole seconds. */
  PREVIOUS_SECRET_SECONDS: 'PREVIOUS_SECRET_SECONDS',
  /** Maximum difference between the signature timestamp and the current time, in whole seconds. */
  TOLERANCE_SECONDS: 'TOLERANCE_SECONDS',
  /** Event types that pass, separated by commas. An item that ends in `.` or `[` is a prefix. `*` is every type. */
  EVENT_TYPES: 'EVENT_TYPES',
  /** Mode that passes: `live`, `test` or `all`. */
  MODE: 'MODE',
} as const;

/** Value of `EVENT_TYPES` that lets every type pass. */
export const EVERY_TYPE = '*';

/** Range and default of the tolerance, in seconds. */
export const TOLERANCE_SECONDS = { min: 1, max: 3600, default: 300 } as const;

/**
 * Default and longest time for which the previous version of a secret is valid, in seconds.
 *
 * After a roll, Stripe signs with the old secret for at most 24 hours, and a signature is valid for five minutes.
 */
export const PREVIOUS_SECRET_SECONDS = { max: 604_800, default: 86_700 } as const;

/** Metrics that the function writes. The runbook explains them. */
export const WEBHOOK_METRICS = [
  'Accepted', 'Failed', 'Filtered', 'LivemodeMismatch', 'NotPublished', 'Oversize', 'PayloadStyle', 'PublishDenied',
  'PublishFailed', 'PublishLatency', 'PublishThrottled', 'PublishTimeout', 'Quarantined', 'Rejected',
  'SecretFetchError', 'SecretInvalid', 'SecretPreviousUsed', 'SecretRefreshed', 'SecretStale', 'Signed', 'Thin',
  'TooLarge', 'UnknownVersion', 'Verified',
] as const;

/** Suffix of `source` for requests in quarantine. */
export const QUARANTINE_SUFFIX = '.quarantine';

/** `DetailType` that PutEvents accepts: printable ASCII without blanks, at most 128 characters. */
export const DETAIL_TYPE_PATTERN = /^[!-~]{1,128}$/;

/** Timeout of the webhook function in seconds. Work ends earlier, so that the function answers itself. */
export const WEBHOOK_TIMEOUT_SECONDS = 10;
