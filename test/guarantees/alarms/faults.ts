import type { RequestName } from './lines';
import type { Point, World } from './world';

/** What is written in a minute while a fault lasts. */
export interface Fault {
  /** Request of Stripe that reaches the function. By default it is accepted. `null` if none reaches it. */
  readonly request?: RequestName | null;
  /** Answer of the endpoint, if the function does not answer. */
  readonly status?: number;
  /** Metrics of AWS about a request that the function does not answer. */
  readonly webhook?: Readonly<Record<string, number>>;
  /** Metrics of AWS about a message, and whether the table denies it. */
  readonly writer?: Readonly<Record<string, number>>;
  readonly isWriteDenied?: boolean;
  /** Metrics of AWS about a message to the function of a user. */
  readonly queuedFunction?: Readonly<Record<string, number>>;
  /** Whether the messages to the function of a user are received, and deleted afterwards. By default they are both. */
  readonly queue?: { readonly isReceived: boolean; readonly isDeleted: boolean };
  /** Queues in which messages lie. `isRead` is false if their age rises. */
  readonly waiting?: { readonly in: RegExp; readonly isRead?: false };
  /** Metrics of the rules. */
  readonly rules?: (world: World) => Point[];
  /** Alarms that are raised while a request a minute arrives, in a world that has them. */
  readonly raises: string[];
  /** Those of them that are raised by one event a day, which Stripe delivers again until it is answered with 2xx. */
  readonly raisesOnceADay?: string[];
}

const DEAD = /(CustomerTable|Queued|Many|Quarantine)DeadLetterQueue/;
const DEPTHS = ['CustomerTableDlqDepth', 'QueuedDlqDepth', 'ManyDlqDepth', 'QuarantineDlqDepth'];
const NOT_DELIVERED = DEPTHS.map((id) => id.replace('DlqDepth', 'DlqDeliveryFailed'));
const ANSWERED_5XX = ['EndpointEndpoint5xx'];
const ANSWERED_4XX = ['EndpointGateway4xx'];
const NOTHING = ['WebhookSilence'];
const FAILS = { Invocations: 1, Errors: 1, Throttles: 0 };
const THROTTLED = { Throttles: 1 };
/** Metrics of AWS about a function that answers without an error. */
const ANSWERS = { Invocations: 1, Errors: 0, Throttles: 0 };
const NOT_READ = { isReceived: false, isDeleted: false };
const NOT_PROCESSED = { isReceived: true, isDeleted: false };

/** Every fault that an alarm is for. */
export const FAULTS: Record<string, Fault> = {
  'the secret has no value': {
    request: 'noSecret', raises: ['WebhookSecretInvalid', ...ANSWERED_5XX, ...NOTHING],
  },
  'the secret cannot be read': {
    request: 'secretUnreadable', raises: ['WebhookSecretFetchError', ...ANSWERED_5XX, ...NOTHING],
  },
  'the secret has not been readable for an hour': {
    request: 'secretUnreadableForLong', raises: ['WebhookSecretStale'],
  },
  'Stripe signs with the previous secret': {
    request: 'previousSecret',
    raises: ['WebhookSecretPreviousUsed', 'WebhookSecretPreviousUsedAlways'],
    raisesOnceADay: ['WebhookSecretPreviousUsedAlways'],
  },
  'the secret is that of another endpoint': {
    request: 'otherSecret',
    raises: ['WebhookNothingVerified', 'WebhookNothingVerifiedSlowly', ...ANSWERED_4XX, ...NOTHING],
    raisesOnceADay: ['WebhookNothingVerifiedSlowly'],
  },
  'every event is filtered out': { request: 'filtered', raises: ['WebhookAllFiltered'], raisesOnceADay: [] },
  'the payload style is another one': {
    request: 'otherPayloadStyle',
    raises: ['WebhookPayloadStyle', 'WebhookAllFiltered'],
    raisesOnceADay: ['WebhookPayloadStyle'],
  },
  'the bus denies events': { request: 'busDenies', raises: ['WebhookPublishDenied', ...ANSWERED_5XX] },
  'PutEvents fails': {
    request: 'busFails',
    raises: ['WebhookNotPublished', 'WebhookNotPublishedSlowly', ...ANSWERED_5XX],
    raisesOnceADay: ['WebhookNotPublishedSlowly', ...ANSWERED_5XX],
  },
  'an event is too large for the bus': { request: 'oversize', raises: ['WebhookOversize', ...ANSWERED_5XX] },
  'a request is too large': {
    request: 'tooLarge', raises: ['WebhookTooLarge', ...ANSWERED_4XX, ...NOTHING], raisesOnceADay: ['WebhookTooLarge'],
  },
  'the webhook has a bug': { request: 'bug', raises: ['WebhookFailed', ...ANSWERED_5XX, ...NOTHING] },
  'a request is no event': {
    request: 'notJson', waiting: { in: /QuarantineQueue/ }, raises: ['QuarantineQuarantined'],
  },
  'the quarantine cannot be reached': {
    request: 'notJson',
    rules: (world) => world.rules(/Quarantine/, 'FailedInvocations'),
    waiting: { in: /QuarantineDeadLetterQueue/ },
    raises: ['QuarantineQuarantineFailed', 'QuarantineDlqDepth'],
  },
  'the webhook crashes': {
    request: null, status: 502, webhook: FAILS, raises: ['WebhookErrors', ...ANSWERED_5XX, ...NOTHING],
  },
  'the webhook is throttled': {
    request: null, status: 503, webhook: THROTTLED, raises: ['WebhookThrottles', ...ANSWERED_5XX, ...NOTHING],
  },
  'the endpoint may not invoke the webhook': { request: null, status: 500, raises: [...ANSWERED_5XX, ...NOTHING] },
  'the endpoint blocks Stripe': {
    request: null, status: 403, raises: [...ANSWERED_4XX, ...NOTHING], raisesOnceADay: [],
  },
  'Stripe disables the endpoint': { request: null, raises: NOTHING },
  'EventBridge cannot deliver': { waiting: { in: DEAD }, raises: DEPTHS },
  'the dead-letter queues cannot be reached': {
    rules: (world) => world.rules(/(?:)/, 'InvocationsFailedToBeSentToDlq'), raises: NOT_DELIVERED,
  },
  'nothing reads the queues': {
    writer: {},
    queuedFunction: {},
    queue: NOT_READ,
    waiting: { in: /(CustomerTable|Queued)Queue/, isRead: false },
    raises: ['CustomerTableQueueAge', 'QueuedQueueAge'],
  },
  'the writer crashes': {
    // the first messages have been received 50 times
    writer: FAILS,
    waiting: { in: /CustomerTableDeadLetterQueue/ },
    raises: ['CustomerTableErrors', 'CustomerTableDlqDepth'],
  },
  'the writer is throttled': { writer: THROTTLED, raises: ['CustomerTableThrottles'] },
  'the table denies the writer': {
    isWriteDenied: true,
    waiting: { in: /CustomerTableDeadLetterQueue/ },
    raises: ['CustomerTableWriteDenied', 'CustomerTableDlqDepth'],
  },
  'the key of the bus cannot be used': { waiting: { in: /EventBusDeadLetterQueue/ }, raises: ['EventBusBusDlqDepth'] },
  // a message is received again after five minutes, and its age does not count from the third time on
  'the function of a queue fails': {
    queuedFunction: FAILS, queue: NOT_PROCESSED, raises: ['QueuedNothingProcessed'],
  },
  'G4: the function of a queue is throttled': {
    queuedFunction: THROTTLED, queue: NOT_PROCESSED, raises: ['QueuedNothingProcessed'],
  },
  'G4: the function of a queue cannot be invoked': {
    queuedFunction: {}, queue: NOT_PROCESSED, raises: ['QueuedNothingProcessed'],
  },
  'G4: the function of a queue reports every message as failed': {
    queuedFunction: ANSWERS, queue: NOT_PROCESSED, raises: ['QueuedNothingProcessed'],
  },
  'W10: the function of a queue fails and succeeds for other callers': {
    queuedFunction: { Invocations: 2, Errors: 1, Throttles: 0 },
    queue: NOT_PROCESSED,
    raises: ['QueuedNothingProcessed'],
  },
  'G4: the function of a queue fails for some messages': {
    queuedFunction: { Invocations: 2, Errors: 1, Throttles: 0 }, raises: [],
  },
};
