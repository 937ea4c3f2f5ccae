import { execFileSync } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { bundle } from './bundle';
import { median, type Verdict } from './measure';
import { inProject } from '../local/project';

const ROUNDS = 15;
const ENV = {
  AWS_REGION: 'eu-west-1',
  EVENT_BUS_ARN: 'b',
  EVENT_SOURCE: 's',
  SIGNING_SECRET_ARNS: 'a',
  PREVIOUS_SECRET_SECONDS: '0',
  TOLERANCE_SECONDS: '300',
  EVENT_TYPES: '*',
  MODE: 'all',
  TABLE_NAME: 't',
  PARTITION_KEY_NAME: 'pk',
  STORE_RAW_EVENT: 'false',
};

const LOAD = 'const started = process.hrtime.bigint(); require(process.argv[1]); process.stdout.write(String(Number(process.hrtime.bigint() - started) / 1e6))';

/** How long a cold start spends in loading each handler: fresh processes, round by round, so that a noisy machine is noisy for all. */
export function moduleLoad(): Verdict[] {
  const dir = mkdtempSync(join(tmpdir(), 'bench-load-'));
  try {
    const files = { ...obvious(dir), 'ours: webhook': inProject('assets', 'webhook', 'index.js'), 'ours: writer': inProject('assets', 'writer', 'index.js') };
    const times = Object.fromEntries(Object.keys(files).map((name) => [name, [] as number[]]));
    for (let round = 0; round < ROUNDS; round += 1) {
      Object.entries(files).forEach(([name, file]) => times[name].push(Number(execFileSync(process.execPath, ['-e', LOAD, file], { env: ENV, encoding: 'utf8' }))));
    }
    const of = (name: string) => median(times[name]);
    return Object.keys(files).map((name) => {
      const reference = /writer/.test(name) ? 'obvious writer' : 'obvious webhook';
      const limit = name.startsWith('ours') ? { most: name.endsWith('webhook') ? 0.45 : 1 } : undefined;
      return { what: name, figure: `${of(name).toFixed(1)} ms`, ratio: of(name) / of(reference), limit };
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The obvious handlers with esbuild's defaults, and the least that any handler over HTTPS loads. */
function obvious(dir: string): Record<string, string> {
  for (const name of ['webhook', 'writer']) {
    bundle('obvious', name, join(dir, name, 'index.js'));
  }
  writeFileSync(join(dir, 'floor.js'), "require('node:https'); require('node:crypto'); exports.handler = async () => ({ statusCode: 200 });");
  return { 'floor: node:https and node:crypto': join(dir, 'floor.js'), 'obvious webhook': join(dir, 'webhook', 'index.js'), 'obvious writer': join(dir, 'writer', 'index.js') };
}
