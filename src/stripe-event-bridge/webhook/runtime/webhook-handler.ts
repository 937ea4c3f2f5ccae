import { handleWebhook, type WebhookOutcome, type WebhookSettings } from './handle-webhook';
import { responseTo, type HttpResponse } from './http-response';
import type { PublishEntry } from './publisher';
import { webhookLog } from './webhook-log';
import type { LogLine } from '../../../runtime/log';
import type { SigningSecrets } from '../../../runtime/secrets';

/** Calls that the handler makes. */
export interface HandlerPorts {
  readonly secrets: SigningSecrets;
  readonly publish: PublishEntry;
  readonly now: () => Date;
  /** Returns the signal that ends all work of one request. */
  readonly deadline: () => AbortSignal;
  readonly log: (line: LogLine) => void;
}

/** Returns the handler of one request. It never throws: an unexpected error is logged by name and answered with 500. */
export function webhookHandler(settings: WebhookSettings, { publish, deadline, log, ...ports }: HandlerPorts) {
  return async (event: unknown, { awsRequestId }: { readonly awsRequestId: string }): Promise<HttpResponse> => {
    const signal = deadline();
    const outcome = await handleWebhook(event, settings, { ...ports, publish: (entry) => publish(entry, signal) })
      .catch((error: unknown): WebhookOutcome => ({ decision: 'Failed', error }));
    log(webhookLog(outcome, awsRequestId));
    return responseTo(outcome.decision);
  };
}
