import { Component, type awscdk } from 'projen';
import { tsScript } from './ts-script';

/** Task `keep-templates`: stores the templates of a release, so that tests cover the upgrade from it. */
export class KeepTemplates extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.addTask('keep-templates', {
      description: 'Store the templates of a release by its version, so that tests cover the upgrade from it',
      exec: tsScript(library, '--require tsconfig-paths/register test/guarantees/upgrades/keep.ts'),
      receiveArgs: true,
    });
  }
}
