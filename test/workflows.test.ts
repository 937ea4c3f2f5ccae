import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parse } from 'yaml';

/** What a person with access to a workflow, or to an action that it uses, could do. */

const DIR = join(__dirname, '..', '.github', 'workflows');
const workflows = readdirSync(DIR).map((name) => ({ name, ...parse(readFileSync(join(DIR, name), 'utf8')) as Workflow }));
const release = workflows.find(({ jobs }) => jobs.release_npm)!;

interface Job {
  readonly permissions?: Record<string, string>;
  readonly environment?: unknown;
  readonly steps: Array<{ readonly uses?: string; readonly run?: string; readonly env?: Record<string, string> }>;
}

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

test('T7: every action is pinned to a commit', () => {
  const used = workflows.flatMap(({ jobs }) => Object.values(jobs)).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
  expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  expect(used.length).toBeGreaterThan(10);
});

test('no workflow may write but where it says so, and what builds never may', () => {
  workflows.forEach(({ permissions }) => expect(permissions).toEqual({ contents: 'read' }));
  const writers = workflows.flatMap(({ jobs }) => Object.entries(jobs).filter(([, { permissions }]) => permissions?.contents === 'write').map(([name]) => name));
  expect(writers).toEqual(['release_github']);
});

test('npm, PyPI and NuGet know the publisher by its identity, without a token', () => {
  for (const name of ['release_npm', 'release_pypi', 'release_nuget']) {
    const { permissions, steps } = release.jobs[name];
    expect(permissions).toMatchObject({ 'id-token': 'write', 'contents': 'read' });
    const env = Object.assign({}, ...steps.map((step) => step.env ?? {}));
    expect(env).toMatchObject({ [`${name.replace('release_', '').toUpperCase()}_TRUSTED_PUBLISHER`]: 'true' });
    expect(Object.values(env).filter((value) => /secrets\.(?!NUGET_USERNAME)/.test(`${value}`))).toEqual([]);
  }
  expect(Object.assign({}, ...release.jobs.release_npm.steps.map((step) => step.env ?? {}))).toMatchObject({ NPM_CONFIG_PROVENANCE: 'true' });
});

test('the key for Maven Central is given out in a reviewed environment only', () => {
  const users = Object.entries(release.jobs).filter(([, job]) => JSON.stringify(job).includes('secrets.MAVEN_GPG_PRIVATE_KEY'));
  expect(users.map(([name, { environment }]) => [name, environment])).toEqual([['release_maven', 'maven-central']]);
});

test.each([['build', 'build'], ['release', 'release']])('the workflow %s compares the API with the last release, before anything is published', (name, job) => {
  const { jobs } = workflows.find((workflow) => workflow.jobs[job])!;
  const commands = jobs[job].steps.map(({ run }) => run);
  expect(commands.indexOf('npx projen compat')).toBeGreaterThan(commands.indexOf(`npx projen ${name}`));
});

test('the release has a bill of materials', () => {
  expect(JSON.stringify(release.jobs.release)).toContain('npx projen sbom');
  expect(JSON.stringify(release.jobs.release_github)).toContain('dist/sbom.cdx.json');
});
