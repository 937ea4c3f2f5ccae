import { execFileSync } from 'child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { bundledPackages } from './bundled-packages';

/** Writes npm's CycloneDX bill of materials, reduced to what is shipped: the library and the bundled packages. */

const { components, dependencies, ...head } = bom();
const shipped = new Set(bundledPackages().map((folder) => {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${name}@${version}`;
}));
const isShipped = (ref: string) => shipped.has(ref.split('|')[0]);
mkdirSync('dist', { recursive: true });
writeFileSync(join('dist', 'sbom.cdx.json'), JSON.stringify({
  ...head,
  components: components.filter((component) => isShipped(component['bom-ref'])),
  dependencies: dependencies
    .filter(({ ref }) => isShipped(ref) || ref === head.metadata.component['bom-ref'])
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: isShipped(ref) ? dependsOn.filter(isShipped) : [...shipped] })),
}, undefined, 2));

function bom() {
  const options = { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const;
  return JSON.parse(execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], options)) as {
    metadata: { component: { 'bom-ref': string } };
    components: Array<{ 'bom-ref': string }>;
    dependencies: Array<{ ref: string; dependsOn: string[] }>;
  };
}
