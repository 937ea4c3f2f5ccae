import { execFile } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { consume, LANGUAGES, QUICK_START_OUT, templatesIn, the, type Timing } from './consumers';
import { inProject } from '../../local/project';

/** The built packages, never the sources, in a clean app of each language. */

jest.setTimeout(900_000);

const run = promisify(execFile);
const outcomes: Record<string, Promise<Timing>> = {};
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'packages-'));
  for (const language of LANGUAGES) { // side by side, since most of the time is waiting for a registry
    outcomes[language] = consume(language, join(dir, language));
    outcomes[language].catch(() => undefined); // its test tells
  }
});

afterAll(async () => {
  const settled = await Promise.all(Object.entries(outcomes).map(async ([language, outcome]) => {
    const { install, synth } = await outcome.catch(() => ({ install: NaN, synth: NaN }));
    return `  ${language.padEnd(12)} install ${install.toFixed(1)} s, synth ${synth.toFixed(1)} s`;
  }));
  process.stdout.write(`${settled.join('\n')}\n`);
  rmSync(dir, { recursive: true, force: true });
});

test.each(LANGUAGES)('the app in %s installs the built package and synthesizes the templates that the others do', async (language) => {
  await outcomes[language];
  await outcomes.typescript;
  const reference = templatesIn(join(dir, 'typescript'));
  expect(Object.keys(reference)).toEqual(['Billing.template.json', 'Connect.template.json']);
  expect(templatesIn(join(dir, language))).toEqual(reference);
});

test.each(LANGUAGES)('the quick start of the README in %s synthesizes the template that the others do', async (language) => {
  await outcomes[language];
  await outcomes.typescript;
  const reference = templatesIn(join(dir, 'typescript'), QUICK_START_OUT);
  expect(Object.keys(reference)).toEqual(['Billing.template.json']);
  expect(templatesIn(join(dir, language), QUICK_START_OUT)).toEqual(reference);
});

test.each(LANGUAGES)('the app in %s ships the handlers that the library was built with', async (language) => {
  await outcomes[language];
  const assets = readdirSync(join(dir, language, 'cdk.out')).filter((name) => name.startsWith('asset.'))
    .map((name) => readFileSync(join(dir, language, 'cdk.out', name, 'index.js'), 'utf8'));
  const built = ['writer', 'webhook'].map((name) => readFileSync(inProject('assets', name, 'index.js'), 'utf8'));
  expect(assets.sort()).toEqual(built.sort());
});

test('the app in Python, deployed to a local AWS, takes signed events to its table and holds every other promise of the demo', async () => {
  await outcomes.python;
  const { stdout } = await run(inProject('node_modules', '.bin', 'ts-node'), [
    '--transpile-only', '--project', inProject('tsconfig.dev.json'), inProject('local', 'demo.ts'), '--assembly', join(dir, 'python', 'cdk.out'),
  ]);
  expect(stdout).toContain('row in the table');
  expect(stdout).toContain('All of it was seen.');
});

test('there are a wheel and a source distribution for PyPI', () => {
  expect(the('python', /\.whl$/)).toMatch(/cdk_stripe_eventbridge-[\d.]+-py3-none-any\.whl$/);
  expect(the('python', /\.tar\.gz$/)).toMatch(/cdk_stripe_eventbridge-[\d.]+\.tar\.gz$/);
});

test('there is an artifact with sources and documentation for Maven Central', () => {
  const [version] = readdirSync(inProject('dist', 'java', 'io', 'github', 'cdk-stripe', 'cdk-stripe-eventbridge')).filter((name) => /^\d/.test(name));
  const files = readdirSync(inProject('dist', 'java', 'io', 'github', 'cdk-stripe', 'cdk-stripe-eventbridge', version));
  const of = (suffix: string) => `cdk-stripe-eventbridge-${version}${suffix}`;
  expect(files).toEqual(expect.arrayContaining([of('.jar'), of('-sources.jar'), of('-javadoc.jar'), of('.pom')]));
});

test('Java loads the event types without a call to Node.js for each', async () => {
  const folder = inProject('dist', 'java', 'io', 'github', 'cdk-stripe', 'cdk-stripe-eventbridge');
  const [jar] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('-sources.jar'));
  const { stdout } = await run('unzip', ['-p', join(folder, jar), 'io/github/cdkstripe/eventbridge/StripeEventType.java'], { maxBuffer: 16 * 1024 * 1024 });
  expect(stdout).toContain('public enum StripeEventType');
  expect(stdout).toContain('INVOICE_PAID');
  expect(stdout).not.toMatch(/jsiiStaticGet|jsiiStaticCall/);
});

test('there are sources for NuGet, which are compiled only where .NET is', () => {
  const project = readFileSync(inProject('dist', 'dotnet', 'CdkStripe.EventBridge', 'CdkStripe.EventBridge.csproj'), 'utf8');
  expect(project).toContain('<PackageId>CdkStripe.EventBridge</PackageId>');
  expect(existsSync(inProject('dist', 'dotnet', 'CdkStripe.EventBridge', 'CdkStripe', 'EventBridge', 'StripeEventBridge.cs'))).toBe(true);
});
