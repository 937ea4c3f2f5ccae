import { readFileSync, writeFileSync } from 'fs';

/** Copies the quick start of each language, which is a tested app, into the README behind the line with its path. */

const BLOCK = /(<!-- generated from (\S+) -->\n\n```\w+\n)[\s\S]*?(```)/g;

const readme = readFileSync('README.md', 'utf8').replace(
  BLOCK,
  (_all, head, path, tail) => `${head}${readFileSync(path, 'utf8')}${tail}`,
);
writeFileSync('README.md', readme);
