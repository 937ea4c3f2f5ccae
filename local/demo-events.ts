import { stripeCustomer, stripeEvent, stripeSignature } from './stripe-events';

/** Signing secret of the demo. No Stripe account has it. */
export const DEMO_SECRET = 'whsec_only_for_the_local_demo';

const now = () => Math.floor(Date.now() / 1000);

/** Customer of the demo, and her events, which began a minute ago. */
export function demoCustomer(id: string) {
  const start = now() - 60;
  let events = 0;
  const event = (type: string, second: number, changes: Record<string, unknown> = {}) => stripeEvent({
    id: `evt_demo_${id}_${events += 1}`,
    created: start + second,
    type,
    data: { object: stripeCustomer({ id, created: start, name: 'Ada Lovelace', currency: 'gbp', ...changes }) },
  });
  return { id, pk: `self#test#customer#${id}`, event };
}

/** Event about another object. */
export function otherEvent(type: string, id: string) {
  const data = { object: { id, object: type.split('.')[0], customer: 'cus_demo' } };
  return stripeEvent({ id: `evt_demo_${id}`, created: now(), type, data });
}

/** Returns the signature of a payload, `age` seconds old. */
export function sign(payload: string, { secret = DEMO_SECRET, age = 0 } = {}): string {
  return stripeSignature(payload, secret, now() - age);
}
