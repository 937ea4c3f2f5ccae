import { CUSTOMER_EVENTS } from '../contract';

/** A customer event, read from the bus. */
export interface CustomerEvent {
  readonly id: string;
  readonly type: typeof CUSTOMER_EVENTS[number];
  /** Unix seconds at which Stripe made the event. */
  readonly created: number;
  readonly apiVersion: string | undefined;
  readonly livemode: boolean;
  /** The connected account, or `self`. */
  readonly account: string;
  readonly customer: Readonly<Record<string, unknown>> & { readonly id: string };
}

/**
 * Reads the `detail` of a message from the bus.
 *
 * Throws on anything that is not a customer event, naming what is missing but no value: the message ends in the dead-letter queue.
 */
export function readCustomerEvent(detail: unknown): CustomerEvent {
  const { id, type, created, livemode, account, context, api_version: apiVersion, data } = record(detail, 'detail');
  const customer = record(record(data, 'detail.data').object, 'detail.data.object');
  return {
    id: text(id, 'detail.id'),
    type: customerEventType(type),
    created: seconds(created, 'detail.created'),
    apiVersion: typeof apiVersion === 'string' ? apiVersion : undefined,
    livemode: livemode === true,
    account: accountOf(account, context),
    customer: { ...customer, id: text(customer.id, 'detail.data.object.id') },
  };
}

/** `account` names a connected account; `context` is a path of which the last part does, for organizations. */
function accountOf(account: unknown, context: unknown): string {
  if (typeof account === 'string' && account !== '') {
    return account;
  }
  const last = typeof context === 'string' ? context.split('/').pop() : undefined;
  return last?.startsWith('acct_') ? last : 'self';
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
    throw new NotACustomerEvent(`${path} is not a text`);
  }
  return value;
}

function seconds(value: unknown, path: string): number {
  if (!Number.isSafeInteger(value)) {
    throw new NotACustomerEvent(`${path} is not a whole number of seconds`);
  }
  return value as number;
}

/** What is in the message is not what this writer is for. */
export class NotACustomerEvent extends Error {
  public readonly name = 'NotACustomerEvent';
}
