import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { GENERATED_ASSETS } from './paths';

interface Metafile {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

/** The handlers that were bundled, by name. */
export function bundles(): string[] {
  return readdirSync(GENERATED_ASSETS).filter((name) => name.endsWith('.meta.json')).map((name) => name.replace('.meta.json', '')).sort();
}

/** The folders of the packages that the bundles have code of, from esbuild's own metafiles. */
export function bundledPackages(): string[] {
  const inputs = bundles().flatMap((bundle) => {
    const { outputs } = JSON.parse(readFileSync(join(GENERATED_ASSETS, `${bundle}.meta.json`), 'utf8')) as Metafile;
    return Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  });
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = used.flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)].sort();
}
