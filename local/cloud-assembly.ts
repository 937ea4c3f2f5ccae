import { execFile } from 'child_process';
import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import type { Emulator } from './emulator';
import { CLEAN_ENV, inProject } from './project';

const run = promisify(execFile);

/** Runs the example app with the library from the sources of this project. */
const EXAMPLE = 'ts-node --transpile-only --require tsconfig-paths/register app.ts';

/** Switches off version check, notices and telemetry, so that the CLI uses no network. */
const QUIET = { CDK_DISABLE_VERSION_CHECK: '1', CDK_DISABLE_CLI_TELEMETRY: 'true', CI: '1' };

/** Synthesizes the example app into a folder. */
export async function synthesizeExample(outdir: string): Promise<void> {
  await cdk(['synth', '--app', EXAMPLE, '--output', outdir, '--quiet'], {
    ...CLEAN_ENV,
    TS_NODE_PROJECT: inProject('tsconfig.dev.json'),
  }, inProject('examples', 'typescript'));
}

/** Prepares a region of the local account for assets, which every account needs once. */
export async function bootstrap({ env, clientConfig }: Emulator, region = clientConfig.region): Promise<void> {
  await cdk(['bootstrap', `aws://000000000000/${region}`], env);
}

/** Deploys a synthesized app: the template and the bundled assets that users deploy. Returns the outputs, by stack. */
export async function deploy(
  { env }: Pick<Emulator, 'env'>, assembly: string,
): Promise<Record<string, Record<string, string>>> {
  const dir = mkdtempSync(join(tmpdir(), 'outputs-'));
  try {
    const outputs = join(dir, 'outputs.json');
    const options = ['--all', '--require-approval', 'never', '--outputs-file', outputs];
    await cdk(['deploy', '--app', assembly, ...options], env);
    return JSON.parse(readFileSync(outputs, 'utf8'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Deletes the stacks of a synthesized app. */
export async function destroy({ env }: Pick<Emulator, 'env'>, assembly: string): Promise<void> {
  await cdk(['destroy', '--app', assembly, '--all', '--force'], env);
}

async function cdk(args: string[], env: Record<string, string>, cwd = inProject()): Promise<void> {
  try {
    await run(inProject('node_modules', '.bin', 'cdk'), [...args, '--no-notices'], {
      cwd,
      env: { ...env, ...QUIET },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const lastLines = `${stdout}${stderr}`.trimEnd().split('\n').slice(-25).join('\n');
    throw new Error(`cdk ${args[0]} failed:\n${lastLines}`, { cause: error });
  }
}
