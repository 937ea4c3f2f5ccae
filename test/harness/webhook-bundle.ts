import { type RunningBundle, startBundle } from './bundle';
import { ENV, SECRET_ARN } from './environments';
import { ACCEPTED, awsError, type RecordedCall, type Recorder, type RecorderAnswer, startRecorder } from './recorder';
import { SECRET } from './stripe';

export { ENV, SECRET_ARN };

/** Answer of the webhook. */
export interface WebhookAnswer {
  readonly statusCode: number;
  readonly body: string;
}

/** The built webhook between an EventBridge and a Secrets Manager that answer as the test says. */
export interface StartedWebhook extends Pick<RunningBundle, 'advance' | 'logs' | 'output' | 'resources' | 'stop'> {
  readonly bus: Recorder;
  readonly secrets: Recorder;
  /** Passes an event of an endpoint to the handler. */
  invoke(event: unknown): Promise<WebhookAnswer>;
}

/** Answers of the two services. By default, the bus accepts, and the secret was stored an hour ago. */
export interface Services {
  bus?: (call: RecordedCall, calls: RecordedCall[]) => RecorderAnswer;
  secret?: (stage: string, arn: string) => RecorderAnswer;
}

/** Version of a secret. It was stored an hour ago, unless told otherwise. */
export const stored = (SecretString: string, ageSeconds = 3_600): RecorderAnswer =>
  ({ body: { SecretString, CreatedDate: Date.now() / 1000 - ageSeconds } });

/** Secrets Manager with a value in the current version and no previous version. */
export const onlyCurrentOf = (value: string, ageSeconds?: number) => (stage: string): RecorderAnswer =>
  stage === 'AWSCURRENT' ? stored(value, ageSeconds) : awsError('ResourceNotFoundException');

/** Secrets Manager with the secret that tests sign with in the current version, and no previous version. */
export const onlyCurrent = onlyCurrentOf(`${SECRET}\n`);

/**
 * Starts the webhook and the two services. A test may change `services` while they run.
 *
 * The webhook reads its secrets as soon as it starts. `services` has to say from the start how that read is answered.
 */
export async function startedWebhook(
  env: Record<string, string> = ENV, services: Services = {},
): Promise<StartedWebhook> {
  const bus = await startRecorder((call, calls) => (services.bus ?? (() => ACCEPTED))(call, calls));
  const secrets = await startRecorder(({ body }) =>
    (services.secret ?? onlyCurrent)(body.VersionStage, body.SecretId));
  const bundle = await startBundle('webhook', {
    ...env, AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
  });
  let stopped: Promise<void> | undefined; // a test may stop it in the middle of a request
  return {
    bus,
    secrets,
    ...bundle,
    invoke: (event) => bundle.invoke<WebhookAnswer>(event),
    stop: () => stopped ??= bundle.stop().then(async () => {
      await Promise.all([bus.stop(), secrets.stop()]);
    }),
  };
}
