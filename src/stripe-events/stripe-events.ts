import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Archive, type CfnArchive, type IEventBus, type Rule } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { StripeEventRule } from './stripe-event-rule';
import type { StripeEventRuleOptions } from './stripe-event-rule-props';
import type { StripeArchiveOptions, StripeEventBusOptions, StripeEventsOptions } from './stripe-events-options';
import { validateArchive, validateEventsOptions, validateRuleOptions } from './validation';
import { changeWithBus } from '../internal/bus-of-app';
import { allowEventBridge, keyBehind, warnIfDestroyed } from '../internal/encryption-key';
import { assertSameEnvironment } from '../internal/event-rules';
import { keepInvariants } from '../internal/invariants';
import { keyInvariant } from '../internal/key-invariants';
import { validateEventBus, validateEventSources } from '../internal/shared-validation';
import type { StripeFunctionOptions } from '../internal/stripe-function-options';
import { warnOfUnknownTypes } from '../internal/unknown-event-types';
import { fail, isPlainObject, validateId } from '../internal/validation';
import { withoutUndefined } from '../internal/without-undefined';
import type { StripeAlarmOptions } from '../monitoring/stripe-alarm-options';
import { CUSTOMER_EVENTS } from '../stripe-customer-table/contract';
import { StripeCustomerTable } from '../stripe-customer-table/stripe-customer-table';
import type { StripeCustomerTableOptions } from '../stripe-customer-table/stripe-customer-table-props';
import { validateTableOptions } from '../stripe-customer-table/validation';
import type { StripeAccount } from '../stripe-event-filter/stripe-account';
import { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import { DEFAULT_EVENT_SOURCES } from '../stripe-event-filter/stripe-event-sources';
import { StripeMode } from '../stripe-event-filter/stripe-mode';

const ARCHIVE_KEY = { type: 'AWS::Events::Archive', property: 'kmsKeyIdentifier' };
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

  /**
   * Function that publishes the events, if it belongs to this construct.
   *
   * @internal
   */
  protected _publisher?: Construct;

  /**
   * Accounts of all that was attached so far. Undefined is every account.
   *
   * @internal
   */
  protected readonly _accounts: Array<StripeAccount | undefined> = [];

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
    validateEventsOptions(this, options);
    options.eventTypes && warnOfUnknownTypes(this, options.eventTypes);
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = options;
    this._storage = { encryptionKey: keyBehind(encryptionKey), removalPolicy };
    encryptionKey && warnIfDestroyed(encryptionKey, removalPolicy);
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
    validateRuleOptions(this, options);
    const { scope = this, eventTypes = this.options.eventTypes, ...rest } = options;
    validateId(scope, id);
    const { mode } = this.options;
    const alarms = this.alarms(rest.alarms);
    const props = { mode, ...withoutUndefined(rest), alarms, target: rest.target, eventTypes };
    const rule = new StripeEventRule(scope, id, { ...this.shared(), ...props });
    this.assertMode(id, options.mode);
    this.attached.push(eventTypes ?? StripeEventFilter.all());
    this._accounts.push(options.account);
    // a scope elsewhere may itself depend on this construct
    rule.queue && rule.node.scopes.includes(this) && this._publishAfter(...rule.rules);
    return rule;
  }

  /**
   * Adds a table of customers. The three customer events are accepted from then on.
   *
   * The property `customerTable` does the same with the id `CustomerTable`. Another id is another, empty table.
   *
   * @param id id of the table, unique in this construct
   * @param options options for the table, with those of this construct as defaults
   */
  public addCustomerTable(id: string, options: StripeCustomerTableOptions = {}): StripeCustomerTable {
    validateId(this, id);
    validateTableOptions(this, options);
    const { mode, logRetention, logEncryptionKey } = this.options;
    this.attached.push(StripeEventFilter.named(...CUSTOMER_EVENTS));
    this._accounts.push(options.account);
    const table = new StripeCustomerTable(this, id, {
      ...this.shared(),
      mode,
      logRetention,
      logEncryptionKey,
      ...withoutUndefined(options),
      alarms: this.alarms(options.alarms),
      functionOptions: this.functionOptions(options.functionOptions),
    });
    this.assertMode(id, options.mode);
    this._publishAfter(...table._rules);
    return table;
  }

  /**
   * Adds an archive, which keeps the events for replay.
   *
   * The property `archive` does the same with the id `Archive`. Another id is another, empty archive.
   *
   * Fails synthesis if the bus is known to be in another account or region.
   *
   * @param id id of the archive, unique in this construct
   * @param options retention of the events
   */
  public addArchive(id: string, options: StripeArchiveOptions = {}): Archive {
    validateId(this, id);
    validateArchive(this, options);
    const { eventBus, eventSources } = this;
    const { encryptionKey, removalPolicy } = this._storage;
    assertSameEnvironment(this, eventBus);
    const archive = new Archive(this, id, {
      sourceEventBus: eventBus,
      description: 'Stripe events for replay',
      eventPattern: { source: eventSources },
      retention: options.retention ?? ARCHIVE_RETENTION,
    });
    changeWithBus(archive, eventBus);
    const resource = archive.node.defaultChild as CfnArchive;
    resource.applyRemovalPolicy(removalPolicy);
    encryptionKey && allowEventBridge(encryptionKey, this);
    // as a property of the construct, the policy of the key would name the bus, which needs the key: a cycle
    resource.kmsKeyIdentifier = encryptionKey?.keyArn;
    keepInvariants(this, archive, [keyInvariant(this, ARCHIVE_KEY, encryptionKey)]);
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
  public _acceptedEventTypes(): StripeEventFilter {
    return (this.options.eventTypes ?? StripeEventFilter.all()).plus(...this.attached);
  }

  /**
   * Mode of the events of a bridge. An existing bus may carry every mode.
   *
   * @internal
   */
  public get _publishedMode(): StripeMode {
    return this._publisher && this.options.mode ? this.options.mode : StripeMode.ALL;
  }

  /** A rule of another mode than the events of a bridge never matches. */
  private assertMode(id: string, mode: StripeMode = StripeMode.ALL): void {
    const published = this._publishedMode;
    if (mode !== StripeMode.ALL && published !== StripeMode.ALL && mode !== published) {
      fail(this, `\`mode\` of '${id}' must be ${published}, the mode of the events that are published, got ${mode}; ` +
        'omit it, or change the mode of the bridge');
    }
  }

  /**
   * Lets the function that publishes depend on rules of the library, so that a new bus has them before events arrive.
   *
   * Rules for targets of the user are left out, because the target may need the function.
   *
   * @internal
   */
  protected _publishAfter(...rules: Rule[]): void {
    const publisher = this._publisher;
    publisher?.node.addDependency(...rules.filter((each) => Stack.of(each) === Stack.of(publisher)));
  }

  /** Options for the alarms of what is attached, with those of this construct as defaults. */
  private alarms(own: StripeAlarmOptions | undefined): StripeAlarmOptions | undefined {
    return isPlainObject(own) ? { ...this.options.alarms, ...withoutUndefined(own) } : own ?? this.options.alarms;
  }

  /** Options of another function. It has a role of its own, and in a VPC of its own no parts of the other one. */
  private functionOptions(own: StripeFunctionOptions = {}): StripeFunctionOptions {
    const { role, ...inherited } = this.options.functionOptions ?? {};
    const { vpcSubnets, securityGroups, ...outsideVpc } = inherited;
    return { ...own.vpc ? outsideVpc : inherited, ...withoutUndefined(own) };
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
    validateEventBus(this, eventBus);
    validateEventSources(this, eventSources);
    this.eventBus = eventBus;
    this.eventSources = eventSources;
    this._addFromOptions();
  }
}
