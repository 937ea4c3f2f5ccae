import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { TOLERANCE_SECONDS, WEBHOOK_ENV } from './contract';
import type { BusEntry } from './runtime/bus-entry';
import { INTERNAL_ERROR, responseTo, type HttpResponse } from './runtime/http-response';
import { readWanted } from './runtime/wanted';
import { handleWebhook, type WebhookSettings } from './runtime/webhook';
import { webhookLog } from './runtime/webhook-log';
import { CLIENT_LIMITS, SECRET_BUDGET_MS, WORK_BUDGET_MS } from '../runtime/aws-client';
import { requiredEnv } from '../runtime/env';
import { type LogLine, renderLog } from '../runtime/log';
import { cachedSigningSecret } from '../runtime/secrets';

const SECRET_TTL_MS = 300_000;

const env = (name: keyof typeof WEBHOOK_ENV) => requiredEnv(WEBHOOK_ENV[name], process.env);
const now = () => new Date();

const eventBusArn = env('EVENT_BUS_ARN');
const secretArn = env('SIGNING_SECRET_ARN');
const settings: WebhookSettings = {
  eventSource: env('EVENT_SOURCE'),
  toleranceSeconds: clamp(Number(env('TOLERANCE_SECONDS'))),
  wanted: readWanted(env('WANTED_TYPES'), env('LIVEMODE')),
};

const region = process.env.AWS_REGION;
const eventBridge = new EventBridgeClient({ region, ...CLIENT_LIMITS });
const secretsManager = new SecretsManagerClient({ region, ...CLIENT_LIMITS });

const signingSecrets = cachedSigningSecret(SECRET_TTL_MS, { read: readSecret, now });

/** Answers one delivery of Stripe's. Never throws. */
export async function handler(event: unknown, { awsRequestId }: { readonly awsRequestId: string }): Promise<HttpResponse> {
  const deadline = AbortSignal.timeout(WORK_BUDGET_MS);
  try {
    const outcome = await handleWebhook(event, settings, { signingSecrets, publish: (entry) => publish(entry, deadline), now });
    log(webhookLog(outcome, awsRequestId));
    return responseTo(outcome.decision);
  } catch (error) {
    log(webhookLog({ decision: 'Failed', error }, awsRequestId));
    return INTERNAL_ERROR;
  }
}

function log(line: LogLine): void {
  console.log(renderLog(line, process.env.AWS_LAMBDA_FUNCTION_NAME ?? '', now()));
}

async function publish({ source, detailType, detail }: BusEntry, abortSignal: AbortSignal): Promise<string> {
  const { FailedEntryCount, Entries } = await eventBridge.send(new PutEventsCommand({
    Entries: [{ EventBusName: eventBusArn, Source: source, DetailType: detailType, Detail: detail }],
  }), { abortSignal });
  const entry = Entries?.[0];
  if (FailedEntryCount || !entry?.EventId) {
    throw Object.assign(new Error('the bus did not accept the entry'), { name: entry?.ErrorCode ?? 'NoEventId' });
  }
  return entry.EventId;
}

async function readSecret(): Promise<string | undefined> {
  try {
    const command = new GetSecretValueCommand({ SecretId: secretArn });
    const { SecretString } = await secretsManager.send(command, { abortSignal: AbortSignal.timeout(SECRET_BUDGET_MS) });
    return SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return undefined; // the secret is there since deployment, its first value is not
    }
    throw error;
  }
}

/** A tolerance outside its range would switch the replay check off. */
function clamp(seconds: number): number {
  const { min, max, default: fallback } = TOLERANCE_SECONDS;
  return Number.isFinite(seconds) ? Math.min(max, Math.max(min, Math.trunc(seconds))) : fallback;
}
