import { NumberValue } from '@aws-sdk/lib-dynamodb';

/** DynamoDB accepts 32 nested levels, and the attribute itself is the first. */
const MAX_NESTED_LEVELS = 31;
/** DynamoDB accepts 400 KB per item. The rest is for the key and the bookkeeping. */
const MAX_FIELD_BYTES = 390_000;
/** DynamoDB documents 64 KB per key of a map. DynamoDB Local fails below that limit. */
const MAX_KEY_BYTES = 32_768;

/** Fields that fit into one item. */
export interface FittedFields {
  /** Fields without what does not fit. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Names of the fields that were shortened or dropped, in alphabetical order. */
  readonly truncated: readonly string[];
}

/**
 * Makes fields fit into one item of DynamoDB, so that no event fails for its size, its depth or its keys.
 *
 * A field that is nested too deeply becomes JSON text. Map keys that DynamoDB rejects are dropped. If the item is too
 * large, `dropFirst` is dropped, then the largest fields.
 */
export function fitFields(fields: Readonly<Record<string, unknown>>, dropFirst: string): FittedFields {
  const fitted = Object.entries(fields).map(([name, value]) => ({ name, ...fitValue(value) }));
  const bySize = fitted.filter(({ value }) => value !== undefined)
    .map(({ name, value }) => ({ name, bytes: bytesOf(name, value) }))
    .sort((a, b) => Number(b.name === dropFirst) - Number(a.name === dropFirst) || b.bytes - a.bytes);
  let excess = bySize.reduce((sum, { bytes }) => sum + bytes, 0) - MAX_FIELD_BYTES;
  const dropped = new Set<string>();
  for (const { name, bytes } of bySize) {
    if (excess > 0) {
      dropped.add(name);
      excess -= bytes;
    }
  }
  return {
    fields: Object.fromEntries(fitted.map(({ name, value }) => [name, dropped.has(name) ? undefined : value])),
    truncated: fitted.filter(({ name, changed }) => changed || dropped.has(name)).map(({ name }) => name).sort(),
  };
}

function fitValue(value: unknown): { readonly value: unknown; readonly changed: boolean } {
  if (isDeeperThan(MAX_NESTED_LEVELS, value)) {
    return { value: jsonText(value), changed: true };
  }
  let changed = false;
  const copy = (part: unknown): unknown => {
    if (Array.isArray(part)) {
      return part.map(copy);
    }
    if (!isMap(part)) {
      return part;
    }
    const entries = Object.entries(part).filter(([key]) => isStorableKey(key));
    changed ||= entries.length < Object.keys(part).length;
    // the document client reads `constructor` of an object, so an object with such a key becomes a Map
    const copied = entries.map(([key, item]) => [key, copy(item)] as const);
    return Object.hasOwn(part, 'constructor') ? new Map(copied) : Object.fromEntries(copied);
  };
  return { value: copy(value), changed };
}

/** `__proto__` would be lost on the way, because the client assigns it to an object. */
function isStorableKey(key: string): boolean {
  return key !== '' && key !== '__proto__' && Buffer.byteLength(key) <= MAX_KEY_BYTES;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberValue);
}

/** Stops at the limit, so that it takes no more stack than that. */
function isDeeperThan(levels: number, value: unknown): boolean {
  if (!Array.isArray(value) && !isMap(value)) {
    return false;
  }
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(levels - 1, item));
}

/** Numbers keep their digits. */
function jsonText(value: unknown): string {
  const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
  return JSON.stringify(value, (_key, part) => part instanceof NumberValue ? rawJSON(part.toString()) : part);
}

/**
 * Size of an attribute as DynamoDB counts it, rounded up.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
function bytesOf(name: string, value: unknown): number {
  return Buffer.byteLength(name) + bytesOfValue(value);
}

function bytesOfValue(value: unknown): number {
  if (typeof value === 'string') {
    return Buffer.byteLength(value);
  }
  if (value instanceof Map || Array.isArray(value) || isMap(value)) {
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    const names = Array.isArray(value) ? 0 : entries.reduce((sum, [key]) => sum + Buffer.byteLength(`${key}`), 0);
    return entries.reduce((sum, [, item]) => sum + bytesOfValue(item) + 1, 3 + names);
  }
  return 22; // the longest number
}
