import { readdirSync, statSync } from 'fs';
import { dirname, join } from 'path';
import type { IConstruct } from 'constructs';
import { fail } from './validation';

/** Digits of a mode whose last one, for other users, includes the permission to read. */
const READABLE_BY_OTHERS = /[4-7]$/;

/**
 * Folder of an asset. Fails if a file in it is readable by its owner only, as after an installation with the umask 077.
 *
 * CDK keeps the mode in the archive, where Lambda is another user, and leaves it out of the hash: a repaired file would
 * not be uploaded again. On Windows, every file is readable.
 */
export function readableFolder(scope: IConstruct, folder: string): string {
  for (const file of readdirSync(folder).map((name) => join(folder, name))) {
    const mode = statSync(file).mode.toString(8);
    if (!READABLE_BY_OTHERS.test(mode)) {
      fail(scope, `${file} must be readable by everyone, because Lambda runs it as another user, got the mode ` +
        `${mode.slice(-3)}; run chmod -R a+rX '${dirname(folder)}'`);
    }
  }
  return folder;
}
