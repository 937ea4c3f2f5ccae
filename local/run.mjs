// Runs on a bare clone, with the machine's own Node and no dependency: installs what is missing, then starts the command.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const inProject = (...path) => join(ROOT, ...path);
const BIN = inProject('node_modules', '.bin');
// the project's own Node 24 comes first, once it is there
const env = { ...process.env, PATH: [BIN, process.env.PATH].join(delimiter) };

const COMMANDS = {
  demo: [
    ['projen', ['bundle']],
    ['node', [join(BIN, 'ts-node'), '--transpile-only', '--project', 'tsconfig.dev.json', inProject('local', 'demo.ts')]],
  ],
  test: [['projen', ['test']]],
  'local-aws': [], // what `projen test` needs beside the npm packages
};

const PYTHON = 'import sys; print("%d.%d" % sys.version_info[:2])';

async function main([name, ...args]) {
  const command = COMMANDS[name];
  if (!command) {
    fail(`unknown command '${name ?? ''}'; use one of ${Object.keys(COMMANDS).join(', ')}`);
  }
  checkVersions();
  if (name !== 'local-aws') {
    console.log('\n  Install');
    await once(inProject('package-lock.json'), inProject('node_modules', '.installed-lock'), [
      ['npm packages', 'npm', ['ci', '--no-audit', '--no-fund']],
    ]);
  }
  await once(inProject('local', 'requirements.txt'), inProject('.venv', '.installed-requirements'), [
    ['a Python environment, in .venv', 'python3', ['-m', 'venv', '--clear', '.venv']],
    ['a local AWS, in it', inProject('.venv', 'bin', 'pip'), ['install', '--quiet', '--require-hashes', '--only-binary', ':all:', '-r', join('local', 'requirements.txt')]],
  ]);
  for (const [index, [program, programArgs]] of command.entries()) {
    const last = index === command.length - 1;
    await (last ? handOver(program, [...programArgs, ...args]) : quietly('bundle the handlers', program, programArgs));
  }
}

function checkVersions() {
  need('Node.js', [20, 0], process.versions.node, 'https://nodejs.org');
  need('Python', [3, 10], output('python3', ['-c', PYTHON]), 'https://www.python.org');
  need('Java', [17, 0], /version "([\d.]+)/.exec(output('java', ['-version']))?.[1], 'https://adoptium.net');
}

function need(what, [major, minor], found, where) {
  const [foundMajor = 0, foundMinor = 0] = (found ?? '').split('.').map(Number);
  if (foundMajor < major || (foundMajor === major && foundMinor < minor)) {
    fail(`${what} ${major}${minor ? `.${minor}` : ''} or newer is needed, found ${found || 'none'}; get it from ${where}`);
  }
}

function output(program, args) {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return `${stdout ?? ''}${stderr ?? ''}`.trim();
}

/** Installs when the file that says what to install is not the one that was installed from. */
async function once(source, stamp, commands) {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
    return;
  }
  for (const command of commands) {
    await quietly(...command);
  }
  writeFileSync(stamp, hash);
}

/** Runs a program behind one line of progress; its output is shown if it fails. */
async function quietly(what, program, args) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const interactive = process.stdout.isTTY;
  const show = interactive ? () => process.stdout.write(`\r  … ${what} ${seconds()} `) : () => console.log(`  … ${what} ${seconds()}`);
  show();
  const ticking = setInterval(show, interactive ? 1_000 : 15_000);
  const child = start(program, args, 'pipe');
  let text = '';
  child.stdout.on('data', (chunk) => { text += chunk; });
  child.stderr.on('data', (chunk) => { text += chunk; });
  const code = await exitOf(child);
  clearInterval(ticking);
  process.stdout.write(interactive ? '\r\u001b[K' : '');
  if (code !== 0) {
    fail(`${what} failed: ${program} ${args.join(' ')}\n${text.trimEnd().split('\n').slice(-25).join('\n')}`);
  }
  console.log(`  ✓ ${what} ${seconds()}`);
}

/** Becomes the program: same terminal, same signals, same exit code. */
async function handOver(program, args) {
  process.exitCode = await exitOf(start(program, args, 'inherit'));
}

function start(program, args, stdio) {
  return spawn(program, args, { cwd: ROOT, env, stdio: [stdio === 'inherit' ? 'inherit' : 'ignore', stdio, stdio] });
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
