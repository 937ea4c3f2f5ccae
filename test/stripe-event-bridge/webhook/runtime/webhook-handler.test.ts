import type { LogLine } from '../../../../src/runtime/log';
import { success } from '../../../../src/runtime/result';
import { readEventFilter } from '../../../../src/stripe-event-bridge/webhook/runtime/filter';
import { webhookHandler } from '../../../../src/stripe-event-bridge/webhook/runtime/webhook-handler';
import { digest, httpApiEvent, SECRET, stripeEvent } from '../../../harness/stripe';
import { NOW, reading } from '../../../harness/webhook-harness';

const BODY = JSON.stringify(stripeEvent());
const REQUEST = httpApiEvent(BODY, `t=${NOW},v1=${digest(BODY, NOW)}`);
const SETTINGS = { eventSource: 'stripe.com', toleranceSeconds: 300, filter: readEventFilter('*', 'all') };

/** Handler whose clock may throw, which stands for an error that nobody expects. */
function start(now = () => new Date(NOW * 1000)) {
  const lines: LogLine[] = [];
  const deadlines: AbortSignal[] = [];
  const used: AbortSignal[] = [];
  const handler = webhookHandler(SETTINGS, {
    secrets: { prefetch: () => {}, current: async () => reading(SECRET), refreshed: async () => undefined },
    publish: async (_entry, deadline) => {
      used.push(deadline);
      return success('bus-event-1');
    },
    now,
    deadline: () => {
      deadlines.push(new AbortController().signal);
      return deadlines.at(-1)!;
    },
    log: (line) => lines.push(line),
  });
  return { lines, deadlines, used, handle: () => handler(REQUEST, { awsRequestId: 'request-1' }) };
}

test('a request is answered by its outcome, and leaves one line with its request id', async () => {
  const { lines, handle } = start();
  expect(await handle()).toEqual({ statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'received' });
  expect(lines).toMatchObject([{ level: 'info', fields: { decision: 'Accepted', requestId: 'request-1' } }]);
});

test('each request publishes under a deadline of its own', async () => {
  const { deadlines, used, handle } = start();
  await handle();
  await handle();
  expect(deadlines).toHaveLength(2);
  expect(used.map((signal) => deadlines.indexOf(signal))).toEqual([0, 1]);
});

test('an unexpected error is answered with 500 and logged by its name, without its message', async () => {
  const { lines, handle } = start(() => { throw new RangeError('payload'); });
  expect(await handle())
    .toEqual({ statusCode: 500, headers: { 'content-type': 'text/plain' }, body: 'internal error' });
  expect(lines).toMatchObject([{
    level: 'error',
    fields: { decision: 'Failed', requestId: 'request-1', error: 'RangeError' },
    metrics: [{ name: 'Failed', value: 1, unit: 'Count' }],
  }]);
  expect(JSON.stringify(lines)).not.toContain('payload');
});
