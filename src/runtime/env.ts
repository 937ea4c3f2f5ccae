/**
 * A variable that the construct always sets.
 *
 * Throws when it is missing or empty: a function that guesses its own configuration loses events in silence.
 */
export function requiredEnv(name: string, env: Record<string, string | undefined>): string {
  const value = env[name];
  if (!value) {
    throw new Error(`environment variable ${name} is not set; deploy the construct again, it sets it`);
  }
  return value;
}
