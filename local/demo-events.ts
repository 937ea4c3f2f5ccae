import Stripe from 'stripe';

/** A signing secret that no Stripe account has. */
export const DEMO_SECRET = 'whsec_only_for_the_local_demo';

const now = () => Math.floor(Date.now() / 1000);

/** A customer of the demo, with everything that happens to her, some seconds ago. */
export function demoCustomer(id: string) {
  const start = now() - 60;
  let events = 0;
  const event = (type: string, second: number, changes: Record<string, unknown> = {}) => ({
    id: `evt_demo_${id}_${events += 1}`,
    object: 'event',
    api_version: '2026-08-26.basil',
    created: start + second,
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    data: {
      object: {
        id,
        object: 'customer',
        created: start,
        livemode: false,
        email: 'ada@example.com',
        name: 'Ada Lovelace',
        phone: '+44 20 7946 0000',
        currency: 'gbp',
        balance: 0,
        delinquent: false,
        description: null,
        metadata: { plan: 'pro' },
        ...changes,
      },
    },
  });
  return { id, pk: `self#test#${id}`, event };
}

/** An event about something else. */
export function otherEvent(type: string, id: string) {
  return {
    id: `evt_demo_${id}`,
    object: 'event',
    api_version: '2026-08-26.basil',
    created: now(),
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    data: { object: { id, object: type.split('.')[0], customer: 'cus_demo' } },
  };
}

/** Signs as Stripe does, by stripe-node. */
export function sign(payload: string, { secret = DEMO_SECRET, age = 0 } = {}): string {
  return Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: now() - age });
}
