import { setTimeout as sleep } from 'timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { TOLERANCE_SECONDS, WEBHOOK_ENV } from './contract';
import type { BusEntry } from './runtime/bus-entry';
import { INTERNAL_ERROR, responseTo, type HttpResponse } from './runtime/http-response';
import { EntryRefused } from './runtime/publish-failure';
import { readWanted } from './runtime/wanted';
import { handleWebhook, type WebhookSettings } from './runtime/webhook';
import { webhookLog } from './runtime/webhook-log';
import { CLIENT_LIMITS, SECRET_BUDGET_MS, WORK_BUDGET_MS } from '../runtime/aws-client';
import { requiredEnv } from '../runtime/env';
import { type LogLine, renderLog } from '../runtime/log';
import { type SigningSecret, signingSecrets, usableSecrets } from '../runtime/secrets';

const MAX_ENTRY_ATTEMPTS = 3;
const ENTRY_RETRY_MS = 200;

const env = (name: keyof typeof WEBHOOK_ENV) => requiredEnv(WEBHOOK_ENV[name], process.env);
const now = () => new Date();

const eventBusArn = env('EVENT_BUS_ARN');
const previousMs = Number(env('PREVIOUS_SECRET_SECONDS')) * 1000;
const settings: WebhookSettings = {
  eventSource: env('EVENT_SOURCE'),
  toleranceSeconds: clamp(Number(env('TOLERANCE_SECONDS'))),
  wanted: readWanted(env('WANTED_TYPES'), env('LIVEMODE')),
};

const region = process.env.AWS_REGION;
const eventBridge = new EventBridgeClient({ region, ...CLIENT_LIMITS });
const secretsManager = new SecretsManagerClient({ region, ...CLIENT_LIMITS });

const secrets = signingSecrets(env('SIGNING_SECRET_ARNS').split(',').map((arn) => () => readSecret(arn)), now);

/** Answers one delivery of Stripe's. Never throws. */
export async function handler(event: unknown, { awsRequestId }: { readonly awsRequestId: string }): Promise<HttpResponse> {
  const deadline = AbortSignal.timeout(WORK_BUDGET_MS);
  try {
    const outcome = await handleWebhook(event, settings, {
      now,
      signingSecrets: secrets.current,
      refreshedSecrets: secrets.refreshed,
      publish: (entry) => publish(entry, deadline),
    });
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

/** A call that succeeds can still refuse its entry; the SDK tries calls again, this tries entries again. */
async function publish(entry: BusEntry, abortSignal: AbortSignal): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await putEntry(entry, abortSignal);
    } catch (error) {
      if (!(error instanceof EntryRefused && error.retryable) || attempt === MAX_ENTRY_ATTEMPTS) {
        throw error;
      }
      await sleep(Math.random() * ENTRY_RETRY_MS * attempt, undefined, { signal: abortSignal });
    }
  }
}

async function putEntry({ source, detailType, detail }: BusEntry, abortSignal: AbortSignal): Promise<string> {
  const { FailedEntryCount, Entries } = await eventBridge.send(new PutEventsCommand({
    Entries: [{
      EventBusName: eventBusArn,
      Source: source,
      DetailType: detailType,
      Detail: detail,
      TraceHeader: process.env._X_AMZN_TRACE_ID,
    }],
  }), { abortSignal });
  const result = Entries?.[0];
  if (FailedEntryCount || !result?.EventId) {
    throw new EntryRefused(result?.ErrorCode);
  }
  return result.EventId;
}

/** The current version, and the one before while Stripe's overlap of a roll can last. */
async function readSecret(arn: string): Promise<SigningSecret[]> {
  const abortSignal = AbortSignal.timeout(SECRET_BUDGET_MS);
  const current = await readVersion(arn, 'AWSCURRENT', abortSignal);
  const age = now().getTime() - (current?.CreatedDate?.getTime() ?? 0);
  const previous = age < previousMs
    ? await readVersion(arn, 'AWSPREVIOUS', abortSignal).catch(() => undefined) // that there is none is normal
    : undefined;
  return [...usableSecrets(current?.SecretString, false), ...usableSecrets(previous?.SecretString, true)];
}

async function readVersion(arn: string, VersionStage: string, abortSignal: AbortSignal) {
  try {
    return await secretsManager.send(new GetSecretValueCommand({ SecretId: arn, VersionStage }), { abortSignal });
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
