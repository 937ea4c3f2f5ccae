/** What may be logged of an error: its name and what the SDK counted. Messages can quote payloads, so they stay out. */
export interface ErrorFacts {
  readonly error: string;
  readonly httpStatus?: number;
  readonly attempts?: number;
}

/** The facts of anything thrown. */
export function errorFacts(error: unknown): ErrorFacts {
  const { name, $metadata } = (error ?? {}) as { name?: unknown; $metadata?: { httpStatusCode?: number; attempts?: number } };
  return {
    error: typeof name === 'string' ? name : typeof error,
    httpStatus: $metadata?.httpStatusCode,
    attempts: $metadata?.attempts,
  };
}
