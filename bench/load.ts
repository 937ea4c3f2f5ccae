import { execFileSync } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { bundle } from './bundle';
import { ENV } from './env';
import { median, type Verdict } from './measure';
import { inProject } from '../local/project';

const ROUNDS = 15;

/** Program that prints how long it takes to load a module, in milliseconds. */
const LOAD = `
const started = process.hrtime.bigint();
require(process.argv[1]);
process.stdout.write(String(Number(process.hrtime.bigint() - started) / 1e6), () => process.exit());
`;

/** The least that a handler over HTTPS loads. */
const FLOOR = `
require('node:https');
require('node:crypto');
exports.handler = async () => ({ statusCode: 200 });
`;

type Rest = Pick<Verdict, 'limit' | 'aim'>;

/** How long a cold start spends on loading each handler: fresh processes, round by round. */
export function moduleLoad(): Verdict[] {
  const dir = mkdtempSync(join(tmpdir(), 'bench-load-'));
  try {
    const obvious = { webhook: join(dir, 'webhook.js'), writer: join(dir, 'writer.js') };
    bundle('obvious', 'webhook', obvious.webhook);
    bundle('obvious', 'writer', obvious.writer);
    writeFileSync(join(dir, 'floor.js'), FLOOR);
    const subjects: Array<[what: string, file: string, reference: string, rest?: Rest]> = [
      ['floor: node:https and node:crypto', join(dir, 'floor.js'), obvious.webhook],
      ['webhook: the obvious one', obvious.webhook, obvious.webhook],
      ['webhook: ours', inProject('assets', 'webhook', 'index.js'), obvious.webhook,
        { limit: { most: 0.4 }, aim: 0.3 }],
      ['writer: the obvious one', obvious.writer, obvious.writer],
      ['writer: ours', inProject('assets', 'writer', 'index.js'), obvious.writer, { limit: { most: 1 } }],
    ];
    const rounds = measure(subjects.map(([, file]) => file));
    return subjects.map(([what, file, reference, rest]) => ({
      what,
      figure: `${median(rounds.map((times) => times[file])).toFixed(1)} ms`,
      ratio: file === reference ? undefined : median(rounds.map((times) => times[file] / times[reference])),
      ...rest,
    }));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Times of each file, by round. The order alternates. */
function measure(files: string[]): Array<Record<string, number>> {
  const rounds: Array<Record<string, number>> = [];
  for (let number = -1; number < ROUNDS; number += 1) {
    const times: Record<string, number> = {};
    for (const file of number % 2 ? files : [...files].reverse()) {
      times[file] = Number(execFileSync(process.execPath, ['-e', LOAD, file], { env: ENV, encoding: 'utf8' }));
    }
    rounds.push(...number < 0 ? [] : [times]); // the first one fills the cache of the disk
  }
  return rounds;
}
