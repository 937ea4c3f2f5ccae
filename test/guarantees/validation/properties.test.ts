import fc from 'fast-check';
import { type Outcome, outcomeOf } from './outcome';
import { RESULTS, SUBJECTS } from './subjects';
import { CANARY, VALUES } from './wrong-values';
import { types } from '../../harness/public-api';
import { casesOr, seeded } from '../../harness/random-runs';

/** Each public property against values of every kind: a message that names it, or a template. */

const interfaces = types.filter(({ kind, name }) => kind === 'interface' && !RESULTS.includes(name));
const PROPERTIES = interfaces.flatMap(({ name, properties = [] }) =>
  properties.map((property) => [name, property.name] as const));

test('U07: every interface of the public API has a construct that uses its properties', () => {
  expect(interfaces.map(({ name }) => name).sort()).toEqual(Object.keys(SUBJECTS).sort());
});

/** Problems of an outcome. The empty list is a good one. */
function problemsOf({ error }: Outcome, type: string, property: string): string[] {
  if (!error) {
    return [];
  }
  const name = SUBJECTS[type].partOf ?? property;
  const problems = {
    'is an internal error': error.name !== 'ValidationError',
    'does not name the property': !error.message.includes(`\`${name}\``),
    'has no path': !/ \(Wrong\/\w+(\/\w+)*\)$/.test(error.message),
    'has no remedy': !error.message.includes('; '),
    'shows the secret': error.message.includes('Canary'),
  };
  return Object.entries(problems).filter(([, isProblem]) => isProblem).map(([what]) => `${what}: ${error.message}`);
}

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
