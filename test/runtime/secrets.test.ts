import { cachedSigningSecret } from '../../src/runtime/secrets';

const TTL = 300_000;

/** A store whose next answers are given, and a clock that is set. */
function store(...answers: Array<string | undefined | Error>) {
  let reads = 0;
  let time = 0;
  const secrets = cachedSigningSecret(TTL, {
    now: () => new Date(time),
    read: async () => {
      const answer = answers[Math.min(reads, answers.length - 1)];
      reads += 1;
      if (answer instanceof Error) {
        throw answer;
      }
      return answer;
    },
  });
  return { secrets, reads: () => reads, pass: (ms: number) => { time += ms; } };
}

test('is read once while it is fresh, and again when its time is over', async () => {
  const { secrets, reads, pass } = store('whsec_a', 'whsec_b');
  expect([await secrets(), await secrets()]).toEqual([['whsec_a'], ['whsec_a']]);
  pass(TTL - 1);
  expect(await secrets()).toEqual(['whsec_a']);
  expect(reads()).toBe(1);
  pass(1);
  expect(await secrets()).toEqual(['whsec_b']);
});

test('is read once for requests that come together', async () => {
  const { secrets, reads } = store('whsec_a');
  expect(await Promise.all([secrets(), secrets(), secrets()])).toEqual([['whsec_a'], ['whsec_a'], ['whsec_a']]);
  expect(reads()).toBe(1);
});

test('loses the newline that people paste', async () => {
  expect(await store('whsec_a\n').secrets()).toEqual(['whsec_a']);
});

test.each([undefined, '', ' \n', 'whsec_', 'sk_test_1', '{"whsec_a":1}'])('is not usable as %j, and read again at once', async (value) => {
  const { secrets } = store(value, 'whsec_a');
  expect(await secrets()).toEqual([]);
  expect(await secrets()).toEqual(['whsec_a']);
});

test('that cannot be read cold is an error, and read again at once', async () => {
  const { secrets } = store(new Error('down'), 'whsec_a');
  await expect(secrets()).rejects.toThrow('down');
  expect(await secrets()).toEqual(['whsec_a']);
});

test('serves on while a refresh fails', async () => {
  const { secrets, pass } = store('whsec_a', new Error('down'), 'whsec_b');
  await secrets();
  pass(TTL);
  expect(await secrets()).toEqual(['whsec_a']);
  expect(await secrets()).toEqual(['whsec_b']);
});
