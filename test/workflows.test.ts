import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parse } from 'yaml';

/** Permissions and credentials of the GitHub workflows. */

interface Job {
  readonly permissions?: Record<string, string>;
  readonly environment?: unknown;
  readonly needs?: string | string[];
  readonly steps: Array<{ readonly uses?: string; readonly run?: string; readonly env?: Record<string, string> }>;
}

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

interface Task {
  readonly steps?: ReadonlyArray<{ readonly spawn?: string }>;
}

const ROOT = join(__dirname, '..');
const DIR = join(ROOT, '.github', 'workflows');
const workflows = readdirSync(DIR).map((name) => parse(readFileSync(join(DIR, name), 'utf8')) as Workflow);
const { tasks }: { readonly tasks: Record<string, Task> } =
  JSON.parse(readFileSync(join(ROOT, '.projen', 'tasks.json'), 'utf8'));
const release = workflows.find(({ jobs }) => jobs.release_npm)!;

/** Environment variables of the steps of a job. */
const environmentOf = ({ steps }: Job): Record<string, string> =>
  Object.assign({}, ...steps.map(({ env }) => env ?? {}));

test('T7: every action is pinned to a commit', () => {
  const steps = workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps));
  const actions = steps.flatMap(({ uses }) => uses ?? []);
  expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  expect(actions.length).toBeGreaterThan(10);
});

test('no workflow may write to the repository, except the job that creates the GitHub release', () => {
  workflows.forEach(({ permissions }) => expect(permissions).toEqual({ contents: 'read' }));
  const writers = workflows.flatMap(({ jobs }) => Object.entries(jobs))
    .filter(([, { permissions }]) => permissions?.contents === 'write').map(([name]) => name);
  expect(writers).toEqual(['release_github']);
});

test.each(['npm', 'pypi', 'nuget'])('%s identifies the publisher by OpenID Connect, without a token', (registry) => {
  const job = release.jobs[`release_${registry}`];
  expect(job.permissions).toMatchObject({ 'id-token': 'write', 'contents': 'read' });
  const environment = environmentOf(job);
  expect(environment).toMatchObject({ [`${registry.toUpperCase()}_TRUSTED_PUBLISHER`]: 'true' });
  const secrets = Object.values(environment).filter((value) => /secrets\.(?!NUGET_USERNAME)/.test(`${value}`));
  expect(secrets).toEqual([]);
});

test('the npm package is published with provenance', () => {
  expect(environmentOf(release.jobs.release_npm)).toMatchObject({ NPM_CONFIG_PROVENANCE: 'true' });
});

test('only a job in a reviewed environment has the signing key for Maven Central', () => {
  const users = Object.entries(release.jobs)
    .filter(([, job]) => JSON.stringify(job).includes('secrets.MAVEN_GPG_PRIVATE_KEY'));
  expect(users.map(([name, { environment }]) => [name, environment])).toEqual([['release_maven', 'maven-central']]);
});

test.each(['build', 'release'])('the workflow %s compares the API with the last release before it packages', (name) => {
  const { steps } = workflows.find(({ jobs }) => jobs[name])!.jobs[name];
  expect(steps.map(({ run }) => run)).toContain(`npx projen ${name}`);
  const order = spawnedBy(name).filter((task) => ['compile', 'compat', 'package'].includes(task));
  expect(order).toEqual(['compile', 'compat', 'package']);
});

test('nothing is published before the job release has succeeded', () => {
  const publishing = Object.entries(release.jobs).filter(([name]) => name !== 'release');
  expect(publishing.map(([name]) => name)).toContain('release_npm');
  expect(publishing.filter(([, { needs }]) => ![needs].flat().includes('release'))).toEqual([]);
});

test('a release is published with its bill of materials', () => {
  expect(JSON.stringify(release.jobs.release)).toContain('npx projen sbom');
  expect(JSON.stringify(release.jobs.release_github)).toContain('dist/sbom.cdx.json');
});

/** Names of the projen tasks that a task runs, in order, with itself at the start. */
function spawnedBy(name: string): string[] {
  return [name, ...(tasks[name].steps ?? []).flatMap(({ spawn }) => spawn === undefined ? [] : spawnedBy(spawn))];
}
