import type { WebhookOutcome } from './webhook';

/** An answer in the shape that API Gateway and function URLs share. */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** One body a status, the same for everyone: an answer says nothing about how the endpoint is set up. */
const BODIES = {
  200: 'received',
  400: 'not a request that Stripe signed for this endpoint',
  413: 'too large',
  500: 'internal error',
  503: 'try again later',
} as const;

type Status = keyof typeof BODIES;

/** 200 is durable or filtered on purpose, 400 not authentic, 503 a dependency or the set-up: Stripe delivers it again. */
const STATUSES: Record<WebhookOutcome['decision'], Status> = {
  Accepted: 200,
  Filtered: 200,
  Quarantined: 200,
  Refused: 400,
  TooLarge: 413,
  SecretInvalid: 503,
  SecretFetchError: 503,
  PublishThrottled: 503,
  PublishDenied: 503,
  PublishTimeout: 503,
  PublishFailed: 503,
  Oversize: 503,
};

/** The answer to a request, by what became of it. */
export function responseTo(decision: WebhookOutcome['decision']): HttpResponse {
  return response(STATUSES[decision]);
}

/** The answer to what nobody foresaw. */
export const INTERNAL_ERROR = response(500);

function response(statusCode: Status): HttpResponse {
  return { statusCode, headers: { 'content-type': 'text/plain' }, body: BODIES[statusCode] };
}
