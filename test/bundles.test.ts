import { execFileSync } from 'child_process';
import { createHash } from 'crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'fs';
import { builtinModules } from 'module';
import { tmpdir } from 'os';
import { join } from 'path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { handlers } from '../projenrc/bundle-handlers';
import { GENERATED_ASSETS } from '../projenrc/paths';
import { bundledPackages, bundles } from '../scripts/bundled-packages';
import { ENV, WRITER } from './harness/environments';

const ROOT = join(__dirname, '..');
const ASSETS = join(ROOT, GENERATED_ASSETS);

/** Maximum size of each bundle in bytes. */
const LIMITS: Record<string, number> = { webhook: 100_000, writer: 220_000 };

const metafile = (name: string) => JSON.parse(readFileSync(join(ASSETS, `${name}.meta.json`), 'utf8'));
const output = (name: string): any => Object.values(metafile(name).outputs)[0];

/** Gives a folder to a function, and removes it afterwards. */
function inTemporaryFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'bundles-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('discovery', () => {
  test('every handler below src is bundled, and has a limit', () => {
    const names = [...handlers(join(ROOT, 'src')).keys()].sort();
    expect(bundles()).toEqual(names);
    expect(Object.keys(LIMITS).sort()).toEqual(names);
  });

  test('two handlers with the same file name are rejected, because their bundles would have one name', () => {
    inTemporaryFolder((folder) => {
      for (const path of ['one', 'other']) {
        mkdirSync(join(folder, path));
        writeFileSync(join(folder, path, 'writer.lambda.ts'), '');
      }
      expect(() => handlers(folder)).toThrow('would both be bundled as \'writer\'; rename one of them');
    });
  });
});

describe.each(bundles())('bundle of %s', (name) => {
  test('the bundle is within its limit, with at most 40,000 bytes that are not the AWS SDK', () => {
    expect(statSync(join(ASSETS, name, 'index.js')).size).toBeLessThanOrEqual(LIMITS[name]);
    const inputs = Object.entries<{ bytesInOutput: number }>(output(name).inputs);
    const ours = inputs.filter(([path]) => !/node_modules\/@(aws-sdk|smithy|aws)\//.test(path));
    expect(ours.length).toBeGreaterThan(5);
    expect(ours.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0)).toBeLessThanOrEqual(40_000);
  });

  test('T04: a layer can replace the handler, as those for instrumentation do', () => {
    const load = `const exported = require(${JSON.stringify(join(ASSETS, name, 'index.js'))});
      const before = exported.handler;
      Object.defineProperty(exported, 'handler', { value: () => before, configurable: true });
      process.stdout.write(typeof before + (exported.handler() === before));
      process.exit();`;
    const keys = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'key' };
    const env = { ...process.env, ...ENV, ...WRITER, ...keys, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    expect(execFileSync(process.execPath, ['-e', load], { env, encoding: 'utf8' })).toBe('functiontrue');
  });

  test('the bundle imports only modules of Node.js', () => {
    const imported: string[] = output(name).imports.map(({ path }: { path: string }) => path.replace(/^node:/, ''));
    expect(imported).toContain('https');
    expect(imported.filter((path) => !builtinModules.includes(path))).toEqual([]);
  });

  test('the bundle has no part of stripe-node, and one provider of credentials, which reads the environment', () => {
    const paths = Object.keys(metafile(name).inputs);
    const packages = new Set(paths.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]));
    expect(packages).not.toContain('stripe');
    expect([...packages].filter((each) => each?.startsWith('@aws-sdk/credential-provider')))
      .toEqual(['@aws-sdk/credential-provider-env']);
  });
});

test('the webhook contains the endpoint rules of the generated clients, and no other part of them', () => {
  const inputs: Record<string, { readonly bytesInOutput: number }> = output('webhook').inputs;
  const parts = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0)
    .flatMap((path) => /node_modules\/@aws-sdk\/(client-[\w-]+\/.+)/.exec(path)?.[1] ?? []).sort();
  expect(parts).toEqual(['client-eventbridge', 'client-secrets-manager'].flatMap((client) =>
    ['bdd', 'endpointResolver'].map((file) => `${client}/dist-es/endpoint/${file}.js`)));
});

describe('bundled packages', () => {
  const packages: Array<Record<'name' | 'version' | 'license', string>> = bundledPackages()
    .map((folder) => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')));
  const names = packages.map(({ name, version }) => `${name}@${version}`).sort();

  test('every bundled package has its license in THIRD-PARTY-NOTICES, and no other package has', () => {
    const notices = readFileSync(join(ROOT, 'THIRD-PARTY-NOTICES'), 'utf8');
    expect([...notices.matchAll(/^(@?[\w./-]+@[\d.]+) \(.+\)$/gm)].map(([, name]) => name).sort()).toEqual(names);
    expect(names).toContainEqual(expect.stringMatching(/^@aws-sdk\/client-eventbridge@/));
    expect(notices).toContain('Apache License');
    expect(notices).toContain('Permission is hereby granted, free of charge');
  });

  test('every bundled package has a license that allows it', () => {
    const allowed = ['MIT', 'MIT-0', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'];
    expect(packages.filter(({ license }) => !allowed.includes(license))).toEqual([]);
  });

  test('the bill of materials lists exactly the bundled packages, and is valid CycloneDX', async () => {
    const args = ['--transpile-only', '--project', 'tsconfig.dev.json', 'scripts/write-sbom.ts'];
    execFileSync(join(ROOT, 'node_modules', '.bin', 'ts-node'), args, { cwd: ROOT, stdio: 'pipe' });
    const text = readFileSync(join(ROOT, 'dist', 'sbom.cdx.json'), 'utf8');
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(text)).toBeNull();
    const bom = JSON.parse(text);
    const root = bom.metadata.component['bom-ref'];
    expect(bom.components.map((component: any) => component['bom-ref']).sort()).toEqual(names);
    expect(bom.dependencies.find(({ ref }: any) => ref === root).dependsOn.sort()).toEqual(names);
  });
});

test('T7: bundles that are built again in another folder have the hashes of handlers.sha256', () => {
  inTemporaryFolder((folder) => {
    const needed = ['src', 'projenrc', 'scripts', '.projen', 'package.json', 'tsconfig.json', 'tsconfig.dev.json'];
    for (const path of needed) {
      cpSync(join(ROOT, path), join(folder, path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    execFileSync(join(ROOT, 'node_modules', '.bin', 'projen'), ['bundle'], { cwd: folder, stdio: 'pipe' });
    const hashes = bundles().map((name) => join(GENERATED_ASSETS, name, 'index.js'))
      .map((path) => `${createHash('sha256').update(readFileSync(join(folder, path))).digest('hex')}  ${path}\n`);
    expect(hashes.join('')).toBe(readFileSync(join(ROOT, 'handlers.sha256'), 'utf8'));
  });
});

test('the tests run on the major version of Node.js that the Lambda functions have', () => {
  expect(process.versions.node).toMatch(/^24\./);
});
