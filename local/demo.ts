import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';
import { parseArgs } from 'util';
import { bootstrap, synthesizeExample } from './cloud-assembly';
import { DEMO_SECRET, demoCustomer, sign } from './demo-events';
import { runScenario } from './demo-scenario';
import { DeployedExample } from './deployed-example';
import { type Emulator, startEmulator } from './emulator';
import { leaveOut } from './leave-out';
import { bold, dim, green, red, say, step } from './reporter';
import { LostEvent } from './trace';

const USAGE = `npm run demo -- [options]

Deploys examples/typescript to a local AWS, sends it signed Stripe events, and
shows the outcome of each.

  --keep            keep it running afterwards, and show how to post to it
  --assembly <dir>  deploy this synthesized app instead of the example
  --help            show this text`;

const NEXT_STEPS = `  Next steps
    the example      examples/typescript/app.ts
    keep it running  npm run demo -- --keep
    deploy it        npm install && npx cdk deploy --all, in that folder
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { keep: { type: 'boolean' }, assembly: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const workDir = mkdtempSync(join(tmpdir(), 'stripe-demo-'));
  process.once('exit', () => rmSync(workDir, { recursive: true, force: true }));
  let emulator: Emulator | undefined;
  let example: DeployedExample | undefined;
  let code = 0;
  try {
    say(bold('\n  Deploy'));
    emulator = await step('start a local AWS', () => startEmulator());
    example = await deployExample(emulator, join(workDir, 'cdk.out'), values.assembly);
    await runScenario(example);
    say(`\n  ${green('Every check passed.')}\n`);
    say(NEXT_STEPS);
  } catch (error) {
    explain(error, emulator);
    code = 1;
  }
  if (values.keep && example) {
    await keep(example, workDir);
  }
  await emulator?.stop();
  return code;
}

async function deployExample(emulator: Emulator, outdir: string, assembly?: string): Promise<DeployedExample> {
  if (assembly) {
    cpSync(resolve(assembly), outdir, { recursive: true });
  }
  await step(assembly ? 'bootstrap the local account' : 'bootstrap the local account, synthesize the example', () =>
    Promise.all([bootstrap(emulator), assembly ? undefined : synthesizeExample(outdir)]));
  for (const { path, reason } of leaveOut(outdir)) {
    say(dim(`    without ${path}:\n      the local AWS does not support ${reason}`));
  }
  const example = await step('deploy the template and the bundled handlers', () =>
    DeployedExample.from(emulator, outdir));
  await step('store a signing secret', () => example.storeSecret(DEMO_SECRET));
  return example;
}

/** Waits until it is stopped. Enter shows a new request, because a signature is valid for five minutes. */
async function keep(example: DeployedExample, workDir: string): Promise<void> {
  const interactive = process.stdin.isTTY;
  say(bold(`  Running until you press Ctrl-C${interactive ? '' : `, or: kill ${process.pid}`}`));
  say(`    url     ${example.url}`);
  say(`    table   ${example.idOf('table')}`);
  const show = () => showRequest(example, workDir);
  show();
  if (interactive) {
    say(dim('    Enter shows a request with a new signature.'));
  }
  process.stdin.on('data', show);
  await new Promise(() => setInterval(() => undefined, 60_000));
}

/** Body and headers are in files, so that the command fits into a few lines. */
function showRequest(example: DeployedExample, workDir: string): void {
  const { address, host } = example.reach;
  const body = JSON.stringify(demoCustomer(`cus_curl_${Date.now()}`).event('customer.created', 0));
  const headers = [`Host: ${host}`, 'Content-Type: application/json', `Stripe-Signature: ${sign(body)}`];
  writeFileSync(join(workDir, 'body.json'), body);
  writeFileSync(join(workDir, 'headers.txt'), `${headers.join('\n')}\n`);
  say(`
    curl -i ${address} \\
      -H @${join(workDir, 'headers.txt')} \\
      --data-binary @${join(workDir, 'body.json')}
`);
}

function explain(error: unknown, emulator: Emulator | undefined): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  say(`\n  ${red('✗')} ${bold(message)}`);
  if (error instanceof LostEvent) {
    say(`    hop:     ${error.hop}\n    look at: ${error.lookAt}`);
  } else if (process.env.DEBUG) {
    say(dim(`${stack}\n${emulator?.output() ?? ''}`));
  }
  say();
}

void main().then((code) => process.exit(code));
