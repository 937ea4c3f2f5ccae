import { execFileSync, spawn, spawnSync } from 'child_process';
import { createHash } from 'crypto';
import { once } from 'events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { createInterface } from 'readline';

const ROOT = join(__dirname, '..', '..');
const PATTERNS = join(ROOT, 'test', 'patterns');
const JARS = join(ROOT, 'node_modules', '.cache', 'event-ruler');

/** SHA-256 of AWS's matcher and of what it needs. */
const CHECKSUMS: Record<string, string> = {
  'event-ruler-2.1.0.jar': '0de916a30048f996f129d05eb3dc6871c89a462f1377c876fd2d34f2e04152fe',
  'fastdoubleparser-2.0.1.jar': '4242e2335299026524d331355a6cd75abdc38c8fed4402f25b5c7ce9d7668cc1',
  'jackson-annotations-2.22.jar': '21ddb598807d3a51a876704eb979d9296e1c6a6f47ab1826ff88c6d6a127a2d0',
  'jackson-core-2.22.2.jar': 'ff167a6317be15895706c26668f45b898efe40ab8780970658210fe1393d52a6',
  'jackson-databind-2.22.2.jar': 'd0da14c12b16b5d54719aa172d83b542ff4abeb8b0fb7db476fde8ceece760ca',
  'jsr305-3.0.2.jar': '766ad2a0783f2687962c8ad74ceecc38a28b9f72a2d085ee438b7813e928d0c7',
};

/** Options for a JVM that lives for seconds: it starts faster and leaves the other cores alone. */
const SHORT_LIVED_JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Pattern of a rule, and an event that it may match. */
export interface PatternCase {
  readonly pattern: unknown;
  readonly event: unknown;
}

/** AWS's Event Ruler in one process. */
export interface EventRuler {
  /** Returns for each case whether the event matches the pattern. */
  judge(cases: readonly PatternCase[]): Promise<boolean[]>;
  stop(): Promise<void>;
}

/** Returns the tools that this machine lacks: the matcher comes by Maven, Stripe's fixtures by Go. */
export function missingTools(): string[] {
  return [['mvn', '--version'], ['go', 'version']]
    .filter(([tool, arg]) => spawnSync(tool, [arg]).error)
    .map(([tool]) => tool);
}

/** Starts the matcher. All cases go through one process, because each start compiles Judge.java anew. */
export function startEventRuler(): EventRuler {
  fetchJars();
  const java = spawn('java', [...SHORT_LIVED_JVM, '-cp', join(JARS, '*'), join(PATTERNS, 'Judge.java')],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  java.stdin.on('error', () => undefined); // a process that ended shows at its output
  const answers = createInterface({ input: java.stdout })[Symbol.asyncIterator]();
  const closed = once(java, 'close');
  return {
    async judge(cases) {
      java.stdin.write(cases.map((each) => `${JSON.stringify(each)}\n`).join(''));
      const judged: boolean[] = [];
      while (judged.length < cases.length) {
        const { value, done } = await answers.next();
        if (done || !['true', 'false'].includes(value)) {
          throw new Error(`the matcher answered ${judged.length} of ${cases.length} cases, then ${value ?? 'nothing'}`);
        }
        judged.push(value === 'true');
      }
      return judged;
    },
    async stop() {
      java.stdin.end();
      await closed;
    },
  };
}

/** Every resource that Stripe's own mock server knows, by name. */
export function stripeFixtures(): Record<string, Record<string, unknown>> {
  const args = ['mod', 'download', '-json', 'github.com/stripe/stripe-mock@v0.197.0'];
  const { Dir } = JSON.parse(execFileSync('go', args, { cwd: '/', encoding: 'utf8' }));
  return JSON.parse(readFileSync(join(Dir, 'embedded', 'openapi', 'fixtures3.json'), 'utf8')).resources;
}

function fetchJars(): void {
  if (!existsSync(JARS)) {
    mkdirSync(JARS, { recursive: true });
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${JARS}`];
    execFileSync('mvn', ['-q', '-B', '-f', join(PATTERNS, 'pom.xml'), ...goal], { stdio: 'pipe' });
  }
  const found = Object.fromEntries(readdirSync(JARS).map((jar) => [jar, sha256(join(JARS, jar))]));
  if (JSON.stringify(found) !== JSON.stringify(CHECKSUMS)) {
    throw new Error(`the jars in ${JARS} are not those that were reviewed; ` +
      'delete the folder, run again and compare');
  }
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
