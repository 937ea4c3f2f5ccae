import { execFileSync } from 'child_process';
import { inProject } from '../local/project';

/**
 * Bundles a handler for comparison, by esbuild's defaults.
 *
 * With `syncImports`, it has the option of our bundles that replaces `import()` of built-in modules. Most of what the
 * SDK imports in this way it needs without TLS only, so it would be a cost of the benchmark and not of Lambda.
 */
export function bundle(folder: 'obvious' | 'relay', name: string, outfile: string, { syncImports = false } = {}): void {
  execFileSync(inProject('node_modules', '.bin', 'esbuild'), [
    inProject('bench', folder, `${name}.ts`), '--bundle', '--platform=node', '--allow-overwrite',
    `--outfile=${outfile}`, '--log-level=error', ...syncImports ? ['--supported:dynamic-import=false'] : [],
  ]);
}
