import { explore, histories, OTHERS, OURS, type Outcome, type Rule, sum } from '../harness/order-model';
import { report } from '../harness/random-runs';

/**
 * The real writer under every schedule of every short history of a customer, against conditional writes as DynamoDB has them.
 *
 * Within one second Stripe's own times cannot tell which update is the last: then the row may hold another one, but it says so.
 */

jest.setTimeout(3_600_000);

const SECONDS = 3;
const longest = Number(process.env.EVENTS ?? 4); // EVENTS=5 takes minutes
const all = Array.from({ length: longest }, (_, index) => histories(index + 1, SECONDS)).flat();
const budget = { duplicates: longest > 4 ? 2 : 1, crashes: 1 };

async function over(rule: Rule): Promise<Outcome> {
  const outcomes = [];
  for (const history of all) {
    outcomes.push(await explore(rule, history, budget));
  }
  return outcomes.reduce(sum);
}

test('T6: no schedule of deliveries, copies, a crash and two writers leaves a row silently wrong, or a deleted customer alive', async () => {
  const ours = await over(OURS);
  const others = await Promise.all(OTHERS.map(async (rule) => [rule.name, await over(rule)] as const));
  const percent = (count: number, { schedules }: Outcome) => `${(100 * count / schedules).toFixed(1)} %`;
  report('order', { histories: all.length, schedules: ours.schedules });
  process.stdout.write(['  | rule | wrong | silent | revived | flagged |', '  |---|---|---|---|---|', ...[...others, [OURS.name, ours] as const].map(([name, outcome]) =>
    `  | ${name} | ${percent(outcome.wrong, outcome)} | ${percent(outcome.silent, outcome)} | ${percent(outcome.revived, outcome)} | ${percent(outcome.flagged, outcome)} |`), ''].join('\n'));
  expect(ours).toMatchObject({ silent: 0, revived: 0 });
  expect(ours.flagged).toBeGreaterThan(0);
  others.forEach(([, outcome]) => expect(outcome.silent).toBeGreaterThan(0)); // the look sees what is wrong
});

test('without a tie within a second the row is Stripe\'s end state, unflagged, under every schedule', async () => {
  const apart = all.filter((history) => history.every(({ at, type }, index) => index === 0 || at > history[index - 1].at || type === 'customer.deleted'));
  const outcomes = await Promise.all(apart.map((history) => explore(OURS, history, budget)));
  expect(outcomes.reduce(sum)).toMatchObject({ wrong: 0, flagged: 0 });
  expect(apart.length).toBeGreaterThan(10);
});
