import { awscdk } from 'projen';
import { GENERATED_ASSETS } from './paths';

/**
 * Bundles each Lambda handler into one file that ships with the library.
 *
 * The AWS SDK is inside, so that what was tested is what runs. The default credential chain (SSO, profiles, IMDS) is
 * two thirds of a client's size and Lambda never needs it, so it is replaced by the environment provider alone.
 */
export function bundleHandlers(project: awscdk.AwsCdkConstructLibrary, handlers: Record<string, string>) {
  for (const [entrypoint, name] of Object.entries(handlers)) {
    project.eslint?.allowDevDeps(entrypoint);
    project.bundler.addBundle(entrypoint, {
      platform: 'node',
      target: 'node24',
      outfile: `../../${name}/index.js`, // relative to the folder projen derives from the entry point
      externals: [],
      minify: true,
      mainFields: ['module', 'main'],
      tsconfigPath: project.tsconfigDev.fileName,
      watchTask: false,
      esbuildArgs: {
        '--alias:@aws-sdk/credential-provider-node': './src/runtime/credentials.ts',
        '--alias:@smithy/core/event-streams': './src/runtime/no-event-streams.ts',
        '--metafile': `${GENERATED_ASSETS}/${name}.meta.json`,
        '--legal-comments': 'none',
        '--log-level': 'warning',
      },
    });
  }
  project.bundler.bundleTask.exec(`ts-node --transpile-only --project ${project.tsconfigDev.fileName} projenrc/describe-bundles.ts`);
  project.annotateGenerated('/THIRD-PARTY-NOTICES');
  project.annotateGenerated('/handlers.sha256');
  project.eslint?.allowDevDeps('src/**/runtime/**');
  project.addPackageIgnore(`/${GENERATED_ASSETS}/*.meta.json`);
}
