import { Component, type awscdk } from 'projen';
import { tsScript } from './ts-script';

/** Adds the tasks `evidence`, `imports` and `cost`, which write computed figures into documents. */
export class Evidence extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.addTask('evidence', {
      description: 'Write the figures that long runs stored into docs/evidence.md',
      exec: tsScript(library, 'scripts/evidence.ts'),
    });
    library.addTask('imports', {
      description: 'Write the matrix of imports into docs/imports.md',
      exec: tsScript(library, 'scripts/imports.ts'),
    });
    library.addTask('cost', {
      description: 'Write the cost of an idle stack into README.md',
      exec: tsScript(library, 'scripts/cost.ts'),
    });
  }
}
