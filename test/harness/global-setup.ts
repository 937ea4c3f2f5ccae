import { execFileSync } from 'child_process';
import { mkdtempSync, readdirSync, statSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

const ROOT = join(__dirname, '..', '..');

/** Prefix of the temporary directory. */
export const TEMPORARY_PREFIX = 'cdk-stripe-eventbridge-test-';

/** Before any test: a temporary directory of their own, and `lib` and `.jsii` as of the sources. */
export default function globalSetup(): void {
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), TEMPORARY_PREFIX));
  compileIfOutdated();
}

/** `projen build` compiles before it tests, `projen test` does not. */
function compileIfOutdated(): void {
  const modified = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const newest = Math.max(...[...sources, join(ROOT, 'README.md')].map(modified)); // the README is in the assembly
  if (newest > modified(join(ROOT, '.jsii'))) {
    const jsii = join(ROOT, 'node_modules', '.bin', 'jsii');
    execFileSync(jsii, ['--silence-warnings=reserved-word'], { cwd: ROOT, stdio: 'pipe' });
  }
}
