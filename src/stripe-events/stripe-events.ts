import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Archive, type CfnArchive, type IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { StripeEventRule, type StripeEventRuleOptions } from './stripe-event-rule';
import type { StripeArchiveOptions, StripeEventBusOptions, StripeEventsOptions } from './stripe-events-options';
import { assertSameEnvironment } from '../internal/event-rules';
import { withoutUndefined } from '../internal/without-undefined';
import { CUSTOMER_EVENTS } from '../stripe-customer-table/contract';
import { StripeCustomerTable } from '../stripe-customer-table/stripe-customer-table';
import type { StripeCustomerTableOptions } from '../stripe-customer-table/stripe-customer-table-props';
import { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import { DEFAULT_EVENT_SOURCES, validateEventSources } from '../stripe-event-filter/stripe-event-sources';

const ARCHIVE_RETENTION = Duration.days(30);

/**
 * Stripe events on an EventBridge bus, with everything that can be attached to them.
 *
 * `StripeEventBridge` receives the events itself. For a bus that already carries Stripe events, such as the bus of
 * Stripe's own EventBridge destination, use `StripeEvents.fromEventBus`.
 */
export abstract class StripeEvents extends Construct {
  /**
   * Uses the Stripe events of an existing bus, of this app or imported.
   *
   * Rules, queues and tables are created in the scope. Fails synthesis if the bus is known to be in another account or
   * region, when something is attached.
   *
   * @param scope scope of everything that is attached
   * @param id id, unique in the scope
   * @param eventBus bus that carries the events
   * @param options sources of the events, and defaults of what is attached
   */
  public static fromEventBus(
    scope: Construct, id: string, eventBus: IEventBus, options: StripeEventBusOptions = {},
  ): StripeEvents {
    return new ExistingStripeEvents(scope, id, { ...options, eventBus });
  }

  /** Bus that carries the events. */
  public abstract readonly eventBus: IEventBus;

  /** Values of `source` that the events have, as items of an event pattern. */
  public abstract readonly eventSources: string[];

  /**
   * Key and removal policy of everything that stores events.
   *
   * @internal
   */
  protected readonly _storage: { readonly encryptionKey?: IKey; readonly removalPolicy: RemovalPolicy };

  private readonly attached: StripeEventFilter[] = [];

  /**
   * A subclass of yours attaches what `customerTable` and `archive` ask for, by `addCustomerTable` and `addArchive`.
   *
   * @param scope scope of the construct
   * @param id id, unique in the scope
   * @param options defaults of what is attached
   */
  protected constructor(scope: Construct, id: string, private readonly options: StripeEventsOptions) {
    super(scope, id);
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = options;
    this._storage = { encryptionKey, removalPolicy };
  }

  /** Table that the property `customerTable` added. Undefined without that property. */
  public get customerTable(): StripeCustomerTable | undefined {
    return this.node.tryFindChild('CustomerTable') as StripeCustomerTable | undefined;
  }

  /** Archive that the property `archive` added. Undefined without that property. */
  public get archive(): Archive | undefined {
    return this.node.tryFindChild('Archive') as Archive | undefined;
  }

  /**
   * Sends events to a target. The types are accepted from then on, even if `eventTypes` does not include them.
   *
   * @param id id of the rule, unique in its scope
   * @param options events, target and scope
   */
  public onEvent(id: string, options: StripeEventRuleOptions): StripeEventRule {
    const { scope = this, eventTypes = this.options.eventTypes ?? StripeEventFilter.all(), ...rest } = options;
    const { mode, alarms } = this.options;
    this.attached.push(eventTypes);
    const props = { mode, alarms, ...withoutUndefined(rest), target: rest.target, eventTypes };
    return new StripeEventRule(scope, id, { ...this.shared(), ...props });
  }

  /**
   * Adds a table of customers. The three customer events are accepted from then on.
   *
   * @param id id of the table, unique in this construct
   * @param options options for the table, with those of this construct as defaults
   */
  public addCustomerTable(id: string, options: StripeCustomerTableOptions = {}): StripeCustomerTable {
    const { mode, alarms, logRetention } = this.options;
    const { role, ...functionOptions } = this.options.functionOptions ?? {}; // each function has a role of its own
    this.attached.push(StripeEventFilter.named(...CUSTOMER_EVENTS));
    return new StripeCustomerTable(this, id, {
      ...this.shared(),
      mode,
      alarms,
      logRetention,
      ...withoutUndefined(options),
      functionOptions: { ...functionOptions, ...withoutUndefined(options.functionOptions ?? {}) },
    });
  }

  /**
   * Adds an archive, which keeps the events for replay.
   *
   * Fails synthesis if the bus is known to be in another account or region.
   *
   * @param id id of the archive, unique in this construct
   * @param options retention of the events
   */
  public addArchive(id: string, options: StripeArchiveOptions = {}): Archive {
    const { eventBus, eventSources } = this;
    const { encryptionKey, removalPolicy } = this._storage;
    assertSameEnvironment(this, id, eventBus);
    const archive = new Archive(this, id, {
      sourceEventBus: eventBus,
      description: 'Stripe events for replay',
      eventPattern: { source: eventSources },
      retention: options.retention ?? ARCHIVE_RETENTION,
    });
    const resource = archive.node.defaultChild as CfnArchive;
    resource.applyRemovalPolicy(removalPolicy);
    // as a property of the construct, the policy of the key would name the bus, which needs the key: a cycle
    resource.kmsKeyIdentifier = encryptionKey?.keyArn;
    if (eventBus.node.scope === this) {
      eventBus.applyRemovalPolicy(removalPolicy); // a retained archive keeps its bus
    }
    return archive;
  }

  /**
   * Adds what the options ask for. The last step of a subclass's constructor.
   *
   * @internal
   */
  protected _addFromOptions(): void {
    const { archive, customerTable } = this.options;
    archive && this.addArchive('Archive', archive);
    customerTable && this.addCustomerTable('CustomerTable', customerTable);
  }

  /**
   * Event types of the options, and all that were attached so far.
   *
   * @internal
   */
  protected _acceptedEventTypes(): StripeEventFilter {
    return (this.options.eventTypes ?? StripeEventFilter.all()).plus(...this.attached);
  }

  private shared() {
    return { eventBus: this.eventBus, eventSources: this.eventSources, ...this._storage };
  }
}

/** Stripe events on a bus that exists. */
class ExistingStripeEvents extends StripeEvents {
  public readonly eventBus: IEventBus;
  public readonly eventSources: string[];

  constructor(scope: Construct, id: string, options: StripeEventBusOptions & { readonly eventBus: IEventBus }) {
    super(scope, id, options);
    const { eventBus, eventSources = DEFAULT_EVENT_SOURCES } = options;
    validateEventSources(eventSources);
    this.eventBus = eventBus;
    this.eventSources = eventSources;
    this._addFromOptions();
  }
}
