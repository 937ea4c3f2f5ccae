import { readFileSync } from 'fs';
import { join } from 'path';
import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CELLS, type Outcome } from './cells';
import { ORIGINS, type Origin, resourceIn, stacksFor, SUBJECTS } from './subjects';
import { withMatrix } from '../../../scripts/imports';

/** Warnings of CDK for a resource of an unknown environment, and of the library for what is no import. */
const EXPECTED = new RegExp([
  'UnclearLambdaEnvironment', 'ruleUnresolvedEnvironment', 'alarms-without-actions', 'manuallyAddDLQ', 'dropped-events',
].join('|'));

function outcomeOf(name: string, origin: Origin): { readonly kind: Outcome['kind']; readonly texts: string[] } {
  const { stack, owner } = stacksFor(origin);
  let used: unknown;
  try {
    const resource = resourceIn(origin, SUBJECTS[name], { stack, owner });
    if (resource === undefined) {
      return { kind: 'n/a', texts: [] };
    }
    SUBJECTS[name].use(stack, resource);
    Template.fromStack(stack);
    used = resource;
  } catch (error) {
    return { kind: 'fails', texts: [(error as Error).message] };
  }
  expectNamed(name, { stack, resource: used });
  const texts = [...new Set([stack, owner])].flatMap((each) => Annotations.fromStack(each)
    .findWarning('*', Match.anyValue()).map(({ entry }) => `${entry.data}`)).filter((text) => !EXPECTED.test(text));
  return { kind: texts.length > 0 ? 'warns' : 'works', texts };
}

/** Values at a path, in which `*` stands for every item of a list. A single item may stand without its list. */
function valuesAt(value: any, [key, ...path]: string[]): unknown[] {
  if (value === undefined || key === undefined) {
    return value === undefined ? [] : [value];
  }
  return key === '*' ? [value].flat().flatMap((item) => valuesAt(item, path)) : valuesAt(value[key], path);
}

/** Fails unless the template names the resource wherever it is used. */
function expectNamed(name: string, { stack, resource }: { readonly stack: Stack; readonly resource: unknown }): void {
  for (const [type, path, nameOf] of SUBJECTS[name].named) {
    const found = Object.values(Template.fromStack(stack).findResources(type))
      .flatMap(({ Properties }) => valuesAt(Properties, path.split('.'))).flat();
    expect(found).toContainEqual(stack.resolve(nameOf(resource)));
  }
}

const ALL = Object.entries(CELLS)
  .flatMap(([name, row]) => ORIGINS.map((origin) => [name, origin, row[origin]] as const));

test('the page shows the matrix', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'imports.md'), 'utf8');
  expect(withMatrix(page)).toBe(page); // otherwise run `npx projen imports`
});

test('every resource has a cell for every origin', () => {
  expect(Object.keys(CELLS)).toEqual(Object.keys(SUBJECTS));
  ALL.forEach(([name, origin, outcome]) => expect([name, origin, outcome?.kind]).not.toContain(undefined));
});

test.each(ALL)('%s, %s', (name, origin, expected) => {
  const { kind, texts } = outcomeOf(name, origin);
  if (expected.kind === 'n/a') {
    expect(expected.reason.length).toBeGreaterThan(0);
    return expect(['n/a', 'fails']).toContain(kind);
  }
  expect([kind, ...texts]).toEqual([expected.kind, ...texts]);
  if ('text' in expected) {
    expect(texts).toContainEqual(expect.stringMatching(expected.text));
  }
  return undefined;
});
