/** F1 to F63: faults between Stripe and the table. */
export const ALL_FAULTS = Array.from({ length: 63 }, (_, index) => `F${index + 1}`);

/** Faults that only AWS handles. Nothing of ours runs then, and tests of the template cover what we configure. */
export const ELSEWHERE: Record<string, string> = {
  F18: 'the webhook is throttled: Stripe retries what the endpoint answers, and the alarm Throttles fires',
  F44: 'the permission of a rule\'s target is gone: EventBridge puts the event in the rule\'s dead-letter queue',
  F45: 'that queue is unavailable: the alarm DlqDeliveryFailed fires',
  F48: 'the writer tries to publish: it has no permission to',
  F52: 'the key of the bus is disabled: EventBridge puts events in the bus\'s dead-letter queue, which has an alarm',
  F56: 'a request is blocked before the function: the alarms Gateway4xx and Silence fire',
  F58: 'nothing reads a queue: the alarm QueueAge fires',
};

/** Faults whose remedy is not built yet, because it needs Stripe's API: a self-test, and reconciliation. */
export const NOT_BUILT: Record<string, string> = {
  F15: 'only a self-test detects a bus that is gone while its API reports success',
  F16: 'only a self-test detects a rule that is disabled',
  F47: 'after an outage of more than three days, events have to be read from Stripe\'s event list',
  F63: 'an ambiguous row is not read again from Stripe',
};
