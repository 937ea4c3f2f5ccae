import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Dashboard, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { createDashboard } from './dashboard';
import { bindEndpoint } from './endpoint/bind-endpoint';
import { eventBusOf, grantPutEvents } from './event-bus';
import { warnOfNeighbors } from './neighbors';
import { addOutputs } from './outputs';
import { Quarantine } from './quarantine/quarantine';
import type { StripeEventBridgeProps } from './stripe-event-bridge-props';
import { validateBridge } from './validation';
import { Webhook } from './webhook/webhook';
import { DEFAULT_EVENT_SOURCE } from '../stripe-event-filter/stripe-event-sources';
import { StripeEvents } from '../stripe-events/stripe-events';

/**
 * Endpoint that receives the events of Stripe, verifies them and publishes them to an EventBridge bus.
 *
 * The signature is verified over the raw bytes. The event is published unchanged: `source` is `stripe.com`,
 * `detail-type` is its type, `detail` is the event. Stripe receives 200 only after EventBridge returned an event ID.
 */
export class StripeEventBridge extends StripeEvents {
  /** Bus that events are published to: the existing one, or the new one. */
  public readonly eventBus: IEventBus;

  /** Value of `source` of the published events, as the only item. */
  public readonly eventSources: string[];

  /** Function that verifies requests and publishes events. The endpoint invokes it without a version or an alias. */
  public readonly webhookFunction: Function;

  /** Secret that holds the signing secret. */
  public readonly signingSecret: ISecret;

  /** URL to register in Stripe. Undefined if it cannot be derived from an existing API. */
  public readonly url?: string;

  /** HTTP API of the endpoint. Undefined for other kinds of endpoints. */
  public readonly httpApi?: IHttpApi;

  /** REST API of the endpoint. Undefined for other kinds of endpoints. */
  public readonly restApi?: RestApi;

  /** Queue of authentic requests that are not valid events. Undefined if the bus is in another account or region. */
  public readonly quarantineQueue?: Queue;

  /** Dashboard of the metrics. Undefined without the property `dashboard`. */
  public readonly dashboard?: Dashboard;

  private readonly webhook: Webhook;

  /**
   * @param scope scope of the construct
   * @param id id, unique in the scope
   * @param props properties, all of them optional
   */
  constructor(scope: Construct, id: string, props: StripeEventBridgeProps = {}) {
    super(scope, id, props);
    validateBridge(this, props);
    const { eventSource = DEFAULT_EVENT_SOURCE, alarms } = props;
    this.eventBus = eventBusOf(this, 'EventBus', { ...props, ...this._storage });
    this.eventSources = [eventSource];
    const published = { eventBus: this.eventBus, eventSource, alarms, ...this._storage };
    const eventTypes = () => this._acceptedEventTypes();
    this.webhook = new Webhook(this, 'Webhook', { ...props, ...published, eventTypes });
    this.webhookFunction = this._publisher = this.webhook.handler.function;
    this.signingSecret = this.webhook.signingSecret;
    const config = bindEndpoint(this, this.webhookFunction, props);
    ({ url: this.url, httpApi: this.httpApi, restApi: this.restApi } = config);
    const quarantine = new Quarantine(this, 'Quarantine', published);
    this.quarantineQueue = quarantine.queue;
    this._publishAfter(...quarantine.rules);
    this._addFromOptions();
    this.dashboard = props.dashboard ? createDashboard(this, 'Dashboard', this) : undefined;
    addOutputs(this, { ...props, ...config, signingSecret: this.signingSecret, eventTypes, accounts: this._accounts });
    this.node.addValidation({ validate: () => warnOfNeighbors(this) });
  }

  /**
   * Grants permission to put events on the bus. Consumers trust every event on the bus.
   *
   * @param grantee role, account, organization or service that receives the permission
   */
  public grantPutEvents(grantee: IGrantable): Grant {
    return grantPutEvents(this, this.eventBus, grantee);
  }

  /**
   * Returns a metric of the webhook function. The runbook lists the names. Fails synthesis for another name.
   *
   * The namespace is `StripeEventBridge`, the dimension `FunctionName`.
   *
   * @param metricName name of the metric, such as `SecretStale`
   * @param props options for the metric, whose default statistic is the sum
   */
  public metric(metricName: string, props?: MetricOptions): Metric {
    return this.webhook.handler.metric(metricName, props);
  }

  /**
   * Returns the metric `Accepted`: the number of events that were published.
   *
   * @param props options for the metric, whose default statistic is the sum
   */
  public metricAccepted(props?: MetricOptions): Metric {
    return this.metric('Accepted', props);
  }

  /**
   * Returns the metric `Filtered`: the number of authentic events that were filtered out.
   *
   * @param props options for the metric, whose default statistic is the sum
   */
  public metricFiltered(props?: MetricOptions): Metric {
    return this.metric('Filtered', props);
  }

  /**
   * Returns the metric `Rejected`: the number of requests that Stripe did not sign.
   *
   * @param props options for the metric, whose default statistic is the sum
   */
  public metricRejected(props?: MetricOptions): Metric {
    return this.metric('Rejected', props);
  }

  /**
   * Returns the metric `Quarantined`: the number of authentic requests that are not valid events.
   *
   * @param props options for the metric, whose default statistic is the sum
   */
  public metricQuarantined(props?: MetricOptions): Metric {
    return this.metric('Quarantined', props);
  }

  /**
   * Returns the metric `PublishLatency`: the time that EventBridge takes to accept an event, in milliseconds.
   *
   * @param props options for the metric, whose default statistic is the average
   */
  public metricPublishLatency(props?: MetricOptions): Metric {
    return this.metric('PublishLatency', { statistic: 'Average', ...props });
  }
}
