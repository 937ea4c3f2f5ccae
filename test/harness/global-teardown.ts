import { rmSync } from 'fs';
import { basename } from 'path';
import { TEMPORARY_PREFIX } from './global-setup';

/** After all tests: removes their temporary directory, with the assemblies that the CDK leaves there. */
export default function globalTeardown(): void {
  const folder = process.env.TMPDIR ?? '';
  if (basename(folder).startsWith(TEMPORARY_PREFIX)) {
    rmSync(folder, { recursive: true, force: true });
  }
}
