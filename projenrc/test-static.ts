import { Component, type awscdk } from 'projen';

/** Task `test:static`: checks the templates with static analysis tools. It takes minutes and needs the network. */
export class TestStatic extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    const task = library.addTask('test:static', {
      description: 'Check templates of the newest CDK with cdk-nag, cfn-guard, cfn-lint and checkov',
    });
    task.spawn(library.preCompileTask);
    task.exec('jest --testPathIgnorePatterns /node_modules/ --runInBand test/static', { receiveArgs: true });
    library.jest!.addIgnorePattern('/test/static/');
  }
}
