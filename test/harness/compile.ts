import { execFileSync } from 'child_process';
import { readdirSync, statSync } from 'fs';
import { join } from 'path';

const ROOT = join(__dirname, '..', '..');

/** Before any test: `lib` and `.jsii` as of the sources. `projen build` compiles before it tests, `projen test` alone does not. */
export default function compileIfOutdated(): void {
  const newest = Math.max(...readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
  const compiled = statSync(join(ROOT, '.jsii'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Math.max(newest, statSync(join(ROOT, 'README.md')).mtimeMs) > compiled) { // the README is in the assembly
    execFileSync(join(ROOT, 'node_modules', '.bin', 'jsii'), ['--silence-warnings=reserved-word'], { cwd: ROOT, stdio: 'pipe' });
  }
}
