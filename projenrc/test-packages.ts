import { Component, type awscdk } from 'projen';

/** Task `test:packages`: tests the packages in apps of four languages. It takes minutes and needs the network. */
export class TestPackages extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    const task = library.addTask('test:packages', {
      description: 'Create the packages, install them into apps of four languages, compare templates, deploy one',
    });
    task.spawn(library.preCompileTask);
    task.spawn(library.compileTask);
    task.spawn(library.tasks.tryFind('package-all')!);
    task.exec('jest --testPathIgnorePatterns /node_modules/ --runInBand test/packages', { receiveArgs: true });
    library.jest!.addIgnorePattern('/test/packages/');
    library.buildWorkflow!.addPostBuildSteps({
      name: 'The same app in four languages',
      run: `npx projen ${task.name}`,
    });
  }
}
