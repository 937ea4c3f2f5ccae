import { execFile } from 'child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { delimiter, join } from 'path';
import { promisify } from 'util';
import { CLEAN_ENV, inProject } from '../../local/project';

const run = promisify(execFile);
const DIST = inProject('dist');
const GO_MODULE = 'github.com/cdk-stripe/cdk-stripe-eventbridge-go/cdkstripeeventbridge';

/**
 * Modules that aws-cdk-go asks for in a version that the Go proxy does not hand out everywhere. Neither has a part in what we
 * synthesize; whoever can get them needs no replacement.
 */
const GO_REPLACEMENTS = {
  'github.com/cdklabs/awscdk-asset-node-proxy-agent-go/nodeproxyagentv6/v2': 'v2.1.2', // for v2.1.3
};

const QUIET = ['--quiet', '--no-version-reporting', '--no-notices'];

/** Where the quick start is synthesized to, beside the example's `cdk.out`. */
export const QUICK_START_OUT = 'quick-start.out';

/** Seconds that each step took. */
export interface Timing {
  readonly install: number;
  readonly synth: number;
}

/** An app of another language, in a folder of its own, that has nothing but the built package. */
interface Consumer {
  /** Runs the README's quick start, where the example's own `cdk.json` does not say how. */
  readonly quickStart: string;
  /** Installs the built package, and what the example asks for. */
  install(dir: string): Promise<unknown>;
  /** More of the environment, for the synthesis. */
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
      await exec(join(dir, '.venv', 'bin', 'pip'), ['install', '--quiet', the('python', /\.whl$/), '-r', 'requirements.txt'], dir);
    },
    env: (dir) => ({ PATH: [join(dir, '.venv', 'bin'), CLEAN_ENV.PATH].join(delimiter) }),
  },
  java: {
    quickStart: 'mvn -q compile exec:java -Dexec.mainClass=com.example.QuickStart',
    install: (dir) => {
      // Maven's own cache, but apart from the user's: a package of this version may be there, and it is never asked for again
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
      const replacements = Object.entries(GO_REPLACEMENTS).map(([path, version]) => `-replace=${path}=${path}@${version}`);
      await exec('go', ['mod', 'edit', `-replace=${GO_MODULE}=${join(DIST, 'go', 'cdkstripeeventbridge')}`, ...replacements], dir);
      await exec('go', ['mod', 'tidy'], dir);
      await exec('go', ['build', './...'], dir);
    },
  },
};

/** The languages that have an example. */
export const LANGUAGES = Object.keys(CONSUMERS);

/** Copies an example into an empty folder, installs the built package there, and synthesizes with the example's own command. */
export async function consume(language: string, dir: string): Promise<Timing> {
  cpSync(inProject('examples', language), dir, { recursive: true, filter: (path) => !/node_modules|cdk\.out|\.venv/.test(path.slice(inProject().length)) });
  writeFileSync(join(dir, 'quick-start.ts'), /```ts[^\n]*\n([\s\S]+?)```/.exec(readFileSync(inProject('README.md'), 'utf8'))![1]);
  const { install, env, quickStart } = CONSUMERS[language];
  const synth = (...args: string[]) => exec(inProject('node_modules', '.bin', 'cdk'), ['synth', ...QUIET, ...args], dir, env?.(dir));
  const started = Date.now();
  await install(dir);
  const installed = Date.now();
  await synth();
  const synthesized = Date.now();
  await synth('--app', quickStart, '--output', QUICK_START_OUT);
  return { install: (installed - started) / 1000, synth: (synthesized - installed) / 1000 };
}

/** The template of each stack that an app synthesized. */
export function templatesIn(dir: string, out = 'cdk.out'): Record<string, unknown> {
  const assembly = join(dir, out);
  const names = readdirSync(assembly).filter((name) => name.endsWith('.template.json'));
  return Object.fromEntries(names.map((name) => [name, JSON.parse(readFileSync(join(assembly, name), 'utf8'))]));
}

/** The one built file of a language that has this ending. */
export function the(folder: string, ending: RegExp): string {
  const found = readdirSync(join(DIST, folder)).filter((name) => ending.test(name));
  if (found.length !== 1) {
    throw new Error(`dist/${folder} has ${found.length} files like ${ending}: delete dist, run 'npx projen test:packages'`);
  }
  return join(DIST, folder, found[0]);
}

function mavenSettings(repository: string): string {
  return `<settings>
  <localRepository>${repository}</localRepository>
  <profiles><profile><id>built</id><repositories><repository><id>built</id><url>file://${join(DIST, 'java')}</url></repository></repositories></profile></profiles>
  <activeProfiles><activeProfile>built</activeProfile></activeProfiles>
</settings>`;
}

async function exec(program: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<void> {
  try {
    await run(program, args, { cwd, env: { ...process.env, ...CLEAN_ENV, CI: '1', ...env }, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${`${stdout}${stderr}`.trimEnd().split('\n').slice(-25).join('\n')}`, { cause: error });
  }
}
