import { Component, type awscdk } from 'projen';

/** Task `typecheck`, a part of the build: checks the types of everything that jsii does not compile. */
export class Typecheck extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.postCompileTask.spawn(library.addTask('typecheck', {
      description: 'Check the types of tests, examples and tools, which jsii does not compile',
      exec: `tsc --noEmit -p ${library.tsconfigDev.fileName}`,
    }));
  }
}
