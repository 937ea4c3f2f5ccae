import { entryBytes, MAX_ENTRY_BYTES, readStripeEvent, type BusEntry, type StripeEventHead, type Unusable } from './bus-entry';
import { readHttpRequest } from './http-request';
import { isSignedBy, readSignatureHeader, type Refusal } from './signature';
import { isWanted, type Wanted } from './wanted';

/** API Gateway passes 10 MB and Lambda 6 MB of request, base64 and envelope included; Stripe's events are far below. */
export const MAX_BODY_BYTES = 4_500_000;

/** What the webhook asks of the world. */
export interface WebhookPorts {
  /** The secrets that may have signed; empty when none is usable yet. Rejects when they cannot be read. */
  readonly signingSecrets: () => Promise<readonly string[]>;
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

/** What became of one request. The decision is also the name of its metric. */
export type WebhookOutcome = { readonly event?: StripeEventHead; readonly verifyMs?: number } & (
  | { readonly decision: 'Accepted'; readonly busEventId: string; readonly publishMs: number }
  | { readonly decision: 'Filtered' }
  | { readonly decision: 'Refused'; readonly reason: Refusal }
  | { readonly decision: 'TooLarge' }
  | { readonly decision: 'SecretInvalid' }
  | { readonly decision: 'SecretFetchError' | 'PublishFailed'; readonly error: unknown }
  | { readonly decision: 'Unusable'; readonly reason: Unusable });

/** Size, signature, parse, filter, publish, in this order: nothing that costs an AWS call comes before the header's shape and age. */
export async function handleWebhook(gatewayEvent: unknown, settings: WebhookSettings, ports: WebhookPorts): Promise<WebhookOutcome> {
  const { body, signature } = readHttpRequest(gatewayEvent);
  if (body.length > MAX_BODY_BYTES) {
    return { decision: 'TooLarge' };
  }
  const started = ports.now();
  const header = readSignatureHeader(signature, settings.toleranceSeconds, started);
  if (typeof header === 'string') {
    return { decision: 'Refused', reason: header };
  }
  if (body.length === 0) {
    return { decision: 'Refused', reason: 'EmptyBody' };
  }
  const secrets = await settled(ports.signingSecrets());
  if ('error' in secrets) {
    return { decision: 'SecretFetchError', error: secrets.error };
  }
  if (secrets.value.length === 0) {
    return { decision: 'SecretInvalid' };
  }
  if (!isSignedBy(secrets.value, header, body)) {
    return { decision: 'Refused', reason: 'SignatureMismatch' };
  }
  const verifyMs = ports.now().getTime() - started.getTime();
  return { verifyMs, ...await publishAuthentic(body, settings, ports) };
}

async function publishAuthentic(body: Buffer, settings: WebhookSettings, ports: WebhookPorts): Promise<WebhookOutcome> {
  const event = readStripeEvent(body);
  if (typeof event === 'string') {
    return { decision: 'Unusable', reason: event };
  }
  const { head, text } = event;
  if (!isWanted(settings.wanted, head)) {
    return { decision: 'Filtered', event: head };
  }
  const entry: BusEntry = { source: settings.eventSource, detailType: head.type, detail: text };
  if (entryBytes(entry) > MAX_ENTRY_BYTES) {
    return { decision: 'Unusable', reason: 'oversize', event: head };
  }
  const started = ports.now().getTime();
  const published = await settled(ports.publish(entry));
  if ('error' in published) {
    return { decision: 'PublishFailed', error: published.error, event: head };
  }
  return { decision: 'Accepted', busEventId: published.value, publishMs: ports.now().getTime() - started, event: head };
}

/** A refusal by a dependency is an expected outcome, so it becomes a value. */
async function settled<T>(work: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  return work.then((value) => ({ value }), (error: unknown) => ({ error }));
}
