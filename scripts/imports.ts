import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { CELLS, type Outcome } from '../test/guarantees/imports/cells';
import { DEPLOYED, USABLE } from '../test/guarantees/imports/not-deployed';
import { ORIGINS } from '../test/guarantees/imports/subjects';

/** Matrix of resources and origins. `npx projen imports` writes it into docs/imports.md. */

const PAGE = join(__dirname, '..', 'docs', 'imports.md');
const BLOCK = /(<!-- imports -->\n)[\s\S]*?(<!-- end -->)/;

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const KINDS: Record<Outcome['kind'], string> = { 'works': 'works', 'warns': 'warns', 'fails': '**fails**', 'n/a': '–' };

/** Returns the page with the matrix of today. */
export function withMatrix(page: string): string {
  const lines = [
    row(['', ...ORIGINS]),
    row(['---', ...ORIGINS.map(() => '---')]),
    ...Object.entries(CELLS).map(([name, cells]) => row([name, ...ORIGINS.map((origin) => KINDS[cells[origin].kind])])),
  ];
  const all = Object.values(CELLS).flatMap((cells) => ORIGINS.map((origin) => cells[origin].kind));
  const count = (kind: Outcome['kind']) => all.filter((each) => each === kind).length;
  lines.push('', `${all.length} cells: ${count('works')} work, ${count('warns')} warn, ${count('fails')} fail, ` +
    `${count('n/a')} do not exist.`, '', ...deployments());
  return page.replace(BLOCK, `$1\n${lines.join('\n')}\n\n$2`);
}

/** Sentences about the cells that were also deployed. */
function deployments(): string[] {
  return [
    `Of the ${USABLE.length} cells that work or warn, \`ALL_CELLS=1 npx jest imports/deployed\` deploys ` +
      `${DEPLOYED.length} to a local AWS that enforces IAM.`,
    `In each of them, a signed event arrives. The local AWS cannot show the other ${USABLE.length - DEPLOYED.length}.`,
  ];
}

if (require.main === module) {
  writeFileSync(PAGE, withMatrix(readFileSync(PAGE, 'utf8')));
}
