import { NumberValue } from '@aws-sdk/lib-dynamodb';

/** The `detail` of an EventBridge event that came through a queue. Numbers that JavaScript would round keep their digits. */
export function detailOf(messageBody: string): unknown {
  return (JSON.parse(messageBody, exactNumber) as { detail?: unknown } | null)?.detail;
}

function exactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const rounded = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return rounded && context?.source ? NumberValue.from(context.source) : value;
}
