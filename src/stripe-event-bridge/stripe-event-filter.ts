import { Token } from 'aws-cdk-lib';
import { EVERYTHING } from './contract';
import type { StripeEventType } from './stripe-event-type';

/** Two or more segments of lower-case words; thin events carry brackets, as in `v2.core.account[requirements].updated`. */
const EVENT_TYPE = /^[a-z0-9_]+(\[[a-z0-9_.]+\])?(\.[a-z0-9_]+(\[[a-z0-9_.]+\])?)+$/;
const FAMILY = /^[a-z0-9_]+(\.[a-z0-9_]+)*$/;
const MAX_LENGTH = 128;

/** Stripe decides by the HTTP answer within seconds: nothing behind a bus can give it. */
const ANSWERED_IN_THE_RESPONSE = 'issuing_authorization.request';

/**
 * Chooses Stripe events by type.
 *
 * @example
 * StripeEventFilter.of(StripeEventType.INVOICE_PAID).plus(StripeEventFilter.family('customer.subscription'));
 */
export class StripeEventFilter {
  /**
   * Exactly these types.
   *
   * Fails synthesis if the list is empty, or has `ISSUING_AUTHORIZATION_REQUEST`: Stripe wants its decision in the HTTP response.
   *
   * @param types one or more
   */
  public static of(...types: StripeEventType[]): StripeEventFilter {
    return StripeEventFilter.named(...types);
  }

  /**
   * Exactly the types of these names, also such as this library does not know yet, and thin ones.
   *
   * Fails synthesis if the list is empty, or a name is not of Stripe's form, such as `invoice.paid` (128 characters at most).
   *
   * @param names one or more, such as `invoice.paid`
   */
  public static named(...names: string[]): StripeEventFilter {
    return new StripeEventFilter(checked('event type', names, checkName), []);
  }

  /**
   * Every type below these names: `family('customer.subscription')` is `customer.subscription.created` and its siblings.
   *
   * Fails synthesis if the list is empty or a name is malformed.
   *
   * @param names one or more, without a dot or star at the end
   */
  public static family(...names: string[]): StripeEventFilter {
    return new StripeEventFilter([], checked('family', names, checkFamily).map((name) => `${name}.`));
  }

  /** Every event, also of types that do not exist yet. */
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
   * What this filter chooses, and what the others choose.
   *
   * @param others filters to add to this one
   */
  public plus(...others: StripeEventFilter[]): StripeEventFilter {
    const filters = [this, ...others];
    return new StripeEventFilter(
      [...new Set(filters.flatMap(({ names }) => names))],
      [...new Set(filters.flatMap(({ prefixes }) => prefixes))],
      filters.some(({ everything }) => everything),
    );
  }

  /**
   * As items of `detail-type` in an event pattern; undefined where every type matches.
   *
   * @internal
   */
  public _toDetailTypes(): any[] | undefined {
    return this.everything ? undefined : [...this.names, ...this.prefixes.map((prefix) => ({ prefix }))];
  }

  /**
   * Whether it chooses, not by name, the event that a bus cannot answer. Everything by default does not count: nobody chose it.
   *
   * @internal
   */
  public _includesUnanswerable(): boolean {
    return this.prefixes.some((prefix) => ANSWERED_IN_THE_RESPONSE.startsWith(prefix));
  }

  /**
   * As the webhook function reads it.
   *
   * @internal
   */
  public _toEnvironment(): string {
    return this.everything ? EVERYTHING : [...this.names, ...this.prefixes].join(',');
  }
}

function checked(what: string, values: string[], check: (value: string) => void): string[] {
  if (values.length === 0) {
    throw new Error(`a filter needs at least one ${what}, got none; use StripeEventFilter.all() for everything`);
  }
  values.filter((value) => !Token.isUnresolved(value)).forEach(check);
  return [...new Set(values)];
}

function checkName(name: string): void {
  if (name === ANSWERED_IN_THE_RESPONSE) {
    throw new Error(`event type '${name}' cannot go over a bus, since Stripe wants the decision in the HTTP response; answer it with an endpoint of its own`);
  }
  if (!EVENT_TYPE.test(name) || name.length > MAX_LENGTH) {
    throw new Error(`event type must be like 'invoice.paid', at most ${MAX_LENGTH} characters, got '${name}'; use family('invoice') for all below a name, all() for everything`);
  }
}

function checkFamily(name: string): void {
  if (!FAMILY.test(name) || name.length > MAX_LENGTH) {
    throw new Error(`family must be like 'customer.subscription', without a dot or star at its end, got '${name}'`);
  }
}
