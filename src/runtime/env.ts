/**
 * Reads a variable that the construct always sets.
 *
 * Throws if it is missing or empty, because a function with a guessed configuration can lose events silently.
 */
export function requiredEnv(name: string, env: Record<string, string | undefined>): string {
  const value = env[name];
  if (!value) {
    throw new Error(`environment variable ${name} is not set; deploy the construct again, which sets it`);
  }
  return value;
}
