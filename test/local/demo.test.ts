import { execFile, spawn } from 'child_process';
import { once } from 'events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { synthesizeExample } from '../../local/cloud-assembly';
import { leaveOut } from '../../local/leave-out';
import { inProject } from '../../local/project';
import { eventually } from '../../local/trace';

/**
 * Runs `npm run demo` as a process. A part that is removed from the synthesized template must be missed, and its hop
 * be named.
 *
 * Each run deploys to a local AWS of its own. Three faults are planted daily, all of them with `ALL_FAULTS=1`.
 */

jest.setTimeout(300_000);

const run = promisify(execFile);
const DEMO = [
  inProject('node_modules', '.bin', 'ts-node'), '--transpile-only', '--project', inProject('tsconfig.dev.json'),
  inProject('local', 'demo.ts'),
];

type Template = { Resources: Record<string, { Type: string; Properties: any; Metadata?: Record<string, string> }> };

/** Change of a template. */
type Fault = (template: Template) => void;

let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'demo-test-'));
  await synthesizeExample(join(dir, 'whole'));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Returns a copy of the synthesized example with a fault in its template. */
function assemblyWith(fault: Fault): string {
  const assembly = mkdtempSync(join(dir, 'fault-'));
  cpSync(join(dir, 'whole'), assembly, { recursive: true });
  const file = join(assembly, 'Billing.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8'));
  fault(template);
  writeFileSync(file, JSON.stringify(template));
  return assembly;
}

async function demo(assembly: string): Promise<{ code: number; output: string }> {
  return run(process.execPath, [...DEMO, '--assembly', assembly]).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout }) => ({ code, output: stdout }),
  );
}

/** Removes the resource at a construct path, and every list item that refers to it. */
function without(path: string): Fault {
  return (template) => {
    const [id] = Object.entries(template.Resources)
      .find(([, { Metadata }]) => Metadata?.['aws:cdk:path'].startsWith(`Billing/Stripe/${path}`)) ?? [];
    if (!id) {
      throw new Error(`no resource at ${path}`);
    }
    delete template.Resources[id];
    const refersTo = (item: unknown) => JSON.stringify(item).includes(`"${id}"`);
    const isListOfObjects = (value: unknown): value is unknown[] =>
      Array.isArray(value) && value.every((item) => typeof item === 'object');
    template.Resources = JSON.parse(JSON.stringify(template.Resources), (_key, value) =>
      isListOfObjects(value) ? value.filter((item) => !refersTo(item)) : value);
  };
}

function withoutVariable(path: string, name: string): Fault {
  return ({ Resources }) => {
    const handler = Object.values(Resources)
      .find(({ Metadata }) => Metadata?.['aws:cdk:path'] === `Billing/Stripe/${path}/Function/Resource`)!;
    expect(handler.Properties.Environment.Variables).toHaveProperty(name);
    delete handler.Properties.Environment.Variables[name];
  };
}

/** Faults with the text that the output contains. */
const DAILY_FAULTS: Array<[what: string, fault: Fault, output: string[]]> = [
  ['the route', without('ApiRoute/Resource'), ['hop:     endpoint → webhook function\n']],
  ['the variable with the secrets', withoutVariable('Webhook/Handler', 'SIGNING_SECRET_IDS'),
    ['hop:     webhook function\n', 'environment variable SIGNING_SECRET_IDS is not set']],
];
const MORE_FAULTS: typeof DAILY_FAULTS = [
  ['the rule of the table', without('CustomerTable/Rule/Resource'), ['hop:     bus → queue\n']],
  ['the mapping of the writer', without('CustomerTable/Mapping'),
    ['hop:     queue → writer function\n']],
  ['the variable with the bus', withoutVariable('Webhook/Handler', 'EVENT_BUS_ARN'), ['hop:     webhook function\n']],
  ['the variable with the event types', withoutVariable('Webhook/Handler', 'EVENT_TYPES'),
    ['hop:     webhook function\n']],
  ['the variable with the table', withoutVariable('CustomerTable/Writer', 'TABLE_ARN'),
    ['hop:     queue → writer function\n']],
  ['the rule of the refunds', without('Refunded/Rule/Resource'), ['hop:     bus → queue of refunds\n']],
  ['the mapping of the refunds', without('Refunded/Mapping/Resource'),
    ['hop:     queue of refunds → function OnRefund\n']],
];

const ALARMS_WITH_MATH = [
  'SecretPreviousUsedAlways', 'NothingVerified', 'NothingVerifiedSlowly', 'AllFiltered', 'NotPublishedSlowly',
];

test('the demo leaves out only what the local AWS cannot deploy, and the synthesized template has it', async () => {
  const copy = mkdtempSync(join(dir, 'copy-'));
  cpSync(join(dir, 'whole'), copy, { recursive: true });
  const metricMath = 'AWS::CloudWatch::Alarm with metric math';
  const alarmsOf = (stack: string) => [...ALARMS_WITH_MATH.map((alarm) => `Webhook/Alarms/${alarm}`),
    'EndpointAlarms/Endpoint5xx'].map((alarm) => ({ path: `${stack}/Stripe/${alarm}/Resource`, reason: metricMath }));
  expect(leaveOut(copy)).toEqual([
    ...alarmsOf('Billing'),
    { path: 'Billing/Stripe/Archive/Archive', reason: 'AWS::Events::Archive' },
    ...['CustomerTable/Alarms/QueueAge', 'Refunded/Alarms/QueueAge', 'Refunded/Alarms/NothingProcessed']
      .map((alarm) => ({ path: `Billing/Stripe/${alarm}/Resource`, reason: metricMath })),
    ...alarmsOf('Connect'),
  ]);
});

test('the demo exits with 0 if every check passes, and no line of its output has more than 80 columns', async () => {
  const { code, output } = await demo(join(dir, 'whole'));
  expect(output).toContain('Every check passed.');
  expect(code).toBe(0);
  expect(output.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test.each([...DAILY_FAULTS, ...process.env.ALL_FAULTS ? MORE_FAULTS : []])(
  'the demo exits with 1 and names the hop if the template lacks %s', async (_what, fault, texts) => {
    const { code, output } = await demo(assemblyWith(fault));
    for (const text of texts) {
      expect(output).toContain(text);
    }
    expect(output).not.toContain('Every check passed.');
    expect(code).toBe(1);
  },
);

/** Ends what a test started, also if it fails. Otherwise, the run of all tests would not end. */
let onTestEnd = async (): Promise<void> => undefined;
afterEach(() => onTestEnd());

test('with --keep the example runs on after a failed check, and Ctrl-C leaves nothing behind', async () => {
  const tmp = mkdtempSync(join(dir, 'tmp-'));
  const assembly = assemblyWith(without('InvoicePaid/Rule/Resource'));
  const child = spawn(process.execPath, [...DEMO, '--assembly', assembly, '--keep'], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: tmp },
  });
  const ended = once(child, 'exit');
  onTestEnd = async () => {
    child.kill('SIGINT');
    await ended;
  };
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  const curl = await eventually(async () => /curl -i (.*\\\n)*.*body\.json/.exec(output)?.[0], 120_000);
  expect(output).toContain('hop:     bus → queue of paid invoices\n');
  const { stdout } = await run('bash', ['-c', curl!]);
  expect(stdout).toContain('200 OK');
  const [, port] = /127\.0\.0\.1:(\d+)/.exec(curl!)!;
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  await expect(fetch(`http://127.0.0.1:${port}/_ministack/health`)).rejects.toThrow();
  expect(readdirSync(tmp).filter((name) => !name.includes('compile-cache'))).toEqual([]);
  const { stdout: processes } = await run('ps', ['-eo', 'args']);
  expect(processes).not.toContain(tmp); // the workers of the functions run from there
});
