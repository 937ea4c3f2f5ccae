import { readFileSync, statSync } from 'fs';
import { builtinModules } from 'module';
import { join } from 'path';

const ASSETS = join(__dirname, '..', 'assets');
const metafile = (name: string) => JSON.parse(readFileSync(join(ASSETS, `${name}.meta.json`), 'utf8'));
const output = (name: string): any => Object.values(metafile(name).outputs)[0];

describe.each([['webhook', 200_000], ['upsert', 220_000]])('the bundle of %s', (name, limit) => {
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

test('tests run on the Lambda runtime\'s major', () => {
  expect(process.versions.node).toMatch(/^24\./);
});
