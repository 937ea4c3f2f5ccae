import { readEventFilter } from './filter';
import type { WebhookSettings } from './handle-webhook';
import { requiredEnv } from '../../../runtime/env';
import { TOLERANCE_SECONDS, WEBHOOK_ENV } from '../contract';

/** Reads the settings from the environment of the function. Throws if a variable is missing. */
export function readWebhookSettings(env: Record<string, string | undefined>) {
  const read = (name: keyof typeof WEBHOOK_ENV) => requiredEnv(WEBHOOK_ENV[name], env);
  const webhook: WebhookSettings = {
    eventSource: read('EVENT_SOURCE'),
    toleranceSeconds: clampTolerance(Number(read('TOLERANCE_SECONDS'))),
    filter: readEventFilter(read('EVENT_TYPES'), read('MODE')),
  };
  return {
    webhook,
    eventBusArn: read('EVENT_BUS_ARN'),
    signingSecretIds: read('SIGNING_SECRET_IDS').split(','),
    previousSecretMs: Number(read('PREVIOUS_SECRET_SECONDS')) * 1000,
  };
}

/** A tolerance outside its range would disable the protection from replays. */
function clampTolerance(seconds: number): number {
  const { min, max, default: fallback } = TOLERANCE_SECONDS;
  return Number.isFinite(seconds) ? Math.min(max, Math.max(min, Math.trunc(seconds))) : fallback;
}
