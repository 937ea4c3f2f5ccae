import { type SigningSecret, signingSecrets, usableSecrets } from '../../src/runtime/secrets';

/** A source whose next answers are given, and a clock that is set. */
function source(...answers: Array<string | Error>) {
  let reads = 0;
  let time = 1_764_000_000_000;
  const read = async (): Promise<SigningSecret[]> => {
    const answer = answers[Math.min(reads, answers.length - 1)];
    reads += 1;
    if (answer instanceof Error) {
      throw answer;
    }
    return usableSecrets(answer, false);
  };
  const secrets = signingSecrets([read], () => new Date(time));
  return {
    secrets,
    values: async () => (await secrets.current()).secrets.map(({ value }) => value),
    refreshed: async () => (await secrets.refreshed())?.secrets.map(({ value }) => value),
    reads: () => reads,
    pass: (seconds: number) => { time += seconds * 1000; },
  };
}

describe('the text of a secret', () => {
  test.each<[string, string | undefined, string[]]>([
    ['a plain value', 'whsec_a', ['whsec_a']],
    ['a pasted newline', ' whsec_a\n', ['whsec_a']],
    ['a JSON array', '["whsec_a", "whsec_b\\n", "", 1, null]', ['whsec_a', 'whsec_b']],
    ['a JSON array behind a pasted newline', '\n["whsec_a"]', ['whsec_a']],
    ['a plain value with a bracket in it', 'whsec_a[b', ['whsec_a[b']],
    ['a JSON object of names', '{"live":"whsec_a","connect":"whsec_b"}', ['whsec_a', 'whsec_b']],
    ['nothing', undefined, []],
    ['blanks', ' \n', []],
    ['the prefix alone', 'whsec_', []],
    ['an API key', 'sk_live_1', []],
    ['broken JSON', '["whsec_a"', []],
    ['JSON of other values', '{"a":{"b":"whsec_a"}}', []],
  ])('with %s has the values that can sign', (_what, text, expected) => {
    expect(usableSecrets(text, false).map(({ value }) => value)).toEqual(expected);
  });
});

describe('a good secret', () => {
  test('is read once in five minutes, by one flight', async () => {
    const { values, reads, pass } = source('whsec_a', 'whsec_b');
    expect(await Promise.all([values(), values(), values()])).toEqual([['whsec_a'], ['whsec_a'], ['whsec_a']]);
    pass(299);
    expect(await values()).toEqual(['whsec_a']);
    expect(reads()).toBe(1);
    pass(1);
    expect(await Promise.all([values(), values()])).toEqual([['whsec_b'], ['whsec_b']]);
    expect(reads()).toBe(2);
  });

  test('serves on while its refresh fails, says its age, and is tried again every 30 s', async () => {
    const { secrets, values, reads, pass } = source('whsec_a', new Error('down'));
    await values();
    pass(300);
    expect(await secrets.current()).toMatchObject({ secrets: [{ value: 'whsec_a' }], staleSeconds: 300 });
    pass(29);
    expect(await secrets.current()).toMatchObject({ staleSeconds: 329 });
    expect(reads()).toBe(2);
    pass(1);
    await values();
    expect(reads()).toBe(3);
    pass(86_400);
    expect(await values()).toEqual(['whsec_a']);
  });
});

describe('a secret that is not usable', () => {
  test.each(['', 'sk_live_1'])('(%j) passes within 5 s of being stored, and is not read more often', async (text) => {
    const { values, reads, pass } = source(text, 'whsec_a');
    expect(await values()).toEqual([]);
    pass(4.9);
    expect(await values()).toEqual([]);
    expect(reads()).toBe(1);
    pass(0.1);
    expect(await values()).toEqual(['whsec_a']);
  });

  test('for a failed cold read says so, and is rationed in the same way', async () => {
    const { secrets, values, reads, pass } = source(new Error('down'), 'whsec_a');
    expect(await secrets.current()).toMatchObject({ secrets: [], error: new Error('down') });
    expect(await secrets.current()).toMatchObject({ secrets: [], error: new Error('down') });
    expect(reads()).toBe(1);
    pass(5);
    expect(await values()).toEqual(['whsec_a']);
  });
});

describe('a mismatch', () => {
  test('forces one read in 30 s, which requests that come together share', async () => {
    const { values, refreshed, reads, pass } = source('whsec_a', 'whsec_b');
    await values();
    expect(await Promise.all([refreshed(), refreshed()])).toEqual([['whsec_b'], ['whsec_b']]);
    expect(await refreshed()).toBeUndefined();
    expect(reads()).toBe(2);
    pass(29.9);
    expect(await refreshed()).toBeUndefined();
    pass(0.1);
    expect(await refreshed()).toEqual(['whsec_b']);
  });

  test('D5: of 10,000 forged requests within 30 s forces one read', async () => {
    const { values, refreshed, reads, pass } = source('whsec_a');
    await values();
    for (let request = 0; request < 10_000; request += 1) {
      await refreshed();
      pass(0.0029);
    }
    expect(reads()).toBe(2);
  });
});

test('several sources are each cached by themselves, and one that fails does not hold back the others', async () => {
  const secrets = signingSecrets([
    async () => usableSecrets('whsec_a', false),
    () => Promise.reject(new Error('down')),
    async () => usableSecrets(JSON.stringify(Array.from({ length: 20 }, (_, index) => `whsec_${index}`)), true),
  ], () => new Date(0));
  const { secrets: usable } = await secrets.current();
  expect(usable[0]).toEqual({ value: 'whsec_a', previous: false });
  expect(usable).toHaveLength(16);
});

test('of several sources that fail, the age told is that of the oldest value, and none is told of a source that never had one', async () => {
  let time = 0;
  const goodFor = (times: number) => {
    let reads = 0;
    return async () => {
      reads += 1;
      return reads <= times ? usableSecrets('whsec_a', false) : Promise.reject(new Error('down'));
    };
  };
  const secrets = signingSecrets([goodFor(2), goodFor(1), () => Promise.reject(new Error('down'))], () => new Date(time));
  const ages = [];
  for (; time <= 600_000; time += 300_000) {
    ages.push((await secrets.current()).staleSeconds);
  }
  expect(ages).toEqual([undefined, 300, 600]);
});

test('a source that has nothing does not hide that another failed', async () => {
  const secrets = signingSecrets([async () => [], () => Promise.reject(new Error('down'))], () => new Date(0));
  expect(await secrets.current()).toMatchObject({ secrets: [], error: new Error('down') });
});
