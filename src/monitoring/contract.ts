/** CloudWatch namespace of every metric that the handlers write. */
export const METRIC_NAMESPACE = 'StripeEventBridge';

/** Dimension of those metrics. Metrics with several causes have `Reason` as well. */
export const FUNCTION_DIMENSION = 'FunctionName';
