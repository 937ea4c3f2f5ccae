/** F1 to F51: what can go wrong with an event between Stripe and the table. */
export const ALL_FAULTS = Array.from({ length: 51 }, (_, index) => `F${index + 1}`);

/** Rows in which AWS acts and nothing of ours runs: the template is what we can answer for. */
export const ELSEWHERE: Record<string, string> = {
  F18: 'the webhook is throttled: Stripe retries what the gateway answers; the alarm Throttles tells',
  F44: 'the permission of a rule\'s target is gone: EventBridge puts the event in the rule\'s dead-letter queue',
  F45: 'that queue is out of reach: the alarm DlqDeliveryFailed tells',
  F48: 'the writer is made to publish: it has no permission to',
};

/** Rows whose remedy is not built yet, since it needs Stripe's API: a self-test, and reconciliation with Stripe's event list. */
export const NOT_BUILT: Record<string, string> = {
  F15: 'a bus that is gone while its API says success is seen by a self-test alone',
  F16: 'a rule that is switched off is seen by a self-test alone',
  F47: 'an outage beyond three days is mended from Stripe\'s event list',
};
