import { execFile } from 'child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import * as ts from 'typescript';
import {
  allDocumented, allMembers, assembly, constructorParameters, membersOf, methodParameters, type Type, types,
} from './harness/public-api';

/** The public names, as jsii translates them to every language. */

const ROOT = join(__dirname, '..');
const INDEX = join(ROOT, 'src', 'index.ts');

const BRIDGE = 'cdk-stripe-eventbridge.StripeEventBridge';

test('the public names are those that were reviewed', () => {
  const reviewed = types.map((type) => [
    [type.kind, type.name, ...type.base || type.interfaces ? ['extends', ...parentsOf(type)] : []].join(' '),
    ...type.kind === 'enum' && type.name === 'StripeEventType' ? [] : membersOf(type).map((member) => {
      const parameters = member.parameters && `(${member.parameters.map(({ name }) => name).join(', ')})`;
      return `  ${member.static ? 'static ' : ''}${member.name}${member.optional ? '?' : ''}${parameters ?? ''}`;
    }).sort(),
  ].join('\n')).sort().join('\n');
  expect(reviewed).toMatchSnapshot();
});

test('src/index.ts exports every public name once, by its name', () => {
  const statements = ts.createSourceFile(INDEX, readFileSync(INDEX, 'utf8'), ts.ScriptTarget.Latest).statements;
  const names = statements.flatMap((statement) => {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    // `export *` has no clause, `export * as x` has one of another kind
    return clause && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : ['not a list of names'];
  });
  expect(names.sort()).toEqual(types.map(({ name }) => name).sort());
});

test('every public type, member and parameter is documented', () => {
  expect(allDocumented.filter(({ item }) => !item.docs?.summary).map(({ path }) => path)).toEqual([]);
  expect(allDocumented.length).toBeGreaterThan(types.length * 2);
  expect(constructorParameters.map(({ path }) => path)).toContain('new StripeEventBridge(props)');
  expect(methodParameters.map(({ path }) => path)).toContain('StripeEvents.onEvent(options)');
});

test('every summary starts with a noun or a verb, and is not cut off', () => {
  const forbidden = /^$|^(What|How|Who|Where|Which)\b|;$/; // jsii ends a summary at a semicolon
  const summaries = allDocumented.map(({ path, item }) => `${path}: ${item.docs?.summary ?? ''}`);
  expect(summaries.filter((line) => forbidden.test(line.slice(line.indexOf(': ') + 2)))).toEqual([]);
  expect(['', 'How it is.', 'The first half;'].filter((summary) => !forbidden.test(summary))).toEqual([]);
});

test('every optional property documents its default', () => {
  const optional = allMembers.filter(({ type, item }) => type.kind === 'interface' && item.optional);
  expect(optional.filter(({ item }) => item.docs?.default === undefined).map(({ path }) => path)).toEqual([]);
  expect(optional.length).toBeGreaterThan(20);
});

test('no public type is a union or any, which lose their type in Java, Go and C#', () => {
  const text = JSON.stringify(types, (key, value) => key === 'docs' ? undefined : value);
  expect(text.match(/"union":|"primitive":"(any|json)"/g)).toBeNull();
  expect(text).toContain('"primitive":"string"');
});

describe('string literals', () => {
  test('no public type is made of string literals, which jsii replaces by any string', () => {
    expect(literalsIn(INDEX)).toEqual([]);
  });

  test('the check finds literals in properties, parameters and aliases, also of imported types', () => {
    const dir = mkdtempSync(join(tmpdir(), 'literals-'));
    try {
      writeFileSync(join(dir, 'mode.ts'), 'export type Mode = "a" | "b"; export interface Other { mode: Mode }');
      writeFileSync(join(dir, 'index.ts'), `
        import { type Mode } from './mode';
        export { type Other } from './mode';
        export interface Props { readonly inline?: "a" | "b"; readonly alias: Mode; readonly name: string }
        export class Service {
          use(mode: Mode): void {}
          get(): Mode { return 'a'; }
          private hidden: Mode = 'a';
          /** @internal */
          public _internal: Mode = 'a';
        }
      `);
      expect(literalsIn(join(dir, 'index.ts'))).toEqual([
        'Other.mode', 'Props.inline', 'Props.alias', 'Service.use', 'Service.get',
      ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

test('no name is a keyword of Python, Java, Go or C#, written as in those languages', () => {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const names = [...allMembers, ...constructorParameters, ...methodParameters];
  const clashes = names.filter(({ item: { name } }) => KEYWORDS.has(name) || KEYWORDS.has(snake(name)));
  expect(clashes.map(({ path }) => path)).toEqual([]);
  expect(KEYWORDS.has('or')).toBe(true);
});

test('the event types are an enum, so that Java does not make a call per member when it loads them', () => {
  expect(assembly.types['cdk-stripe-eventbridge.StripeEventType'].kind).toBe('enum');
});

test('jsii-diff reports the removal of a method as a breaking change, and accepts an equal API', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'break-'));
  const copy = (name: string, changes: Record<string, Type> = {}) => {
    mkdirSync(join(dir, name));
    const changed = { ...assembly, types: { ...assembly.types, ...changes } };
    writeFileSync(join(dir, name, '.jsii'), JSON.stringify(changed));
    ['package.json', 'node_modules'].forEach((path) => symlinkSync(join(ROOT, path), join(dir, name, path)));
    return join(dir, name);
  };
  try {
    const bridge = assembly.types[BRIDGE];
    const released = copy('released');
    const broken = { ...bridge, methods: bridge.methods!.filter(({ name }) => name !== 'metricAccepted') };
    const diffs = [copy('same'), copy('broken', { [BRIDGE]: broken })].map((updated) => jsiiDiff(released, updated));
    const [same, removed] = await Promise.all(diffs);
    expect(same).toMatchObject({ status: 0 });
    expect(removed).toMatchObject({
      status: 1, stderr: expect.stringContaining(`METHOD ${BRIDGE}.metricAccepted: has been removed`),
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

const parentsOf = ({ base, interfaces = [] }: Type) =>
  [base ?? [], interfaces].flat().map((name) => name.split('.').pop());

function jsiiDiff(released: string, updated: string): Promise<{ status: unknown; stderr: string }> {
  const program = join(ROOT, 'node_modules', '.bin', 'jsii-diff');
  return new Promise((resolve) => execFile(program, [released, updated, '-k'], (error, _stdout, stderr) =>
    resolve({ status: error ? error.code : 0, stderr })));
}

/** Exported members whose type has string literals that are not members of an enum. */
function literalsIn(index: string): string[] {
  const program = programOf(index);
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index)!)!);
  return exported.map((symbol) => has(symbol.flags, ts.SymbolFlags.Alias) ? checker.getAliasedSymbol(symbol) : symbol)
    .filter(({ flags }) => !has(flags, ts.SymbolFlags.Enum))
    .flatMap((symbol) => [...symbol.members ?? [], ...symbol.exports ?? []]
      .filter(([, { declarations }]) => declarations?.every(isPublic))
      .filter(([, member]) => hasLiteral(checker, checker.getTypeOfSymbol(member)))
      .map(([name]) => `${symbol.name}.${name}`));
}

/** Program of the files that a file imports by a path. Types of packages, which jsii has checked, are not loaded. */
function programOf(index: string): ts.Program {
  const options: ts.CompilerOptions = {
    strict: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Node16,
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, containingFile) => literals.map(({ text }) => text.startsWith('.')
    ? ts.resolveModuleName(text, containingFile, options, host)
    : { resolvedModule: undefined });
  return ts.createProgram([index], options, host);
}

function hasLiteral(checker: ts.TypeChecker, type: ts.Type): boolean {
  const signatures = type.getCallSignatures();
  const parameters = signatures.flatMap((signature) =>
    signature.getParameters().map((each) => checker.getTypeOfSymbol(each)));
  return [type, ...parameters, ...signatures.map((signature) => signature.getReturnType())]
    .flatMap((part) => part.isUnion() ? part.types : [part])
    .some(({ flags }) => has(flags, ts.TypeFlags.StringLiteral) && !has(flags, ts.TypeFlags.EnumLiteral));
}

const has = (flags: number, flag: number) => (flags & flag) !== 0; // eslint-disable-line no-bitwise -- flags are bits

function isPublic(declaration: ts.Declaration): boolean {
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  const internal = ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === 'internal');
  return !internal && !ts.getModifiers(declaration as ts.MethodDeclaration)?.some(({ kind }) => hidden.includes(kind));
}

const KEYWORDS = new Set(`
  and as assert async await break class continue def del elif else except finally for from global if import in is lambda
  nonlocal not or pass raise return try while with yield match
  abstract boolean byte case catch char const default do double enum extends final float goto implements instanceof int
  interface long native new package private protected public short static strictfp super switch synchronized this throw
  throws transient void volatile
  chan defer fallthrough func map range select struct type var
  base bool checked decimal delegate event explicit extern fixed foreach implicit internal lock namespace object
  operator out override params readonly ref sbyte sealed sizeof stackalloc string typeof uint ulong unchecked unsafe
  ushort using virtual
`.trim().split(/\s+/));
