import { cpSync, mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';
import { parseArgs } from 'util';
import { bootstrap, synthesizeExample } from './cloud-assembly';
import { DEMO_SECRET, demoCustomer, sign } from './demo-events';
import { tell } from './demo-story';
import { DeployedExample } from './deployed-example';
import { type Emulator, startEmulator } from './emulator';
import { LostEvent } from './journey';
import { leaveOut } from './leave-out';
import { bold, dim, green, red, say, step } from './reporter';

const USAGE = `npm run demo -- [options]

Deploys examples/typescript to a local AWS, sends it signed Stripe events, and shows what becomes of them.

  --keep            leave it running afterwards, and say how to post to it
  --assembly <dir>  deploy this synthesized app instead of synthesizing the example
  --help            this text`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { keep: { type: 'boolean' }, assembly: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    say(USAGE);
    return 0;
  }
  const workDir = mkdtempSync(join(tmpdir(), 'stripe-demo-'));
  process.once('exit', () => rmSync(workDir, { recursive: true, force: true }));
  let emulator: Emulator | undefined;
  try {
    say(bold('\n  Deploy'));
    const assembly = join(workDir, 'cdk.out');
    if (values.assembly) {
      cpSync(resolve(values.assembly), assembly, { recursive: true });
    }
    const local = await step('start a local AWS', () => startEmulator());
    emulator = local;
    const example = await deployExample(local, assembly, !values.assembly);
    await tell(example);
    say(`\n  ${green('All of it was seen.')}\n`);
    if (values.keep) {
      await keep(example);
    }
    return 0;
  } catch (error) {
    explain(error, emulator);
    return 1;
  } finally {
    await emulator?.stop();
  }
}

async function deployExample(emulator: Emulator, assembly: string, synthesize: boolean): Promise<DeployedExample> {
  await Promise.all([
    synthesize && step('synthesize examples/typescript', () => synthesizeExample(assembly)),
    step('bootstrap the local account', () => bootstrap(emulator)),
  ]);
  leaveOut(assembly).forEach((what) => say(`  ${red('!')} left out, since the local AWS cannot deploy it: ${what}`));
  const example = await step('deploy the template and the bundled handlers', () => DeployedExample.from(emulator, assembly));
  await step('store a signing secret', () => example.storeSecret(DEMO_SECRET));
  return example;
}

/** Waits until somebody stops it; Enter prints the request anew, since a signature is good for five minutes. */
async function keep(example: DeployedExample): Promise<void> {
  const { address, host } = example.reach;
  say(bold('  It stays up until you press Ctrl-C') + dim(process.stdin.isTTY ? ' (Enter: a fresh signature)' : ` (or: kill ${process.pid})`));
  say(`    url     ${example.url}`);
  say(`    table   ${example.idOf('table')}`);
  const show = () => {
    const body = JSON.stringify(demoCustomer(`cus_curl_${Date.now()}`).event('customer.created', 0));
    say(`\n    curl -i '${address}' -H 'Host: ${host}' -H 'Content-Type: application/json' -H 'Stripe-Signature: ${sign(body)}' --data-raw '${body}'\n`);
  };
  show();
  process.stdin.on('data', show);
  await new Promise(() => setInterval(() => undefined, 60_000));
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
