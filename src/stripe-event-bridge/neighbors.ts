import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IConstruct } from 'constructs';
import { busOfApp } from '../internal/bus-of-app';
import { isSamePlace } from '../internal/environment';
import { CUSTOMER_EVENTS } from '../stripe-customer-table/contract';
import { StripeCustomerTable } from '../stripe-customer-table/stripe-customer-table';
import { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import { StripeMode } from '../stripe-event-filter/stripe-mode';
import { StripeEventRule } from '../stripe-events/stripe-event-rule';
import { StripeEvents } from '../stripe-events/stripe-events';

/** Parts of a bridge that others on the same bus depend on. */
export interface Publisher extends IConstruct {
  /** Bus that it publishes to. */
  readonly eventBus: IEventBus;
  /** Source of its events, as the only item. */
  readonly eventSources: string[];
  /** Mode of its events. */
  readonly _publishedMode: StripeMode;
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

/** Warns if nothing on the bus publishes what a table or rule needs, and names what keeps this bridge from it. */
function warnOfStarvedConsumers(bridge: Publisher, others: Publisher[], all: IConstruct[]): void {
  const consumers = all.filter((each): each is Consumer =>
    (each instanceof StripeCustomerTable || each instanceof StripeEventRule)
    && sameBus(each._eventBus, bridge.eventBus));
  for (const consumer of consumers) {
    const reaching = [bridge, ...others].filter((each) => reaches(each, consumer));
    // the live and the test events of one type come from different bridges, if those have a mode
    const modes = reaching.includes(bridge) ? sharedModes(bridge, consumer) : [StripeMode.ALL];
    if (!modes.every((mode) => isFed(consumer, reaching.filter((each) => overlap(each._publishedMode, mode))))) {
      warnOfStarvedConsumer(bridge, consumer);
    }
  }
}

function warnOfStarvedConsumer(bridge: Publisher, consumer: Consumer): void {
  const { path } = consumer.node;
  const warn = (id: string, message: string) =>
    Annotations.of(bridge).addWarningV2(`${id}-${path}`, message);
  const [eventSource] = bridge.eventSources;
  if (!acceptsSource(consumer, eventSource)) {
    warn('cdk-stripe-eventbridge:other-source',
      `eventSource is '${eventSource}', which ${path} on the same bus does not accept; ` +
      'add it to its eventSources');
  } else if (!sharesMode(bridge, consumer)) {
    warn('cdk-stripe-eventbridge:other-mode',
      `mode is ${bridge._publishedMode}, and ${path} on the same bus receives ${consumer._mode} ` +
      'events only; change the mode of one of them');
  } else {
    warn('cdk-stripe-eventbridge:filtered-out',
      `eventTypes filter out events that ${path} on the same bus needs; ` +
      'add its types to eventTypes');
  }
}

/** Whether events of a bridge can match the rules of a consumer, whatever their type. */
function reaches(bridge: Publisher, consumer: Consumer): boolean {
  return acceptsSource(consumer, bridge.eventSources[0]) && sharesMode(bridge, consumer);
}

const sharedModes = ({ _publishedMode }: Publisher, { _mode }: Consumer) => [StripeMode.LIVE, StripeMode.TEST]
  .filter((mode) => overlap(mode, _publishedMode) && overlap(mode, _mode));

const sharesMode = (bridge: Publisher, { _mode }: Consumer) => overlap(bridge._publishedMode, _mode);

const overlap = (a: StripeMode, b: StripeMode) => a === b || [a, b].includes(StripeMode.ALL);

/** Whether some bridges publish together what a consumer needs. A rule without types takes whatever there is. */
function isFed(consumer: Consumer, [first, ...more]: Publisher[]): boolean {
  const needed = consumer instanceof StripeCustomerTable
    ? StripeEventFilter.named(...CUSTOMER_EVENTS) : consumer._eventTypes;
  return first !== undefined && (needed === undefined
    || first._acceptedEventTypes().plus(...more.map((each) => each._acceptedEventTypes()))._includes(needed));
}

/** Warns if another bridge publishes to the same bus under the same source. */
function warnOfSharedSource(bridge: Publisher, others: Publisher[]): void {
  const [eventSource] = bridge.eventSources;
  for (const other of others) {
    if (other.eventSources[0] === eventSource && overlap(bridge._publishedMode, other._publishedMode)) {
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
  const [first, second] = [a, b].map(identityOf);
  return a === b || (first.resource !== undefined && first.resource === second.resource)
    || (first.name !== undefined && first.name === second.name && isSamePlace(a, b, (bus) => identityOf(bus).env));
}

/** Resource, place and literal name of a bus. One of the app may be imported by a token. */
function identityOf(eventBus: IEventBus) {
  const resource = busOfApp(eventBus);
  const name = resource?.name ?? eventBus.eventBusName;
  return { resource, env: resource?.stack ?? eventBus.env, name: Token.isUnresolved(name) ? undefined : name };
}

/** Whether a consumer may accept a source. Operators other than `prefix`, and values of the deployment, may match. */
function acceptsSource(consumer: Consumer, source: string): boolean {
  const accepted = Stack.of(consumer).resolve(consumer._eventSources); // `Match` returns tokens
  return Token.isUnresolved(source) || !Array.isArray(accepted) || accepted.some((each) =>
    typeof each === 'string' ? each === source : !('prefix' in each) || source.startsWith(each.prefix));
}
