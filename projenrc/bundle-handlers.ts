import { readdirSync } from 'fs';
import { join, posix, relative, sep } from 'path';
import { Component, type awscdk } from 'projen';
import { GENERATED_ASSETS } from './paths';
import { tsScript } from './ts-script';

const SUFFIX = '.lambda.ts';

/**
 * Task `bundle`: bundles each `*.lambda.ts` below `src` into one file that ships with the library.
 *
 * The bundle of `webhook.lambda.ts` is `assets/webhook/index.js`.
 *
 * The AWS SDK is part of the bundle, so that tests run the code that is deployed. The default credential chain (SSO,
 * profiles, IMDS) makes up two thirds of a client's size. Lambda does not need it, so the environment provider
 * replaces it.
 */
export class BundleHandlers extends Component {
  constructor(private readonly library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    for (const [name, entrypoint] of handlers(join(library.outdir, library.srcdir))) {
      this.bundle(name, posix.join(library.srcdir, entrypoint));
    }
    library.bundler.bundleTask.exec(tsScript(library, 'scripts/describe-bundles.ts'));
    library.annotateGenerated('/THIRD-PARTY-NOTICES');
    library.annotateGenerated('/handlers.sha256');
    library.eslint?.allowDevDeps(`${library.srcdir}/**/*${SUFFIX}`);
    library.eslint?.allowDevDeps(`${library.srcdir}/**/runtime/**`);
  }

  private bundle(name: string, entrypoint: string) {
    const folder = posix.relative(this.library.srcdir, entrypoint).replace(/\.ts$/, ''); // projen's own choice
    this.library.bundler.addBundle(entrypoint, {
      platform: 'node',
      target: 'node24',
      outfile: posix.relative(folder, `${name}/index.js`),
      externals: [],
      minify: true,
      mainFields: ['module', 'main'],
      tsconfigPath: this.library.tsconfigDev.fileName,
      watchTask: false,
      esbuildArgs: {
        '--alias:@aws-sdk/credential-provider-node': './src/runtime/credentials.ts',
        '--alias:@smithy/core/event-streams': './src/runtime/no-event-streams.ts',
        // `import()` of a built-in module loads everything that it exports lazily
        '--supported:dynamic-import': 'false',
        // layers that instrument a function replace its handler, which esbuild exports as read-only
        '--footer:js': 'module.exports={...module.exports};',
        '--metafile': `${GENERATED_ASSETS}/${name}.meta.json`,
        '--legal-comments': 'none',
        '--log-level': 'warning',
      },
    });
  }
}

/** Returns the path of each handler below a folder, by the name of its bundle. */
export function handlers(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { parentPath, name: file } of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(parentPath, file)).split(sep).join('/');
    const name = file.slice(0, -SUFFIX.length);
    if (!file.endsWith(SUFFIX)) {
      continue;
    }
    if (found.has(name)) {
      throw new Error(`${found.get(name)} and ${path} would both be bundled as '${name}'; rename one of them`);
    }
    found.set(name, path);
  }
  return new Map([...found].sort(([, one], [, other]) => (one < other ? -1 : 1)));
}
