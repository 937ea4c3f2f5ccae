import { awscdk } from 'projen';

/**
 * `npm run demo` and `npm test` work on a bare clone: `local/run.mjs` first installs what is missing.
 *
 * `npx projen test` is the same test run without that look.
 */
export function localCommands(project: awscdk.AwsCdkConstructLibrary) {
  project.setScript('demo', 'node local/run.mjs demo');
  project.setScript('test', 'node local/run.mjs test');

  project.testTask.prependSpawn(project.bundler.bundleTask); // the tests run what was built
  project.testTask.prependExec('node local/run.mjs local-aws'); // on a machine that has it, a look
  const bench = project.addTask('bench', { description: 'Speed and cost, as ratios of one run' });
  bench.spawn(project.bundler.bundleTask);
  bench.exec(`ts-node --transpile-only --project ${project.tsconfigDev.fileName} bench/run.ts`, { receiveArgs: true });

  const typecheck = project.addTask('typecheck', {
    description: 'Check the types of tests, examples and tools, which jsii does not compile',
    exec: 'tsc --noEmit -p tsconfig.dev.json',
  });
  project.postCompileTask.spawn(typecheck);
}
