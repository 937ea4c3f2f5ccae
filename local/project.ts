import { delimiter, join } from 'path';

/** The root of the project. */
export const ROOT = join(__dirname, '..');

/** A path below the root. */
export const inProject = (...path: string[]) => join(ROOT, ...path);

/**
 * The least that a program needs of our environment: none of the user's AWS settings reach the local AWS, and
 * `node` is the Lambda runtime's own major.
 */
export const CLEAN_ENV = {
  PATH: [inProject('node_modules', '.bin'), process.env.PATH].join(delimiter),
  HOME: process.env.HOME ?? '/',
};
