import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { CELLS, type Outcome } from '../test/guarantees/imports/cells';
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
    `${count('n/a')} do not exist.`);
  return page.replace(BLOCK, `$1\n${lines.join('\n')}\n\n$2`);
}

if (require.main === module) {
  writeFileSync(PAGE, withMatrix(readFileSync(PAGE, 'utf8')));
}
