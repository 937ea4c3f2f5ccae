import { type Duration, Lazy, type RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  PREVIOUS_SECRET_SECONDS, TOLERANCE_SECONDS, WEBHOOK_ENV, WEBHOOK_METRICS, WEBHOOK_TIMEOUT_SECONDS,
} from './contract';
import { assertEnvironmentFits, eventTypesVariable } from './event-types-variable';
import { checkAccountOf, grantSecretRead, NO_VALUE_IN_TEMPLATE, secretIdOf } from './secret-access';
import { emptySigningSecret } from './signing-secret';
import { webhookAlarms } from './webhook-alarms';
import { changeWithBus } from '../../internal/bus-of-app';
import { HandlerFunction } from '../../internal/handler-function';
import { keepInvariants } from '../../internal/invariants';
import type { StripeFunctionOptions } from '../../internal/stripe-function-options';
import { Alarms } from '../../monitoring/alarms';
import type { StripeAlarmOptions } from '../../monitoring/stripe-alarm-options';
import type { StripeEventFilter } from '../../stripe-event-filter/stripe-event-filter';
import { StripeMode } from '../../stripe-event-filter/stripe-mode';

/** Properties of the webhook. */
export interface WebhookProps {
  /** Bus that events are published to. */
  readonly eventBus: IEventBus;
  /** `source` of the published events. */
  readonly eventSource: string;
  /** Returns the event types that pass. Called at synthesis, when everything is attached. */
  readonly eventTypes: () => StripeEventFilter;
  /** Mode of the events that pass. The default is every mode. */
  readonly mode?: StripeMode;
  /** Secret that holds the signing secret. The default is a new secret without a value. */
  readonly signingSecret?: ISecret;
  /** Secrets with further signing secrets. */
  readonly additionalSigningSecrets?: ISecret[];
  /** Time for which the previous version of a secret stays valid. */
  readonly previousSecretLifetime?: Duration;
  /** Maximum difference between the signature timestamp and the current time. */
  readonly tolerance?: Duration;
  /** Options for the function. */
  readonly functionOptions?: StripeFunctionOptions;
  /** Retention of the logs. */
  readonly logRetention?: RetentionDays;
  /** Key that encrypts the logs. */
  readonly logEncryptionKey?: IKey;
  /** Key that encrypts the new secret. */
  readonly encryptionKey?: IKey;
  /** Removal policy of the new secret. */
  readonly removalPolicy?: RemovalPolicy;
  /** Options for the alarms. */
  readonly alarms?: StripeAlarmOptions;
}

/** Function that verifies requests and publishes events, with the secrets that it reads and its alarms. */
export class Webhook extends Construct {
  /** Secret that holds the signing secret. */
  public readonly signingSecret: ISecret;

  /** Function of the webhook. */
  public readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: WebhookProps) {
    super(scope, id);
    this.signingSecret = props.signingSecret ?? emptySigningSecret(this, 'SigningSecret', props);
    const secrets = [this.signingSecret, ...props.additionalSigningSecrets ?? []];
    this.handler = new HandlerFunction(this, 'Handler', {
      asset: 'webhook',
      description: 'Verifies Stripe events and publishes them to a bus',
      environment: this.environment(props, secrets),
      timeoutSeconds: WEBHOOK_TIMEOUT_SECONDS,
      memorySize: 512,
      metrics: WEBHOOK_METRICS,
      needs: 'read the signing secrets (secretsmanager:GetSecretValue), publish to the bus (events:PutEvents)',
      options: props.functionOptions,
      logRetention: props.logRetention,
      logEncryptionKey: props.logEncryptionKey,
    });
    changeWithBus(this.handler.function, props.eventBus);
    props.eventBus.grantPutEventsTo(this.handler.function);
    secrets.forEach((secret) => {
      checkAccountOf(this, secret);
      keepInvariants(this, secret, [NO_VALUE_IN_TEMPLATE]);
      grantSecretRead(this, secret, this.handler.function);
    });
    new Alarms(this, 'Alarms', props.alarms, webhookAlarms(this.handler, props.alarms?.expectEventEvery));
  }

  private environment(props: WebhookProps, secrets: ISecret[]): Record<string, string> {
    const { tolerance, previousSecretLifetime } = props;
    const variables = {
      [WEBHOOK_ENV.EVENT_BUS_ARN]: props.eventBus.eventBusArn,
      [WEBHOOK_ENV.EVENT_SOURCE]: props.eventSource,
      [WEBHOOK_ENV.SIGNING_SECRET_IDS]: secrets.map((secret) => secretIdOf(this, secret)).join(','),
      [WEBHOOK_ENV.PREVIOUS_SECRET_SECONDS]:
        Tokenization.stringifyNumber(previousSecretLifetime?.toSeconds() ?? PREVIOUS_SECRET_SECONDS.default),
      [WEBHOOK_ENV.TOLERANCE_SECONDS]:
        Tokenization.stringifyNumber(tolerance?.toSeconds() ?? TOLERANCE_SECONDS.default),
      [WEBHOOK_ENV.MODE]: props.mode ?? StripeMode.ALL,
    };
    assertEnvironmentFits(this, variables);
    const produce = () => eventTypesVariable(this, props.eventTypes(), variables);
    return { ...variables, [WEBHOOK_ENV.EVENT_TYPES]: Lazy.uncachedString({ produce }) };
  }
}
