import { execFileSync, spawnSync } from 'child_process';
import { createHash } from 'crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';

const ROOT = join(__dirname, '..', '..');
const PATTERNS = join(ROOT, 'test', 'patterns');
const JARS = join(ROOT, 'node_modules', '.cache', 'event-ruler');

/** AWS's matcher and what it needs, by SHA-256. */
const CHECKSUMS: Record<string, string> = {
  'event-ruler-2.1.0.jar': '0de916a30048f996f129d05eb3dc6871c89a462f1377c876fd2d34f2e04152fe',
  'fastdoubleparser-2.0.1.jar': '4242e2335299026524d331355a6cd75abdc38c8fed4402f25b5c7ce9d7668cc1',
  'jackson-annotations-2.22.jar': '21ddb598807d3a51a876704eb979d9296e1c6a6f47ab1826ff88c6d6a127a2d0',
  'jackson-core-2.22.2.jar': 'ff167a6317be15895706c26668f45b898efe40ab8780970658210fe1393d52a6',
  'jackson-databind-2.22.2.jar': 'd0da14c12b16b5d54719aa172d83b542ff4abeb8b0fb7db476fde8ceece760ca',
  'jsr305-3.0.2.jar': '766ad2a0783f2687962c8ad74ceecc38a28b9f72a2d085ee438b7813e928d0c7',
};

/** What the judge lacks on this machine, if anything: it comes by Maven, Stripe's fixtures by Go. */
export function missingTools(): string[] {
  return [['mvn', '--version'], ['go', 'version']].filter(([tool, arg]) => spawnSync(tool, [arg]).error).map(([tool]) => tool);
}

/** Whether AWS's Event Ruler matches each event to its pattern, in one Java process. */
export function judge(cases: ReadonlyArray<{ readonly pattern: unknown; readonly event: unknown }>): boolean[] {
  fetchJars();
  const input = cases.map((each) => JSON.stringify(each)).join('\n');
  const output = execFileSync('java', ['-cp', join(JARS, '*'), join(PATTERNS, 'Judge.java')], { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return output.trim().split('\n').map((line) => line === 'true');
}

/** Every resource that Stripe's own mock server knows, by name. */
export function stripeFixtures(): Record<string, Record<string, unknown>> {
  const { Dir } = JSON.parse(execFileSync('go', ['mod', 'download', '-json', 'github.com/stripe/stripe-mock@v0.197.0'], { cwd: '/', encoding: 'utf8' }));
  return JSON.parse(readFileSync(join(Dir, 'embedded', 'openapi', 'fixtures3.json'), 'utf8')).resources;
}

function fetchJars(): void {
  if (!existsSync(JARS)) {
    mkdirSync(JARS, { recursive: true });
    execFileSync('mvn', ['-q', '-B', '-f', join(PATTERNS, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${JARS}`], { stdio: 'pipe' });
  }
  const found = Object.fromEntries(readdirSync(JARS).map((jar) => [jar, createHash('sha256').update(readFileSync(join(JARS, jar))).digest('hex')]));
  if (JSON.stringify(found) !== JSON.stringify(CHECKSUMS)) {
    throw new Error(`the jars in ${JARS} are not those that were reviewed; delete the folder and run again, then compare`);
  }
}
