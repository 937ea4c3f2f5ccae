/** Figure of the run, and the limits of its ratio. */
export interface Verdict {
  readonly what: string;
  readonly figure: string;
  readonly ratio?: number;
  readonly limit?: { readonly most?: number; readonly least?: number };
  /** Ratio that we want to reach. It is printed, and nothing fails. */
  readonly aim?: number;
}

/** Returns the median. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Measures how long a function takes, in milliseconds. */
export async function timed(run: () => unknown): Promise<number> {
  const started = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/** Returns whether a ratio is within its limits. */
export const holds = ({ ratio = 0, limit }: Verdict) =>
  ratio <= (limit?.most ?? Infinity) && ratio >= (limit?.least ?? -Infinity);

/** Prints a section as a table. */
export function print(title: string, verdicts: readonly Verdict[]): void {
  console.log(`\n${title}\n`);
  for (const verdict of verdicts) {
    const { what, figure, ratio, aim } = verdict;
    const column = ratio === undefined ? '' : `${ratio.toFixed(2)}x`;
    const notes = [boundOf(verdict), aim === undefined ? '' : `aim ${aim}`].filter(Boolean).join(', ');
    console.log(`  ${what.padEnd(66)} ${figure.padStart(12)}  ${column.padStart(7)}  ${notes}`.trimEnd());
  }
}

function boundOf(verdict: Verdict): string {
  const { limit } = verdict;
  if (!limit) {
    return '';
  }
  const bound = limit.most === undefined ? `at least ${limit.least}` : `at most ${limit.most}`;
  return `${bound} ${holds(verdict) ? 'holds' : 'BROKEN'}`;
}
