import { rmSync } from 'fs';

/** After all tests: removes their temporary directory, with the assemblies that the CDK leaves there. */
export default function globalTeardown(): void {
  rmSync(process.env.TMPDIR!, { recursive: true, force: true });
}
