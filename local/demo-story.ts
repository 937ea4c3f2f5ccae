import { isDeepStrictEqual } from 'util';
import { gunzipSync } from 'zlib';
import { DEMO_SECRET, demoCustomer, otherEvent, sign } from './demo-events';
import type { DeployedExample } from './deployed-example';
import { eventually, type Journey, LostEvent, reachBus, travel } from './journey';
import { bold, dim, green, say } from './reporter';

type Customer = ReturnType<typeof demoCustomer>;
type StripeEvent = ReturnType<Customer['event']>;

/** A thing that must hold did not. */
class Broken extends Error {
}

/** Sends events to the deployed example and shows what becomes of them; rejects at the first that does not go as promised. */
export async function tell(example: DeployedExample): Promise<void> {
  const ada = demoCustomer('cus_demo_ada');
  const created = ada.event('customer.created', 0);
  await oneEvent(example, ada, created);
  await roll(example);
  await refusals(example, ada);
  await order(example, ada, created);
  await otherTypes(example);
  await deletion(example);
  await quarantine(example);
}

async function oneEvent(example: DeployedExample, ada: Customer, created: StripeEvent): Promise<void> {
  say(bold(`\n  ${created.type} ${created.id}`));
  timeline(await send(example, created));
  const row = await rowOf(example, ada);
  say(bold(`\n  The row ${dim(`in ${example.idOf('table')}`)}`));
  Object.entries(row).sort().forEach(([name, value]) => say(`    ${name.padEnd(14)} ${JSON.stringify(value)}`));
}

function timeline({ answer, webhook, writer }: Journey): void {
  const onBus = Date.parse(webhook.time);
  const moments: Array<[what: string, at: number, detail: string]> = [
    ['posted', answer.postedAt, 'signed by stripe-node, to the endpoint\'s own route'],
    ['verified', onBus - (webhook.PublishLatency ?? 0), 'the signature holds over the bytes as received'],
    ['on the bus', onBus, `EventBridge gave it the id ${webhook.busEventId}`],
    ['answered', answer.answeredAt, `${answer.status} ${answer.body}`],
    ['row in the table', Date.parse(writer.time), `the writer said ${writer.decision}`],
  ];
  moments.sort(([, a], [, b]) => a - b);
  moments.forEach(([what, at, detail]) => say(`    ${green('●')} ${what.padEnd(17)} ${`${at - answer.postedAt} ms`.padStart(7)}   ${dim(detail)}`));
}

async function refusals(example: DeployedExample, ada: Customer): Promise<void> {
  say(bold('\n  What must not get in'));
  const before = await rowOf(example, ada);
  const body = JSON.stringify(ada.event('customer.updated', 30, { name: 'Mallory' }));
  const attempts: Array<[what: string, body: string, signature: string]> = [
    ['a changed body', body.replace('Mallory', 'Mallory!'), sign(body)],
    ['a signature by another secret', body, sign(body, { secret: 'whsec_of_somebody_else' })],
    ['a signature of ten minutes ago', body, sign(body, { age: 600 })],
    ['no signature at all', body, ''],
  ];
  for (const [what, payload, signature] of attempts) {
    const { status } = await example.post(payload, signature);
    hold(`${what} is refused`, status === 400, `answered ${status}`);
  }
  hold('the row is as it was', isDeepStrictEqual(await rowOf(example, ada), before), 'the row changed');
}

async function order(example: DeployedExample, ada: Customer, created: StripeEvent): Promise<void> {
  say(bold('\n  Late, doubled and newer events'));
  await decided(example, ada.event('customer.updated', 20, { name: 'Ada King', phone: null }), 'Written', 'an update arrives');
  const before = await rowOf(example, ada);
  hold('the phone that it set to null is gone from the row', before.name === 'Ada King' && !('phone' in before), JSON.stringify(before));
  await decided(example, created, 'Stale', 'the first event again, after the update');
  await decided(example, ada.event('customer.updated', 10, { name: 'Too late' }), 'Stale', 'an older event that comes late');
  const last = ada.event('customer.updated', 40, { name: 'Countess of Lovelace' });
  await decided(example, last, 'Written', 'a newer update');
  const latest = await rowOf(example, ada);
  await decided(example, last, 'Duplicate', 'the same event twice');
  hold('the row is as the newest event left it', isDeepStrictEqual(await rowOf(example, ada), latest), 'the row changed');
}

async function otherTypes(example: DeployedExample): Promise<void> {
  say(bold('\n  What is not for the table'));
  const paid = otherEvent('invoice.paid', 'in_demo');
  const { webhook } = await reachBus(example, paid.id, JSON.stringify(paid), sign(JSON.stringify(paid)));
  hold('invoice.paid goes on the bus', webhook.decision === 'Accepted', webhook.decision);
  const received = await eventually(async () => (await example.waitingIn('paidInvoices')).find(({ id }) => id === paid.id));
  if (!received) {
    throw new LostEvent('bus → queue of paid invoices', 'the bus took invoice.paid and the queue never had it', 'AWS::Events::Rule of Stripe/InvoicePaid');
  }
  hold('and to the queue that asked for it by onEvent', true, '');
  const refund = otherEvent('charge.refunded', 'ch_demo');
  await reachBus(example, refund.id, JSON.stringify(refund), sign(JSON.stringify(refund)));
  const handled = await eventually(async () => (await example.refundLog().catch(() => [])).find((line) => line.includes(refund.id)));
  hold('charge.refunded reaches a function, through a queue of its own', handled !== undefined, 'the function never had it');
  const unwanted = JSON.stringify(otherEvent('payout.paid', 'po_demo'));
  const { status } = await example.post(unwanted, sign(unwanted));
  const line = await eventually(async () => (await example.log('webhookLogs')).find(({ eventId }) => eventId === 'evt_demo_po_demo'));
  hold('payout.paid, which nobody asked for, is answered 200 and not published', status === 200 && line?.decision === 'Filtered', `${status} ${line?.decision}`);
  hold('neither is stored as a customer', !(await example.log('writerLogs')).some(({ eventId }) => [paid.id, 'evt_demo_po_demo'].includes(`${eventId}`)), 'the writer had one');
}

async function deletion(example: DeployedExample): Promise<void> {
  say(bold('\n  A deleted customer stays deleted'));
  const bob = demoCustomer('cus_demo_bob');
  await decided(example, bob.event('customer.created', 0), 'Written', 'Bob is created');
  await decided(example, bob.event('customer.deleted', 10), 'Written', 'Bob is deleted');
  await decided(example, bob.event('customer.updated', 9), 'AfterDelete', 'an update from before, which comes late');
  const row = await rowOf(example, bob);
  hold('what is left says deleted, and nothing of the person', row.deleted === true && !('email' in row) && !('name' in row), JSON.stringify(row));
}

async function quarantine(example: DeployedExample): Promise<void> {
  say(bold('\n  What is authentic and no event is kept aside'));
  const body = '{"id":"evt_demo_broken","type":';
  const { status } = await example.post(body, sign(body));
  const kept = await eventually(async () => (await example.waitingIn('quarantine'))[0]);
  if (!kept) {
    throw new LostEvent('bus → quarantine queue', `it was answered ${status} and the quarantine never had it`, 'AWS::Events::Rule of Stripe/Quarantine');
  }
  hold('a signed body that is not JSON is answered 200', status === 200, `answered ${status}`);
  const bytes = gunzipSync(Buffer.from(kept.body, 'base64')).toString();
  hold(`and waits in the quarantine, whole: ${kept.reason}`, bytes === body, bytes);
}

async function roll(example: DeployedExample): Promise<void> {
  say(bold('\n  The signing secret is rolled'));
  const rolled = 'whsec_rolled_in_the_local_demo';
  await example.storeSecret(rolled);
  const carol = demoCustomer('cus_demo_carol');
  for (const [what, secret] of [['the new secret', rolled], ['the old one, while Stripe lets it live', DEMO_SECRET]] as const) {
    const event = carol.event('customer.updated', secret === rolled ? 1 : 2);
    const { webhook } = await reachBus(example, event.id, JSON.stringify(event), sign(JSON.stringify(event), { secret }));
    hold(`an event signed with ${what} passes`, webhook.decision === 'Accepted', webhook.decision);
  }
}

async function decided(example: DeployedExample, event: StripeEvent, decision: string, what: string): Promise<void> {
  const { writer } = await send(example, event);
  hold(`${what}: ${decision}`, writer.decision === decision, `the writer said ${writer.decision}`);
}

async function send(example: DeployedExample, event: StripeEvent): Promise<Journey> {
  const body = JSON.stringify(event);
  return travel(example, event.id, body, sign(body));
}

async function rowOf(example: DeployedExample, customer: Customer): Promise<Record<string, unknown>> {
  const row = await example.row(customer.pk);
  if (!row) {
    throw new LostEvent('writer function → table', `the writer said it wrote and the table has no row ${customer.pk}`, example.idOf('table'));
  }
  return row;
}

function hold(what: string, holds: boolean, otherwise: string): void {
  if (!holds) {
    throw new Broken(`not so: ${what} (${otherwise})`);
  }
  say(`    ${green('✓')} ${what}`);
}
