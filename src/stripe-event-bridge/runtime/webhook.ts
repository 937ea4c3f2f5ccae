import { entryBytes, MAX_ENTRY_BYTES, readStripeEvent, type BusEntry, type StripeEventHead, type StripeEventText } from './bus-entry';
import { readHttpRequest } from './http-request';
import { isRefusedForGood, publishFailure, type PublishFailure } from './publish-failure';
import { quarantineEntry, type QuarantineReason } from './quarantine';
import { findSigner, readSignatureHeader, type Refusal, type SignatureHeader } from './signature';
import { whyFiltered, type FilterReason, type Wanted } from './wanted';
import type { SecretReading, SigningSecret } from '../../runtime/secrets';

/** API Gateway passes 10 MB and Lambda 6 MB of request, base64 and envelope included; Stripe's events are far below. */
export const MAX_BODY_BYTES = 4_500_000;

/** What the webhook asks of the world. */
export interface WebhookPorts {
  /** The secrets that may have signed. Never rejects. */
  readonly signingSecrets: () => Promise<SecretReading>;
  /** The same, read anew; undefined while that is rationed. Never rejects. */
  readonly refreshedSecrets: () => Promise<SecretReading | undefined>;
  /** Puts the entry on the bus and resolves with its event id. Rejects unless the bus accepted it. */
  readonly publish: (entry: BusEntry) => Promise<string>;
  /** The clock. */
  readonly now: () => Date;
}

/** What the webhook is told at deployment. */
export interface WebhookSettings {
  readonly eventSource: string;
  readonly toleranceSeconds: number;
  readonly wanted: Wanted;
}

/** What the check of a well-formed signature came to. */
export interface Verification {
  readonly verifyMs: number;
  /** The version before the current one signed. */
  readonly previous: boolean;
  /** Only a read that the mismatch forced found the secret. */
  readonly refreshed: boolean;
  readonly staleSeconds: number | undefined;
}

/** What became of an authentic request. The decision is also the name of its metric. */
type AuthenticOutcome = { readonly event?: StripeEventHead } & (
  | { readonly decision: 'Accepted'; readonly busEventId: string; readonly publishMs: number }
  | { readonly decision: 'Quarantined'; readonly reason: QuarantineReason; readonly busEventId: string; readonly publishMs: number }
  | { readonly decision: 'Filtered'; readonly reason: FilterReason }
  | { readonly decision: 'Oversize' }
  | { readonly decision: PublishFailure; readonly error: unknown });

/** What became of one request. */
export type WebhookOutcome = ({ readonly verified: Verification } & AuthenticOutcome)
  | { readonly decision: 'Refused'; readonly reason: Refusal }
  | { readonly decision: 'TooLarge' }
  | { readonly decision: 'SecretInvalid' }
  | { readonly decision: 'SecretFetchError'; readonly error: unknown };

/** Size, signature, parse, filter, publish, in this order: nothing that costs an AWS call comes before the header's shape and age. */
export async function handleWebhook(gatewayEvent: unknown, settings: WebhookSettings, ports: WebhookPorts): Promise<WebhookOutcome> {
  const { body, signature } = readHttpRequest(gatewayEvent);
  if (body.length > MAX_BODY_BYTES) {
    return { decision: 'TooLarge' };
  }
  const header = readSignatureHeader(signature, settings.toleranceSeconds, ports.now());
  if (typeof header === 'string') {
    return { decision: 'Refused', reason: header };
  }
  if (body.length === 0) {
    return { decision: 'Refused', reason: 'EmptyBody' };
  }
  const verified = await verify(body, header, ports);
  return 'decision' in verified ? verified : { verified, ...await handleAuthentic(body, settings, ports) };
}

async function verify(body: Buffer, header: SignatureHeader, ports: WebhookPorts): Promise<Verification | WebhookOutcome> {
  const started = ports.now().getTime();
  const verification = (signer: SigningSecret, { staleSeconds }: SecretReading, refreshed: boolean): Verification =>
    ({ verifyMs: ports.now().getTime() - started, previous: signer.previous, refreshed, staleSeconds });

  const reading = await ports.signingSecrets();
  if (reading.secrets.length === 0) {
    return reading.error === undefined ? { decision: 'SecretInvalid' } : { decision: 'SecretFetchError', error: reading.error };
  }
  const signer = findSigner(reading.secrets, header, body);
  if (signer) {
    return verification(signer, reading, false);
  }
  const fresh = await ports.refreshedSecrets(); // rolled a moment ago, perhaps
  const freshSigner = fresh && findSigner(fresh.secrets, header, body);
  return freshSigner ? verification(freshSigner, fresh, true) : { decision: 'Refused', reason: 'SignatureMismatch' };
}

async function handleAuthentic(body: Buffer, settings: WebhookSettings, ports: WebhookPorts): Promise<AuthenticOutcome> {
  const event = readStripeEvent(body);
  if (typeof event === 'string') {
    return quarantine(body, event, undefined, settings, ports);
  }
  const { head } = event;
  const filtered = whyFiltered(settings.wanted, head);
  if (filtered) {
    return { decision: 'Filtered', reason: filtered, event: head };
  }
  return publish(body, event, settings, ports);
}

async function publish(
  body: Buffer, { head, text }: StripeEventText, settings: WebhookSettings, ports: WebhookPorts,
): Promise<AuthenticOutcome> {
  const entry: BusEntry = { source: settings.eventSource, detailType: head.type, detail: text };
  if (entryBytes(entry) > MAX_ENTRY_BYTES) {
    return quarantine(body, 'oversize', head, settings, ports);
  }
  const published = await settled(entry, ports);
  if (!('error' in published)) {
    return { decision: 'Accepted', event: head, ...published };
  }
  const name = nameOf(published.error);
  return isRefusedForGood(name)
    ? quarantine(body, 'malformed-detail', head, settings, ports)
    : { decision: publishFailure(name), error: published.error, event: head };
}

async function quarantine(
  body: Buffer, reason: QuarantineReason, event: StripeEventHead | undefined, settings: WebhookSettings, ports: WebhookPorts,
): Promise<AuthenticOutcome> {
  const entry = quarantineEntry(settings.eventSource, { body, reason, receivedAt: ports.now(), eventId: event?.id });
  if (entryBytes(entry) > MAX_ENTRY_BYTES) {
    return { decision: 'Oversize', event }; // Stripe keeps it, and lists it for 30 days
  }
  const published = await settled(entry, ports);
  return 'error' in published
    ? { decision: publishFailure(nameOf(published.error)), error: published.error, event }
    : { decision: 'Quarantined', reason, event, ...published };
}

/** That the bus is not to be had is expected, so it becomes a value. */
async function settled(
  entry: BusEntry, { publish: send, now }: WebhookPorts,
): Promise<{ busEventId: string; publishMs: number } | { error: unknown }> {
  const started = now().getTime();
  return send(entry).then(
    (busEventId) => ({ busEventId, publishMs: now().getTime() - started }),
    (error: unknown) => ({ error }),
  );
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
