import { Component, type awscdk } from 'projen';
import { tsScript } from './ts-script';

/** Task `bench`: measures speed and cost relative to alternatives. */
export class Bench extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    const task = library.addTask('bench', { description: 'Measure speed and cost relative to alternatives' });
    task.spawn(library.bundler.bundleTask);
    task.exec(tsScript(library, 'bench/run.ts'), { receiveArgs: true });
  }
}
