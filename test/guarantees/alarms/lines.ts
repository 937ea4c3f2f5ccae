import { randomBytes } from 'crypto';
import { startBundle } from '../../harness/bundle';
import { lambdaConsole } from '../../harness/lambda-console';
import { awsError, startRecorder } from '../../harness/recorder';
import { customerEvent, digest, httpApiEvent, SECRET, stripeEvent } from '../../harness/stripe';
import {
  ENV, onlyCurrentOf, type Services, startedWebhook, type StartedWebhook, stored,
} from '../../harness/webhook-bundle';
import { message, WRITER } from '../../harness/writer-bundle';

/** Line of metrics of a request to the built webhook, and its answer. */
export interface Request {
  readonly line: any;
  readonly status: number;
}

/** Log format and level of an organization that wants few lines. */
const FEW_LINES = lambdaConsole({ AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'WARN' });

interface Given {
  readonly env?: Record<string, string>;
  readonly services?: Services;
  readonly body?: string | Buffer;
  /** Runs between the start and the request. Returns the seconds by which the time is put forward. */
  readonly meanwhile?: (webhook: StartedWebhook, services: Services) => Promise<number>;
}

const EVENT = JSON.stringify(stripeEvent());
const THIN = JSON.stringify({ id: 'evt_1', object: 'v2.core.event', type: 'v1.invoice.paid', livemode: false });
/** Lets the first comparison of digests throw. */
const BUG = `
  import crypto from 'node:crypto';
  crypto.timingSafeEqual = () => { throw new TypeError('bug'); };
`;
const later = 3_900;

const unreadableFor = async (webhook: StartedWebhook, services: Services, seconds: number) => {
  await webhook.invoke(signed(EVENT, 0));
  services.secret = () => awsError('AccessDeniedException');
  await webhook.advance(seconds);
  return seconds;
};

/** Requests of Stripe during each fault that the handler writes about. */
export const REQUESTS = {
  accepted: {},
  noSecret: { services: { secret: onlyCurrentOf('') } },
  secretUnreadable: { services: { secret: () => awsError('AccessDeniedException') } },
  secretUnreadableForLong: { meanwhile: (webhook, services) => unreadableFor(webhook, services, later) },
  previousSecret: {
    services: { secret: (stage) => stage === 'AWSCURRENT' ? stored('whsec_next_secret', 600) : stored(SECRET, 9_999) },
  },
  otherSecret: { services: { secret: onlyCurrentOf('whsec_of_another_endpoint') } },
  filtered: { env: { EVENT_TYPES: 'charge.succeeded' } },
  otherPayloadStyle: { env: { EVENT_TYPES: 'invoice.paid' }, body: THIN },
  busDenies: { services: { bus: () => awsError('AccessDeniedException') } },
  busFails: { services: { bus: () => awsError('InternalException', 500) } },
  oversize: { body: JSON.stringify(stripeEvent({ pad: randomBytes(1_500_000).toString('base64') })) },
  tooLarge: { body: JSON.stringify(stripeEvent({ pad: 'x'.repeat(4_700_000) })) },
  bug: {
    env: { NODE_OPTIONS: `${FEW_LINES.NODE_OPTIONS} --import data:text/javascript,${encodeURIComponent(BUG)}` },
  },
  notJson: { body: '{' },
} satisfies Record<string, Given>;

export type RequestName = keyof typeof REQUESTS;

function signed(body: string | Buffer, ahead: number) {
  const now = Math.floor(Date.now() / 1000) + ahead;
  return httpApiEvent(body, `t=${now},v1=${digest(body, now)}`);
}

/** Sends a request to the built webhook. */
export async function requestTo(functionName: string, name: RequestName): Promise<Request> {
  const { env = {}, services = {}, body = EVENT, meanwhile }: Given = REQUESTS[name];
  const running = { ...services };
  const webhook = await startedWebhook(
    { ...ENV, ...FEW_LINES, AWS_LAMBDA_FUNCTION_NAME: functionName, ...env }, running);
  const ahead = await meanwhile?.(webhook, running) ?? 0;
  const { statusCode } = await webhook.invoke(signed(body, ahead));
  await webhook.stop();
  return { line: webhook.logs().at(-1), status: statusCode };
}

/** Line of metrics of a message to the built writer. */
export async function writerLine(functionName: string, isDenied: boolean): Promise<any> {
  const dynamoDb = await startRecorder(() => isDenied ? awsError('AccessDeniedException') : { body: {} });
  const writer = await startBundle('writer', {
    ...WRITER, ...FEW_LINES, AWS_LAMBDA_FUNCTION_NAME: functionName, AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
  });
  await writer.invoke({ Records: [message(customerEvent('customer.created'))] });
  await Promise.all([writer.stop(), dynamoDb.stop()]);
  return writer.logs().at(-1);
}
