import type { WebhookOutcome } from './handle-webhook';

/** Answer in the form that API Gateway and function URLs share. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** One constant body per status, so that an answer says nothing about the configuration of the endpoint. */
const BODIES = {
  200: 'received',
  400: 'not a request that Stripe signed for this endpoint',
  413: 'too large',
  500: 'internal error',
  503: 'try again later',
} as const;

type Status = keyof typeof BODIES;

/** 200: durable or filtered out. 400: not authentic. 503: failure of a dependency or the setup. Stripe retries. */
const STATUSES: Record<WebhookOutcome['decision'], Status> = {
  Accepted: 200,
  Filtered: 200,
  Quarantined: 200,
  Rejected: 400,
  TooLarge: 413,
  SecretInvalid: 503,
  SecretFetchError: 503,
  PublishThrottled: 503,
  PublishDenied: 503,
  PublishTimeout: 503,
  PublishFailed: 503,
  Oversize: 503,
  Failed: 500,
};

/** Answer to a request, by its outcome. */
export function responseTo(decision: WebhookOutcome['decision']): HttpResponse {
  const statusCode = STATUSES[decision];
  return { statusCode, headers: { 'content-type': 'text/plain' }, body: BODIES[statusCode] };
}
