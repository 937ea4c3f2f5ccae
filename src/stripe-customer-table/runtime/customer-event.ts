import { accountOf } from '../../runtime/account';
import { CUSTOMER_EVENTS } from '../contract';

/** Least number that is no time in seconds. As milliseconds it is in 1973, before Stripe, and as seconds in 5138. */
export const LEAST_MILLISECONDS = 100_000_000_000;

/** Customer event, as read from a message. */
export interface CustomerEvent {
  readonly id: string;
  readonly type: typeof CUSTOMER_EVENTS[number];
  /** Time at which Stripe created the event, in Unix seconds. */
  readonly created: number;
  /** Time at which the customer was created, in Unix seconds. It tells two customers of one id apart. */
  readonly objectCreated: number | undefined;
  readonly apiVersion: string | undefined;
  readonly livemode: boolean;
  /** Connected account, or `self`. */
  readonly account: string;
  readonly customer: Readonly<Record<string, unknown>> & { readonly id: string };
}

/**
 * Reads the `detail` of a message.
 *
 * Throws if it is not a customer event, so that the message moves to the dead-letter queue. The error names the field
 * and no value.
 */
export function readCustomerEvent(detail: unknown): CustomerEvent {
  const event = record(detail, 'detail');
  const customer = record(record(event.data, 'detail.data').object, 'detail.data.object');
  if (customer.object !== 'customer') {
    throw new NotACustomerEvent('detail.data.object is not a customer');
  }
  return {
    id: text(event.id, 'detail.id'),
    type: customerEventType(event.type),
    created: seconds(event.created, 'detail.created'),
    objectCreated: objectCreated(customer),
    apiVersion: typeof event.api_version === 'string' ? event.api_version : undefined,
    livemode: event.livemode === true,
    account: accountOf(event) ?? 'self',
    customer: { ...customer, id: text(customer.id, 'detail.data.object.id') },
  };
}

function customerEventType(type: unknown): CustomerEvent['type'] {
  const known = CUSTOMER_EVENTS.find((name) => name === type);
  if (!known) {
    throw new NotACustomerEvent('detail.type is not one of the three customer events');
  }
  return known;
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new NotACustomerEvent(`${path} is not an object`);
  }
  return value as Record<string, unknown>;
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '') {
    throw new NotACustomerEvent(`${path} is not a string`);
  }
  return value;
}

function seconds(value: unknown, path: string): number {
  if (!isSeconds(value)) {
    throw new NotACustomerEvent(`${path} is not a whole number of seconds`);
  }
  return value;
}

/** The times of an object with a test clock are simulated, so they prove nothing about real ones. */
function objectCreated({ created, test_clock: testClock }: Readonly<Record<string, unknown>>): number | undefined {
  return isSeconds(created) && !testClock ? created : undefined;
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) < LEAST_MILLISECONDS;
}

/** The message holds something else than a customer event. */
export class NotACustomerEvent extends Error {
  public readonly name = 'NotACustomerEvent';
}
