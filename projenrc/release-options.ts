import type { awscdk } from 'projen';

/**
 * Releases to five registries.
 *
 * npm, PyPI and NuGet trust the workflow by OIDC. Maven Central needs a key, which a reviewed environment protects. Go
 * needs a token that can write to one repository.
 */
export const releaseOptions = {
  release: true,
  releaseToNpm: true,
  npmTrustedPublishing: true,
  npmProvenance: true,
  jsiiReleaseVersion: '0.2.1061',
  postBuildSteps: [{ name: 'Bill of materials', run: 'npx projen sbom' }], // of both workflows
  publishToPypi: {
    distName: 'cdk-stripe-eventbridge',
    module: 'cdk_stripe_eventbridge',
    trustedPublishing: true,
    attestations: true,
  },
  publishToMaven: {
    mavenGroupId: 'io.github.cdk-stripe',
    mavenArtifactId: 'cdk-stripe-eventbridge',
    javaPackage: 'io.github.cdkstripe.eventbridge',
    githubEnvironment: 'maven-central',
  },
  publishToNuget: {
    packageId: 'CdkStripe.EventBridge',
    dotNetNamespace: 'CdkStripe.EventBridge',
    trustedPublishing: true,
  },
  publishToGo: {
    moduleName: 'github.com/cdk-stripe/cdk-stripe-eventbridge-go',
    packageName: 'cdkstripeeventbridge',
  },
} satisfies Partial<awscdk.AwsCdkConstructLibraryOptions>;
