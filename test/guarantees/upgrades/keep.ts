import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { STACKS } from './stacks';

/** Keeps the templates of a release beside those of earlier releases: `npx projen keep-templates 0.1.0`. */

const [version] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) {
  throw new Error(`the version to keep must have the form 0.1.0, got '${version ?? ''}'`);
}
const folder = join(__dirname, 'releases', version);
mkdirSync(folder, { recursive: true });
for (const [name, template] of Object.entries(STACKS)) {
  writeFileSync(join(folder, `${name}.template.json`), `${JSON.stringify(template(), undefined, 1)}\n`);
}
