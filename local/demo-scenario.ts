import { isDeepStrictEqual } from 'util';
import { gunzipSync } from 'zlib';
import { DEMO_SECRET, demoCustomer, otherEvent, sign } from './demo-events';
import type { DeployedExample } from './deployed-example';
import { bold, dim, green, say } from './reporter';
import { behindQueue, eventually, LostEvent, type SignedEvent, type Trace, traceToBus, traceToTable } from './trace';

type Customer = ReturnType<typeof demoCustomer>;
type StripeEvent = ReturnType<Customer['event']>;

/** Check of the scenario that failed. */
class FailedCheck extends Error {
}

/** Sends events to the deployed example and shows the outcome of each. Rejects at the first that is not as expected. */
export async function runScenario(example: DeployedExample): Promise<void> {
  const ada = demoCustomer('cus_demo_ada');
  const created = ada.event('customer.created', 0);
  await oneEvent(example, ada, created);
  await rolledSecret(example);
  await rejections(example, ada);
  await order(example, ada, created);
  await otherTypes(example);
  await deletion(example);
  await quarantine(example);
}

async function oneEvent(example: DeployedExample, ada: Customer, created: StripeEvent): Promise<void> {
  heading(`${created.type} ${created.id}`);
  timeline(await traceToTable(example, signed(created)));
  const row = await rowOf(example, ada);
  heading(`Row in ${example.idOf('table')}`);
  Object.entries(row).sort().forEach(([name, value]) => say(`    ${name.padEnd(14)} ${JSON.stringify(value)}`));
}

function timeline({ answer, webhook, writer }: Trace): void {
  const onBus = Date.parse(webhook.time);
  const steps: Array<[what: string, at: number, detail: string]> = [
    ['posted', answer.postedAt, 'signed by stripe-node'],
    ['verified', onBus - (webhook.PublishLatency ?? 0), 'signature over the bytes as received'],
    ['on the bus', onBus, `id ${webhook.busEventId}`],
    ['answered', answer.answeredAt, `${answer.status} ${answer.body}`],
    ['row in the table', Date.parse(writer.time), `decision of the writer: ${writer.decision}`],
  ];
  steps.sort(([, a], [, b]) => a - b);
  for (const [what, at, detail] of steps) {
    const elapsed = `${at - answer.postedAt} ms`.padStart(7);
    say(`    ${green('●')} ${what.padEnd(17)} ${elapsed}   ${dim(detail)}`);
  }
}

async function rejections(example: DeployedExample, ada: Customer): Promise<void> {
  heading('Requests that Stripe did not sign');
  const before = await rowOf(example, ada);
  const body = JSON.stringify(ada.event('customer.updated', 30, { name: 'Mallory' }));
  const attempts: Array<[what: string, body: string, signature: string]> = [
    ['a changed body', body.replace('Mallory', 'Mallory!'), sign(body)],
    ['a signature with another secret', body, sign(body, { secret: 'whsec_of_somebody_else' })],
    ['a signature that is ten minutes old', body, sign(body, { age: 600 })],
    ['a missing signature', body, ''],
  ];
  for (const [what, payload, signature] of attempts) {
    const { status } = await example.post(payload, signature);
    check(`${what} is rejected`, status === 400, `status ${status}`);
  }
  check('the row is unchanged', isDeepStrictEqual(await rowOf(example, ada), before), 'the row changed');
}

async function order(example: DeployedExample, ada: Customer, created: StripeEvent): Promise<void> {
  heading('Late, duplicate and out-of-order events');
  const updated = ada.event('customer.updated', 20, { name: 'Ada King', phone: null });
  await decided(example, updated, 'Written', 'an update');
  const row = await rowOf(example, ada);
  const phoneRemoved = row.name === 'Ada King' && !('phone' in row);
  check('the update set the phone to null, and the row has none', phoneRemoved, JSON.stringify(row));
  await decided(example, created, 'Stale', 'the first event again, after the update');
  const late = ada.event('customer.updated', 10, { name: 'Ada Byron' });
  await decided(example, late, 'Stale', 'an older event that is late');
  const last = ada.event('customer.updated', 40, { name: 'Countess of Lovelace' });
  await decided(example, last, 'Written', 'a newer update');
  const latest = await rowOf(example, ada);
  await decided(example, last, 'Duplicate', 'the same event twice');
  const unchanged = isDeepStrictEqual(await rowOf(example, ada), latest);
  check('the row shows the newest event', unchanged, 'the row changed');
}

async function otherTypes(example: DeployedExample): Promise<void> {
  heading('Other event types');
  const paid = signed(otherEvent('invoice.paid', 'in_demo'));
  const { webhook } = await traceToBus(example, paid);
  check('invoice.paid is published', webhook.decision === 'Accepted', webhook.decision);
  await reachesPaidInvoices(example, paid.id);
  const refund = signed(otherEvent('charge.refunded', 'ch_demo'));
  await traceToBus(example, refund);
  await reachesRefundFunction(example, refund.id);
  const payout = signed(otherEvent('payout.paid', 'po_demo'));
  const { status } = await example.post(payout.body, payout.signature);
  const line = await eventually(async () =>
    (await example.log('webhookLogs')).find(({ eventId }) => eventId === payout.id));
  const filtered = status === 200 && line?.decision === 'Filtered';
  check('payout.paid is filtered out and answered with 200', filtered, `status ${status}, ${line?.decision}`);
  const stored = (await example.log('writerLogs')).some(({ eventId }) => [paid.id, payout.id].includes(`${eventId}`));
  check('neither invoice.paid nor payout.paid reached the writer', !stored, 'the writer received one');
}

async function reachesPaidInvoices(example: DeployedExample, eventId: string): Promise<void> {
  const received = await eventually(async () =>
    (await example.receiveDetails('paidInvoices')).find(({ id }) => id === eventId));
  if (!received) {
    throw new LostEvent('bus → queue of paid invoices', 'invoice.paid is on the bus and did not reach the queue',
      'AWS::Events::Rule of Stripe/InvoicePaid');
  }
  check('and reaches the queue that onEvent connected', true, '');
}

async function reachesRefundFunction(example: DeployedExample, eventId: string): Promise<void> {
  const handled = await behindQueue(example, 'refundQueue', async () =>
    (await example.refundLog()).find((line) => line.includes(eventId)));
  if (!handled) {
    throw await lostRefund(example);
  }
  check('charge.refunded reaches a function, through a queue', true, '');
}

async function lostRefund(example: DeployedExample): Promise<LostEvent> {
  const { waiting, inFlight } = await example.queueState('refundQueue');
  if (inFlight + waiting > 0) {
    return new LostEvent('queue of refunds → function OnRefund',
      `${waiting} messages wait and ${inFlight} are in flight`,
      'AWS::Lambda::EventSourceMapping at Stripe/Refunded/Mapping, and the log of OnRefund');
  }
  return new LostEvent('bus → queue of refunds', 'charge.refunded is on the bus and did not reach the queue',
    'AWS::Events::Rule of Stripe/Refunded');
}

async function deletion(example: DeployedExample): Promise<void> {
  heading('A deleted customer');
  const bob = demoCustomer('cus_demo_bob');
  await decided(example, bob.event('customer.created', 0), 'Written', 'Bob is created');
  await decided(example, bob.event('customer.deleted', 10), 'Written', 'Bob is deleted');
  await decided(example, bob.event('customer.updated', 9), 'AfterDelete', 'an earlier update that is late');
  const row = await rowOf(example, bob);
  const isTombstone = row.isDeleted === true && !('email' in row) && !('name' in row);
  check('the tombstone has isDeleted and no personal data', isTombstone, JSON.stringify(row));
}

async function quarantine(example: DeployedExample): Promise<void> {
  heading('An authentic request that is not a valid event');
  const body = '{"id":"evt_demo_broken","type":';
  const { status } = await example.post(body, sign(body));
  const [message] = await eventually(async () => {
    const messages = await example.receiveDetails('quarantine');
    return messages.length > 0 ? messages : undefined;
  }) ?? [];
  if (!message) {
    throw new LostEvent('bus → quarantine queue', `the answer was ${status} and the request did not reach the queue`,
      'AWS::Events::Rule of Stripe/Quarantine');
  }
  check('a signed body that is not JSON is answered with 200', status === 200, `status ${status}`);
  const bytes = gunzipSync(Buffer.from(message.body, 'base64')).toString();
  check(`and is in the quarantine, unmodified: ${message.reason}`, bytes === body, bytes);
}

async function rolledSecret(example: DeployedExample): Promise<void> {
  heading('A rolled signing secret');
  const rolled = 'whsec_rolled_in_the_local_demo';
  await example.storeSecret(rolled);
  const carol = demoCustomer('cus_demo_carol');
  for (const [what, secret] of [['new', rolled], ['previous', DEMO_SECRET]] as const) {
    const event = signed(carol.event('customer.updated', what === 'new' ? 1 : 2), secret);
    const { webhook } = await traceToBus(example, event);
    check(`an event signed with the ${what} secret is accepted`, webhook.decision === 'Accepted', webhook.decision);
  }
}

async function decided(example: DeployedExample, event: StripeEvent, decision: string, what: string): Promise<void> {
  const { writer } = await traceToTable(example, signed(event));
  check(`${what}: ${decision}`, writer.decision === decision, `the decision was ${writer.decision}`);
}

function signed(event: { readonly id: string }, secret = DEMO_SECRET): SignedEvent {
  const body = JSON.stringify(event);
  return { id: event.id, body, signature: sign(body, { secret }) };
}

async function rowOf(example: DeployedExample, customer: Customer): Promise<Record<string, unknown>> {
  const row = await example.row(customer.pk);
  if (!row) {
    throw new LostEvent('writer function → table', `the writer wrote and the table has no row ${customer.pk}`,
      example.idOf('table'));
  }
  return row;
}

function heading(text: string): void {
  say(bold(`\n  ${text}`));
}

function check(what: string, holds: boolean, otherwise: string): void {
  if (!holds) {
    throw new FailedCheck(`check failed: ${what} (${otherwise})`);
  }
  say(`    ${green('✓')} ${what}`);
}
