import { type RunningBundle, startBundle } from './bundle';
import { ACCEPTED, awsError, type RecordedCall, type Recorder, type RecorderAnswer, startRecorder } from './recorder';
import { SECRET } from './stripe';
import type { WEBHOOK_ENV } from '../../src/stripe-event-bridge/webhook/contract';

/** The name of the signing secret. */
export const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:stripe';

/** What the construct sets on the webhook, of a bridge without props. */
export const ENV = {
  EVENT_BUS_ARN: 'arn:aws:events:eu-west-1:000000000000:event-bus/billing',
  EVENT_SOURCE: 'stripe.com',
  SIGNING_SECRET_ARNS: SECRET_ARN,
  PREVIOUS_SECRET_SECONDS: '86700',
  TOLERANCE_SECONDS: '300',
  EVENT_TYPES: '*',
  MODE: 'all',
} satisfies Record<keyof typeof WEBHOOK_ENV, string>;

/** An answer of the webhook. */
export interface WebhookAnswer {
  readonly statusCode: number;
  readonly body: string;
}

/** The built webhook between an EventBridge and a Secrets Manager that do as they are told. */
export interface StartedWebhook extends Pick<RunningBundle, 'advance' | 'logs' | 'output' | 'resources' | 'stop'> {
  readonly bus: Recorder;
  readonly secrets: Recorder;
  /** Hands over a gateway event. */
  invoke(event: unknown): Promise<WebhookAnswer>;
}

/** How the two services answer; by default the bus accepts, and the secret was stored an hour ago. */
export interface Services {
  bus?: (call: RecordedCall, calls: RecordedCall[]) => RecorderAnswer;
  secret?: (stage: string, arn: string) => RecorderAnswer;
}

/** A version of a secret, stored an hour ago unless told otherwise. */
export const stored = (SecretString: string, ageSeconds = 3_600): RecorderAnswer =>
  ({ body: { SecretString, CreatedDate: Date.now() / 1000 - ageSeconds } });

/** The secret that tests sign with, in its current version alone. */
export const onlyCurrent = (stage: string): RecorderAnswer => stage === 'AWSCURRENT' ? stored(`${SECRET}\n`) : awsError('ResourceNotFoundException');

/** Starts them; `services` may be changed while they run. */
export async function startedWebhook(env: Record<string, string> = ENV, services: Services = {}): Promise<StartedWebhook> {
  const bus = await startRecorder((call, calls) => (services.bus ?? (() => ACCEPTED))(call, calls));
  const secrets = await startRecorder(({ body }) => (services.secret ?? onlyCurrent)(body.VersionStage, body.SecretId));
  const bundle = await startBundle('webhook', { ...env, AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url });
  let stopped: Promise<void> | undefined; // a test may stop it in its midst
  return {
    bus,
    secrets,
    ...bundle,
    invoke: (event) => bundle.invoke<WebhookAnswer>(event),
    stop: () => stopped ??= bundle.stop().then(() => Promise.all([bus.stop(), secrets.stop()])).then(() => undefined),
  };
}
