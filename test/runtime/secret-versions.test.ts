import { setImmediate as macrotask } from 'timers/promises';
import { type SecretVersion, secretVersions } from '../../src/runtime/secret-versions';

const NOW = new Date(1_764_000_000_000);
const DAY_MS = 86_400_000;

const named = (name: string) => Object.assign(new Error('no'), { name });
const notFound = named('ResourceNotFoundException');

/** Version that was stored some time ago. */
const stored = (SecretString: string, ageMs = 0): SecretVersion =>
  ({ SecretString, CreatedDate: (NOW.getTime() - ageMs) / 1000 });

const deadline = new AbortController().signal;

interface Given {
  readonly current: SecretVersion | Error;
  readonly previous?: SecretVersion | Error;
  readonly previousMs?: number;
}

/** Reads a secret with the given versions. */
function read({ current, previous = notFound, previousMs = DAY_MS }: Given) {
  const stages: string[] = [];
  const signals: AbortSignal[] = [];
  const readSource = secretVersions({
    now: () => NOW,
    getSecretValue: async (stage, signal) => {
      stages.push(stage);
      signals.push(signal);
      const answer = stage === 'AWSCURRENT' ? current : previous;
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
  }, previousMs);
  return { stages, signals, result: readSource(deadline) };
}

const NEW = { value: 'whsec_new', previous: false };
const OLD = { value: 'whsec_old', previous: true };

test('both versions are read in parallel, until the deadline of the read', async () => {
  const { stages, signals, result } = read({ current: stored('whsec_new'), previous: stored('whsec_old') });
  expect(stages).toEqual(['AWSCURRENT', 'AWSPREVIOUS']); // before either has answered
  expect(await result).toEqual({ secrets: [NEW, OLD] });
  expect(signals).toHaveLength(2);
  signals.forEach((signal) => expect(signal).toBe(deadline));
});

test.each([
  ['1 ms before its lifetime ends', DAY_MS - 1, [NEW, OLD]],
  ['when its lifetime ends', DAY_MS, [NEW]],
  ['long after its lifetime', 30 * DAY_MS, [NEW]],
])('the previous version is judged by the age of the current one: %s', async (_when, ageMs, expected) => {
  const previous = stored('whsec_old', 365 * DAY_MS); // its own age does not count
  expect(await read({ current: stored('whsec_new', ageMs), previous }).result).toEqual({ secrets: expected });
});

test('T21: after a rollback, the lifetime of the previous version begins when that version was stored', async () => {
  const current = stored('whsec_new', 365 * DAY_MS);
  expect(await read({ current, previous: stored('whsec_old', DAY_MS - 1) }).result).toEqual({ secrets: [NEW, OLD] });
  expect(await read({ current, previous: stored('whsec_old', DAY_MS) }).result).toEqual({ secrets: [NEW] });
});

test('a lifetime of 0 ignores the previous version and reads only the current one', async () => {
  const current = stored('whsec_new', -5_000); // stored by a clock that is ahead of ours
  const { stages, result } = read({ current, previous: stored('whsec_old'), previousMs: 0 });
  expect(await result).toEqual({ secrets: [NEW] });
  expect(stages).toEqual(['AWSCURRENT']);
});

test.each([
  ['does not exist', notFound],
  ['is empty', stored('')],
  ['is something else', stored('sk_live_1')],
])('a previous version that %s is normal, and is not reported', async (_what, previous) => {
  expect(await read({ current: stored('whsec_new'), previous }).result).toEqual({ secrets: [NEW] });
});

const UNREADABLE = ['AccessDeniedException', 'DecryptionFailure', 'InternalServiceError', 'InvalidRequestException',
  'ThrottlingException', 'AbortError'];

test.each(UNREADABLE)(
  'Z16: a previous version that cannot be read (%s) does not hold back the current one, and is reported',
  async (name) => {
    const previous = named(name);
    const { error, ...content } = await read({ current: stored('whsec_new'), previous }).result;
    expect(content).toEqual({ secrets: [NEW] });
    expect(error).toBe(previous);
  },
);

test('Z16: a previous version that cannot be read is reported however old the current one is', async () => {
  const previous = named('AccessDeniedException'); // after a rollback, it would be the newer one
  expect(await read({ current: stored('whsec_new', 365 * DAY_MS), previous }).result)
    .toEqual({ secrets: [NEW], error: previous });
});

test('Z16: a previous version that cannot be read is reported beside a current one without a value', async () => {
  const previous = named('AccessDeniedException');
  expect(await read({ current: notFound, previous }).result)
    .toEqual({ secrets: [], invalid: 'NoValue', error: previous });
});

test('Z16: with a lifetime of 0, a previous version that cannot be read is not reported', async () => {
  const previous = named('AccessDeniedException');
  expect(await read({ current: stored('whsec_new'), previous, previousMs: 0 }).result).toEqual({ secrets: [NEW] });
});

test('a secret without a value has no signing secrets', async () => {
  const nothing = { secrets: [], invalid: 'NoValue' };
  expect(await read({ current: notFound }).result).toEqual(nothing);
  expect(await read({ current: {} }).result).toEqual(nothing);
});

test('N22: the previous version stays valid while the current one is something else, which is reported', async () => {
  expect(await read({ current: stored('sk_live_1'), previous: stored('whsec_old') }).result)
    .toEqual({ secrets: [OLD], invalid: 'NotASecret' });
});

test('without the date of the current version, the previous version is ignored', async () => {
  const previous = stored('whsec_old');
  expect(await read({ current: { SecretString: 'whsec_new' }, previous }).result).toEqual({ secrets: [NEW] });
  expect(await read({ current: notFound, previous }).result).toEqual({ secrets: [], invalid: 'NoValue' });
});

test.each(['AccessDeniedException', 'AbortError'])(
  'the read rejects with the error of the current version (%s), whatever the previous one holds', async (name) => {
    await expect(read({ current: named(name), previous: stored('whsec_old') }).result).rejects.toMatchObject({ name });
  },
);

test('the read rejects with the error of the current version even if it is not an error object', async () => {
  const readSource = secretVersions({ now: () => NOW, getSecretValue: () => Promise.reject('down') }, DAY_MS);
  await expect(readSource(deadline)).rejects.toBe('down');
});

test('a previous version that fails after the current one has failed causes no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const record = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', record);
  const down = named('InternalServiceError');
  await expect(read({ current: down, previous: down }).result).rejects.toBe(down);
  await macrotask();
  await macrotask();
  process.off('unhandledRejection', record);
  expect(unhandled).toEqual([]);
});
