import { awscdk } from 'projen';

/**
 * `package-all` makes the packages of all languages, on a machine without .NET too.
 *
 * Of Go and .NET the sources are made and not compiled: .NET is not asked for here, and `go build` needs modules that not every proxy
 * has. The release workflow compiles both.
 */
export function packages(project: awscdk.AwsCdkConstructLibrary) {
  const all = project.tasks.tryFind('package-all')!;
  all.description = 'Make the packages of all languages; of Go and .NET the sources';
  all.reset('jsii-pacmak --targets js python java');
  all.exec('jsii-pacmak --code-only --targets go dotnet');

  project.preCompileTask.exec(`ts-node --transpile-only --project ${project.tsconfigDev.fileName} projenrc/quick-start.ts`);
  // the samples of README and doc comments: compiled, and translated with their types for the other languages' packages and Construct Hub
  project.postCompileTask.prependExec('jsii-rosetta extract --fail');
  project.addGitIgnore('/.jsii.tabl.json');
  project.addPackageIgnore('!/.jsii.tabl.json');

  project.addTask('keep-templates', {
    description: 'Keep the templates of a release, by its version, so that upgrades from it are tested from then on',
    exec: `ts-node --transpile-only --project ${project.tsconfigDev.fileName} --require tsconfig-paths/register test/upgrades/keep.ts`,
    receiveArgs: true,
  });

  const consumers = project.addTask('test:packages', {
    description: 'Make the packages, install them into clean apps of four languages, compare what those synthesize, deploy one',
  });
  consumers.spawn(project.preCompileTask);
  consumers.spawn(project.compileTask);
  consumers.spawn(all);
  consumers.exec('jest --testPathIgnorePatterns /node_modules/ --runInBand test/packages', { receiveArgs: true });
  const analysis = project.addTask('test:static', { description: 'What cdk-nag, cfn-guard, cfn-lint and checkov say of the templates, on the newest CDK' });
  analysis.spawn(project.preCompileTask);
  analysis.exec('jest --testPathIgnorePatterns /node_modules/ --runInBand test/static', { receiveArgs: true });
  ['/test/packages/', '/test/static/'].forEach((path) => project.jest!.addIgnorePattern(path)); // minutes, and the network
}
