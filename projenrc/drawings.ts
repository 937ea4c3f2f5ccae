import { Component, type awscdk } from 'projen';
import { tsScript } from './ts-script';

/** Adds the task `drawings`, which the build runs after it compiled. */
export class Drawings extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.postCompileTask.spawn(library.addTask('drawings', {
      description: 'Draw the modules from the imports, and render every drawing as a picture',
      exec: tsScript(library, 'scripts/drawings.ts'),
    }));
    library.annotateGenerated('/docs/images/*.svg');
    library.annotateGenerated('/docs/drawings/modules.dot');
  }
}
