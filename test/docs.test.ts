import { readdirSync, readFileSync } from 'fs';
import { basename, join } from 'path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ts from 'typescript';
import * as library from '../src';
import { membersOf, types } from './harness/public-api';

const ROOT = join(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Document or example, by its path in the project. */
const filesBelow = (folder: string) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  .filter((path) => !path.includes('node_modules')).map((path) => join(folder, path));

/** TypeScript sample of a document, as a complete file. */
interface Sample {
  readonly name: string;
  readonly code: string;
  /** Whether the sample is part of the fixture, whose names it need not use all. */
  readonly hasFixture?: boolean;
}

const samples = ['README.md', ...filesBelow('docs').filter((path) => path.endsWith('.md'))].flatMap(samplesOf);

describe('samples', () => {
  test('every TypeScript sample of the documents compiles', () => {
    expect(samples.length).toBeGreaterThan(1);
    const misspelled = {
      name: 'a misspelled sample',
      code: 'import { StripeEventType } from \'cdk-stripe-eventbridge\';\nStripeEventType.INVOICE_PIAD;',
    };
    expect(compileErrors([...samples, misspelled])).toEqual([
      expect.stringMatching(/^a misspelled sample: .*INVOICE_PIAD/),
    ]);
  }, 120_000); // loads every declaration of aws-cdk-lib

  test('the first sample of the README synthesizes a webhook and every rule that it asks for', () => {
    const [{ code }] = samples;
    const template = Template.fromStack(stackOf(code));
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    const asked = code.match(/\.onEvent\(|customerTable: /g) ?? [];
    template.resourceCountIs('AWS::Events::Rule', 1 + asked.length); // one sends to the quarantine
  });

  test.each(quickStarts())('the quick start of the README is %s, which is tested', (path, code) => {
    expect(code).toBe(read(path));
  });
});

test('the examples of every language use the CDK version that the library is tested with', () => {
  const { 'aws-cdk-lib': floor } = JSON.parse(read('package.json')).devDependencies;
  const required: Record<string, string> = {
    'package.json': `"aws-cdk-lib": "${floor}"`,
    'requirements.txt': `aws-cdk-lib==${floor}\n`,
    'pom.xml': `<cdk.version>${floor}</cdk.version>`,
    'go.mod': `awscdk/v2 v${floor}\n`,
  };
  const manifests = filesBelow('examples').filter((path) => basename(path) in required);
  expect(new Set(manifests.map((path) => basename(path)))).toEqual(new Set(Object.keys(required)));
  expect(manifests.filter((path) => !read(path).includes(required[basename(path)]))).toEqual([]);
});

test('API.md has every public name and every member', () => {
  const api = read('API.md');
  const anchors = types.flatMap((type) => [
    `### ${type.name} <a `,
    ...membersOf(type).filter((member) => !member.protected).map(({ name }) => `.${type.name}.${name}"`),
  ]);
  const missing = anchors.filter((anchor) => !api.includes(anchor) && !api.includes(propertyAnchor(anchor)));
  expect(missing).toEqual([]);
  expect(anchors).toContain('.StripeEvents.onEvent"');
});

/** jsii-docgen inserts `property` between the names of a type and its property. */
const propertyAnchor = (anchor: string) => anchor.replace(/^(\.\w+)\./, '$1.property.');

/** Samples of a document. Without `nofixture`, a sample is part of the fixture that jsii-rosetta uses, too. */
function samplesOf(path: string): Sample[] {
  const blocks = [...read(path).matchAll(/^```ts([^\n]*)\n([\s\S]+?)^```/gm)];
  return blocks.map(([, info, code], index) => {
    const hasFixture = !info.includes('nofixture');
    const name = `${path}, TypeScript sample ${index + 1}`;
    return { name, hasFixture, code: hasFixture ? inFixture(code) : code };
  });
}

function inFixture(code: string): string {
  const imports = /^import [\s\S]+?;\n/gm;
  const body = read('rosetta/default.ts-fixture').replace('/// here', () => code.replace(imports, ''));
  return [...code.match(imports) ?? [], body].join('');
}

/** Type errors of the samples, which are files in memory of one program with the compiler options of the project. */
function compileErrors(all: Sample[]): string[] {
  const files = new Map(all.map(({ code }, index) => [join(ROOT, 'test', `sample-${index}.ts`), code]));
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.dev.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, target, ...rest) => files.has(path)
    ? ts.createSourceFile(path, files.get(path)!, target)
    : getSourceFile(path, target, ...rest);
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((path, index) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path))
    .filter(({ reportsUnnecessary }) => !(all[index].hasFixture && reportsUnnecessary))
    .map(({ messageText }) => `${all[index].name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`));
}

/** Runs a sample. Returns its stack, or that of the fixture. */
function stackOf(code: string): Stack {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const javascript = ts.transpileModule(code, { compilerOptions }).outputText;
  const load = (name: string) => name === 'cdk-stripe-eventbridge' ? library : jest.requireActual(name);
  const result = 'return typeof stack === "undefined" ? new Billing() : stack;';
  return new Function('require', 'exports', `${javascript}; ${result}`)(load, {});
}

/** Quick starts of other languages in the README, by the path of the example. */
function quickStarts(): Array<[path: string, code: string]> {
  const blocks = read('README.md').matchAll(/<!-- generated from (\S+) -->\n\n```\w+\n([\s\S]*?)```/g);
  return [...blocks].map(([, path, code]) => [path, code]);
}
