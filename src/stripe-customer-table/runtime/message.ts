import { NumberValue } from '@aws-sdk/lib-dynamodb';

/** What a reviver is told of a value: the text that it was read from. */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** The `detail` of an EventBridge event that came through a queue. Numbers that JavaScript would round keep their digits. */
export function detailOf(messageBody: string): unknown {
  return read(messageBody, (_key, value, context) => {
    const rounded = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
    return rounded && context?.source ? NumberValue.from(context.source) : value;
  });
}

/** The same as JSON text, every number as it was written. */
export function detailTextOf(messageBody: string): string {
  const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
  return JSON.stringify(read(messageBody, (_key, value, context) => typeof value === 'number' && context?.source ? rawJSON(context.source) : value));
}

function read(messageBody: string, reviver: Reviver): unknown {
  return (JSON.parse(messageBody, reviver) as { detail?: unknown } | null)?.detail;
}
