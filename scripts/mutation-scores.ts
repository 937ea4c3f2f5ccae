import { readFileSync } from 'fs';
import { storeEvidence } from './evidence';

/** Reads a report of Stryker by its name, and prints the score of each group and the mutants that no test noticed. */

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number } };
}

interface Report {
  readonly files: Record<string, { readonly mutants: readonly Mutant[] }>;
}

/** Minimum score of each group, in percent. A file belongs to the first group that matches. */
const GROUPS: Array<[name: string, least: number, files: RegExp]> = [
  ['verifier', 95, /runtime\/signature\.ts$/],
  ['handlers', 90, /\/runtime\//],
  ['constructs', 80, /./],
];

const { files } = JSON.parse(readFileSync(`reports/mutation/${process.argv[2]}.json`, 'utf8')) as Report;
const groupOf = (file: string) => GROUPS.find(([, , pattern]) => pattern.test(file))![0];
const counts = ({ status }: Mutant) => status !== 'Ignored' && !status.endsWith('Error');

for (const [name, least] of GROUPS) {
  const mutants = Object.entries(files)
    .filter(([file]) => groupOf(file) === name)
    .flatMap(([file, { mutants: all }]) => all.filter(counts).map((mutant) => ({ file, ...mutant })));
  if (mutants.length === 0) {
    continue; // not part of this report
  }
  const survivors = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const score = 100 * (mutants.length - survivors.length) / mutants.length;
  console.log(`${name}: ${score.toFixed(1)} % of ${mutants.length} mutants noticed (at least ${least} %)`);
  storeEvidence('mutation', name, { 'score in %': score.toFixed(1), 'mutants': mutants.length, 'aim in %': least });
  survivors.forEach(({ file, location, mutatorName, status, replacement = '' }) => {
    console.log(`  ${file}:${location.start.line} ${mutatorName} ${status}: ${replacement}`);
  });
  process.exitCode = score < least ? 1 : process.exitCode;
}
