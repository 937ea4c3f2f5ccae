import fc from 'fast-check';
import { storeEvidence } from '../../scripts/evidence';

/** Number of cases of a randomized test. `CASES=1000000` asks for a long run. */
export const casesOr = (daily: number) => Number(process.env.CASES ?? daily);

/** Seed of the randomness. `SEED=…` repeats a run. */
export const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 0x7fffffff));

/** Parameters of a property test with the seed of the run. */
export const seeded = (numRuns: number): fc.Parameters<any> => ({ numRuns, seed: SEED, endOnFailure: true });

/** Prints one line about a randomized test, with its seed, and stores it if `EVIDENCE` is set. */
export function report(name: string, facts: Record<string, number | string>): void {
  const text = Object.entries(facts)
    .map(([key, value]) => `${key} ${typeof value === 'number' ? value.toLocaleString('en') : value}`);
  process.stdout.write(`  ${name}: seed ${SEED}, ${text.join(', ')}\n`);
  storeEvidence('runs', name, { seed: `${SEED}`, ...facts });
}
