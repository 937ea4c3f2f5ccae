import fc from 'fast-check';

/** How many cases a randomized test tries: `CASES=1000000` asks for a long run. */
export const casesOr = (daily: number) => Number(process.env.CASES ?? daily);

/** Where its randomness begins: `SEED=…` replays a run. */
export const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));

/** Generators, seeded, and what a long run prints of itself. */
export const seeded = (numRuns: number): fc.Parameters<any> => ({ numRuns, seed: SEED, endOnFailure: true });

/** A line for whoever keeps the evidence. */
export function report(name: string, facts: Record<string, number | string>): void {
  const text = Object.entries(facts).map(([key, value]) => `${key} ${typeof value === 'number' ? value.toLocaleString('en') : value}`);
  process.stdout.write(`  ${name}: seed ${SEED}, ${text.join(', ')}\n`);
}
