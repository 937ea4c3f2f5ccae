import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { fitFields } from '../../../src/stripe-customer-table/runtime/fit';

/** Bytes that the fields of a row may have in total, as DynamoDB counts them. */
const MOST = 390_000;

/** Maps in maps, so many that the innermost is at that depth. */
function nested(levels: number): unknown {
  return Array.from({ length: levels - 1 }).reduce<unknown>((inner) => ({ k: inner }), { k: 'v' });
}

const fit = (fields: Record<string, unknown>) => fitFields(fields, 'rawEvent');

describe('N16: size', () => {
  test.each<[string, unknown, unknown]>([
    ['text of one byte per character', 'x'.repeat(MOST - 1), 'x'.repeat(MOST)],
    ['text of two bytes per character', 'é'.repeat(194_999), 'é'.repeat(195_000)],
    ['text of four bytes per character', '😀'.repeat(97_499), '😀'.repeat(97_500)],
    // 3 bytes of the map, 1 of its entry, 1 of its key
    ['a map', { k: 'x'.repeat(MOST - 6) }, { k: 'x'.repeat(MOST - 5) }],
    // 3 bytes of the list, 1 of each item
    ['a list', ['x'.repeat(100_000), 'x'.repeat(MOST - 100_006)], ['x'.repeat(100_000), 'x'.repeat(MOST - 100_005)]],
  ])('a field of %s is kept if it fits exactly, and dropped if it is larger', (_what, fits, tooLarge) => {
    expect(fit({ f: fits }).truncated).toEqual([]);
    expect(fit({ f: fits }).fields.f === undefined).toBe(false);
    expect(fit({ f: tooLarge })).toEqual({ fields: { f: undefined }, truncated: ['f'] });
  });

  test('the largest of several medium fields are dropped until the others fit', () => {
    const sizes = { a: 90_000, b: 150_000, c: 120_000, d: 100_000, e: 160_000 };
    const fields = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, 'x'.repeat(size)]));
    const { fields: kept, truncated } = fit({ ...fields, email: 'ada@example.com' });
    expect(truncated).toEqual(['b', 'e']);
    expect(Object.keys(kept).filter((name) => kept[name] !== undefined)).toEqual(['a', 'c', 'd', 'email']);
  });

  test('the raw event is dropped before any field, even if it is the smallest', () => {
    const { fields, truncated } = fit({ large: 'x'.repeat(MOST - 10), rawEvent: '{"id":"evt_1"}' });
    expect(truncated).toEqual(['rawEvent']);
    expect(`${fields.large}`).toHaveLength(MOST - 10);
  });

  test('a field without a value is never named, and stays without a value', () => {
    expect(fit({ a: undefined, rawEvent: undefined, large: 'x'.repeat(MOST) })).toEqual({
      fields: { a: undefined, rawEvent: undefined, large: undefined }, truncated: ['large'],
    });
  });
});

describe('N17: depth', () => {
  test.each<[string, (levels: number) => unknown]>([
    ['maps', nested],
    ['lists', (levels) => Array.from({ length: levels - 1 }).reduce<unknown>((inner) => [inner], ['v'])],
    ['maps in a list', (levels) => [nested(levels - 1)]],
    ['maps beside fields that are not deep', (levels) => ({ a: 'b', list: [1, 2], k: nested(levels - 1) })],
  ])('a field of 31 levels of %s is kept, and one of 32 becomes JSON text', (_what, field) => {
    expect(fit({ f: field(31) })).toEqual({ fields: { f: field(31) }, truncated: [] });
    expect(fit({ f: field(32) })).toEqual({ fields: { f: JSON.stringify(field(32)) }, truncated: ['f'] });
  });

  test('numbers of a field that becomes JSON text keep their digits', () => {
    const field = [nested(40), NumberValue.from('9007199254740993')];
    expect(fit({ f: field }).fields.f).toBe(`[${JSON.stringify(nested(40))},9007199254740993]`);
  });

  test('JSON text that is too large is dropped', () => {
    expect(fit({ f: [nested(40), 'x'.repeat(MOST)] })).toEqual({ fields: { f: undefined }, truncated: ['f'] });
  });
});

describe('N18: keys of maps', () => {
  test.each([
    ['the empty key', ''],
    ['__proto__', '__proto__'],
    ['a key of more than 32,768 bytes', `${'é'.repeat(16_384)}x`],
  ])('%s is dropped at every depth, and only there', (_what, key) => {
    const field = JSON.parse(`{"a":"b","deep":[{${JSON.stringify(key)}:{"c":"d"},"e":"f"}]}`);
    const { fields, truncated } = fit({ field, other: { a: 'b' } });
    expect(fields).toEqual({ field: { a: 'b', deep: [{ e: 'f' }] }, other: { a: 'b' } });
    expect(truncated).toEqual(['field']);
  });

  test('a key of 32,768 bytes is kept', () => {
    const field = { ['x'.repeat(32_768)]: 'a' };
    expect(fit({ field })).toEqual({ fields: { field }, truncated: [] });
  });

  test('a map with the key constructor becomes a Map, which the document client stores in the same way', () => {
    const { fields, truncated } = fit({ field: { constructor: '8', a: { b: 'c' } } });
    expect(fields.field).toEqual(new Map<string, unknown>([['constructor', '8'], ['a', { b: 'c' }]]));
    expect(truncated).toEqual([]);
  });

  test('no key changes the prototype of an object', () => {
    const field = JSON.parse('{"a":"b","__proto__":{"polluted":true}}');
    const { fields } = fit({ field });
    expect(Object.getPrototypeOf(fields.field)).toBe(Object.prototype);
    expect('polluted' in (fields.field as object) || 'polluted' in {}).toBe(false);
  });
});
