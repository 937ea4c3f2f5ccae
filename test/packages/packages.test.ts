import { execFile } from 'child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { consume, LANGUAGES, QUICK_START_OUT, templatesIn, the, type Timing } from './consumers';
import { inProject } from '../../local/project';

/** Tests the built packages, never the sources, in a clean app of each language. */

jest.setTimeout(900_000);

const run = promisify(execFile);
const JAVA_PACKAGE = inProject('dist', 'java', 'io', 'github', 'cdk-stripe', 'cdk-stripe-eventbridge');
const outcomes: Record<string, Promise<Timing>> = {};
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'packages-'));
  for (const language of LANGUAGES) { // in parallel, because most of the time is spent waiting for a registry
    outcomes[language] = consume(language, join(dir, language));
    outcomes[language].catch(() => undefined); // the test of the language reports it
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

test.each(LANGUAGES)('the app in %s synthesizes the templates of the other languages', async (language) => {
  await outcomes[language];
  await outcomes.typescript;
  const reference = templatesIn(join(dir, 'typescript'));
  expect(Object.keys(reference)).toEqual(['Billing.template.json', 'Connect.template.json']);
  expect(templatesIn(join(dir, language))).toEqual(reference);
});

test.each(LANGUAGES)('the quick start in %s synthesizes the template of the other languages', async (language) => {
  await outcomes[language];
  await outcomes.typescript;
  const reference = templatesIn(join(dir, 'typescript'), QUICK_START_OUT);
  expect(Object.keys(reference)).toEqual(['Billing.template.json']);
  expect(templatesIn(join(dir, language), QUICK_START_OUT)).toEqual(reference);
});

test.each(LANGUAGES)('the app in %s contains the handlers of the built library', async (language) => {
  await outcomes[language];
  const assembly = join(dir, language, 'cdk.out');
  const assets = readdirSync(assembly).filter((name) => name.startsWith('asset.'))
    .map((name) => readFileSync(join(assembly, name, 'index.js'), 'utf8'));
  const built = ['writer', 'webhook'].map((name) => readFileSync(inProject('assets', name, 'index.js'), 'utf8'));
  expect(assets.sort()).toEqual(built.sort());
});

test('the app in Python passes every check of the demo on a local AWS', async () => {
  await outcomes.python;
  const { stdout } = await run(inProject('node_modules', '.bin', 'ts-node'), [
    '--transpile-only', '--project', inProject('tsconfig.dev.json'), inProject('local', 'demo.ts'),
    '--assembly', join(dir, 'python', 'cdk.out'),
  ]);
  expect(stdout).toContain('row in the table');
  expect(stdout).toContain('Every check passed.');
});

test('U19: each property in Python rejects a wrong value by its name, or synthesizes', async () => {
  await outcomes.python;
  const python = join(dir, 'python', '.venv', 'bin', 'python');
  const { stdout } = await run(python, [join(__dirname, 'wrong_values.py')], { maxBuffer: 64 * 1024 * 1024 });
  const { count, problems } = JSON.parse(stdout);
  expect(problems).toEqual([]);
  expect(count).toBeGreaterThan(1_000);
});

test('the Python package is a wheel and a source distribution', () => {
  expect(the('python', /\.whl$/)).toMatch(/cdk_stripe_eventbridge-[\d.]+-py3-none-any\.whl$/);
  expect(the('python', /\.tar\.gz$/)).toMatch(/cdk_stripe_eventbridge-[\d.]+\.tar\.gz$/);
});

test('the Java package has sources and documentation', () => {
  const [version] = readdirSync(JAVA_PACKAGE).filter((name) => /^\d/.test(name));
  const files = readdirSync(join(JAVA_PACKAGE, version));
  const of = (suffix: string) => `cdk-stripe-eventbridge-${version}${suffix}`;
  expect(files).toEqual(expect.arrayContaining([of('.jar'), of('-sources.jar'), of('-javadoc.jar'), of('.pom')]));
});

test('the Java package loads the event types without a call to Node.js for each of them', async () => {
  const files = readdirSync(JAVA_PACKAGE, { recursive: true, encoding: 'utf8' });
  const jar = join(JAVA_PACKAGE, files.find((name) => name.endsWith('-sources.jar'))!);
  const entry = 'io/github/cdkstripe/eventbridge/StripeEventType.java';
  const { stdout } = await run('unzip', ['-p', jar, entry], { maxBuffer: 16 * 1024 * 1024 });
  expect(stdout).toContain('public enum StripeEventType');
  expect(stdout).toContain('INVOICE_PAID');
  expect(stdout).not.toMatch(/jsiiStaticGet|jsiiStaticCall/);
});

test('the C# package has a project and sources, which are compiled only where .NET is installed', () => {
  const folder = inProject('dist', 'dotnet', 'CdkStripe.EventBridge');
  const project = readFileSync(join(folder, 'CdkStripe.EventBridge.csproj'), 'utf8');
  expect(project).toContain('<PackageId>CdkStripe.EventBridge</PackageId>');
  expect(existsSync(join(folder, 'CdkStripe', 'EventBridge', 'StripeEventBridge.cs'))).toBe(true);
});
