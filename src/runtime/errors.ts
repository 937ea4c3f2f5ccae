/** Facts about an error that may be logged. Its message may not, because messages can quote payloads. */
export interface ErrorFacts {
  readonly error: string;
  readonly httpStatus?: number;
  readonly attempts?: number;
}

/** Error of the SDK, as far as it is read here. */
interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** Returns the facts about anything that was thrown. */
export function errorFacts(error: unknown): ErrorFacts {
  const { name, code, $metadata } = (error ?? {}) as SdkError;
  return {
    error: typeof name !== 'string' ? typeof error : isGeneric(name) && isCode(code) ? code : name,
    httpStatus: $metadata?.httpStatusCode,
    attempts: $metadata?.attempts,
  };
}

/** Names under which Node.js reports errors of the network. Their code says more. */
const isGeneric = (name: string) => name === 'Error' || name === 'AggregateError';

/** Whether a value is a code of Node.js, such as `ECONNREFUSED`. */
const isCode = (code: unknown): code is string => typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code);
