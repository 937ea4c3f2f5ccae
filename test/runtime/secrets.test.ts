import { setImmediate as macrotask } from 'timers/promises';
import { type SecretClock, signingSecrets, type SourceContent } from '../../src/runtime/secrets';
import { contentOf } from '../harness/webhook-harness';

/** Clock for tests in which no read takes time. */
const clockOf = (now: () => number): SecretClock =>
  ({ now: () => new Date(now()), deadline: () => new AbortController().signal });
const fixedClock = clockOf(() => 0);

/** Source with a list of answers, of which the last one repeats, and a clock that the test sets. */
function source(...answers: Array<string | Error>) {
  let reads = 0;
  let time = 1_764_000_000_000;
  const read = async () => {
    const answer = answers[Math.min(reads, answers.length - 1)];
    reads += 1;
    if (answer instanceof Error) {
      throw answer;
    }
    return contentOf(answer);
  };
  const secrets = signingSecrets([read], clockOf(() => time));
  return {
    secrets,
    values: async () => (await secrets.current()).secrets.map(({ value }) => value),
    refreshed: async () => (await secrets.refreshed())?.secrets.map(({ value }) => value),
    reads: () => reads,
    pass: (seconds: number) => { time += seconds * 1000; },
  };
}

/** Read of a held source. It ends when the test says so, or at its deadline. */
interface HeldRead {
  readonly deadline: AbortSignal;
  succeed(text: string): void;
  fail(): void;
}

/** Source whose reads end when the test says so, with a clock and deadlines that the test sets. */
function heldSource() {
  let time = 1_764_000_000_000;
  const held: HeldRead[] = [];
  const deadlines: AbortController[] = [];
  const read = (deadline: AbortSignal) => new Promise<SourceContent>((resolve, reject) => {
    const end = () => reject(new Error('deadline'));
    held.push({
      deadline,
      succeed: (text) => resolve(contentOf(text)),
      fail: () => reject(new Error('down')),
    });
    deadline.aborted ? end() : deadline.addEventListener('abort', end);
  });
  const secrets = signingSecrets([read], {
    now: () => new Date(time),
    deadline: () => {
      deadlines.push(new AbortController());
      return deadlines.at(-1)!.signal;
    },
  });
  return {
    secrets,
    /** Reads so far, the first one at index 0. */
    held,
    /** Deadlines so far: that of the prefetch, then one per request that may have to read. */
    deadlines,
    request: async () => {
      const { error, secrets: usable } = await secrets.current();
      return error ?? usable.map(({ value }) => value);
    },
    pass: (milliseconds: number) => { time += milliseconds; },
  };
}

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

describe('the deadline', () => {
  test('a read has the deadline of the request that caused it, and a request that reads nothing has none', async () => {
    const { held, deadlines, request } = heldSource();
    const [first, second] = [request(), request()];
    await macrotask();
    expect(held).toHaveLength(1);
    expect(held[0].deadline).toBe(deadlines[0].signal);
    held[0].succeed('whsec_a');
    expect(await Promise.all([first, second])).toEqual([['whsec_a'], ['whsec_a']]);
    const { length } = deadlines;
    expect(await request()).toEqual(['whsec_a']);
    expect(deadlines).toHaveLength(length);
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
      return contentOf(value);
    };
    signingSecrets([read('whsec_a'), read('whsec_b')], fixedClock).prefetch();
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

  test('requests that waited for a prefetch that failed share one further read', async () => {
    const { secrets, held, request } = heldSource();
    secrets.prefetch();
    const requests = [request(), request()];
    held[0].fail();
    await macrotask();
    expect(held).toHaveLength(2);
    held[1].succeed('whsec_a');
    expect(await Promise.all(requests)).toEqual([['whsec_a'], ['whsec_a']]);
  });

  test('the time that a request waits for the prefetch counts against the deadline of that request', async () => {
    const { secrets, held, deadlines, request } = heldSource();
    secrets.prefetch();
    const first = request();
    expect(deadlines).toHaveLength(2); // the request's own starts before it waits
    held[0].fail();
    await macrotask();
    expect(held).toHaveLength(2);
    expect(deadlines).toHaveLength(2); // the second read has no time of its own
    held.forEach(({ deadline }, index) => expect(deadline).toBe(deadlines[index].signal));
    deadlines[1].abort();
    expect(await first).toEqual(new Error('deadline'));
    expect(held).toHaveLength(2);
  });

  test('after a prefetch and a request that hang, the next request reads once 5 s have passed', async () => {
    const { secrets, held, deadlines, request, pass } = heldSource();
    secrets.prefetch();
    const first = request();
    deadlines[1].abort();
    deadlines[0].abort();
    expect(await first).toEqual(new Error('deadline'));
    pass(5_000);
    const next = request();
    await macrotask();
    expect(held.at(-1)!.deadline).toBe(deadlines[2].signal);
    held.at(-1)!.succeed('whsec_a');
    expect(await next).toEqual(['whsec_a']);
  });

  test('a value that was prefetched an hour before the first request is read again', async () => {
    const { secrets, values, reads, pass } = source('whsec_a', 'whsec_b');
    secrets.prefetch();
    await macrotask();
    pass(3_600); // frozen
    expect(await values()).toEqual(['whsec_b']);
    expect(reads()).toBe(2);
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
    signingSecrets([failing, failing], fixedClock).prefetch();
    await macrotask();
    await macrotask();
    process.off('unhandledRejection', record);
    expect(unhandled).toEqual([]);
  });
});

describe('several sources', () => {
  test('each source is cached by itself, and one that fails does not hold back the others', async () => {
    const secrets = signingSecrets([
      async () => contentOf('whsec_a'),
      () => Promise.reject(new Error('down')),
      async () => contentOf(JSON.stringify(Array.from({ length: 20 }, (_, index) => `whsec_${index}`))),
    ], fixedClock);
    const { secrets: usable } = await secrets.current();
    expect(usable[0]).toEqual({ value: 'whsec_a', previous: false });
    expect(usable).toHaveLength(16);
  });

  test.each([[8, undefined], [9, 'TooManySecrets']])(
    'Y30: of %s sources with a current and a previous secret, current ones are tried first', async (count, invalid) => {
      const rolled = (index: number) => async () => ({
        secrets: [{ value: `current${index}`, previous: false }, { value: `previous${index}`, previous: true }],
      });
      const reading = await signingSecrets(Array.from({ length: count }, (_, index) => rolled(index)), fixedClock)
        .current();
      expect(reading.invalid).toBe(invalid);
      expect(reading.secrets).toHaveLength(16);
      expect(reading.secrets.filter(({ previous }) => !previous)).toHaveLength(count);
    });

  test('Y30: a value that the current and the previous version have counts once', async () => {
    const values = Array.from({ length: 8 }, (_, index) => `whsec_${index}`);
    const lists = async () => ({
      secrets: [
        ...[...values.slice(0, 7), 'whsec_new'].map((value) => ({ value, previous: false })),
        ...values.map((value) => ({ value, previous: true })),
      ],
    });
    const { secrets, invalid } = await signingSecrets([lists, async () => contentOf('whsec_b')], fixedClock).current();
    expect(invalid).toBeUndefined();
    expect(secrets.filter(({ previous }) => previous)).toEqual([{ value: 'whsec_7', previous: true }]);
    expect(secrets).toHaveLength(10);
    expect(secrets).toContainEqual({ value: 'whsec_b', previous: false });
  });

  test('the reported age is that of the oldest value in use, and a source without a value has none', async () => {
    let time = 0;
    const validFor = (times: number) => {
      let reads = 0;
      return async () => {
        reads += 1;
        return reads <= times ? contentOf('whsec_a') : Promise.reject(new Error('down'));
      };
    };
    const down = () => Promise.reject(new Error('down'));
    const secrets = signingSecrets([validFor(2), validFor(1), down], clockOf(() => time));
    const ages = [];
    for (; time <= 600_000; time += 300_000) {
      ages.push((await secrets.current()).staleSeconds);
    }
    expect(ages).toEqual([undefined, 300, 600]);
  });

  test('an empty source does not hide that another source failed', async () => {
    const secrets = signingSecrets([async () => contentOf(''), () => Promise.reject(new Error('down'))], fixedClock);
    expect(await secrets.current()).toMatchObject({ secrets: [], error: new Error('down') });
  });

  test('N22: an invalid current value is read again after 5 s, also while the previous version is valid', async () => {
    let time = 1_764_000_000_000;
    let content: SourceContent = { secrets: [{ value: 'whsec_old', previous: true }], invalid: 'NoValue' };
    const secrets = signingSecrets([async () => content], clockOf(() => time));
    expect(await secrets.current()).toMatchObject({ secrets: [{ value: 'whsec_old' }], invalid: 'NoValue' });
    content = contentOf('whsec_new');
    time += 4_999;
    expect(await secrets.current()).toMatchObject({ invalid: 'NoValue' });
    time += 1;
    expect(await secrets.current()).toMatchObject({ secrets: [{ value: 'whsec_new' }], invalid: undefined });
  });

  describe('Z16: a previous version that cannot be read', () => {
    const denied = new Error('denied');
    const NEW = { value: 'whsec_new', previous: false };
    const OLD = { value: 'whsec_old', previous: true };

    /** Source with a list of contents, of which the last one repeats, beside one that is always valid. */
    function rolled(...contents: Array<SourceContent | Error>) {
      let [time, reads] = [1_764_000_000_000, 0];
      const secrets = signingSecrets([async () => contentOf('whsec_a'), async () => {
        const content = contents[Math.min(reads, contents.length - 1)];
        reads += 1;
        return content instanceof Error ? Promise.reject(content) : content;
      }], clockOf(() => time));
      return { secrets, reads: () => reads, pass: (seconds: number) => { time += seconds * 1000; } };
    }

    test('its error is reported beside every value, which is neither invalid nor stale', async () => {
      const { secrets, reads, pass } = rolled({ secrets: [NEW], error: denied }, { secrets: [NEW, OLD] });
      const expected = { error: denied, invalid: undefined, staleSeconds: undefined };
      expect(await secrets.current()).toEqual({ ...expected, secrets: [{ value: 'whsec_a', previous: false }, NEW] });
      pass(299);
      expect(await secrets.current()).toMatchObject(expected);
      expect(reads()).toBe(1); // the current version is cached as usual
      pass(1);
      expect(await secrets.current()).toMatchObject({ error: undefined, secrets: expect.arrayContaining([OLD]) });
    });

    test('a mismatch reads it again at once, and then once in 30 s', async () => {
      const { secrets, reads, pass } = rolled({ secrets: [NEW], error: denied });
      await secrets.current();
      expect(await secrets.refreshed()).toMatchObject({ error: denied });
      pass(29.9);
      expect(await secrets.refreshed()).toBeUndefined();
      expect(await secrets.current()).toMatchObject({ error: denied });
      expect(reads()).toBe(2);
      pass(0.1);
      expect(await secrets.refreshed()).toMatchObject({ error: denied });
      expect(reads()).toBe(3);
    });

    test('the error of a later read of the current version is reported instead', async () => {
      const { secrets, pass } = rolled({ secrets: [NEW], error: denied }, new Error('down'));
      await secrets.current();
      pass(300);
      expect(await secrets.current()).toMatchObject({ error: new Error('down'), staleSeconds: 300 });
    });
  });

  test('N22: a source without a valid value is reported beside sources that have one', async () => {
    const secrets = signingSecrets([async () => contentOf('whsec_a'), async () => contentOf('sk_live_1')], fixedClock);
    expect(await secrets.current())
      .toMatchObject({ secrets: [{ value: 'whsec_a' }], invalid: 'NotASecret', error: undefined });
  });

  test('N22: a source that cannot be read is reported beside sources that have a value', async () => {
    const down = () => Promise.reject(new Error('down'));
    const secrets = signingSecrets([async () => contentOf('whsec_a'), down], fixedClock);
    expect(await secrets.current())
      .toMatchObject({ secrets: [{ value: 'whsec_a' }], invalid: undefined, error: new Error('down') });
  });
});
