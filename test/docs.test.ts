import { readFileSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ts from 'typescript';
import * as library from '../src';

const ROOT = join(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the first sample of the README', () => {
  const sample = /```ts[^\n]*\n([\s\S]+?)```/.exec(read('README.md'))![1];

  test('compiles', () => {
    expect(compileErrors(sample)).toEqual([]);
    expect(compileErrors(sample.replace('INVOICE_PAID', 'INVOICE_PIAD'))).toEqual([expect.stringContaining('INVOICE_PIAD')]);
  });

  test('synthesizes', () => {
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    const javascript = ts.transpileModule(sample, { compilerOptions }).outputText;
    const load = (name: string) => name === 'cdk-stripe-eventbridge' ? library : jest.requireActual(name);
    const stack = new Function('require', 'exports', `${javascript}; return stack;`)(load, {}) as Stack;
    Template.fromStack(stack).resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 3);
  });
});

test('the examples of all languages use the CDK that the library is tested on', () => {
  const floor = JSON.parse(read('package.json')).devDependencies['aws-cdk-lib'];
  expect(JSON.parse(read('examples/typescript/package.json')).dependencies['aws-cdk-lib']).toBe(floor);
  expect(read('examples/python/requirements.txt')).toContain(`aws-cdk-lib==${floor}\n`);
  expect(read('examples/java/pom.xml')).toContain(`<cdk.version>${floor}</cdk.version>`);
  expect(read('examples/go/go.mod')).toContain(`awscdk/v2 v${floor}\n`);
});

test.each([...read('README.md').matchAll(/<!-- generated from (\S+) -->\n\n```\w+\n([\s\S]*?)```/g)].map(([, path, code]) => [path, code]))(
  'the quick start of the README is %s, which is tested', (path, code) => {
    expect(code).toBe(read(path));
  },
);

test('API.md has every public name and every member', () => {
  const api = read('API.md');
  const missing = [...publicApi()].flatMap(([name, members]) => [
    ...api.includes(`### ${name} <a `) ? [] : [name],
    ...members.filter((member) => !api.includes(`.${name}.${member}"`) && !api.includes(`.${name}.property.${member}"`)).map((member) => `${name}.${member}`),
  ]);
  expect(missing).toEqual([]);
  expect([...publicApi().keys()]).toContain('StripeEventBridge');
  expect(publicApi().get('StripeEventBridge')).toContain('onEvent');
});

test('the drawing has the boxes and the arrows of the template, no more and no less', () => {
  const drawing = /```mermaid\n([\s\S]+?)```/.exec(read('docs/architecture.md'))![1];
  const boxes = [...drawing.matchAll(/^ +(\w+)\["\w+<br\/>([\w:]+)"\]$/gm)].map(([, name, type]) => `${name} ${type}`);
  const arrows = [...drawing.matchAll(/^ +(\w+) -->\|"[^"]+"\| (\w+)$/gm)].map(([, from, to]) => `${from} → ${to}`);
  const stack = new Stack(new App({ context: { 'aws:cdk:enable-path-metadata': true } }), 'Test');
  new library.StripeEventBridge(stack, 'Stripe', { customerTable: {} });
  const graph = graphOf(Template.fromStack(stack).toJSON().Resources);
  expect(boxes.sort()).toEqual(graph.boxes);
  expect(arrows.sort()).toEqual(graph.arrows);
  expect(graph.arrows).toHaveLength(9);
});

function compileErrors(code: string): string[] {
  const { program, file } = programOf(code);
  return ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** The project's own compiler settings, with one file more that exists in memory alone. */
function programOf(code: string): { program: ts.Program; file: string } {
  const file = join(ROOT, 'test', 'sample.ts');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(ROOT, 'tsconfig.dev.json'), ts.sys.readFile).config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => path === file ? code : readFile(path);
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, target) => path === file ? ts.createSourceFile(path, code, target) : getSourceFile(path, target);
  return { program: ts.createProgram([file], options, host), file };
}

/** Exported names and their members, as the compiler sees them. */
function publicApi(): Map<string, string[]> {
  const { program } = programOf('');
  const index = ts.createProgram([join(ROOT, 'src', 'index.ts')], program.getCompilerOptions());
  const checker = index.getTypeChecker();
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(index.getSourceFile(join(ROOT, 'src', 'index.ts'))!)!);
  const resolved = symbols.map((symbol) => checker.getAliasedSymbol(symbol));
  return new Map(resolved.map((symbol) => [symbol.name, [...symbol.members ?? [], ...symbol.exports ?? []]
    .filter(([, { declarations }]) => declarations?.every(isPublic))
    .map(([name]) => `${name}`)
    .filter((name) => !name.startsWith('_') && name !== 'prototype')]));
}

function isPublic(declaration: ts.Declaration): boolean {
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  return !ts.getModifiers(declaration as ts.MethodDeclaration)?.some(({ kind }) => hidden.includes(kind));
}

/** What calls, fills, feeds or reads what, read from the resources. */
function graphOf(resources: Record<string, { Type: string; Properties: any; Metadata?: any }>) {
  const drawn = ['ApiGatewayV2::Api', 'Lambda::Function', 'SecretsManager::Secret', 'Events::EventBus', 'SQS::Queue', 'DynamoDB::GlobalTable'];
  const name = (id: string) => nameOf(resources, id);
  const all = Object.entries(resources);
  const ofType = (type: string) => all.filter(([, { Type }]) => Type === `AWS::${type}`);
  const arrows = [
    ...ofType('ApiGatewayV2::Integration').flatMap(([, { Properties }]) => to(name(Properties.ApiId.Ref), Properties.IntegrationUri)),
    ...ofType('Lambda::Function').flatMap(([id, { Properties }]) => to(name(id), Properties.Environment)),
    ...ofType('Events::Rule').flatMap(([, { Properties }]) => to(name(Properties.EventBusName.Ref), Properties.Targets)),
    ...ofType('SQS::Queue').flatMap(([id, { Properties }]) => to(name(id), Properties.RedrivePolicy)),
    ...ofType('Lambda::EventSourceMapping').flatMap(([, { Properties }]) => to(name(Properties.EventSourceArn['Fn::GetAtt'][0]), Properties.FunctionName)),
  ];
  function to(from: string, properties: unknown): string[] {
    return all.filter(([id]) => JSON.stringify(properties ?? null).includes(`"${id}"`)).map(([id]) => `${from} → ${name(id)}`);
  }
  return {
    boxes: all.filter(([, { Type }]) => drawn.includes(Type.replace('AWS::', ''))).map(([id, { Type }]) => `${name(id)} ${Type}`).sort(),
    arrows: arrows.sort(),
  };
}

/** The construct id that a reader knows: less the parts that CDK puts behind it. */
function nameOf(resources: Record<string, { Metadata?: any }>, id: string): string {
  return resources[id].Metadata['aws:cdk:path'].replace(/(\/Function)?\/Resource$/, '').replace(/\/Quarantine\/Queue$/, '/Quarantine').split('/').pop();
}
