import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'fs';
import { resolve } from 'path';
import { outcomeOf, problemsOf } from '../guarantees/validation/outcome';
import { VALUES } from '../guarantees/validation/wrong-values';

/**
 * Writes one template for each wrong value that the library accepts, and the problems of the others.
 *
 * Runs with the packed library on the newest CDK. Equal templates are written once.
 */

// each app gets a folder of its own, beside this program
delete process.env.CDK_OUTDIR;
process.env.TMPDIR = mkdtempSync(resolve('tmp-'));

const properties = JSON.parse(readFileSync('properties.json', 'utf8')) as Array<[type: string, property: string]>;
// only CloudFormation sees what a token becomes
const values = Object.entries(VALUES).filter(([what]) => !/\btoken\b/.test(what));

const accepted = new Map<string, string>();
const problems: string[] = [];
for (const [type, property] of properties) {
  for (const [what, value] of values) {
    const outcome = outcomeOf(type, property, value);
    outcome.template && accepted.set(JSON.stringify(outcome.template), `${type}.${property} of ${what}`);
    problems.push(...problemsOf(outcome, type, property).map((problem) => `${type}.${property} of ${what} ${problem}`));
  }
}

mkdirSync('accepted');
accepted.forEach((name, template) => writeFileSync(`accepted/${name}.json`, template));
writeFileSync('problems.json', JSON.stringify(problems));
