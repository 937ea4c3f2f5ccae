import { setImmediate as macrotask } from 'timers/promises';
import { type SigningSecret, signingSecrets, usableSecrets } from '../../src/runtime/secrets';

/** Source with a list of answers, of which the last one repeats, and a clock that the test sets. */
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

/** Source whose reads end when the test says so, and a clock that the test sets. */
function heldSource() {
  let time = 1_764_000_000_000;
  const held: Array<{ succeed(text: string): void; fail(): void }> = [];
  const read = () => new Promise<SigningSecret[]>((resolve, reject) => {
    held.push({ succeed: (text) => resolve(usableSecrets(text, false)), fail: () => reject(new Error('down')) });
  });
  const secrets = signingSecrets([read], () => new Date(time));
  return {
    secrets,
    /** Reads so far, the first one at index 0. */
    held,
    request: async () => {
      const { error, secrets: usable } = await secrets.current();
      return error ?? usable.map(({ value }) => value);
    },
    pass: (milliseconds: number) => { time += milliseconds; },
  };
}

describe('the text of a secret', () => {
  test.each<[string, string | undefined, string[]]>([
    ['one plain value', 'whsec_a', ['whsec_a']],
    ['a plain value with a pasted newline', ' whsec_a\n', ['whsec_a']],
    ['a JSON array', '["whsec_a", "whsec_b\\n", "", 1, null]', ['whsec_a', 'whsec_b']],
    ['a JSON array after a pasted newline', '\n["whsec_a"]', ['whsec_a']],
    ['a plain value that contains a bracket', 'whsec_a[b', ['whsec_a[b']],
    ['a JSON object of names', '{"live":"whsec_a","connect":"whsec_b"}', ['whsec_a', 'whsec_b']],
    ['no text', undefined, []],
    ['only blanks', ' \n', []],
    ['only the prefix', 'whsec_', []],
    ['an API key', 'sk_live_1', []],
    ['malformed JSON', '["whsec_a"', []],
    ['nested JSON', '{"a":{"b":"whsec_a"}}', []],
  ])('a secret with %s has only the values that can sign', (_what, text, expected) => {
    expect(usableSecrets(text, false).map(({ value }) => value)).toEqual(expected);
  });
});

describe('a valid secret', () => {
  test('a valid secret is read once in five minutes, and concurrent requests share the read', async () => {
    const { values, reads, pass } = source('whsec_a', 'whsec_b');
    expect(await Promise.all([values(), values(), values()])).toEqual([['whsec_a'], ['whsec_a'], ['whsec_a']]);
    pass(299);
    expect(await values()).toEqual(['whsec_a']);
    expect(reads()).toBe(1);
    pass(1);
    expect(await Promise.all([values(), values()])).toEqual([['whsec_b'], ['whsec_b']]);
    expect(reads()).toBe(2);
  });

  test('a valid secret stays in use while its refresh fails, reports its age, and is read every 30 s', async () => {
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

describe('an invalid secret', () => {
  test.each(['', 'sk_live_1'])('an invalid secret (%j) is read again after 5 s and not earlier', async (text) => {
    const { values, reads, pass } = source(text, 'whsec_a');
    expect(await values()).toEqual([]);
    pass(4.9);
    expect(await values()).toEqual([]);
    expect(reads()).toBe(1);
    pass(0.1);
    expect(await values()).toEqual(['whsec_a']);
  });

  test('a secret whose first read failed is read again after 5 s, and its error is reported until then', async () => {
    const { secrets, values, reads, pass } = source(new Error('down'), 'whsec_a');
    expect(await secrets.current()).toMatchObject({ secrets: [], error: new Error('down') });
    expect(await secrets.current()).toMatchObject({ secrets: [], error: new Error('down') });
    expect(reads()).toBe(1);
    pass(5);
    expect(await values()).toEqual(['whsec_a']);
  });
});

describe('a mismatch', () => {
  test('a mismatch causes one read in 30 s, which concurrent requests share', async () => {
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

  test('D5: 10,000 forged requests within 30 s cause one read', async () => {
    const { values, refreshed, reads, pass } = source('whsec_a');
    await values();
    for (let request = 0; request < 10_000; request += 1) {
      await refreshed();
      pass(0.0029);
    }
    expect(reads()).toBe(2);
  });
});

describe('the prefetch', () => {
  test('the prefetch starts a read at once, and requests that come during it wait for that read', async () => {
    const { secrets, held, request } = heldSource();
    secrets.prefetch();
    expect(held).toHaveLength(1);
    const requests = [request(), request()];
    await macrotask();
    held[0].succeed('whsec_a');
    expect(await Promise.all(requests)).toEqual([['whsec_a'], ['whsec_a']]);
    expect(held).toHaveLength(1);
  });

  test('the prefetch reads every source', async () => {
    const reads: string[] = [];
    const read = (value: string) => async () => {
      reads.push(value);
      return usableSecrets(value, false);
    };
    signingSecrets([read('whsec_a'), read('whsec_b')], () => new Date(0)).prefetch();
    expect(reads).toEqual(['whsec_a', 'whsec_b']);
  });

  test('a value that the prefetch read is used for five minutes', async () => {
    const { secrets, values, reads, pass } = source('whsec_a', 'whsec_b');
    secrets.prefetch();
    await macrotask();
    pass(299.9);
    expect(await values()).toEqual(['whsec_a']);
    expect(reads()).toBe(1);
    pass(0.1);
    expect(await values()).toEqual(['whsec_b']);
  });

  test('an invalid secret that the prefetch read is read again after 5 s and not earlier', async () => {
    const { secrets, values, reads, pass } = source('', 'whsec_a');
    secrets.prefetch();
    await macrotask();
    pass(4.9);
    expect(await values()).toEqual([]);
    expect(reads()).toBe(1);
    pass(0.1);
    expect(await values()).toEqual(['whsec_a']);
  });

  test('the first request after a failed prefetch reads the secret again at once', async () => {
    const { secrets, values, reads } = source(new Error('down'), 'whsec_a');
    secrets.prefetch();
    await macrotask();
    expect(await values()).toEqual(['whsec_a']);
    expect(reads()).toBe(2);
  });

  test('a read that fails after a failed prefetch is repeated after 5 s and not earlier', async () => {
    const { secrets, reads, pass } = source(new Error('down'));
    secrets.prefetch();
    await macrotask();
    await secrets.current();
    pass(4.9);
    expect(await secrets.current()).toMatchObject({ secrets: [], error: new Error('down') });
    expect(reads()).toBe(2);
    pass(0.1);
    await secrets.current();
    expect(reads()).toBe(3);
  });

  test('requests that waited less than 500 ms for a prefetch that failed share one further read', async () => {
    const { secrets, held, request, pass } = heldSource();
    secrets.prefetch();
    const requests = [request(), request()];
    pass(499);
    held[0].fail();
    await macrotask();
    expect(held).toHaveLength(2);
    held[1].succeed('whsec_a');
    expect(await Promise.all(requests)).toEqual([['whsec_a'], ['whsec_a']]);
  });

  test.each([500, 2_500])('a request that waited %d ms for a failing prefetch does not read again', async (waited) => {
    const { secrets, held, request, pass } = heldSource();
    secrets.prefetch();
    const first = request();
    pass(waited);
    held[0].fail();
    expect(await first).toEqual(new Error('down'));
    expect(held).toHaveLength(1);
    const next = request();
    await macrotask();
    expect(held).toHaveLength(2);
    held[1].succeed('whsec_a');
    expect(await next).toEqual(['whsec_a']);
  });

  test('a request reads again if the prefetch fails because the environment was frozen for an hour', async () => {
    const { secrets, held, request, pass } = heldSource();
    secrets.prefetch();
    pass(3_600_000); // frozen in the middle of the read, until a request thaws it
    const first = request();
    held[0].fail();
    await macrotask();
    expect(held).toHaveLength(2);
    held[1].succeed('whsec_a');
    expect(await first).toEqual(['whsec_a']);
  });

  test('a prefetch that fails before any request causes no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const record = (reason: unknown) => void unhandled.push(reason);
    const failing = () => Promise.reject(new Error('down'));
    process.on('unhandledRejection', record);
    signingSecrets([failing, failing], () => new Date(0)).prefetch();
    await macrotask();
    await macrotask();
    process.off('unhandledRejection', record);
    expect(unhandled).toEqual([]);
  });
});

describe('several sources', () => {
  test('each source is cached by itself, and one that fails does not hold back the others', async () => {
    const secrets = signingSecrets([
      async () => usableSecrets('whsec_a', false),
      () => Promise.reject(new Error('down')),
      async () => usableSecrets(JSON.stringify(Array.from({ length: 20 }, (_, index) => `whsec_${index}`)), true),
    ], () => new Date(0));
    const { secrets: usable } = await secrets.current();
    expect(usable[0]).toEqual({ value: 'whsec_a', previous: false });
    expect(usable).toHaveLength(16);
  });

  test('the reported age is that of the oldest value in use, and a source without a value has none', async () => {
    let time = 0;
    const validFor = (times: number) => {
      let reads = 0;
      return async () => {
        reads += 1;
        return reads <= times ? usableSecrets('whsec_a', false) : Promise.reject(new Error('down'));
      };
    };
    const down = () => Promise.reject(new Error('down'));
    const secrets = signingSecrets([validFor(2), validFor(1), down], () => new Date(time));
    const ages = [];
    for (; time <= 600_000; time += 300_000) {
      ages.push((await secrets.current()).staleSeconds);
    }
    expect(ages).toEqual([undefined, 300, 600]);
  });

  test('an empty source does not hide that another source failed', async () => {
    const secrets = signingSecrets([async () => [], () => Promise.reject(new Error('down'))], () => new Date(0));
    expect(await secrets.current()).toMatchObject({ secrets: [], error: new Error('down') });
  });
});
