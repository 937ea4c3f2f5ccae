import { AWS_MS, coldStart, coldStartOfGate } from './cold';
import { costs } from './cost';
import { moduleLoad } from './load';
import { holds, print, type Verdict } from './measure';
import { endToEnd } from './stack';
import { synthesis, warm } from './warm';
import { storeEvidence } from '../scripts/evidence';

/** `npx projen bench [section …]`: figures of one run on one machine, so ratios count and milliseconds do not. */

const SECTIONS: Record<string, [title: string, run: () => Verdict[] | Promise<Verdict[]>]> = {
  cold: [`Cold, in a fresh process, each AWS call ${AWS_MS} ms. Ratio to the obvious one, round by round`, coldStart],
  gate: ['CPU time of a cold start. Ratio to the obvious one, round by round', coldStartOfGate],
  load: ['Loading the module, in a fresh process. Ratio to the obvious one, round by round', moduleLoad],
  warm: ['Warm, a request. Ratio to the least that anybody does', warm],
  stack: ['End to end on a local AWS, 4 in flight', endToEnd],
  synth: ['Synthesis', synthesis],
};

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const names = [...Object.keys(SECTIONS).filter((name) => name !== 'gate'), 'cost']; // the gate repeats a row
  const chosen = asked.length > 0 ? asked : names;
  const unknown = chosen.find((name) => name !== 'cost' && !(name in SECTIONS));
  if (unknown) {
    throw new Error(`there is no section '${unknown}'; use ${Object.keys(SECTIONS).join(', ')} or cost`);
  }
  for (const name of chosen.filter((each) => each in SECTIONS)) {
    const [title, run] = SECTIONS[name];
    const verdicts = await run();
    print(title, verdicts);
    verdicts.forEach(({ what, figure, ratio }) => storeEvidence('speed', `${name}: ${what}`, {
      figure, ...ratio !== undefined && { ratio: ratio.toFixed(2) },
    }));
    process.exitCode = verdicts.every(holds) ? process.exitCode : 1;
  }
  if (chosen.includes('cost')) {
    console.log(`\nCost, by the template's own resources\n\n${costs()}`);
  }
}

void main();
