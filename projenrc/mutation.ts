import { awscdk, JsonFile } from 'projen';

/** What is mutated together, and the tests that see it. Loading the CDK costs seconds a test file, so handlers do without it. */
const GROUPS = {
  // *.lambda.ts is wiring, and is tested as what is built of it; the rest that is left out is generated, or names alone
  handlers: {
    mutate: ['src/**/runtime/**/*.ts', '!src/**/known-events.ts', '!src/runtime/no-event-streams.ts'],
    tests: ['test/runtime/*.test.ts', 'test/*/runtime/*.test.ts'], // without the exploration of orders and the day of a roll: seconds a mutant
  },
  constructs: {
    mutate: ['src/**/*.ts', '!src/**/runtime/**', '!src/**/*.lambda.ts', '!src/**/index.ts', '!src/**/stripe-event-type.ts'],
    tests: ['test/*.test.ts', 'test/stripe-event-bridge/{stripe,variants}*.test.ts', 'test/stripe-customer-table/stripe*.test.ts'],
  },
};

/** `npx projen mutate` breaks the code in every small way that Stryker knows, and counts how often no test notices. */
export function mutation(project: awscdk.AwsCdkConstructLibrary) {
  const task = project.addTask('mutate', { description: 'Mutation scores of the verifier, the handlers and the constructs' });
  const scores = `ts-node --transpile-only --project ${project.tsconfigDev.fileName} projenrc/mutation-scores.ts`;
  for (const [group, { mutate, tests }] of Object.entries(GROUPS)) {
    const config = `stryker.${group}.json`;
    new JsonFile(project, config, { obj: strykerConfig(group, mutate, tests) });
    project.addPackageIgnore(`/${config}`);
    task.spawn(project.addTask(`mutate:${group}`, {
      description: `Mutation scores of the ${group} alone`,
      steps: [{ exec: `stryker run ${config}`, receiveArgs: true }, { exec: `${scores} ${group}` }],
    }));
  }
  for (const folder of ['/reports/', '/.stryker-tmp/']) {
    project.addGitIgnore(folder);
    project.addPackageIgnore(folder);
  }
}

function strykerConfig(group: string, mutate: string[], tests: string[]) {
  return {
    testRunner: 'jest',
    coverageAnalysis: 'perTest',
    concurrency: 2,
    mutate,
    ignorePatterns: ['/dist', '/lib', '/.venv', '/reports', 'cdk.out', '/examples'],
    jest: {
      projectType: 'custom',
      config: {
        globalSetup: null,
        testMatch: tests.map((path) => `<rootDir>/${path}`),
        // what runs the built handlers, or another program, does not see a mutant; `threats` and on take minutes more
        testPathIgnorePatterns: ['bundle', 'packed', 'docs', 'public-api', 'workflows', 'conservation', 'import-walls', 'threats', 'breadth', 'iam', 'blind-spots'],
      },
    },
    reporters: ['json', 'progress'],
    jsonReporter: { fileName: `reports/mutation/${group}.json` },
    tempDirName: '.stryker-tmp', // below node_modules jest would neither find the tests nor compile them
    timeoutMS: 20_000,
    warnings: { unknownOptions: false }, // projen marks its files by a key of its own
  };
}
