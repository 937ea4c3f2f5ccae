import { execFileSync } from 'child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { loadESLint, type ESLint } from 'eslint';
import * as ts from 'typescript';

/** Plants a violation of each rule that the project adds, and expects a report. */

jest.setTimeout(60_000);

const ROOT = join(__dirname, '..');

describe('dependency-cruiser', () => {
  type Planted = [title: string, rule: string, file: string, imported: string];

  /** Each file consists of one import, and the import is of types. */
  const PLANTED: Planted[] = [
    ['the filter that imports rules', 'folder-stripe-event-filter', 'stripe-event-filter/a', '../internal/target'],
    ['an alarm that imports a queue', 'folder-monitoring', 'monitoring/a', '../internal/target'],
    ['a rule that imports a table', 'folder-internal', 'internal/a', '../stripe-customer-table/target'],
    [
      'a table that imports its source', 'folder-stripe-customer-table',
      'stripe-customer-table/a', '../stripe-events/target',
    ],
    ['a source that imports the webhook', 'folder-stripe-events', 'stripe-events/a', '../stripe-event-bridge/target'],
    ['the webhook that imports the index', 'folder-stripe-event-bridge', 'stripe-event-bridge/a', '../index'],
    ['a folder that is not in the table', 'folder-unknown', 'unknown/a', '../monitoring/target'],

    ['a construct that imports runtime code', 'construct-to-handler', 'internal/b', '../runtime/target'],
    ['a construct that imports a handler', 'construct-to-handler', 'stripe-customer-table/b', './target.lambda'],
    ['runtime code that imports a construct', 'runtime-to-construct', 'stripe-customer-table/runtime/a', '../target'],
    [
      'runtime code that imports a handler', 'runtime-to-construct',
      'stripe-customer-table/runtime/b', '../target.lambda',
    ],
    ['shared runtime code that imports a construct', 'runtime-to-construct', 'runtime/a', '../internal/target'],
    ['a handler that imports a construct', 'handler-to-construct', 'stripe-customer-table/a.lambda', './target'],
    ['a handler that imports a handler', 'handler-to-construct', 'stripe-customer-table/b.lambda', './target.lambda'],
    [
      'runtime code that imports that of another folder', 'handler-to-other-runtime',
      'stripe-event-bridge/webhook/runtime/a', '../../../stripe-customer-table/runtime/target',
    ],
    [
      'a handler that imports runtime code of another folder', 'handler-to-other-runtime',
      'stripe-event-bridge/webhook/a.lambda', '../../stripe-customer-table/runtime/target',
    ],
    [
      'shared runtime code that imports that of a folder', 'shared-runtime-to-other-runtime',
      'runtime/b', '../stripe-customer-table/runtime/target',
    ],
    ['a contract that imports a construct', 'contract-to-other', 'internal/contract', './target'],

    ['a construct that imports the AWS SDK', 'construct-to-sdk', 'internal/c', '@aws-sdk/client-sqs'],
    ['a construct that imports parts of the AWS SDK', 'construct-to-sdk', 'internal/d', '@smithy/core'],
    ['a construct that imports stripe', 'construct-to-sdk', 'internal/e', 'stripe'],
    ['runtime code that imports the CDK', 'handler-to-cdk', 'stripe-customer-table/runtime/c', 'aws-cdk-lib/aws-sqs'],
    ['a handler that imports constructs', 'handler-to-cdk', 'stripe-customer-table/c.lambda', 'constructs'],
    ['a contract that imports the CDK', 'handler-to-cdk', 'stripe-events/contract', 'aws-cdk-lib'],

    ['a cycle', 'no-cycles', 'internal/cycle', './end-of-cycle'],
  ];

  /** What the files above import. */
  const TARGETS: Record<string, string> = {
    ...Object.fromEntries([
      'index', 'runtime/target', 'monitoring/target', 'internal/target', 'stripe-events/target',
      'stripe-event-bridge/target', 'stripe-customer-table/target', 'stripe-customer-table/target.lambda',
      'stripe-customer-table/runtime/target',
    ].map((file) => [file, 'export {};\n'])),
    'internal/end-of-cycle': "import type {} from './cycle';\n",
  };

  let dir: string;
  let reported: Array<{ readonly rule: string; readonly file: string }>;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'import-walls-'));
    for (const path of ['src', '.dependency-cruiser.json']) {
      cpSync(join(ROOT, path), join(dir, path), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    Object.entries(TARGETS).forEach(([file, text]) => write(file, text));
    PLANTED.forEach(([, , file, imported]) => write(file, `import type {} from '${imported}';\n`));
    reported = violations();
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function write(file: string, text: string) {
    const path = join(dir, 'src', `${file}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  function violations() {
    const program = join(ROOT, 'node_modules', '.bin', 'depcruise');
    const args = ['--config', '.dependency-cruiser.json', '--output-type', 'json', 'src'];
    const output = execFileSync(program, args, { cwd: dir, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    const { summary } = JSON.parse(output) as {
      summary: { violations: Array<{ readonly from: string; readonly rule: { readonly name: string } }> };
    };
    return summary.violations.map(({ from, rule }) => ({ rule: rule.name, file: from }));
  }

  test.each(PLANTED)('reports %s', (_title, rule, file) => {
    expect(reported).toContainEqual({ rule, file: `src/${file}.ts` });
  });

  test('reports nothing but what is planted', () => {
    const planted = PLANTED.map(([, rule, file]) => `${rule} src/${file}.ts`);
    expect(reported.map(({ rule, file }) => `${rule} ${file}`).filter((line) => !planted.includes(line))).toEqual([]);
  });

  test('has no rule without a planted violation', () => {
    const config = readFileSync(join(ROOT, '.dependency-cruiser.json'), 'utf8');
    const rules = [...config.matchAll(/"name": "(.+)"/g)].map(([, name]) => name);
    expect([...new Set(PLANTED.map(([, rule]) => rule))].sort()).toEqual(rules.sort());
  });
});

describe('eslint', () => {
  const CONSTRUCT = 'src/internal/event-queue.ts';
  const RUNTIME = 'src/stripe-customer-table/runtime/order.ts';
  const HANDLER = 'src/stripe-customer-table/writer.lambda.ts';
  const BRIDGE = 'src/stripe-event-bridge/stripe-event-bridge.ts';

  let eslint: Pick<ESLint, 'lintText'>;

  beforeAll(async () => {
    const LegacyESLint = await loadESLint({ useFlatConfig: false });
    // rules that need types take seconds, and no rule of interest does
    const rules = {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/return-await': 'off',
    } as const;
    eslint = new LegacyESLint({ cwd: ROOT, overrideConfig: { parserOptions: { project: null }, rules } });
  });

  /** Returns the messages of lint for a text in place of a file. */
  async function lint(file: string, text: string): Promise<string[]> {
    const [{ messages }] = await eslint.lintText(text, { filePath: join(ROOT, file) });
    return messages.map(({ ruleId, message }) => `${ruleId}: ${message}`);
  }

  const line = (length: number) => `export const long = '${'x'.repeat(length - 23)}';\n`;

  test.each([
    ['runtime code that reads the environment', RUNTIME, 'process.env;', 'Only *.lambda.ts reads the environment.'],
    ['runtime code that reads the date', RUNTIME, 'new Date();', 'Only *.lambda.ts reads the clock.'],
    ['runtime code that reads the time', RUNTIME, 'Date.now();', 'Only *.lambda.ts reads the clock.'],
    ['runtime code that measures time', RUNTIME, 'performance.now();', 'Only *.lambda.ts reads the clock.'],
    ['runtime code that creates a client', RUNTIME, 'new SQSClient({});', 'Only *.lambda.ts creates SDK clients.'],
    ['runtime code that wraps a client', RUNTIME, 'DocumentClient.from(x);', 'Only *.lambda.ts creates SDK clients.'],
    ['a construct that reads the environment', CONSTRUCT, 'process.env;', 'Only *.lambda.ts reads the environment.'],
    ['a construct that reads the date', CONSTRUCT, 'new Date();', 'Only *.lambda.ts reads the clock.'],

    ['a double cast in a construct', CONSTRUCT, 'x as unknown as X;', 'Do not cast twice.'],
    ['a cast to any in a construct', CONSTRUCT, '(x as any).y;', 'Do not cast to any.'],
    ['a cast in angle brackets in a construct', CONSTRUCT, '<any>x;', 'Do not use the cast <T>x.'],
    ['a member named by a string in a construct', CONSTRUCT, "x['y'];", 'Do not name a member by a string.'],

    ['a string of 121 columns', CONSTRUCT, line(121), 'This line has a length of 121. Maximum allowed is 120.'],
    ['a template of 121 columns', 'test/import-walls.test.ts', line(121).replace(/'/g, '`'), 'has a length of 121'],
    ['a comment of 121 columns', 'local/demo.ts', `// ${'x '.repeat(59)}`, 'has a length of 121'],
    ['a function of 41 lines', RUNTIME, `export function f() {\n${'f();\n'.repeat(39)}}`, 'Maximum allowed is 40'],
    ['a function of 5 parameters', RUNTIME, 'function f(a, b, c, d, e) {}', 'Maximum allowed is 4'],
    ['a handler of 61 lines', HANDLER, 'f();\n'.repeat(61), 'Maximum allowed is 60'],
    ['a bridge of 151 lines', BRIDGE, 'f();\n'.repeat(151), 'Maximum allowed is 150'],
    ['a public member without documentation', CONSTRUCT, 'export interface A {\n  b: string;\n}', 'Missing JSDoc'],
  ])('reports %s', async (_title, file, text, message) => {
    expect((await lint(file, text)).join('\n')).toContain(message);
  });

  test.each([
    ['a handler that reads the environment and the clock, and creates a client', HANDLER,
      'export const x = [process.env.X, new Date(), Date.now(), new SQSClient({})];\n'],
    ['a line of 120 columns', RUNTIME, line(120)],
    ['a key that cannot be a member', CONSTRUCT, "export const x = y['content-type'];\n"],
    ['a function of 4 parameters', CONSTRUCT, 'export const f = (a: A, b: B, c: C, d: D) => [a, b, c, d];\n'],
  ])('accepts %s', async (_title, file, text) => {
    expect(await lint(file, text)).toEqual([]);
  });
});

describe('constructors', () => {
  /** Returns the number of lines of each constructor in a text. */
  function lengths(text: string): number[] {
    const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest);
    const lineAt = (position: number) => source.getLineAndCharacterOfPosition(position).line;
    const visit = (node: ts.Node): number[] => [
      ...ts.isConstructorDeclaration(node) ? [lineAt(node.end) - lineAt(node.getStart(source)) + 1] : [],
      ...node.getChildren(source).flatMap(visit),
    ];
    return visit(source);
  }

  test('are measured from their first to their last line', () => {
    const text = `class A {\n  /** Creates it. */\n  constructor() {\n${'    f();\n'.repeat(24)}  }\n}`;
    expect(lengths(text)).toEqual([26]);
  });

  test('have at most 25 lines', () => {
    const long = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .filter((path) => lengths(readFileSync(join(ROOT, 'src', path), 'utf8')).some((length) => length > 25));
    expect(long).toEqual([]);
  });
});

test.each(['.ci/run', 'local/run.mjs'])('%s, which lint does not read, has at most 120 columns', (path) => {
  expect(readFileSync(join(ROOT, path), 'utf8').split('\n').filter(({ length }) => length > 120)).toEqual([]);
});
