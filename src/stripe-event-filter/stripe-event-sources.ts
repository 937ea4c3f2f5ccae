import { Match } from 'aws-cdk-lib/aws-events';

/** Default of the property `eventSource` of a bridge. */
export const DEFAULT_EVENT_SOURCE = 'stripe.com';

/** Sources of Stripe events: the default of a bridge, and the source of Stripe's own EventBridge destination. */
export const DEFAULT_EVENT_SOURCES: string[] =
  Match.anyOf(DEFAULT_EVENT_SOURCE, Match.prefix(`aws.partner/${DEFAULT_EVENT_SOURCE}`));
