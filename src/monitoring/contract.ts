/** CloudWatch namespace of every metric that the handlers write. */
export const METRIC_NAMESPACE = 'StripeEventBridge';

/** Dimension of those metrics. */
export const FUNCTION_DIMENSION = 'FunctionName';

/** Further dimension of decisions that have several causes. */
export const REASON_DIMENSION = 'Reason';

/** Value of `Reason` for a request that is too large and has a well-formed signature. */
export const WELL_FORMED_SIGNATURE = 'WellFormedSignature';
