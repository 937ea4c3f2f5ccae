import { Component, type awscdk } from 'projen';

/**
 * Scripts `demo` and `test`: work on a fresh clone, because `local/run.mjs` installs what is missing first.
 *
 * The task `test` runs the same tests without installing npm packages.
 */
export class LocalCommands extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.setScript('demo', 'node local/run.mjs demo');
    library.setScript('test', 'node local/run.mjs test');
    library.testTask.prependSpawn(library.bundler.bundleTask); // tests run the built handlers
    library.testTask.prependExec('node local/run.mjs local-aws'); // installs nothing if the local AWS is up to date
  }
}
