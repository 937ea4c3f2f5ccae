import { failure, success } from '../../../../src/runtime/result';
import {
  EntryNotAccepted, publisher, publishFailure, type PutEventsAnswer, rejectedForGood,
} from '../../../../src/stripe-event-bridge/webhook/runtime/publisher';

const ENTRY = { source: 'stripe.com', detailType: 'invoice.paid', detail: '{}' };
const ACCEPTED: PutEventsAnswer = { FailedEntryCount: 0, Entries: [{ EventId: 'bus-event-1' }] };

const named = (name: string) => Object.assign(new Error('no'), { name });
const rejected = (ErrorCode?: string): PutEventsAnswer => ({ FailedEntryCount: 1, Entries: [{ ErrorCode }] });

/** Publishes one entry to a bus with a list of answers, of which the last one repeats. */
function publish(...answers: Array<PutEventsAnswer | Error>) {
  const { signal } = new AbortController();
  const puts: unknown[] = [];
  const sleeps: unknown[] = [];
  const result = publisher({
    putEvents: async (entry, deadline) => {
      puts.push([entry, deadline === signal]);
      const answer = answers[Math.min(puts.length, answers.length) - 1];
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
    sleep: async (milliseconds, deadline) => void sleeps.push([milliseconds, deadline === signal]),
    random: () => 0.5,
  })(ENTRY, signal);
  return { puts, sleeps, result };
}

test('an entry that the bus accepts is sent once, and its result is the event id of EventBridge', async () => {
  const { puts, sleeps, result } = publish(ACCEPTED);
  expect(await result).toEqual(success('bus-event-1'));
  expect(puts).toEqual([[ENTRY, true]]);
  expect(sleeps).toEqual([]);
});

test.each(['InternalFailure', 'ThrottlingException'])(
  'an entry that the bus rejects with %s is sent up to three times, with growing pauses and the same deadline',
  async (code) => {
    const passing = publish(rejected(code), rejected(code), ACCEPTED);
    expect(await passing.result).toEqual(success('bus-event-1'));
    expect(passing.puts).toEqual([[ENTRY, true], [ENTRY, true], [ENTRY, true]]);
    expect(passing.sleeps).toEqual([[100, true], [200, true]]); // half of 200 ms and of 400 ms

    const failing = publish(rejected(code));
    expect(await failing.result).toEqual(failure(new EntryNotAccepted(code)));
    expect(failing.puts).toHaveLength(3);
    expect(failing.sleeps).toHaveLength(2);
  },
);

test.each<[string, PutEventsAnswer, string]>([
  ['rejects with a permanent error', rejected('MalformedDetail'), 'MalformedDetail'],
  ['denies', rejected('NotAuthorizedForSourceException'), 'NotAuthorizedForSourceException'],
  ['rejects without an error code', rejected(), 'NoEventId'],
  ['answers without an event id', { FailedEntryCount: 0, Entries: [{}] }, 'NoEventId'],
  ['answers without entries', {}, 'NoEventId'],
  ['counts as failed although it has an event id', { ...ACCEPTED, FailedEntryCount: 1 }, 'NoEventId'],
])('an entry that the bus %s is sent once, and its error is returned', async (_what, answer, name) => {
  const { puts, result } = publish(answer);
  expect(await result).toMatchObject({ ok: false, reason: { name, message: 'the bus did not accept the entry' } });
  expect(puts).toHaveLength(1);
});

test('a call that fails is not sent again, because the SDK has retried it, and its error is returned', async () => {
  const error = named('ThrottlingException');
  const { puts, result } = publish(error, ACCEPTED);
  expect(await result).toEqual({ ok: false, reason: error });
  expect(puts).toHaveLength(1);
});

test('a pause that the deadline ends is returned as the failure', async () => {
  const publishEntry = publisher({
    putEvents: async () => rejected('InternalFailure'),
    sleep: () => Promise.reject(named('AbortError')),
    random: Math.random,
  });
  expect(await publishEntry(ENTRY, AbortSignal.abort())).toMatchObject({ ok: false, reason: { name: 'AbortError' } });
});

test.each([
  ['ThrottlingException', 'PublishThrottled'],
  ['TooManyRequestsException', 'PublishThrottled'],
  ['LimitExceededException', 'PublishThrottled'],
  ['AccessDeniedException', 'PublishDenied'],
  ['NotAuthorizedForDetailTypeException', 'PublishDenied'],
  ['InvalidAccountIdException', 'PublishDenied'],
  ['TimeoutError', 'PublishTimeout'],
  ['AbortError', 'PublishTimeout'],
  ['InternalException', 'PublishFailed'],
  ['NoThrottling', 'PublishFailed'],
  ['NotAccessDenied', 'PublishFailed'],
  ['NoTimeout', 'PublishFailed'],
  ['', 'PublishFailed'],
])('an error named %j is reported as %s', (name, expected) => {
  expect(publishFailure(named(name))).toBe(expected);
});

test('a thrown value that is not an error is reported as PublishFailed', () => {
  expect([undefined, 'ThrottlingException', { name: 'ThrottlingException' }].map(publishFailure))
    .toEqual(['PublishFailed', 'PublishFailed', 'PublishFailed']);
});

test.each(['MalformedDetail', 'InvalidArgument'])('an entry that the bus rejects with %s is malformed', (name) => {
  expect(rejectedForGood(named(name), 1)).toBe('malformed-detail');
});

test.each(['InternalFailure', 'ThrottlingException', ''])('an entry with error %j may be accepted later', (name) => {
  expect(rejectedForGood(named(name), 1_000_000)).toBeUndefined();
});

test('a text that is thrown instead of an error is no reason to give an entry up', () => {
  expect(rejectedForGood('MalformedDetail', 1)).toBeUndefined();
});

test('N21: ValidationException means that an entry is too large from 256 KiB on, and nothing for a smaller one', () => {
  const invalid = named('ValidationException');
  expect(rejectedForGood(invalid, 262_144)).toBe('oversize');
  expect(rejectedForGood(invalid, 1_048_576)).toBe('oversize');
  expect(rejectedForGood(invalid, 262_143)).toBeUndefined();
});

test('N21: an answer with the status 413 means the same, whatever its error is called', () => {
  const tooLarge = Object.assign(named('Unknown'), { $metadata: { httpStatusCode: 413 } });
  expect(rejectedForGood(tooLarge, 262_144)).toBe('oversize');
  expect(rejectedForGood(tooLarge, 262_143)).toBeUndefined();
  expect(rejectedForGood(Object.assign(named('Unknown'), { $metadata: { httpStatusCode: 400 } }), 262_144))
    .toBeUndefined();
});
