/** Facts about an error that may be logged. Its message may not, because messages can quote payloads. */
export interface ErrorFacts {
  readonly error: string;
  readonly httpStatus?: number;
  readonly attempts?: number;
}

/** Error of the SDK, as far as it is read here. */
interface SdkError {
  readonly name?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** Returns the facts about anything that was thrown. */
export function errorFacts(error: unknown): ErrorFacts {
  const { name, $metadata } = (error ?? {}) as SdkError;
  return {
    error: typeof name === 'string' ? name : typeof error,
    httpStatus: $metadata?.httpStatusCode,
    attempts: $metadata?.attempts,
  };
}
