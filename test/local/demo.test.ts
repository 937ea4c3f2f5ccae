import { execFile, spawn } from 'child_process';
import { once } from 'events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { synthesizeExample } from '../../local/cloud-assembly';
import { eventually } from '../../local/journey';
import { leaveOut } from '../../local/leave-out';
import { inProject } from '../../local/project';

/** The main job, as a process: what is taken from the synthesized template must be missed, and its place named. */

jest.setTimeout(120_000);

const run = promisify(execFile);
const DEMO = [inProject('node_modules', '.bin', 'ts-node'), '--transpile-only', '--project', inProject('tsconfig.dev.json'), inProject('local', 'demo.ts')];
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'demo-test-'));
  await synthesizeExample(join(dir, 'whole'));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Template = { Resources: Record<string, { Type: string; Properties: any; Metadata?: Record<string, string> }> };

/** Runs the main job on the example, after `sabotage` had its hands on the template. */
async function demo(sabotage: (template: Template) => void): Promise<{ code: number; output: string }> {
  const assembly = mkdtempSync(join(dir, 'sabotaged-'));
  cpSync(join(dir, 'whole'), assembly, { recursive: true });
  const file = join(assembly, 'Billing.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8'));
  sabotage(template);
  writeFileSync(file, JSON.stringify(template));
  return run(process.execPath, [...DEMO, '--assembly', assembly]).then(({ stdout }) => ({ code: 0, output: stdout }), ({ code, stdout }) => ({ code, output: stdout }));
}

/** Takes out the resource at a construct path, and every list item that speaks of it. */
const without = (path: string) => (template: Template) => {
  const [id] = Object.entries(template.Resources).find(([, { Metadata }]) => Metadata?.['aws:cdk:path'].startsWith(`Billing/Stripe/${path}`)) ?? [];
  if (!id) {
    throw new Error(`no resource at ${path}`);
  }
  delete template.Resources[id];
  template.Resources = JSON.parse(JSON.stringify(template.Resources), (_key, value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'object') ? value.filter((item) => !JSON.stringify(item).includes(`"${id}"`)) : value);
};

const withoutVariable = (path: string, name: string) => (template: Template) => {
  const handler = Object.values(template.Resources).find(({ Metadata }) => Metadata?.['aws:cdk:path'] === `Billing/Stripe/${path}/Function/Resource`)!;
  expect(handler.Properties.Environment.Variables).toHaveProperty(name);
  delete handler.Properties.Environment.Variables[name];
};

test('leaves out what the local AWS cannot deploy, by name, and the template that is synthesized has it', async () => {
  const copy = mkdtempSync(join(dir, 'copy-'));
  cpSync(join(dir, 'whole'), copy, { recursive: true });
  expect(leaveOut(copy)).toEqual([
    'Billing/Stripe/Archive/Archive: AWS::Events::Archive',
    'Billing/Stripe/Alarms/NothingVerified/Resource: AWS::CloudWatch::Alarm with metric math',
    'Connect/Stripe/Alarms/NothingVerified/Resource: AWS::CloudWatch::Alarm with metric math',
  ]);
});

test('passes on the whole template', async () => {
  const { code, output } = await demo(() => undefined);
  expect(output).toContain('All of it was seen.');
  expect(code).toBe(0);
});

test.each([
  ['the route', without('ApiRoute/Resource'), 'endpoint → webhook function'],
  ['the rule', without('CustomerTable/Rule/Resource'), 'bus → queue'],
  ['the event source mapping', without('CustomerTable/Writer/Function/SqsEventSource'), 'queue → writer function'],
  ['a variable of the webhook function', withoutVariable('Webhook', 'EVENT_BUS_ARN'), 'webhook function'],
  ['the filter of the webhook function', withoutVariable('Webhook', 'EVENT_TYPES'), 'webhook function'],
  ['a variable of the writer', withoutVariable('CustomerTable/Writer', 'TABLE_NAME'), 'queue → writer function'],
  ['the rule of the paid invoices', without('InvoicePaid/Resource'), 'bus → queue of paid invoices'],
])('without %s it exits with 1 and names the hop', async (_what, sabotage, hop) => {
  const { code, output } = await demo(sabotage);
  expect(output).toContain(`hop:     ${hop}\n`);
  expect(output).not.toContain('All of it was seen.');
  expect(code).toBe(1);
});

test('says of a missing variable which one it is', async () => {
  const { output } = await demo(withoutVariable('Webhook', 'SIGNING_SECRET_ARNS'));
  expect(output).toContain('environment variable SIGNING_SECRET_ARNS is not set');
});

test('with --keep it prints a request that works, and Ctrl-C leaves nothing behind', async () => {
  const tmp = mkdtempSync(join(dir, 'tmp-'));
  const child = spawn(process.execPath, [...DEMO, '--assembly', join(dir, 'whole'), '--keep'], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: tmp },
  });
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  const curl = await eventually(async () => /curl -i .*/.exec(output)?.[0], 60_000);
  const { stdout } = await run('bash', ['-c', curl!]);
  expect(stdout).toContain('200 OK');
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(curl!)!;
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
  await expect(fetch(`http://127.0.0.1:${port}/_ministack/health`)).rejects.toThrow();
  expect(readdirSync(tmp).filter((name) => !name.includes('compile-cache'))).toEqual([]);
  const { stdout: processes } = await run('ps', ['-eo', 'args']);
  expect(processes).not.toContain(tmp); // the functions' workers run from there
});
