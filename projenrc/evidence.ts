import { Component, type awscdk } from 'projen';
import { tsScript } from './ts-script';

/** Adds the task `evidence`. */
export class Evidence extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.addTask('evidence', {
      description: 'Write the figures that long runs stored into docs/evidence.md',
      exec: tsScript(library, 'scripts/evidence.ts'),
    });
  }
}
