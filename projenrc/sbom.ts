import { Component, type awscdk } from 'projen';
import { tsScript } from './ts-script';

/** Task `sbom`: writes the bill of materials, which the release attaches. */
export class Sbom extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.addTask('sbom', {
      description: 'Write the CycloneDX bill of materials of what is shipped',
      exec: tsScript(library, 'scripts/write-sbom.ts'),
    });
    library.release!.publisher.addGitHubPostPublishingSteps({
      name: 'Attach the bill of materials',
      run: 'gh release upload "$(cat dist/releasetag.txt)" dist/sbom.cdx.json -R "$GITHUB_REPOSITORY"',
      env: { GITHUB_TOKEN: '${{ secrets.GITHUB_TOKEN }}' },
    });
  }
}
