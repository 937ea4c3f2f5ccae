import type { Item } from '../harness/dynamodb-model';
import {
  explore, FOREIGN_ROWS, histories, type HistoryEvent, type Outcome, type Rule, SIMPLER_RULES, simulated, sum,
  withoutReuse, WRITER_RULE,
} from '../harness/order-model';
import { report } from '../harness/random-runs';

/**
 * The writer under every schedule of every short history of a customer, on conditional updates as in DynamoDB.
 *
 * Stripe's timestamps cannot tell which of two updates in the same second is the last one. Then the row may hold the
 * wrong one, and is flagged.
 */

jest.setTimeout(3_600_000);

const SECONDS = 3;
const longest = Number(process.env.EVENTS ?? 4); // EVENTS=5 takes minutes
const all = Array.from({ length: longest }, (_, index) => histories(index + 1, SECONDS)).flat();
const budget = { duplicates: longest > 4 ? 2 : 1, crashes: 1 };

async function outcomeOf(rule: Rule, of = all, first?: Item): Promise<Outcome> {
  const outcomes = [];
  for (const history of of) {
    outcomes.push(await explore(rule, history, budget, first));
  }
  return outcomes.reduce(sum);
}

function printTable(outcomes: ReadonlyArray<readonly [name: string, outcome: Outcome]>): void {
  const columns = ['wrong', 'silent', 'revived', 'flagged'] as const;
  const rows = outcomes.map(([name, outcome]) =>
    [name, ...columns.map((column) => `${(100 * outcome[column] / outcome.schedules).toFixed(1)} %`)]);
  const lines = [['rule', ...columns], ['', ...columns].map(() => '---'), ...rows];
  process.stdout.write(lines.map((cells) => `  | ${cells.join(' | ')} |\n`).join(''));
}

test('T6: no schedule leaves a wrong row without a flag, or a deleted customer alive', async () => {
  const writer = await outcomeOf(WRITER_RULE);
  const simpler: Array<[string, Outcome]> = [];
  for (const rule of SIMPLER_RULES) {
    simpler.push([rule.name, await outcomeOf(rule)]);
  }
  report('order', { histories: all.length, schedules: writer.schedules });
  printTable([...simpler, [WRITER_RULE.name, writer]]);
  expect(writer).toMatchObject({ silent: 0, revived: 0 });
  expect(writer.flagged).toBeGreaterThan(0);
  expect(simpler.filter(([, { silent }]) => silent === 0)).toEqual([]); // the exploration finds wrong rules
});

const isUnambiguous = (history: HistoryEvent[]) => history.every(({ at, type }, index) =>
  index === 0 || at > history[index - 1].at || type === 'customer.deleted');

test('the row ends in Stripe\'s final state, unflagged, if no two updates are in the same second', async () => {
  const unambiguous = all.filter(isUnambiguous);
  expect(unambiguous.length).toBeGreaterThan(10);
  expect(await outcomeOf(WRITER_RULE, unambiguous)).toMatchObject({ wrong: 0, flagged: 0 });
});

test.each(FOREIGN_ROWS)('Z13: every schedule ends as without a row, from a row that somebody else began: %s',
  async (_what, first) => {
    const short = all.filter(({ length }) => length < 4);
    expect(short.length).toBeGreaterThan(10);
    expect(await outcomeOf(WRITER_RULE, short, first)).toEqual(await outcomeOf(WRITER_RULE, short));
  });

describe('N60: test clock', () => {
  const once = withoutReuse(all);
  /** Simulated times at which the customer was created: before the events, between them and after them. */
  const TIMES = [-1, 1, SECONDS];

  test.each(TIMES)('no schedule leaves a wrong row without a flag, or a deleted customer alive: created at %d',
    async (customerCreated) => {
      const outcome = await outcomeOf(WRITER_RULE, once.map((history) => simulated(history, customerCreated)));
      expect(outcome).toMatchObject({ silent: 0, revived: 0 });
      expect(outcome.flagged).toBeGreaterThan(0);
    });

  test.each(TIMES)('the row ends unflagged in the final state if no two updates are in the same second: created at %d',
    async (customerCreated) => {
      const unambiguous = once.filter(isUnambiguous).map((history) => simulated(history, customerCreated));
      expect(unambiguous.length).toBeGreaterThan(10);
      expect(await outcomeOf(WRITER_RULE, unambiguous)).toMatchObject({ wrong: 0, flagged: 0 });
    });

  test('the exploration finds deleted customers alive if such a time is taken for a real one', async () => {
    const taken = once.map((history) => simulated(history, SECONDS, false));
    expect((await outcomeOf(WRITER_RULE, taken)).revived).toBeGreaterThan(0);
  });
});
