import { WRITER_METRICS } from '../../../src/stripe-customer-table/contract';
import { readCustomerEvent } from '../../../src/stripe-customer-table/runtime/customer-event';
import { writeFailure, writerLog } from '../../../src/stripe-customer-table/runtime/writer-log';
import { customerEvent } from '../../harness/stripe';

const errorNamed = (name: string) => Object.assign(new Error('no'), { name });

test('logs the decision on an event by its ids, and nothing of the customer', () => {
  expect(writerLog('m1', 'Written', readCustomerEvent(customerEvent('customer.created')))).toEqual({
    level: 'info',
    fields: {
      decision: 'Written',
      messageId: 'm1',
      eventId: 'evt_1',
      type: 'customer.created',
      livemode: false,
      account: 'self',
    },
    metrics: [{ name: 'Written', value: 1, unit: 'Count' }],
  });
});

test('logs a failure by the name of its error', () => {
  const { fields } = writerLog('m1', 'WriteError', undefined, errorNamed('Oops'));
  expect(fields).toMatchObject({ decision: 'WriteError', error: 'Oops', messageId: 'm1' });
  expect(JSON.stringify(fields)).not.toContain('"no"');
});

const LEVELS = [
  ['Written', 'info'], ['Truncated', 'warn'], ['Ambiguous', 'warn'], ['WriteError', 'error'], ['WriteDenied', 'error'],
  ['Duplicate', 'info'], ['Stale', 'info'], ['AfterDelete', 'info'],
] as const;

test('V25: the metrics that a table offers are the outcomes that the writer logs', () => {
  const written = LEVELS.flatMap(([outcome]) => writerLog('m1', outcome).metrics.map(({ name }) => name));
  expect(written.sort()).toEqual([...WRITER_METRICS]);
});

test.each(LEVELS)('logs %s at the level %s', (outcome, level) => {
  expect(writerLog('m1', outcome).level).toBe(level);
});

test.each([
  ['AccessDeniedException', 'WriteDenied'],
  ['ResourceNotFoundException', 'WriteDenied'],
  ['KMSDisabledException', 'WriteDenied'],
  ['UnrecognizedClientException', 'WriteDenied'],
  ['ThrottlingException', 'WriteError'],
  ['NotAccessDenied', 'WriteError'],
])('reports the error %s as %s', (name, failure) => {
  expect(writeFailure(errorNamed(name))).toBe(failure);
});
