import { Component, type awscdk } from 'projen';

/** Task `test:aws`: creates, checks and removes stacks in the account of the environment's credentials. */
export class TestAws extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    const task = library.addTask('test:aws', {
      description: 'Check what only AWS shows, in the account AWS_TEST_ACCOUNT',
      requiredEnv: ['AWS_TEST_ACCOUNT'],
    });
    task.spawn(library.bundler.bundleTask);
    task.exec('jest test/aws/aws.test', { receiveArgs: true });
  }
}
