import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { GENERATED_ASSETS } from '../projenrc/paths';

const METAFILE = '.meta.json';

interface Metafile {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

/** Returns the names of the bundles. */
export function bundles(): string[] {
  return readdirSync(GENERATED_ASSETS)
    .filter((file) => file.endsWith(METAFILE))
    .map((file) => file.slice(0, -METAFILE.length))
    .sort();
}

/** Returns the folders of the packages whose code is in a bundle, according to the metafiles of esbuild. */
export function bundledPackages(): string[] {
  const inputs = bundles().flatMap((bundle) => {
    const { outputs } = JSON.parse(readFileSync(join(GENERATED_ASSETS, `${bundle}${METAFILE}`), 'utf8')) as Metafile;
    return Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  });
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = used.flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders)].sort();
}
