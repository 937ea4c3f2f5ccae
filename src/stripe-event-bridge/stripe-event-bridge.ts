import { Annotations, Aws, CfnOutput, type Duration, Lazy, Names, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus, type IEventBus, type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ANY_MODE, EVERYTHING, TOLERANCE_SECONDS, WEBHOOK_ENV, WEBHOOK_TIMEOUT_SECONDS } from './contract';
import { StripeEndpoint } from './stripe-endpoint';
import { StripeEventFilter } from './stripe-event-filter';
import type { StripeFunctionOptions } from '../handler-function';
import { HandlerFunction } from '../handler-function/handler-function';
import { StripeCustomerTable, type StripeCustomerTableOptions } from '../stripe-customer-table';
import { CUSTOMER_EVENTS } from '../stripe-customer-table/contract';

const DEFAULT_EVENT_SOURCE = 'stripe.com';

/** Of the 4 KB that Lambda gives all variables together; the rest is for the others. */
const MAX_WANTED_BYTES = 3_000;

/** Characters of a rule's pattern, by EventBridge's default quota. */
const MAX_PATTERN_LENGTH = 2_048;

/** How the bridge is set up; every prop has a default that works. */
export interface StripeEventBridgeProps {
  /**
   * The events that go on the bus. What `customerTable`, `addCustomerTable` and `onEvent` ask for is always added.
   *
   * Others are answered with 200 and counted as `Filtered`, so that Stripe does not send them again.
   *
   * @default - every event that Stripe sends
   */
  readonly eventTypes?: StripeEventFilter;

  /**
   * The bus that events go to. Fails synthesis if `eventBusName` is given too.
   *
   * @default - a new bus
   */
  readonly eventBus?: IEventBus;

  /**
   * Name of the new bus: 1 to 256 letters, digits and `/ . - _`, unique in the account and region.
   *
   * Fails synthesis if `eventBus` is given too.
   *
   * @default - a name made of the stack's and the construct's
   */
  readonly eventBusName?: string;

  /**
   * The `source` of the events on the bus, 1 to 256 characters.
   *
   * Fails synthesis if it begins with `aws.`, which EventBridge keeps for AWS.
   *
   * @default 'stripe.com'
   */
  readonly eventSource?: string;

  /**
   * How events come in.
   *
   * @default StripeEndpoint.httpApi()
   */
  readonly endpoint?: StripeEndpoint;

  /**
   * The secret that holds the endpoint's signing secret, a plain text that begins with `whsec_`.
   *
   * @default - a new secret without a value; the output `NextStep` says how to fill it
   */
  readonly signingSecret?: ISecret;

  /**
   * Adds a table of customers; short for `addCustomerTable('CustomerTable', …)`.
   *
   * @default - no table
   */
  readonly customerTable?: StripeCustomerTableOptions;

  /**
   * Oldest signature accepted, by the time that Stripe wrote in the header; also how far that may lie ahead.
   *
   * Whole seconds, 1 to 3600. Fails synthesis outside that range.
   *
   * @default Duration.minutes(5)
   * @see https://docs.stripe.com/webhooks
   */
  readonly tolerance?: Duration;

  /**
   * Take only events of live mode (true) or of test mode (false); the others are answered with 200 and counted as `Filtered`.
   *
   * @default - both; `detail.livemode` tells them apart
   */
  readonly livemode?: boolean;

  /**
   * How the webhook function runs.
   *
   * @default - Node.js 24, arm64, 512 MiB
   */
  readonly functionOptions?: StripeFunctionOptions;

  /**
   * How long logs are kept. They hold event ids and decisions, no payload.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * What becomes of the new secret, and of tables and dead-letter queues, when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Which events go where. */
export interface StripeEventRuleOptions {
  /**
   * The events.
   *
   * @default - every event from this bridge
   */
  readonly filter?: StripeEventFilter;

  /** Where they go. */
  readonly target: IRuleTarget;

  /**
   * What the rule is for.
   *
   * @default - no description
   */
  readonly description?: string;
}

/**
 * Stripe's events, verified, on an EventBridge bus of your own.
 *
 * Each delivery is checked against the signing secret over the bytes as received and put on the bus unchanged: `source` is
 * `stripe.com`, `detail-type` the event's type, `detail` the event. Stripe hears 200 only after the bus has the event, and
 * delivers again for up to three days otherwise.
 */
export class StripeEventBridge extends Construct {
  /** The bus: the one given, or the new one. */
  public readonly eventBus: IEventBus;

  /** The function that verifies and publishes. */
  public readonly webhookFunction: Function;

  /** The secret that holds the signing secret: the one given, or the new one. */
  public readonly signingSecret: ISecret;

  /** The address to register in Stripe. */
  public readonly url: string;

  /** The HTTP API in front; undefined with another kind of endpoint. */
  public readonly api?: IHttpApi;

  /** The table that the prop `customerTable` asked for. */
  public readonly customerTable?: StripeCustomerTable;

  private readonly props: StripeEventBridgeProps;
  private readonly eventSource: string;
  private readonly webhook: HandlerFunction;
  private readonly attached: StripeEventFilter[] = [];

  constructor(scope: Construct, id: string, props: StripeEventBridgeProps = {}) {
    super(scope, id);
    validate(props);
    this.props = props;
    this.eventSource = props.eventSource ?? DEFAULT_EVENT_SOURCE;

    this.eventBus = props.eventBus ?? this.makeEventBus();
    this.signingSecret = props.signingSecret ?? this.makeSigningSecret();
    this.webhook = this.makeWebhook();
    this.webhookFunction = this.webhook.function;
    this.eventBus.grantPutEventsTo(this.webhookFunction);
    this.signingSecret.grantRead(this.webhookFunction);

    const { url, api } = (props.endpoint ?? StripeEndpoint.httpApi()).bind(this, this.webhookFunction);
    this.url = url;
    this.api = api;
    this.customerTable = props.customerTable && this.addCustomerTable('CustomerTable', props.customerTable);
    this.sayWhatToDoNext();
  }

  /**
   * Sends events to a target, by a rule on the bus. The events are wanted from then on, whatever `eventTypes` says.
   *
   * Fails synthesis if the pattern of the rule exceeds EventBridge's 2,048 characters.
   */
  public onEvent(id: string, options: StripeEventRuleOptions): Rule {
    const filter = options.filter ?? this.props.eventTypes ?? StripeEventFilter.all();
    this.attached.push(filter);
    const eventPattern = {
      source: [this.eventSource],
      detailType: filter._toDetailType(),
      ...this.props.livemode !== undefined && { detail: { livemode: [this.props.livemode] } },
    };
    const length = JSON.stringify(Stack.of(this).resolve(eventPattern)).length;
    if (length > MAX_PATTERN_LENGTH) {
      throw new Error(`filter of '${id}' makes a pattern of ${length} characters, more than the ${MAX_PATTERN_LENGTH} of a rule; use family('…') or several rules`);
    }
    return new Rule(this, id, { eventBus: this.eventBus, description: options.description, eventPattern, targets: [options.target] });
  }

  /** Adds a table of customers, fed from the bus. The three customer events are wanted from then on. */
  public addCustomerTable(id: string, options: StripeCustomerTableOptions = {}): StripeCustomerTable {
    this.attached.push(StripeEventFilter.named(...CUSTOMER_EVENTS));
    const { livemode, logRetention, removalPolicy } = this.props;
    return new StripeCustomerTable(this, id, {
      livemode,
      logRetention,
      removalPolicy,
      eventBus: this.eventBus,
      eventSources: [this.eventSource],
      ...options,
    });
  }

  /** Lets somebody put events on the bus; everything behind it trusts what they put there. */
  public grantPutEvents(grantee: IGrantable): Grant {
    return this.eventBus.grantPutEventsTo(grantee);
  }

  /**
   * A metric of the webhook function: `Accepted`, `Filtered`, `Refused`, `TooLarge`, `Unusable`, `SecretInvalid`,
   * `SecretFetchError`, `PublishFailed` or `Failed` as a count, or `PublishLatency` in milliseconds.
   *
   * Namespace `StripeEventBridge`, dimension `FunctionName`.
   *
   * @param metricName one of the names above
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metric(metricName: string, props?: MetricOptions): Metric {
    return this.webhook.metric(metricName, props);
  }

  private makeEventBus(): EventBus {
    return new EventBus(this, 'EventBus', {
      // the stack's name in it lets the same app be deployed twice
      eventBusName: this.props.eventBusName ?? `${Aws.STACK_NAME}-${Names.uniqueResourceName(this, { maxLength: 100 })}`,
      description: 'Events from Stripe',
    });
  }

  private makeSigningSecret(): Secret {
    const secret = new Secret(this, 'SigningSecret', {
      description: 'Signing secret of the Stripe webhook endpoint (whsec_...)',
      removalPolicy: this.props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    // a generated value would look like a signing secret to people, and could come back as a new version at any change
    (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
    return secret;
  }

  private makeWebhook(): HandlerFunction {
    const { tolerance, livemode, functionOptions, logRetention } = this.props;
    return new HandlerFunction(this, 'Webhook', {
      asset: 'webhook',
      description: 'Verifies Stripe events and puts them on a bus',
      environment: {
        [WEBHOOK_ENV.EVENT_BUS_ARN]: this.eventBus.eventBusArn,
        [WEBHOOK_ENV.EVENT_SOURCE]: this.eventSource,
        [WEBHOOK_ENV.SIGNING_SECRET_ARN]: this.signingSecret.secretArn,
        [WEBHOOK_ENV.TOLERANCE_SECONDS]: `${tolerance?.toSeconds() ?? TOLERANCE_SECONDS.default}`,
        [WEBHOOK_ENV.WANTED_TYPES]: Lazy.string({ produce: () => this.wantedTypes() }),
        [WEBHOOK_ENV.LIVEMODE]: `${livemode ?? ANY_MODE}`,
      },
      timeoutSeconds: WEBHOOK_TIMEOUT_SECONDS,
      memorySize: 512,
      options: functionOptions,
      logRetention,
    });
  }

  /** `eventTypes` and whatever was attached until synthesis. */
  private wantedTypes(): string {
    const wanted = (this.props.eventTypes ?? StripeEventFilter.all()).plus(...this.attached)._toEnvironment();
    if (Buffer.byteLength(wanted) <= MAX_WANTED_BYTES) {
      return wanted;
    }
    Annotations.of(this).addWarningV2('cdk-stripe-eventbridge:too-many-event-types',
      `the event types take ${Buffer.byteLength(wanted)} bytes, more than the ${MAX_WANTED_BYTES} that fit a function's environment, so every event goes on the bus; use StripeEventFilter.family('…')`);
    return EVERYTHING;
  }

  private sayWhatToDoNext(): void {
    new CfnOutput(this, 'Url', { value: this.url, description: 'Address to register in Stripe' });
    new CfnOutput(this, 'NextStep', {
      description: 'How to connect Stripe',
      value: [
        `register ${this.url} at https://dashboard.stripe.com/webhooks and store its signing secret (whsec_...):`,
        `aws secretsmanager put-secret-value --region ${Aws.REGION} --secret-id ${this.signingSecret.secretArn} --secret-string file:///dev/stdin`,
        '(paste it, press Enter, then Ctrl-D)',
      ].join(' '),
    });
  }
}

function validate({ eventBus, eventBusName, eventSource, tolerance }: StripeEventBridgeProps): void {
  if (eventBus && eventBusName !== undefined) {
    throw new Error(`eventBus and eventBusName exclude each other, got a bus and the name '${eventBusName}'; leave out eventBusName to use the bus`);
  }
  if (eventSource !== undefined && !Token.isUnresolved(eventSource)) {
    validateEventSource(eventSource);
  }
  if (tolerance && !tolerance.isUnresolved()) {
    const seconds = tolerance.toSeconds({ integral: false });
    if (!Number.isInteger(seconds) || seconds < TOLERANCE_SECONDS.min || seconds > TOLERANCE_SECONDS.max) {
      throw new Error(`tolerance must be ${TOLERANCE_SECONDS.min} to ${TOLERANCE_SECONDS.max} whole seconds, got ${seconds}; use Duration.seconds(1) for the strictest check`);
    }
  }
}

function validateEventSource(eventSource: string): void {
  if (eventSource.toLowerCase().startsWith('aws.')) {
    throw new Error(`eventSource must not begin with 'aws.', which EventBridge keeps for AWS, got '${eventSource}'; use your own domain, such as 'billing.example.com'`);
  }
  if (eventSource.length < 1 || eventSource.length > 256) {
    throw new Error(`eventSource must have 1 to 256 characters, got ${eventSource.length}; leave it out for '${DEFAULT_EVENT_SOURCE}'`);
  }
}
