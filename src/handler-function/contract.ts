/** CloudWatch namespace of every metric that this library writes. */
export const METRIC_NAMESPACE = 'StripeEventBridge';

/** The one dimension of those metrics; refusals have `Reason` beside it. */
export const FUNCTION_DIMENSION = 'FunctionName';
