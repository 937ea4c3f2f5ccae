import { awscdk, YamlFile } from 'projen';

/** Actions by commit, since a tag can be moved. Those that are missing here projen itself pins. */
const PINNED: Record<string, string> = {
  'actions/setup-node': '395ad3262231945c25e8478fd5baf05154b1d79f', // v6.1.0
  'actions/setup-java': 'f2beeb24e141e01a676f977032f5a29d81c9e27e', // v5.1.0
  'actions/setup-python': 'a26af69be951a213d495a4c3e4e4022e16d87065', // v5.6.0
  'actions/setup-dotnet': '67a3573c9a986a3f9c594539f4ab511d57bb3ce9', // v4.3.1
  'actions/setup-go': 'd35c59abb061a4a6fb18e82ac0862c26744d6ab5', // v5.5.0
};

/**
 * Five registries: by who we are (OIDC) where the registry knows that, by a key behind a reviewed environment at Maven Central, which does
 * not, and for Go by a token that may write to one repository.
 */
export const releaseOptions = {
  release: true,
  releaseToNpm: true,
  npmTrustedPublishing: true,
  npmProvenance: true,
  jsiiReleaseVersion: '0.2.1061',
  postBuildSteps: [ // of both workflows
    { name: 'API compatibility with the last release', run: 'npx projen compat' }, // before the first it says that there is none
    { name: 'Bill of materials', run: 'npx projen sbom' },
  ],
  publishToPypi: { distName: 'cdk-stripe-eventbridge', module: 'cdk_stripe_eventbridge', trustedPublishing: true, attestations: true },
  publishToMaven: {
    mavenGroupId: 'io.github.cdk-stripe',
    mavenArtifactId: 'cdk-stripe-eventbridge',
    javaPackage: 'io.github.cdkstripe.eventbridge',
    githubEnvironment: 'maven-central',
  },
  publishToNuget: { packageId: 'CdkStripe.EventBridge', dotNetNamespace: 'CdkStripe.EventBridge', trustedPublishing: true },
  publishToGo: { moduleName: 'github.com/cdk-stripe/cdk-stripe-eventbridge-go', packageName: 'cdkstripeeventbridge' },
} satisfies Partial<awscdk.AwsCdkConstructLibraryOptions>;

/** What projen's workflows leave open: actions by commit, least permissions, the API check, a bill of materials. */
export function hardenWorkflows(project: awscdk.AwsCdkConstructLibrary) {
  for (const [action, commit] of Object.entries(PINNED)) {
    project.github!.actions.set(action, `${action}@${commit}`);
  }
  const workflow = (name: string) => project.tryFindFile(`.github/workflows/${name}.yml`) as YamlFile;
  ['build', 'release', 'pull-request-lint'].forEach((name) => workflow(name).addOverride('permissions', { contents: 'read' }));
  workflow('build').addOverride('jobs.build.permissions.contents', 'read'); // it does not push
  workflow('release').addOverride('jobs.release.permissions.contents', 'read'); // it builds; other jobs publish
  workflow('release').addDeletionOverride('jobs.release_npm.steps.9.env.NPM_REGISTRY'); // the publisher's own default is the public one

  project.buildWorkflow!.addPostBuildSteps({ name: 'The same app in four languages', run: 'npx projen test:packages' });
  project.addTask('sbom', {
    description: 'Write the CycloneDX bill of materials of what is shipped',
    exec: `ts-node --transpile-only --project ${project.tsconfigDev.fileName} projenrc/write-sbom.ts`,
  });
  project.release!.publisher.addGitHubPostPublishingSteps({
    name: 'Attach the bill of materials',
    run: 'gh release upload "$(cat dist/releasetag.txt)" dist/sbom.cdx.json -R "$GITHUB_REPOSITORY"',
    env: { GITHUB_TOKEN: '${{ secrets.GITHUB_TOKEN }}' },
  });
}
