import { execFile } from 'child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { delimiter, join } from 'path';
import { promisify } from 'util';
import { CLEAN_ENV, inProject } from '../../local/project';

const run = promisify(execFile);
const DIST = inProject('dist');
const GO_MODULE = 'github.com/cdk-stripe/cdk-stripe-eventbridge-go/cdkstripeeventbridge';

/** Modules that aws-cdk-go requires in a version that not every Go proxy has. Synthesis does not use them. */
const GO_REPLACEMENTS = {
  'github.com/cdklabs/awscdk-asset-node-proxy-agent-go/nodeproxyagentv6/v2': 'v2.1.2', // for v2.1.3
};

const QUIET = ['--quiet', '--no-version-reporting', '--no-notices'];

/** Folder of the synthesized quick start, beside the `cdk.out` of the example. */
export const QUICK_START_OUT = 'quick-start.out';

/** Duration of each step, in seconds. */
export interface Timing {
  readonly install: number;
  readonly synth: number;
}

/** App in a folder of its own that has only the built package. */
interface Consumer {
  /** Command that runs the quick start of the README. The `cdk.json` of the example runs the example. */
  readonly quickStart: string;
  /** Installs the built package and the dependencies of the example. */
  install(dir: string): Promise<unknown>;
  /** Additional environment of the synthesis. */
  env?(dir: string): Record<string, string>;
}

const CONSUMERS: Record<string, Consumer> = {
  typescript: {
    quickStart: 'npx ts-node quick-start.ts',
    install: (dir) => exec('npm', ['install', '--no-audit', '--no-fund', the('js', /\.tgz$/)], dir),
  },
  python: {
    quickStart: 'python quick_start.py',
    install: async (dir) => {
      await exec('python3', ['-m', 'venv', '.venv'], dir);
      const packages = [the('python', /\.whl$/), '-r', 'requirements.txt'];
      await exec(join(dir, '.venv', 'bin', 'pip'), ['install', '--quiet', ...packages], dir);
    },
    env: (dir) => ({ PATH: [join(dir, '.venv', 'bin'), CLEAN_ENV.PATH].join(delimiter) }),
  },
  java: {
    quickStart: 'mvn -q compile exec:java -Dexec.mainClass=com.example.QuickStart',
    install: (dir) => {
      // not the cache of the user: it may contain a package of this version, which Maven would not read again
      const repository = inProject('node_modules', '.cache', 'maven');
      rmSync(join(repository, 'io', 'github', 'cdk-stripe'), { recursive: true, force: true });
      writeFileSync(join(dir, 'settings.xml'), mavenSettings(repository));
      mkdirSync(join(dir, '.mvn'));
      writeFileSync(join(dir, '.mvn', 'maven.config'), '-B\n-s\nsettings.xml\n');
      return exec('mvn', ['-q', 'compile'], dir);
    },
  },
  go: {
    quickStart: 'go run ./quickstart',
    install: async (dir) => {
      const replacements = Object.entries(GO_REPLACEMENTS)
        .map(([path, version]) => `-replace=${path}=${path}@${version}`);
      const library = `-replace=${GO_MODULE}=${join(DIST, 'go', 'cdkstripeeventbridge')}`;
      await exec('go', ['mod', 'edit', library, ...replacements], dir);
      await exec('go', ['mod', 'tidy'], dir);
      await exec('go', ['build', './...'], dir);
    },
  },
};

/** Languages that have an example. */
export const LANGUAGES = Object.keys(CONSUMERS);

/** Copies an example into an empty folder, installs the built package, and synthesizes as the example says. */
export async function consume(language: string, dir: string): Promise<Timing> {
  const example = inProject('examples', language);
  const isSource = (path: string) => !/node_modules|cdk\.out|\.venv/.test(path.slice(example.length));
  cpSync(example, dir, { recursive: true, filter: isSource });
  const [, firstSample] = /```ts[^\n]*\n([\s\S]+?)```/.exec(readFileSync(inProject('README.md'), 'utf8'))!;
  writeFileSync(join(dir, 'quick-start.ts'), firstSample);
  const { install, env, quickStart } = CONSUMERS[language];
  const cdk = inProject('node_modules', '.bin', 'cdk');
  const synth = (...args: string[]) => exec(cdk, ['synth', ...QUIET, ...args], dir, env?.(dir));
  const started = Date.now();
  await install(dir);
  const installed = Date.now();
  await synth();
  const synthesized = Date.now();
  await synth('--app', quickStart, '--output', QUICK_START_OUT);
  return { install: (installed - started) / 1000, synth: (synthesized - installed) / 1000 };
}

/** Returns the template of each stack that an app synthesized. */
export function templatesIn(dir: string, out = 'cdk.out'): Record<string, unknown> {
  const assembly = join(dir, out);
  const names = readdirSync(assembly).filter((name) => name.endsWith('.template.json'));
  return Object.fromEntries(names.map((name) => [name, JSON.parse(readFileSync(join(assembly, name), 'utf8'))]));
}

/** Returns the only built file of a language with this ending. */
export function the(folder: string, ending: RegExp): string {
  const found = readdirSync(join(DIST, folder)).filter((name) => ending.test(name));
  if (found.length !== 1) {
    throw new Error(`dist/${folder} has ${found.length} files like ${ending}, not one; ` +
      "delete dist and run 'npx projen test:packages'");
  }
  return join(DIST, folder, found[0]);
}

function mavenSettings(repository: string): string {
  return `<settings>
  <localRepository>${repository}</localRepository>
  <profiles><profile><id>built</id><repositories><repository>
    <id>built</id><url>file://${join(DIST, 'java')}</url>
  </repository></repositories></profile></profiles>
  <activeProfiles><activeProfile>built</activeProfile></activeProfiles>
</settings>`;
}

async function exec(program: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<void> {
  try {
    const environment = { ...process.env, ...CLEAN_ENV, CI: '1', ...env };
    await run(program, args, { cwd, env: environment, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const lastLines = `${stdout}${stderr}`.trimEnd().split('\n').slice(-25).join('\n');
    throw new Error(`${program} ${args.join(' ')} failed:\n${lastLines}`, { cause: error });
  }
}
