import { Component, type awscdk } from 'projen';
import { tsScript } from './ts-script';

/** Parts of the build: copies the quick starts into the README, and compiles the samples of README and doc comments. */
export class Samples extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.preCompileTask.exec(tsScript(library, 'scripts/quick-start.ts'));
    // the packages of other languages and Construct Hub show the samples translated, with their types
    library.postCompileTask.prependExec('jsii-rosetta extract --fail');
    library.addGitIgnore('/.jsii.tabl.json');
  }
}
