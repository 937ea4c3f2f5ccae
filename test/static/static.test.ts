import { execFileSync } from 'child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import * as ts from 'typescript';
import { ACKNOWLEDGED, type Acknowledgement } from './acknowledged';
import { CLEAN_ENV, inProject } from '../../local/project';
import { PROPERTIES } from '../guarantees/validation/properties';

/**
 * Findings of other people's rules in the templates: five packs of cdk-nag 3, the rules of AWS Control Tower by
 * cfn-guard, cfn-lint and checkov.
 *
 * Some need a newer CDK than the oldest that is supported, so they run in an app of their own, on the packed library.
 */

jest.setTimeout(600_000);

/** Programs that run in the app, and what they import from the tests. */
const PROGRAMS = [
  'static/app.ts', 'static/accepted.ts',
  ...['outcome', 'subjects', 'wrong-values'].map((name) => `guarantees/validation/${name}.ts`),
];

const PACKAGES = ['aws-cdk-lib@2.276.0', 'cdk-nag@3.0.2', '@cdklabs/cdk-validator-cfnguard@0.0.62'];

type Finding = readonly [tool: string, stack: string, rule: string, resource: string];

let dir: string;
let findings: Finding[];

const MAX_OUTPUT = 256 * 1024 * 1024;

const run = (program: string, args: string[], mayFail = false): string => {
  const env = { ...process.env, ...CLEAN_ENV, CDK_OUTDIR: 'cdk.out' };
  try {
    return execFileSync(program, args, { cwd: dir, env, encoding: 'utf8', stdio: 'pipe', maxBuffer: MAX_OUTPUT });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    if (!mayFail) {
      throw new Error(`${program} ${args.join(' ')} failed:\n${`${stdout}${stderr}`.slice(-3_000)}`, { cause: error });
    }
    return stdout; // these tools exit with an error if they find something
  }
};

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'static-'));
  writeFileSync(join(dir, 'package.json'), '{"name":"static","private":true}');
  const [{ filename }] = JSON.parse(run('npm', ['pack', inProject(), '--json', '--ignore-scripts']));
  run('npm', ['install', '--no-audit', '--no-fund', join(dir, filename), ...PACKAGES]);
  PROGRAMS.forEach(compile);
  run('node', ['static/app.js'], true); // findings of cfn-guard fail the synthesis, and are read from its report
  writeFileSync(join(dir, 'properties.json'), JSON.stringify(PROPERTIES));
  run('node', ['static/accepted.js']);
  copyFileSync(join(__dirname, 'requirements.txt'), join(dir, 'requirements.txt'));
  run('python3', ['-m', 'venv', '.venv']);
  run(join(dir, '.venv', 'bin', 'pip'), ['install', '--quiet', '-r', 'requirements.txt']);
  findings = [...nag(), ...guard(), ...lint(), ...checkov()];
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Compiles a program of the tests into the app, so that its imports are those of the app. */
function compile(path: string): void {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(readFileSync(inProject('test', path), 'utf8'), { compilerOptions });
  const file = join(dir, path.replace(/ts$/, 'js'));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, outputText);
}

const read = (path: string) => JSON.parse(readFileSync(join(dir, path), 'utf8'));
const templates = () => readdirSync(join(dir, 'cdk.out'))
  .filter((name) => name.endsWith('.template.json'))
  .map((name) => join('cdk.out', name));

function nag(): Finding[] {
  return (read('findings.json') as string[])
    .map((text) => [text.slice(0, text.lastIndexOf(' ')), text.slice(text.lastIndexOf(' ') + 1)])
    .map(([rule, path]) => ['cdk-nag', path.split('/')[0], rule, path]);
}

function guard(): Finding[] {
  const { pluginReports } = read('cdk.out/policy-validation-report.json');
  const { violations } = pluginReports.find(({ summary }: any) => summary.pluginName === 'cdk-validator-cfnguard');
  return violations.flatMap(({ ruleName, violatingConstructs }: any) => violatingConstructs
    .map(({ constructPath = violatingConstructs[0].constructPath }: any) =>
      ['cfn-guard', constructPath.split('/')[0], ruleName, constructPath]));
}

const cfnLint = (...args: string[]): any[] =>
  JSON.parse(run(join(dir, '.venv', 'bin', 'cfn-lint'), ['--format', 'json', ...args], true) || '[]');

function lint(): Finding[] {
  return cfnLint(...templates()).map(({ Rule, Filename, Location }) =>
    ['cfn-lint', stackOf(Filename), Rule.Id, `${Location.Path?.[1]}`]);
}

function checkov(): Finding[] {
  const args = ['--framework', 'cloudformation', '--compact', '--quiet', '-o', 'json', '-f', ...templates()];
  const report = JSON.parse(run(join(dir, '.venv', 'bin', 'checkov'), args, true));
  return [report].flat().flatMap(({ results }) => results.failed_checks)
    .map(({ check_id: rule, file_path: path, resource }: any) => ['checkov', stackOf(path), rule, resource]);
}

const stackOf = (path: string) => path.split('/').pop()!.replace('.template.json', '');
const covers = (each: Acknowledgement, [, , rule, resource]: Finding) =>
  each.rule.test(rule) && (each.resource?.test(resource) ?? true);
const answers = (finding: Finding) => ACKNOWLEDGED
  .filter((each) => covers(each, finding) && (each.stacks as readonly string[]).includes(finding[1]));

test('every finding is acknowledged with its stack and a reason', () => {
  const tally: Record<string, number> = {};
  findings.forEach(([tool, stack]) => { tally[`${tool} ${stack}`] = (tally[`${tool} ${stack}`] ?? 0) + 1; });
  const counts = Object.entries(tally).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`  findings: ${counts.join(', ')}\n`);
  expect(findings.filter((finding) => answers(finding).length === 0)).toEqual([]);
  expect(new Set(findings.map(([tool]) => tool))).toEqual(new Set(['cdk-nag', 'cfn-guard', 'cfn-lint', 'checkov']));
});

test('a bridge without options breaks only these rules of two packs', () => {
  const rules = (pack: string) => new Set(findings
    .filter(([tool, stack, rule]) => tool === 'cdk-nag' && stack === 'Default' && rule.startsWith(pack))
    .map(([, , rule]) => rule));
  expect(rules('AwsSolutions')).toEqual(new Set(['APIG1', 'APIG4', 'SQS3'].map((rule) => `AwsSolutions-${rule}`)));
  expect(rules('Serverless')).toEqual(new Set([
    'LambdaDLQ', 'LambdaTracing', 'APIGWAccessLogging', 'SQSRedrivePolicy', 'LambdaEventSourceMappingDestination',
  ].map((rule) => `Serverless-${rule}`)));
});

test('every acknowledgement has a finding', () => {
  const found = (each: Acknowledgement, stack: string) =>
    findings.some((finding) => finding[1] === stack && covers(each, finding));
  const unused = ACKNOWLEDGED.flatMap((each) =>
    each.stacks.filter((stack) => !found(each, stack)).map((stack) => `${each.rule} in ${stack}`));
  expect(unused).toEqual([]);
});

test('U07: the newest CDK rejects no wrong value with an error of its own', () => {
  expect(read('problems.json')).toEqual([]);
});

test('U07: the template of each wrong value that the library accepts keeps the schema of CloudFormation', () => {
  const accepted = readdirSync(join(dir, 'accepted'));
  process.stdout.write(`  templates of accepted values: ${accepted.length}\n`);
  expect(accepted.length).toBeGreaterThan(100);
  const errors = cfnLint('--ignore-checks', 'W', '--', 'accepted/*.json').map(({ Rule, Filename, Location, Message }) =>
    `${Filename}: ${Rule.Id} ${Location.Path?.join('/')} ${Message}`);
  expect(errors).toEqual([]);
});
