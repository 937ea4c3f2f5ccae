import { execFileSync } from 'child_process';
import { basename, join } from 'path';

/** Prints a Mermaid flowchart of the folders of `src` and the imports between them. */

const ROOT = join(__dirname, '..');

interface Module {
  readonly source: string;
  readonly dependencies: ReadonlyArray<{ readonly resolved: string }>;
}

interface Import {
  readonly source: string;
  readonly resolved: string;
}

/** Returns the flowchart. An arrow points from a folder to a folder that it imports. */
export function moduleDrawing(): string {
  const modules = cruise().filter(({ source }) => isOurs(source));
  const folders = [...new Set(modules.map(({ source }) => folderOf(source)))].sort();
  const imports = modules.flatMap(({ source, dependencies }) => dependencies
    .filter(({ resolved }) => isOurs(resolved) && folderOf(resolved) !== folderOf(source))
    .map(({ resolved }) => ({ source, resolved })));
  const ends = ({ source, resolved }: Import) => `${idOf(source)} ${idOf(resolved)}`;
  return [
    'flowchart TD',
    ...folders.map((folder) => `  ${idOf(`src/${folder}/`)}["${folder}"]`),
    ...[...new Set(imports.map(ends))].sort().map((both) => {
      const [from, to] = both.split(' ');
      return `  ${from} ${arrow(imports.filter((each) => ends(each) === both))} ${to}`;
    }),
    '',
  ].join('\n');
}

/** Returns the arrow of imports between two folders, with a label if only handlers import, or only contracts are. */
function arrow(imports: Import[]): string {
  if (imports.every(({ resolved }) => basename(resolved) === 'contract.ts')) {
    return '-->|"contract.ts"|';
  }
  return imports.every(({ source }) => source.endsWith('.lambda.ts')) ? '-->|"*.lambda.ts"|' : '-->';
}

/** Returns the modules that the import walls check, as dependency-cruiser reads them. */
function cruise(): Module[] {
  const args = ['--config', '.dependency-cruiser.json', '--output-type', 'json', 'src'];
  const program = join(ROOT, 'node_modules', '.bin', 'depcruise');
  const output = execFileSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return (JSON.parse(output) as { modules: Module[] }).modules;
}

/** `src/index.ts` imports everything, so its arrows would say nothing. */
const isOurs = (path: string) => path.startsWith('src/') && path !== 'src/index.ts';

const folderOf = (path: string) => path.split('/').slice(1, -1).join('/');

const idOf = (path: string) => folderOf(path).replace(/\W/g, '_');

if (require.main === module) {
  process.stdout.write(moduleDrawing());
}
