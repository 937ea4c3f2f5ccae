import { Component, type awscdk } from 'projen';

/**
 * Adds the task `compat` to the build, and thereby to both workflows: compares the API with the last release.
 *
 * It needs the registry. Before the first release, it reports that the package does not exist and succeeds.
 */
export class Compat extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.postCompileTask.spawn(library.tasks.tryFind('compat')!);
  }
}
