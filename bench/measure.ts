/** A figure of the run, and what it must not pass. */
export interface Verdict {
  readonly what: string;
  readonly figure: string;
  readonly ratio?: number;
  readonly limit?: { readonly most?: number; readonly least?: number };
}

/** The middle of many. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Milliseconds that something takes. */
export async function timed(run: () => unknown): Promise<number> {
  const started = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/** Whether a verdict keeps its limit. */
export const holds = ({ ratio = 0, limit }: Verdict) => ratio <= (limit?.most ?? Infinity) && ratio >= (limit?.least ?? -Infinity);

/** Prints a section as a table. */
export function print(title: string, verdicts: readonly Verdict[]): void {
  console.log(`\n${title}\n`);
  for (const verdict of verdicts) {
    const { what, figure, ratio, limit } = verdict;
    const bound = limit ? `${limit.most === undefined ? `at least ${limit.least}` : `at most ${limit.most}`}  ${holds(verdict) ? 'holds' : 'BROKEN'}` : '';
    console.log(`  ${what.padEnd(46)} ${figure.padStart(12)}  ${ratio === undefined ? '' : `${ratio.toFixed(2)}x`.padStart(7)}  ${bound}`);
  }
}
