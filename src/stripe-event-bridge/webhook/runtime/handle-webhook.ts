import { entryBytes, MAX_ENTRY_BYTES, type BusEntry } from './bus-entry';
import { applyFilter, type EventFilter, type FilterReason } from './filter';
import { readHttpRequest } from './http-request';
import { rejectedForGood, publishFailure, type PublishEntry, type PublishFailure } from './publisher';
import { quarantineEntry, type QuarantineReason } from './quarantine-entry';
import { findSigner, readSignatureHeader, type HeaderRejection, type SignatureHeader } from './signature';
import { readStripeEvent, type StripeEvent, type StripeEventHead } from './stripe-event';
import { WELL_FORMED_SIGNATURE } from '../../../monitoring/contract';
import { failure, type Result, success } from '../../../runtime/result';
import type { IncompleteSecrets, SecretReading, SigningSecret, SigningSecrets } from '../../../runtime/secrets';

/** Largest body. API Gateway and Lambda admit 6 MB with base64 and envelope. Events of Stripe are far smaller. */
export const MAX_BODY_BYTES = 4_500_000;

/** Calls that the webhook makes. */
export interface WebhookPorts {
  readonly secrets: SigningSecrets;
  readonly publish: (entry: BusEntry) => ReturnType<PublishEntry>;
  readonly now: () => Date;
}

/** Settings from the deployment. */
export interface WebhookSettings {
  readonly eventSource: string;
  readonly toleranceSeconds: number;
  readonly filter: EventFilter;
}

/** Facts about a verified signature. */
export interface Verification {
  readonly verifyMs: number;
  /** Whether the previous version of a secret signed. */
  readonly previous: boolean;
  /** Whether the secret was found only by the read that a mismatch caused. */
  readonly refreshed: boolean;
  readonly staleSeconds: number | undefined;
}

/** Outcome of a request that Stripe did not sign, or whose signature could not be checked. */
type UnverifiedOutcome =
  | { readonly decision: 'Rejected'; readonly reason: HeaderRejection | 'EmptyBody' | 'SignatureMismatch' }
  | { readonly decision: 'TooLarge'; readonly reason: HeaderRejection | typeof WELL_FORMED_SIGNATURE }
  | { readonly decision: 'SecretInvalid'; readonly reason: IncompleteSecrets }
  | { readonly decision: 'SecretFetchError'; readonly error: unknown };

/** Outcome of an authentic request. */
type AuthenticOutcome = { readonly event?: StripeEventHead } & (
  | { readonly decision: 'Accepted'; readonly busEventId: string; readonly publishMs: number }
  | {
    readonly decision: 'Quarantined';
    readonly reason: QuarantineReason;
    readonly busEventId: string;
    readonly publishMs: number;
  }
  | { readonly decision: 'Filtered'; readonly reason: FilterReason }
  | { readonly decision: 'Oversize' }
  | { readonly decision: PublishFailure; readonly error: unknown });

/** Outcome of a request. The decision is also the name of its metric. */
export type WebhookOutcome =
  | UnverifiedOutcome
  | ({ readonly verified: Verification } & AuthenticOutcome)
  | { readonly decision: 'Failed'; readonly error: unknown };

/**
 * Handles one request: size, signature, content, filter, publish.
 *
 * The form and the age of the header are checked before anything that needs a call to AWS.
 */
export async function handleWebhook(
  gatewayEvent: unknown, settings: WebhookSettings, ports: WebhookPorts,
): Promise<WebhookOutcome> {
  const { body, signature } = readHttpRequest(gatewayEvent);
  const header = readSignatureHeader(signature, settings.toleranceSeconds, ports.now());
  if (body.length > MAX_BODY_BYTES) {
    return { decision: 'TooLarge', reason: header.ok ? WELL_FORMED_SIGNATURE : header.reason };
  }
  if (!header.ok) {
    return { decision: 'Rejected', reason: header.reason };
  }
  if (body.length === 0) {
    return { decision: 'Rejected', reason: 'EmptyBody' };
  }
  const verified = await verify(body, header.value, ports);
  return verified.ok ? { verified: verified.value, ...await handleAuthentic(body, settings, ports) } : verified.reason;
}

async function verify(
  body: Buffer, header: SignatureHeader, { secrets, now }: WebhookPorts,
): Promise<Result<Verification, UnverifiedOutcome>> {
  const started = now().getTime();
  const verification = ({ previous }: SigningSecret, { staleSeconds }: SecretReading, refreshed: boolean) =>
    success({ verifyMs: now().getTime() - started, previous, refreshed, staleSeconds });

  const reading = await secrets.current();
  const signer = findSigner(reading.secrets, header, body);
  if (signer) {
    return verification(signer, reading, false);
  }
  // it may have been rolled a moment ago
  const fresh = reading.secrets.length > 0 ? await secrets.refreshed() : undefined;
  const freshSigner = fresh && findSigner(fresh.secrets, header, body);
  return freshSigner ? verification(freshSigner, fresh, true) : failure(noSigner(fresh ?? reading));
}

/** Outcome if no known secret signed. A source without a valid value may hold the secret that did. */
function noSigner({ error, invalid }: SecretReading): UnverifiedOutcome {
  if (error !== undefined) {
    return { decision: 'SecretFetchError', error };
  }
  return invalid
    ? { decision: 'SecretInvalid', reason: invalid } : { decision: 'Rejected', reason: 'SignatureMismatch' };
}

async function handleAuthentic(
  body: Buffer, settings: WebhookSettings, ports: WebhookPorts,
): Promise<AuthenticOutcome> {
  const stripeEvent = readStripeEvent(body);
  if (!stripeEvent.ok) {
    return quarantine({ body, reason: stripeEvent.reason }, settings, ports);
  }
  const { head } = stripeEvent.value;
  const filtered = applyFilter(settings.filter, head);
  return filtered.ok
    ? publishEvent(body, stripeEvent.value, settings, ports)
    : { decision: 'Filtered', reason: filtered.reason, event: head };
}

async function publishEvent(
  body: Buffer, { head, text }: StripeEvent, settings: WebhookSettings, ports: WebhookPorts,
): Promise<AuthenticOutcome> {
  const entry: BusEntry = { source: settings.eventSource, detailType: head.type, detail: text };
  const bytes = entryBytes(entry);
  if (bytes > MAX_ENTRY_BYTES) {
    return quarantine({ body, reason: 'oversize', head }, settings, ports);
  }
  const published = await publishTimed(entry, ports);
  if (published.ok) {
    return { decision: 'Accepted', event: head, ...published.value };
  }
  const error = published.reason;
  const reason = rejectedForGood(error, bytes);
  return reason
    ? quarantine({ body, reason, head }, settings, ports) : { decision: publishFailure(error), error, event: head };
}

async function quarantine(
  { body, reason, head }: { body: Buffer; reason: QuarantineReason; head?: StripeEventHead },
  settings: WebhookSettings, ports: WebhookPorts,
): Promise<AuthenticOutcome> {
  const request = { body, reason, receivedAt: ports.now(), eventId: head?.id };
  const entry = quarantineEntry(settings.eventSource, request);
  const bytes = entryBytes(entry);
  const oversize: AuthenticOutcome = { decision: 'Oversize', event: head }; // Stripe lists the event for 30 days
  if (bytes > MAX_ENTRY_BYTES) {
    return oversize;
  }
  const published = await publishTimed(entry, ports);
  if (published.ok) {
    return { decision: 'Quarantined', reason, event: head, ...published.value };
  }
  const error = published.reason;
  return rejectedForGood(error, bytes) === 'oversize'
    ? oversize : { decision: publishFailure(error), error, event: head };
}

async function publishTimed(
  entry: BusEntry, { publish, now }: WebhookPorts,
): Promise<Result<{ readonly busEventId: string; readonly publishMs: number }, unknown>> {
  const started = now().getTime();
  const published = await publish(entry);
  return published.ok
    ? success({ busEventId: published.value, publishMs: now().getTime() - started }) : published;
}
