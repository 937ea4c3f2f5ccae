import { execFileSync } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

/** The package as npm would publish it, in an empty CDK app. */

jest.setTimeout(180_000);

const ROOT = join(__dirname, '..');
let dir: string;
let tarball: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'packed-'));
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', dir], ROOT));
  tarball = join(dir, filename);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const run = (program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env) =>
  execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });

test('has what users need and nothing else, in at most 1 MB', () => {
  const files = run('tar', ['-tzf', tarball], dir).trim().split('\n').map((file) => file.replace(/^package\//, ''));
  const expected = [
    /^package\.json$/, /^\.jsii(\.tabl\.json)?$/, /^(README|API)\.md$/, /^LICENSE$/,
    /^THIRD-PARTY-NOTICES$/, /^handlers\.sha256$/, /^assets\/(webhook|upsert)\/index\.js$/,
    /^lib\/[\w/.-]+\.(js|d\.ts)$/,
  ];
  expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
  expect(files.filter((file) => /runtime\/|\.lambda\.|test|local/.test(file))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining([
    'assets/webhook/index.js', 'assets/upsert/index.js', 'handlers.sha256', 'lib/index.js', '.jsii', 'API.md', 'LICENSE', 'THIRD-PARTY-NOTICES',
  ]));
  expect(statSync(tarball).size).toBeLessThanOrEqual(1_000_000);
});

test('has no dependency but its two peers', () => {
  const { dependencies, bundledDependencies, bundleDependencies, peerDependencies } = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json'], dir));
  expect({ dependencies, bundledDependencies, bundleDependencies }).toEqual({});
  expect(Object.keys(peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
});

/** Loaded before the app: whoever reaches for the network or starts a program fails the synthesis. */
const ALONE = `
const refuse = (what) => () => { throw new Error('synthesis must not use ' + what); };
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
  require('child_process')[name] = refuse('another program');
}
require('net').Socket.prototype.connect = refuse('the network');
require('dns').lookup = refuse('the network');
`;

const APP = `
const { App, Stack } = require('aws-cdk-lib');
const { SqsQueue } = require('aws-cdk-lib/aws-events-targets');
const { Key } = require('aws-cdk-lib/aws-kms');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const { StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeEventType } = require('cdk-stripe-eventbridge');
const stack = new Stack(new App(), 'Mine', { env: { region: 'eu-west-1' } });
const endpoints = { Http: StripeEndpoint.httpApi({ accessLog: {} }), Rest: StripeEndpoint.restApi({ onlyFromStripe: true }), Url: StripeEndpoint.functionUrl() };
for (const [id, endpoint] of Object.entries(endpoints)) {
  new StripeEventBridge(stack, id, {
    endpoint, eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID), customerTable: {}, archive: {}, dashboard: true,
    encryptionKey: new Key(stack, id + 'Key'), functionOptions: { tracing: true },
  }).onEvent('All', { target: new SqsQueue(new Queue(stack, id + 'Target')) });
}
`;

test('installs into an empty CDK app and synthesizes there with the newest CDK: no esbuild, no Docker, no network', () => {
  const app = mkdtempSync(join(dir, 'app-'));
  writeFileSync(join(app, 'package.json'), '{"name":"app","private":true}');
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball], app); // npm adds the peers, at their newest
  ['esbuild', '@aws-sdk', 'stripe'].forEach((name) => expect(existsSync(join(app, 'node_modules', name))).toBe(false));
  writeFileSync(join(app, 'alone.js'), ALONE);
  writeFileSync(join(app, 'app.js'), APP);
  run(process.execPath, ['--require', './alone.js', 'app.js'], app, { PATH: '', CDK_OUTDIR: 'cdk.out' });
  const assets = readdirSync(join(app, 'cdk.out')).filter((name) => name.startsWith('asset.'));
  expect(assets).toHaveLength(2);
  assets.forEach((asset) => expect(readdirSync(join(app, 'cdk.out', asset))).toEqual(['index.js']));
});
