import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IConstruct } from 'constructs';
import { isSamePlace } from '../internal/environment';
import { CUSTOMER_EVENTS } from '../stripe-customer-table/contract';
import { StripeCustomerTable } from '../stripe-customer-table/stripe-customer-table';
import { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import { StripeEventRule } from '../stripe-events/stripe-event-rule';
import { StripeEvents } from '../stripe-events/stripe-events';

/** Parts of a bridge that others on the same bus depend on. */
export interface Publisher extends IConstruct {
  /** Bus that it publishes to. */
  readonly eventBus: IEventBus;
  /** Source of its events, as the only item. */
  readonly eventSources: string[];
  /** Event types that it publishes. */
  _acceptedEventTypes(): StripeEventFilter;
}

/** Tables and rules of the app that receive events from a bus. */
type Consumer = StripeCustomerTable | StripeEventRule;

/** Warns of other constructs of the app on the same bus. The result is that of a validation: there are no errors. */
export function warnOfNeighbors(bridge: Publisher): string[] {
  const all = bridge.node.root.node.findAll();
  const others = all.filter(isPublisher)
    .filter((other) => other !== bridge && sameBus(other.eventBus, bridge.eventBus));
  warnOfStarvedConsumers(bridge, others, all);
  warnOfSharedSource(bridge, others);
  return [];
}

/**
 * Warns if a bridge filters out what a table or rule on its bus needs, or publishes under another source, and no other
 * bridge publishes it.
 */
function warnOfStarvedConsumers(bridge: Publisher, others: Publisher[], all: IConstruct[]): void {
  const [eventSource] = bridge.eventSources;
  const consumers = all.filter((each): each is Consumer =>
    (each instanceof StripeCustomerTable || each instanceof StripeEventRule)
    && sameBus(each._eventBus, bridge.eventBus));
  for (const consumer of consumers) {
    const needed = consumer instanceof StripeCustomerTable
      ? StripeEventFilter.named(...CUSTOMER_EVENTS) : consumer._eventTypes;
    const { path } = consumer.node;
    const feeds = (each: Publisher) =>
      acceptsSource(consumer, each.eventSources[0]) && each._acceptedEventTypes()._includes(needed);
    if (others.some(feeds)) {
      continue;
    }
    if (!bridge._acceptedEventTypes()._includes(needed)) {
      Annotations.of(bridge).addWarningV2(`cdk-stripe-eventbridge:filtered-out-${path}`,
        `eventTypes filter out events that ${path} on the same bus needs; add its types to eventTypes`);
    }
    if (!acceptsSource(consumer, eventSource)) {
      Annotations.of(bridge).addWarningV2(`cdk-stripe-eventbridge:other-source-${path}`,
        `eventSource is '${eventSource}', which ${path} on the same bus does not accept; ` +
        'add it to its eventSources');
    }
  }
}

/** Warns if another bridge publishes to the same bus under the same source. */
function warnOfSharedSource(bridge: Publisher, others: Publisher[]): void {
  const [eventSource] = bridge.eventSources;
  for (const other of others) {
    if (other.eventSources[0] === eventSource) {
      Annotations.of(bridge).addWarningV2('cdk-stripe-eventbridge:shared-event-source',
        `${other.node.path} publishes to the same bus with the same source, so that tables and rules receive the ` +
        'events of both; set another eventSource on one of them, or acknowledge this if both are of one Stripe ' +
        'account');
    }
  }
}

/** Only bridges have a webhook function. */
function isPublisher(construct: IConstruct): construct is Publisher {
  return construct instanceof StripeEvents && 'webhookFunction' in construct;
}

function sameBus(a: IEventBus, b: IEventBus): boolean {
  const isLiteral = !Token.isUnresolved(a.eventBusName) && a.eventBusName === b.eventBusName;
  return a === b || (isLiteral && isSamePlace(a, b, ({ env }) => env));
}

/** Whether a consumer may accept a source. Operators other than `prefix`, and values of the deployment, may match. */
function acceptsSource(consumer: Consumer, source: string): boolean {
  const accepted = Stack.of(consumer).resolve(consumer._eventSources); // `Match` returns tokens
  return Token.isUnresolved(source) || !Array.isArray(accepted) || accepted.some((each) =>
    typeof each === 'string' ? each === source : !('prefix' in each) || source.startsWith(each.prefix));
}
