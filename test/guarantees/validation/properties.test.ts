import fc from 'fast-check';
import { outcomeOf, problemsOf } from './outcome';
import { INTERFACES, PROPERTIES } from './properties';
import { SUBJECTS } from './subjects';
import { CANARY, VALUES } from './wrong-values';
import { casesOr, seeded } from '../../harness/random-runs';

/** Each public property against values of every kind: a message that names it, or a template. */

test('U07: every interface of the public API has a construct that uses its properties', () => {
  expect(INTERFACES.map(({ name }) => name).sort()).toEqual(Object.keys(SUBJECTS).sort());
});

test.each(PROPERTIES)('U07, U19: %s.%s rejects each wrong value by name and path, or synthesizes', (type, property) => {
  const problems = Object.entries(VALUES).flatMap(([what, value]) =>
    problemsOf(outcomeOf(type, property, value), type, property).map((problem) => `${what} ${problem}`));
  expect(problems).toEqual([]);
});

const anyValue = fc.oneof(
  fc.anything(), fc.string({ unit: 'binary' }), fc.integer(), fc.double(), fc.array(fc.string()),
  fc.string().map((text) => `${text}${CANARY}`),
);

test('U07, U19: each property rejects random values by name and path, or synthesizes', () => {
  fc.assert(fc.property(fc.constantFrom(...PROPERTIES), anyValue, ([type, property], value) => {
    expect(problemsOf(outcomeOf(type, property, () => value), type, property)).toEqual([]);
  }), seeded(casesOr(300)));
});
