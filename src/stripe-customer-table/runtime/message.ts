import { NumberValue } from '@aws-sdk/lib-dynamodb';

/** Function that `JSON.parse` calls for each value, with the text that the value was read from. */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** Reads the `detail` of an event that came through a queue. Numbers that JavaScript would round keep their digits. */
export function detailOf(messageBody: string): unknown {
  return read(messageBody, (_key, value, context) => {
    const rounded = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
    return rounded && context?.source ? NumberValue.from(context.source) : value;
  });
}

/** Returns the same `detail` as JSON text, with every number as it was written. */
export function detailTextOf(messageBody: string): string {
  // JSON.rawJSON writes a number by its text; it exists since Node.js 21, and TypeScript does not declare it yet
  const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
  return JSON.stringify(read(messageBody, (_key, value, context) =>
    typeof value === 'number' && context?.source ? rawJSON(context.source) : value));
}

function read(messageBody: string, reviver: Reviver): unknown {
  return (JSON.parse(messageBody, reviver) as { detail?: unknown } | null)?.detail;
}
