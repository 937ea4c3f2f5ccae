import { Component, type awscdk } from 'projen';
import { GENERATED_ASSETS } from './paths';

/** Everything that is shipped, beside what npm always adds: package.json, README.md and LICENSE. */
const FILES = [
  'lib/**/*.js',
  'lib/**/*.d.ts',
  '!lib/**/runtime', // shipped as bundles; compiled one by one, handlers would import packages that are not installed
  '!lib/**/*.lambda.*',
  `${GENERATED_ASSETS}/*/index.js`,
  '.jsii',
  '.jsii.tabl.json',
  'API.md',
  'THIRD-PARTY-NOTICES',
  'handlers.sha256',
];

/** Lists the shipped files in package.json. */
export class NpmPackage extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    library.package.addField('files', FILES);
  }
}
