import { Annotations, Aws, CfnOutput, Duration, Lazy, Names, RemovalPolicy } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Dashboard, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Archive, type CfnArchive, EventBus, type IEventBus, type Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import { type CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ANY_MODE, PREVIOUS_SECRET_SECONDS, TOLERANCE_SECONDS, WEBHOOK_ENV, WEBHOOK_TIMEOUT_SECONDS } from './contract';
import { stripeDashboard } from './dashboard';
import { EventRoute } from './event-route';
import { Quarantine } from './quarantine';
import { StripeEndpoint } from './stripe-endpoint';
import type { StripeEventArchiveOptions, StripeEventBridgeProps, StripeEventRuleOptions } from './stripe-event-bridge-props';
import { StripeEventFilter } from './stripe-event-filter';
import { validateProps } from './validation';
import { wantedTypes } from './wanted-types';
import { eventQueue } from '../event-rules/event-queue';
import { addEventRules, isForeign } from '../event-rules/event-rules';
import { HandlerFunction } from '../handler-function/handler-function';
import { webhookAlarms } from '../monitoring/alarm-specs';
import { Alarms } from '../monitoring/alarms';
import { StripeCustomerTable, type StripeCustomerTableOptions } from '../stripe-customer-table';
import { CUSTOMER_EVENTS } from '../stripe-customer-table/contract';

const DEFAULT_EVENT_SOURCE = 'stripe.com';
const ARCHIVE_RETENTION = Duration.days(30);

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

  /** The REST API in front; undefined with another kind of endpoint. */
  public readonly restApi?: RestApi;

  /** Authentic events that cannot go on the bus as they are. Undefined if the bus is another account's, where no rule can be made. */
  public readonly quarantineQueue?: Queue;

  /** The archive that the prop `archive` asked for. */
  public readonly archive?: Archive;

  /** The table that the prop `customerTable` asked for. */
  public readonly customerTable?: StripeCustomerTable;

  /** The dashboard that the prop `dashboard` asked for. */
  public readonly dashboard?: Dashboard;

  private readonly props: StripeEventBridgeProps;
  private readonly eventSource: string;
  private readonly removalPolicy: RemovalPolicy;
  private readonly webhook: HandlerFunction;
  private readonly attached: StripeEventFilter[] = [];

  constructor(scope: Construct, id: string, props: StripeEventBridgeProps = {}) {
    super(scope, id);
    validateProps(props);
    this.props = props;
    this.eventSource = props.eventSource ?? DEFAULT_EVENT_SOURCE;
    this.removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

    this.eventBus = props.eventBus ?? this.makeEventBus();
    this.signingSecret = props.signingSecret ?? this.makeSigningSecret();
    this.webhook = this.makeWebhook();
    this.webhookFunction = this.webhook.function;
    this.eventBus.grantPutEventsTo(this.webhookFunction);
    this.secrets().forEach((secret) => secret.grantRead(this.webhookFunction));

    const { url, api, restApi } = (props.endpoint ?? StripeEndpoint.httpApi()).bind(this, this.webhookFunction);
    this.url = url;
    this.api = api;
    this.restApi = restApi;
    this.quarantineQueue = this.makeQuarantine();
    this.archive = props.archive && this.makeArchive(props.archive);
    new Alarms(this, 'Alarms', props.alarms, webhookAlarms(this.webhook));
    this.customerTable = props.customerTable && this.addCustomerTable('CustomerTable', props.customerTable);
    this.dashboard = props.dashboard ? stripeDashboard(this, 'Dashboard', this) : undefined;
    this.sayWhatToDoNext();
  }

  /**
   * Sends events to a target, by a rule on the bus. The events are wanted from then on, whatever `eventTypes` says.
   *
   * A filter that is too long for one rule gets several, of which this is the first. Fails synthesis if ten do not suffice.
   *
   * @param id of the rule, unique below this construct
   * @param options which events, and where they go
   */
  public onEvent(id: string, options: StripeEventRuleOptions): Rule {
    const filter = options.filter ?? this.props.eventTypes ?? StripeEventFilter.all();
    this.attached.push(filter);
    const route = new EventRoute(this, `${id}Route`, { ...options, ...this.queueOptions() });
    const rules = addEventRules(this, id, {
      eventBus: this.eventBus,
      source: [this.eventSource],
      detailTypes: filter._toDetailTypes(),
      livemode: options.livemode ?? this.props.livemode,
      account: options.account,
      description: options.description,
      target: route.target,
      deadLetterQueue: () => route.deadLetterQueue(),
    });
    route.watch(rules, this.props.alarms);
    return rules.rules[0];
  }

  /**
   * Adds a table of customers, fed from the bus. The three customer events are wanted from then on.
   *
   * @param id of the table, unique below this construct
   * @param options as for a table alone; those of this bridge are its defaults
   */
  public addCustomerTable(id: string, options: StripeCustomerTableOptions = {}): StripeCustomerTable {
    this.attached.push(StripeEventFilter.named(...CUSTOMER_EVENTS));
    const { livemode, logRetention, alarms } = this.props;
    return new StripeCustomerTable(this, id, {
      livemode,
      logRetention,
      alarms,
      ...this.queueOptions(),
      eventBus: this.eventBus,
      eventSources: [this.eventSource],
      ...options,
    });
  }

  /**
   * Lets somebody put events on the bus; everything behind it trusts what they put there.
   *
   * @param grantee who may put events on the bus
   */
  public grantPutEvents(grantee: IGrantable): Grant {
    return this.eventBus.grantPutEventsTo(grantee);
  }

  /**
   * A metric of the webhook function, by its name; the runbook has the list.
   *
   * Namespace `StripeEventBridge`, dimension `FunctionName`.
   *
   * @param metricName such as `SecretStale`
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metric(metricName: string, props?: MetricOptions): Metric {
    return this.webhook.metric(metricName, props);
  }

  /**
   * Events that went on the bus, as a count.
   *
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metricAccepted(props?: MetricOptions): Metric {
    return this.metric('Accepted', props);
  }

  /**
   * Authentic events that nobody asked for, as a count.
   *
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metricFiltered(props?: MetricOptions): Metric {
    return this.metric('Filtered', props);
  }

  /**
   * Requests that Stripe did not sign, as a count.
   *
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metricRefused(props?: MetricOptions): Metric {
    return this.metric('Refused', props);
  }

  /**
   * Authentic events that were kept aside, as a count.
   *
   * @param props how it is aggregated; the sum unless told otherwise
   */
  public metricQuarantined(props?: MetricOptions): Metric {
    return this.metric('Quarantined', props);
  }

  /**
   * How long the bus takes an event, in milliseconds; the average unless told otherwise.
   *
   * @param props how it is aggregated
   */
  public metricPublishLatency(props?: MetricOptions): Metric {
    return this.metric('PublishLatency', { statistic: 'Average', ...props });
  }

  private secrets(): ISecret[] {
    return [this.signingSecret, ...this.props.additionalSigningSecrets ?? []];
  }

  private queueOptions() {
    return { encryptionKey: this.props.encryptionKey, removalPolicy: this.removalPolicy };
  }

  private makeEventBus(): EventBus {
    const { eventBusName, encryptionKey, archive } = this.props;
    const bus = new EventBus(this, 'EventBus', {
      // the stack's name in it lets the same app be deployed twice
      eventBusName: eventBusName ?? `${Aws.STACK_NAME}-${Names.uniqueResourceName(this, { maxLength: 100 })}`,
      description: 'Events from Stripe',
      kmsKey: encryptionKey,
      // it takes events that the key kept from delivery, and those alone
      deadLetterQueue: encryptionKey && eventQueue(this, 'EventBusDeadLetterQueue', this.queueOptions()),
    });
    if (archive) {
      bus.applyRemovalPolicy(this.removalPolicy);
    }
    return bus;
  }

  private makeSigningSecret(): Secret {
    const secret = new Secret(this, 'SigningSecret', {
      description: 'Signing secret of the Stripe webhook endpoint (whsec_...)',
      removalPolicy: this.removalPolicy,
    });
    // a generated value would look like a signing secret to people, and could come back as a new version at any change
    (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
    return secret;
  }

  private makeWebhook(): HandlerFunction {
    const { tolerance, livemode, functionOptions, logRetention, previousSecretLifetime } = this.props;
    return new HandlerFunction(this, 'Webhook', {
      asset: 'webhook',
      description: 'Verifies Stripe events and puts them on a bus',
      environment: {
        [WEBHOOK_ENV.EVENT_BUS_ARN]: this.eventBus.eventBusArn,
        [WEBHOOK_ENV.EVENT_SOURCE]: this.eventSource,
        [WEBHOOK_ENV.SIGNING_SECRET_ARNS]: this.secrets().map(({ secretArn }) => secretArn).join(','),
        [WEBHOOK_ENV.PREVIOUS_SECRET_SECONDS]: `${previousSecretLifetime?.toSeconds() ?? PREVIOUS_SECRET_SECONDS}`,
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

  private makeQuarantine(): Queue | undefined {
    if (isForeign(this, this.eventBus)) {
      Annotations.of(this).addWarningV2('cdk-stripe-eventbridge:quarantine-elsewhere',
        `eventBus is another account's, where no rule can be made from here; its owner should route the source '${this.eventSource}.quarantine' to a queue`);
      return undefined;
    }
    const { eventBus, eventSource } = this;
    return new Quarantine(this, 'Quarantine', { eventBus, eventSource, alarms: this.props.alarms, ...this.queueOptions() }).queue;
  }

  private makeArchive({ retention }: StripeEventArchiveOptions): Archive {
    const archive = new Archive(this, 'Archive', {
      sourceEventBus: this.eventBus,
      description: 'Stripe events, for a replay',
      eventPattern: { source: [this.eventSource] },
      retention: retention ?? ARCHIVE_RETENTION,
    });
    const resource = archive.node.defaultChild as CfnArchive;
    resource.applyRemovalPolicy(this.removalPolicy);
    // given to the construct, the key's policy would name the bus, and the bus needs the key: a cycle that no deployment takes
    resource.kmsKeyIdentifier = this.props.encryptionKey?.keyArn;
    return archive;
  }

  /** `eventTypes` and whatever was attached until synthesis. */
  private wantedTypes(): string {
    return wantedTypes(this, (this.props.eventTypes ?? StripeEventFilter.all()).plus(...this.attached));
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
