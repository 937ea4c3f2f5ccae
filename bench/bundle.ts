import { execFileSync } from 'child_process';
import { inProject } from '../local/project';

/** Bundles a handler for comparison, by esbuild's defaults. */
export function bundle(folder: 'obvious' | 'relay', name: string, outfile: string): void {
  execFileSync(inProject('node_modules', '.bin', 'esbuild'), [
    inProject('bench', folder, `${name}.ts`), '--bundle', '--platform=node', '--allow-overwrite', `--outfile=${outfile}`, '--log-level=error',
  ]);
}
