// Runs on a fresh clone with the Node.js of the machine and without dependencies.
// Installs what is missing, then starts the command.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const inProject = (...path) => join(ROOT, ...path);
const BIN = inProject('node_modules', '.bin');
// the Node.js 24 of the project comes first
const env = { ...process.env, PATH: [BIN, process.env.PATH].join(delimiter) };

const TS_NODE = [join(BIN, 'ts-node'), '--transpile-only', '--project', 'tsconfig.dev.json'];

const COMMANDS = {
  demo: {
    needs: [node, python],
    run: [['projen', ['bundle']], ['node', [...TS_NODE, inProject('local', 'demo.ts')]]],
  },
  test: { needs: [node, python, java], run: [['projen', ['test']]] },
  // installs what `projen test` needs in addition to the npm packages
  'local-aws': { needs: [node, python, java], run: [] },
};

const PYTHON_VERSION = 'import sys; print("%d.%d" % sys.version_info[:2])';

async function main([name, ...args]) {
  const command = COMMANDS[name];
  if (!command) {
    fail(`unknown command '${name ?? ''}'; use one of ${Object.keys(COMMANDS).join(', ')}`);
  }
  command.needs.forEach((check) => check());
  if (name !== 'local-aws') {
    console.log('\n  Install (only in the first run and after an update)');
    await once(inProject('package-lock.json'), inProject('node_modules', '.installed-lock'), [
      ['npm packages', 'npm', ['ci', '--no-audit', '--no-fund']],
    ]);
  }
  const pipOptions = ['--quiet', '--require-hashes', '--only-binary', ':all:', '-r', join('local', 'requirements.txt')];
  await once(inProject('local', 'requirements.txt'), inProject('.venv', '.installed-requirements'), [
    ['a Python environment, in .venv', 'python3', ['-m', 'venv', '--clear', '.venv']],
    ['a local AWS, in .venv', inProject('.venv', 'bin', 'pip'), ['install', ...pipOptions]],
  ]);
  for (const [index, [program, programArgs]] of command.run.entries()) {
    const last = index === command.run.length - 1;
    await (last ? handOver(program, [...programArgs, ...args]) : quietly('bundle the handlers', program, programArgs));
  }
}

function node() {
  requireVersion('Node.js', [20, 0], process.versions.node, 'https://nodejs.org');
}

function python() {
  requireVersion('Python', [3, 10], output('python3', ['-c', PYTHON_VERSION]), 'https://www.python.org');
}

function java() {
  const version = /version "([\d.]+)/.exec(output('java', ['-version']))?.[1];
  requireVersion('Java', [17, 0], version, 'https://adoptium.net');
}

function requireVersion(what, [major, minor], found, where) {
  const [foundMajor = 0, foundMinor = 0] = (found ?? '').split('.').map(Number);
  if (foundMajor < major || (foundMajor === major && foundMinor < minor)) {
    const needed = `${major}${minor ? `.${minor}` : ''}`;
    fail(`${what} ${needed} or newer is needed, found ${found || 'none'}; get it from ${where}`);
  }
}

function output(program, args) {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`.trim();
}

/** Installs unless the source is unchanged since the last installation. */
async function once(source, stamp, commands) {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
    return;
  }
  for (const command of commands) {
    // npm must not run on the Node.js in node_modules, which it replaces
    await quietly(...command, process.env);
  }
  writeFileSync(stamp, hash);
}

/** Runs a program and shows one line of progress. Its output is shown only if it fails. */
async function quietly(what, program, args, environment = env) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const interactive = process.stdout.isTTY;
  const show = () => interactive
    ? process.stdout.write(`\r  … ${what} ${seconds()} `) : console.log(`  … ${what} ${seconds()}`);
  show();
  const ticking = setInterval(show, interactive ? 1_000 : 15_000);
  const child = start(program, args, 'pipe', environment);
  let text = '';
  child.stdout.on('data', (chunk) => { text += chunk; });
  child.stderr.on('data', (chunk) => { text += chunk; });
  const code = await exitOf(child);
  clearInterval(ticking);
  process.stdout.write(interactive ? '\r\u001b[K' : '');
  if (code !== 0) {
    const lastLines = text.trimEnd().split('\n').slice(-25).join('\n');
    fail(`${what} failed: ${program} ${args.join(' ')}\n${lastLines}`);
  }
  console.log(`  ✓ ${what} ${seconds()}`);
}

/** Runs the program with the same terminal, signals and exit code. */
async function handOver(program, args) {
  process.exitCode = await exitOf(start(program, args, 'inherit', env));
}

function start(program, args, stdio, environment) {
  const options = { cwd: ROOT, env: environment };
  return spawn(program, args, { ...options, stdio: [stdio === 'inherit' ? 'inherit' : 'ignore', stdio, stdio] });
}

function exitOf(child) {
  const forward = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM'];
  signals.forEach((signal) => process.on(signal, forward));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve((console.error(error.message), 127)));
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  }).finally(() => signals.forEach((signal) => process.off(signal, forward)));
}

function fail(message) {
  console.error(`\n  ✗ ${message}\n`);
  process.exit(1);
}

await main(process.argv.slice(2));
