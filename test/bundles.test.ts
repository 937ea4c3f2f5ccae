import { execFileSync } from 'child_process';
import { createHash } from 'crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'fs';
import { builtinModules } from 'module';
import { tmpdir } from 'os';
import { join } from 'path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

const ROOT = join(__dirname, '..');
const ASSETS = join(ROOT, 'assets');
const metafile = (name: string) => JSON.parse(readFileSync(join(ASSETS, `${name}.meta.json`), 'utf8'));
const output = (name: string): any => Object.values(metafile(name).outputs)[0];

describe.each([['webhook', 200_000], ['writer', 220_000]])('the bundle of %s', (name, limit) => {
  test(`has at most ${limit} bytes, of which at most 40,000 are not the AWS SDK`, () => {
    expect(statSync(join(ASSETS, name, 'index.js')).size).toBeLessThanOrEqual(limit);
    const ours = Object.entries<any>(output(name).inputs).filter(([path]) => !/node_modules\/@(aws-sdk|smithy|aws)\//.test(path));
    expect(ours.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0)).toBeLessThanOrEqual(40_000);
  });

  test('imports nothing but Node\'s own modules', () => {
    const imported = output(name).imports.map(({ path }: { path: string }) => path.replace(/^node:/, ''));
    expect(imported.filter((path: string) => !builtinModules.includes(path))).toEqual([]);
  });

  test('has no part of stripe-node, and knows no credentials but the environment\'s', () => {
    const packages = new Set(Object.keys(metafile(name).inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]));
    expect(packages).not.toContain('stripe');
    expect([...packages].filter((name_) => name_?.startsWith('@aws-sdk/credential-provider'))).toEqual(['@aws-sdk/credential-provider-env']);
  });
});

describe('the code of others that is bundled', () => {
  const bundled = [...new Set(['webhook', 'writer'].flatMap((name) => Object.entries<any>(output(name).inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => path.match(/^.*node_modules\/(@[^/]+\/)?[^/]+/)?.[0] ?? []))]
    .map((folder) => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as { name: string; version: string; license: string });
  const names = bundled.map(({ name, version }) => `${name}@${version}`).sort();

  test('has its licences in THIRD-PARTY-NOTICES, and nothing else has', () => {
    const notices = readFileSync(join(ROOT, 'THIRD-PARTY-NOTICES'), 'utf8');
    expect([...notices.matchAll(/^(@?[\w./-]+@[\d.]+) \(.+\)$/gm)].map(([, name]) => name).sort()).toEqual(names);
    expect(names).toContainEqual(expect.stringMatching(/^@aws-sdk\/client-eventbridge@/));
    expect(notices).toContain('Apache License');
    expect(notices).toContain('Permission is hereby granted, free of charge');
  });

  test('is under licences that allow it', () => {
    const allowed = ['MIT', 'MIT-0', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'];
    expect(bundled.filter(({ license }) => !allowed.includes(license))).toEqual([]);
  });

  test('is what the bill of materials lists, which is valid CycloneDX', async () => {
    execFileSync('ts-node', ['--transpile-only', '--project', 'tsconfig.dev.json', 'projenrc/write-sbom.ts'], { cwd: ROOT, stdio: 'pipe' });
    const text = readFileSync(join(ROOT, 'dist', 'sbom.cdx.json'), 'utf8');
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(text)).toBeNull();
    const bom = JSON.parse(text);
    expect(bom.components.map((component: any) => component['bom-ref']).sort()).toEqual(names);
    expect(bom.dependencies.find(({ ref }: any) => ref === bom.metadata.component['bom-ref']).dependsOn.sort()).toEqual(names);
  });
});

test('T7: built again elsewhere, the handlers are the same to the byte, and those of the manifest', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'built-again-'));
  try {
    for (const path of ['src', 'projenrc', '.projen', 'package.json', 'tsconfig.json', 'tsconfig.dev.json']) {
      cpSync(join(ROOT, path), join(elsewhere, path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(elsewhere, 'node_modules'));
    execFileSync(join(ROOT, 'node_modules', '.bin', 'projen'), ['bundle'], { cwd: elsewhere, stdio: 'pipe' });
    const hashes = ['writer', 'webhook'].map((name) => join('assets', name, 'index.js'))
      .map((path) => `${createHash('sha256').update(readFileSync(join(elsewhere, path))).digest('hex')}  ${path}\n`);
    expect(hashes.join('')).toBe(readFileSync(join(ROOT, 'handlers.sha256'), 'utf8'));
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test('tests run on the Lambda runtime\'s major', () => {
  expect(process.versions.node).toMatch(/^24\./);
});
