import { StripeEventType } from './stripe-event-type';
import { THIN_EVENT_TYPES } from './thin-event-types';
import { isLater, isSecret, kindOrCopy, quoted } from './value-kind';

/** Segments of lower-case words. Types of thin events have brackets, as in `v2.core.account[requirements].updated`. */
const EVENT_TYPE = /^[a-z0-9_]+(\[[a-z0-9_.]+\])?(\.[a-z0-9_]+(\[[a-z0-9_.]+\])?)+$/;
const FAMILY = /^[a-z0-9_]+(\.[a-z0-9_]+)*$/;
const MAX_LENGTH = 128;

const SNAPSHOT_TYPES: readonly string[] = Object.values(StripeEventType);
const KNOWN_TYPES = [...SNAPSHOT_TYPES, ...THIN_EVENT_TYPES];

/** Stripe reads the decision from the HTTP response, within seconds. No consumer of a bus can give it. */
const ANSWERED_IN_THE_RESPONSE = 'issuing_authorization.request';

/**
 * Selects Stripe events by type.
 *
 * @example
 * StripeEventFilter.of(StripeEventType.INVOICE_PAID).plus(StripeEventFilter.family('customer.subscription'));
 */
export class StripeEventFilter {
  /**
   * Selects exactly these types.
   *
   * Fails synthesis if the list is empty, or contains `ISSUING_AUTHORIZATION_REQUEST`, which Stripe expects to be
   * answered in the HTTP response.
   *
   * @param types one or more event types
   */
  public static of(...types: StripeEventType[]): StripeEventFilter {
    return StripeEventFilter.named(...types);
  }

  /**
   * Selects exactly the types with these names. Use it for types that this library does not know, and for thin events.
   *
   * Fails synthesis if the list is empty, or if a name does not have the form of an event type, such as `invoice.paid`,
   * with at most 128 characters.
   *
   * @param names one or more names of event types, such as `invoice.paid`
   */
  public static named(...names: string[]): StripeEventFilter {
    return new StripeEventFilter(checked('event type', names, checkName), []);
  }

  /**
   * Selects every type below these names. `family('customer.subscription')` selects `customer.subscription.created`,
   * `customer.subscription.updated` and so on.
   *
   * Fails synthesis if the list is empty or a name is malformed.
   *
   * @param names one or more names, without a dot or an asterisk at the end
   */
  public static family(...names: string[]): StripeEventFilter {
    return new StripeEventFilter([], checked('family', names, checkFamily).flatMap(prefixesOf));
  }

  /**
   * Selects every event that arrives, including types that do not exist yet.
   *
   * In Stripe, `*` leaves out the types that its list marks with "Selection required". Select them in addition.
   */
  public static all(): StripeEventFilter {
    return new StripeEventFilter([], [], true);
  }

  private constructor(
    private readonly names: string[],
    private readonly prefixes: string[],
    private readonly everything: boolean = false,
  ) {
  }

  /**
   * Returns a filter that selects the types of this filter and of the others.
   *
   * @param others filters to add to this one
   */
  public plus(...others: StripeEventFilter[]): StripeEventFilter {
    const invalid = others.findIndex((other) => !(other instanceof StripeEventFilter));
    if (invalid >= 0) {
      throw new Error(`\`others\` must be filters, got ${kindOrCopy(StripeEventFilter, others[invalid])}; ` +
        'use plus(StripeEventFilter.of(StripeEventType.INVOICE_PAID))');
    }
    const filters = [this, ...others];
    return new StripeEventFilter(
      [...new Set(filters.flatMap(({ names }) => names))],
      [...new Set(filters.flatMap(({ prefixes }) => prefixes))],
      filters.some(({ everything }) => everything),
    );
  }

  /**
   * Items of `detail-type` in an event pattern. Undefined if every type matches.
   *
   * @internal
   */
  public _toDetailTypes(): any[] | undefined {
    const { names, prefixes } = this.withoutOverlaps();
    return this.everything ? undefined : [...names, ...prefixes.map((prefix) => ({ prefix }))];
  }

  /**
   * Whether a family includes the event that no consumer of a bus can answer. `all()` does not count, because it is the
   * default.
   *
   * @internal
   */
  public _includesUnanswerable(): boolean {
    return this.prefixes.some((prefix) => ANSWERED_IN_THE_RESPONSE.startsWith(prefix));
  }

  /**
   * Types to select in Stripe. Families are expanded to the types that this library knows.
   *
   * @internal
   */
  public _toKnownTypes(): string[] {
    const ofFamilies = SNAPSHOT_TYPES.filter((type) => type !== ANSWERED_IN_THE_RESPONSE
      && this.prefixes.some((prefix) => type.startsWith(prefix)));
    return this.everything ? ['*'] : [...new Set([...this.names, ...ofFamilies])].sort();
  }

  /**
   * Whether every type that the other filter selects is selected by this one, as far as names tell.
   *
   * @internal
   */
  public _includes(other: StripeEventFilter): boolean {
    const within = (name: string) =>
      this.names.includes(name) || this.prefixes.some((prefix) => name.startsWith(prefix));
    return this.everything || (!other.everything && [...other.names, ...other.prefixes].every(within));
  }

  /**
   * Names that this library does not know, and families without a known type.
   *
   * @internal
   */
  public _unknownNames(): string[] {
    const names = this.names.filter((name) => !KNOWN_TYPES.includes(name));
    const families = this.prefixes.filter((prefix) => prefix.endsWith('.')).map((prefix) => prefix.slice(0, -1))
      .filter((family) => !KNOWN_TYPES.some((type) => prefixesOf(family).some((prefix) => type.startsWith(prefix))));
    return [...names, ...families].filter((name) => !isLater(name));
  }

  /**
   * Names of types, and prefixes that end in a dot. Undefined if every type matches.
   *
   * @internal
   */
  public _toList(): string[] | undefined {
    const { names, prefixes } = this.withoutOverlaps();
    return this.everything ? undefined : [...names, ...prefixes];
  }

  /** Without what a wider family selects. Otherwise, a type could match two rules of one selection. */
  private withoutOverlaps(): { readonly names: string[]; readonly prefixes: string[] } {
    const families = new Set(this.prefixes);
    const isAlone = (name: string) => !parentsOf(name).some((parent) => families.has(parent));
    return { names: this.names.filter(isAlone), prefixes: this.prefixes.filter(isAlone) };
  }
}

/** A family of thin events has types such as `v2.core.account[requirements].updated`. */
function prefixesOf(family: string): string[] {
  return /^v\d/.test(family) ? [`${family}.`, `${family}[`] : [`${family}.`];
}

/** Prefixes of the families that include a name or another family: `a.` and `a.b.` for `a.b.c` and for `a.b.c.`. */
function parentsOf(name: string): string[] {
  return [...name.slice(0, -1).matchAll(/[.[]/g)].map(({ index }) => name.slice(0, index + 1));
}

function checked(what: string, values: string[], check: (value: string) => void): string[] {
  if (values.length === 0) {
    throw new Error(`a filter needs at least one ${what}, got none; use StripeEventFilter.all() for every event`);
  }
  values.filter((value) => !isLater(value)).forEach(check);
  return [...new Set(values)];
}

function checkName(name: string): void {
  if (name === ANSWERED_IN_THE_RESPONSE) {
    throw new Error(`event type '${name}' cannot be delivered by a bus, because Stripe expects the decision in the ` +
      'HTTP response; use an endpoint of its own for it');
  }
  if (!matches(name, EVENT_TYPE)) {
    throw new Error(`event type must have the form 'invoice.paid' and at most ${MAX_LENGTH} characters, ` +
      `got ${quoted(name)}; use family('invoice') for every type below a name, or all() for every event`);
  }
}

function checkFamily(name: string): void {
  if (!matches(name, FAMILY)) {
    throw new Error("family must have the form 'customer.subscription', without a dot or an asterisk at the end, " +
      `got ${quoted(name)}; use named('…') for one type, or all() for every event`);
  }
}

/** Secrets of Stripe can have the form of a family. */
function matches(name: unknown, pattern: RegExp): boolean {
  return typeof name === 'string' && name.length <= MAX_LENGTH && pattern.test(name) && !isSecret(name);
}
