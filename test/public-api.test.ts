import { spawnSync } from 'child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import * as ts from 'typescript';

/** What jsii makes of the public names, for all languages. */

interface Documented {
  readonly name: string;
  readonly docs?: { readonly summary?: string; readonly default?: string };
}

interface Member extends Documented {
  readonly optional?: boolean;
  readonly protected?: boolean;
  readonly static?: boolean;
  readonly parameters?: Member[];
  readonly [more: string]: unknown;
}

interface Type extends Documented {
  readonly kind: 'class' | 'interface' | 'enum';
  readonly properties?: Member[];
  readonly methods?: Member[];
  readonly members?: Member[];
  readonly initializer?: { readonly parameters?: Member[] };
}

const ROOT = join(__dirname, '..');
const assembly = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as { types: Record<string, Type> };
const types = Object.values(assembly.types);
const membersOf = (type: Type) => [...type.properties ?? [], ...type.methods ?? [], ...type.members ?? []];
const members = types.flatMap((type) => membersOf(type).map((member) => ({ type, member, path: `${type.name}.${member.name}` })));

test('the public names are those that were reviewed', () => {
  const reviewed = types.map((type) => [
    `${type.kind} ${type.name}`,
    ...type.kind === 'enum' ? [] : membersOf(type).map(({ name, optional, static: isStatic, parameters }) =>
      `  ${isStatic ? 'static ' : ''}${name}${optional ? '?' : ''}${parameters ? `(${parameters.map((parameter) => parameter.name).join(', ')})` : ''}`).sort(),
  ].join('\n')).sort().join('\n');
  expect(reviewed).toMatchSnapshot();
});

test('every public type, member and parameter is documented', () => {
  const parameters = members.flatMap(({ path, member }) => (member.parameters ?? []).map((parameter) => ({ path: `${path}(${parameter.name})`, member: parameter })));
  const all = [...types.map((type) => ({ path: type.name, member: type as Documented })), ...members, ...parameters];
  expect(all.filter(({ member }) => !member.docs?.summary).map(({ path }) => path)).toEqual([]);
  expect(all.length).toBeGreaterThan(types.length * 2);
});

test('every optional prop says what its default is', () => {
  const props = members.filter(({ type, member }) => type.kind === 'interface' && member.optional);
  expect(props.filter(({ member }) => member.docs?.default === undefined).map(({ path }) => path)).toEqual([]);
  expect(props.length).toBeGreaterThan(20);
});

test('there is no union and no any: both lose their type in Java, Go and C#', () => {
  const found = JSON.stringify(types, (key, value) => key === 'docs' ? undefined : value).match(/"union":|"primitive":"(any|json)"/g);
  expect(found).toBeNull();
});

test('no literal is lost: a union of texts would silently become any text', () => {
  expect(literalsIn(join(ROOT, 'src', 'index.ts'))).toEqual([]);
});

test('the look at literals sees one', () => {
  const dir = mkdtempSync(join(tmpdir(), 'literals-'));
  writeFileSync(join(dir, 'index.ts'), 'export interface Props { readonly mode?: "a" | "b"; readonly name: string }');
  expect(literalsIn(join(dir, 'index.ts'))).toEqual(['Props.mode']);
  rmSync(dir, { recursive: true });
});

test('no name is a keyword of Python, Java, Go or C#, written as those languages write it', () => {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const names = members.flatMap(({ path, member }) => [member, ...member.parameters ?? []].map(({ name }) => ({ path, name })));
  const clashes = names.filter(({ name }) => KEYWORDS.has(name) || KEYWORDS.has(snake(name)));
  expect(clashes).toEqual([]);
  expect(KEYWORDS.has('or')).toBe(true);
});

test('the event types are an enum, so that Java loads them without a call a member', () => {
  expect(assembly.types['cdk-stripe-eventbridge.StripeEventType'].kind).toBe('enum');
});

test('taking a method away is a break that jsii-diff reports', () => {
  const dir = mkdtempSync(join(tmpdir(), 'break-'));
  const copy = (name: string, change: (types_: Record<string, Type>) => void) => {
    const changed = JSON.parse(JSON.stringify(assembly));
    change(changed.types);
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, '.jsii'), JSON.stringify(changed));
    symlinkSync(join(ROOT, 'package.json'), join(dir, name, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(dir, name, 'node_modules'));
    return join(dir, name);
  };
  const bridge = 'cdk-stripe-eventbridge.StripeEventBridge';
  const released = copy('released', () => undefined);
  const same = copy('same', () => undefined);
  const broken = copy('broken', (all) => {
    all[bridge] = { ...all[bridge], methods: all[bridge].methods!.filter(({ name }) => name !== 'onEvent') };
  });
  const diff = (updated: string) => spawnSync(join(ROOT, 'node_modules', '.bin', 'jsii-diff'), [released, updated, '-k'], { encoding: 'utf8' });
  expect(diff(same).status).toBe(0);
  expect(diff(broken)).toMatchObject({ status: 1, stderr: expect.stringContaining(`METHOD ${bridge}.onEvent: has been removed`) });
  rmSync(dir, { recursive: true });
});

/** Exported members whose type is made of text literals that are no enum's. */
function literalsIn(index: string): string[] {
  const program = ts.createProgram([index], {
    strict: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022, moduleResolution: ts.ModuleResolutionKind.Node10,
  });
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index)!)!);
  return exported.map((symbol) => has(symbol.flags, ts.SymbolFlags.Alias) ? checker.getAliasedSymbol(symbol) : symbol)
    .filter(({ flags }) => !has(flags, ts.SymbolFlags.Enum))
    .flatMap((symbol) => [...symbol.members ?? [], ...symbol.exports ?? []].filter(([, { declarations }]) => declarations?.every(isPublic))
      .filter(([, member]) => hasLiteral(checker, checker.getTypeOfSymbol(member)))
      .map(([name]) => `${symbol.name}.${name}`));
}

function hasLiteral(checker: ts.TypeChecker, type: ts.Type): boolean {
  const signatures = type.getCallSignatures();
  const parameters = signatures.flatMap((signature) => signature.getParameters().map((each) => checker.getTypeOfSymbol(each)));
  return [type, ...parameters, ...signatures.map((signature) => signature.getReturnType())]
    .flatMap((part) => part.isUnion() ? part.types : [part])
    .some(({ flags }) => has(flags, ts.TypeFlags.StringLiteral) && !has(flags, ts.TypeFlags.EnumLiteral));
}

const has = (flags: number, flag: number) => (flags & flag) !== 0; // eslint-disable-line no-bitwise -- the compiler's flags are bits

function isPublic(declaration: ts.Declaration): boolean {
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  const internal = ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === 'internal');
  return !internal && !ts.getModifiers(declaration as ts.MethodDeclaration)?.some(({ kind }) => hidden.includes(kind));
}

const KEYWORDS = new Set(`
  and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise
  return try while with yield match
  abstract boolean byte case catch char const default do double enum extends final float goto implements instanceof int interface long native new
  package private protected public short static strictfp super switch synchronized this throw throws transient void volatile
  chan defer fallthrough func map range select struct type var
  base bool checked decimal delegate event explicit extern fixed foreach implicit internal lock namespace object operator out override params
  readonly ref sbyte sealed sizeof stackalloc string typeof uint ulong unchecked unsafe ushort using virtual
`.trim().split(/\s+/));
