import { execFileSync } from 'child_process';
import {
  cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync,
} from 'fs';
import { tmpdir } from 'os';
import { join, posix } from 'path';
import { GENERATED_ASSETS } from '../projenrc/paths';
import { bundles } from '../scripts/bundled-packages';

/** The package as npm publishes it, and an empty CDK app that installs it. */

jest.setTimeout(180_000);

const ROOT = join(__dirname, '..');
const ASSETS = bundles().map((name) => posix.join(GENERATED_ASSETS, name, 'index.js'));

let dir: string;
let tarball: string;
let app: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'packed-'));
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', dir];
  const [{ filename }] = JSON.parse(run('npm', args, ROOT));
  tarball = join(dir, filename);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  const stdio: Array<'ignore' | 'pipe'> = ['ignore', 'pipe', 'pipe'];
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio, maxBuffer: 64 * 1024 * 1024 });
}

test('the package has what users need and nothing else, in at most 1 MB', () => {
  const files = run('tar', ['-tzf', tarball], dir).trim().split('\n').map((file) => file.replace(/^package\//, ''));
  const expected = [
    /^package\.json$/, /^\.jsii(\.tabl\.json)?$/, /^(README|API)\.md$/, /^LICENSE$/, /^THIRD-PARTY-NOTICES$/,
    /^handlers\.sha256$/, /^lib\/[\w/.-]+\.(js|d\.ts)$/,
  ];
  const unexpected = files.filter((file) => !ASSETS.includes(file) && !expected.some((pattern) => pattern.test(file)));
  expect(unexpected).toEqual([]);
  expect(files.filter((file) => /runtime\/|\.lambda\.|test|local/.test(file))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining([
    ...ASSETS, 'handlers.sha256', 'lib/index.js', 'lib/index.d.ts', '.jsii', 'API.md', 'LICENSE', 'THIRD-PARTY-NOTICES',
  ]));
  expect(statSync(tarball).size).toBeLessThanOrEqual(1_000_000);
});

test('the package has no dependencies except its two peers', () => {
  const manifest = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json'], dir));
  const { dependencies, bundledDependencies, bundleDependencies, peerDependencies } = manifest;
  expect({ dependencies, bundledDependencies, bundleDependencies }).toEqual({});
  expect(Object.keys(peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
});

/** Loaded before the app. Synthesis fails if it uses the network or starts a program. */
const ISOLATION = `
const forbid = (what) => () => { throw new Error('synthesis must not use ' + what); };
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
  require('child_process')[name] = forbid('another program');
}
require('net').Socket.prototype.connect = forbid('the network');
require('dns').lookup = forbid('the network');
`;

const APP = `
const { App, Stack } = require('aws-cdk-lib');
const { SqsQueue } = require('aws-cdk-lib/aws-events-targets');
const { Key } = require('aws-cdk-lib/aws-kms');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const {
  QueuedFunction, StripeAccount, StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeEventType, StripeMode,
  StripeSourceIps,
} = require('cdk-stripe-eventbridge');
const stack = new Stack(new App(), 'Mine', { env: { region: 'eu-west-1' } });
const endpoints = {
  Http: StripeEndpoint.httpApi({ accessLog: {} }),
  Rest: StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe() }),
  Url: StripeEndpoint.functionUrl(),
};
for (const [id, endpoint] of Object.entries(endpoints)) {
  const bridge = new StripeEventBridge(stack, id, {
    endpoint, eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID), mode: StripeMode.LIVE,
    customerTable: { account: StripeAccount.own() }, archive: {}, dashboard: true,
    encryptionKey: new Key(stack, id + 'Key'), functionOptions: { tracing: true },
  });
  bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, id + 'Target')) });
  bridge.onEvent('Queued', { target: new QueuedFunction(new Function(stack, id + 'Function', {
    runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
  })) });
}
`;

test('the package installs into an empty CDK app, which synthesizes with the newest CDK and without network', () => {
  app = mkdtempSync(join(dir, 'app-'));
  writeFileSync(join(app, 'package.json'), '{"name":"app","private":true}');
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball], app); // adds the newest peers
  for (const name of ['esbuild', '@aws-sdk', 'stripe']) {
    expect(existsSync(join(app, 'node_modules', name))).toBe(false);
  }
  writeFileSync(join(app, 'isolation.js'), ISOLATION);
  writeFileSync(join(app, 'app.js'), APP);
  // without PATH there is neither esbuild nor Docker
  run(process.execPath, ['--require', './isolation.js', 'app.js'], app, { PATH: '', CDK_OUTDIR: 'cdk.out' });
  const assets = readdirSync(join(app, 'cdk.out')).filter((name) => name.startsWith('asset.'));
  expect(assets).toHaveLength(ASSETS.length);
  assets.forEach((asset) => expect(readdirSync(join(app, 'cdk.out', asset))).toEqual(['index.js']));
});

test('the oldest aws-cdk-lib that is supported gives the same template as the newest', () => {
  const oldest = mkdtempSync(join(dir, 'oldest-'));
  const packageOf = (...path: string[]) => JSON.parse(readFileSync(join(...path, 'package.json'), 'utf8'));
  const versions = [ROOT, app].map((each) => packageOf(each, 'node_modules', 'aws-cdk-lib').version);
  expect(packageOf(ROOT).peerDependencies['aws-cdk-lib']).toBe(`^${versions[0]}`);
  expect(versions[1]).not.toBe(versions[0]);
  mkdirSync(join(oldest, 'node_modules'));
  ['aws-cdk-lib', 'constructs'].forEach((name) =>
    symlinkSync(join(ROOT, 'node_modules', name), join(oldest, 'node_modules', name)));
  [join('node_modules', 'cdk-stripe-eventbridge'), 'app.js'].forEach((path) =>
    cpSync(join(app, path), join(oldest, path), { recursive: true }));
  run(process.execPath, ['app.js'], oldest, { PATH: '', CDK_OUTDIR: 'cdk.out' });
  const [before, after] = [oldest, app].map((each) =>
    JSON.parse(readFileSync(join(each, 'cdk.out', 'Mine.template.json'), 'utf8')));
  expect(Object.keys(before.Resources).length).toBeGreaterThan(150);
  expect(after).toEqual(before);
});
