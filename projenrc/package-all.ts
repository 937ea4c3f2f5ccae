import { Component, type awscdk } from 'projen';

/** Options of every call: package.json lists the files to ship, so jsii-pacmak must not write an .npmignore. */
const PACMAK = 'jsii-pacmak --no-npmignore';

/**
 * Task `package-all`: creates the packages of all languages, also on a machine without .NET.
 *
 * It generates the Go and .NET sources without compiling them: .NET is not required here, and `go build` needs modules
 * that not every proxy has. The release workflow compiles both.
 */
export class PackageAll extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    const all = library.tasks.tryFind('package-all')!;
    all.description = 'Create the packages of all languages, for Go and .NET only the sources';
    all.reset(`${PACMAK} --targets js python java`);
    all.exec(`${PACMAK} --code-only --targets go dotnet`);
    for (const language of ['js', 'python', 'java', 'go', 'dotnet']) {
      library.tasks.tryFind(`package:${language}`)!.reset(`${PACMAK} -v --target ${language}`);
    }
  }
}
