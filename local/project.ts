import { delimiter, join } from 'path';

/** Root of the project. */
export const ROOT = join(__dirname, '..');

/** Returns a path below the root. */
export const inProject = (...path: string[]) => join(ROOT, ...path);

/**
 * Minimal environment of a program.
 *
 * No AWS setting of the user reaches the local AWS, and `node` has the major version of the Lambda runtime.
 */
export const CLEAN_ENV = {
  PATH: [inProject('node_modules', '.bin'), process.env.PATH].join(delimiter),
  HOME: process.env.HOME ?? '/',
};
