import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';

/** Figures of long runs. `EVIDENCE=1` in front of a run stores them. `npx projen evidence` fills the page. */

const DOCS = join(__dirname, '..', 'docs');
const STORE = join(DOCS, 'evidence');
const PAGE = join(DOCS, 'evidence.md');
const BLOCK = /(<!-- figures: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g;

type Facts = Readonly<Record<string, number | string>>;

interface Figures {
  readonly name: string;
  readonly date: string;
  readonly facts: Facts;
}

/** Stores the figures of a run, if `EVIDENCE` is set. `section` is the block of the page that shows them. */
export function storeEvidence(section: string, name: string, facts: Facts): void {
  if (process.env.EVIDENCE) {
    mkdirSync(STORE, { recursive: true });
    const figures: Figures = { name, date: new Date().toISOString().slice(0, 10), facts };
    const file = `${section}.${name.replace(/\W+/g, '-').toLowerCase()}.json`;
    writeFileSync(join(STORE, file), `${JSON.stringify(figures, undefined, 2)}\n`);
  }
}

/** Returns the page with the stored figures in its blocks. */
export function pageWithFigures(page: string): string {
  return page.replace(BLOCK, (_all, head: string, section: string, tail: string) =>
    `${head}\n${table(section)}\n\n${tail}`);
}

function table(section: string): string {
  const rows = readdirSync(STORE).filter((file) => file.startsWith(`${section}.`)).sort()
    .map((file) => JSON.parse(readFileSync(join(STORE, file), 'utf8')) as Figures)
    .map(({ name, date, facts }) => `| ${name} | ${date} | ${Object.entries(facts).map(textOf).join(' · ')} |`);
  return ['| run | date | figures |', '|---|---|---|', ...rows].join('\n');
}

function textOf([key, value]: [string, number | string]): string {
  return `${key} ${typeof value === 'number' ? value.toLocaleString('en') : value}`;
}

if (require.main === module) {
  writeFileSync(PAGE, pageWithFigures(readFileSync(PAGE, 'utf8')));
}
