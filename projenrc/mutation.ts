import { awscdk, JsonFile } from 'projen';

/** `npx projen mutate` breaks the code in every small way that Stryker knows, and counts how often no test notices. */
export function mutation(project: awscdk.AwsCdkConstructLibrary) {
  new JsonFile(project, 'stryker.config.json', {
    obj: {
      testRunner: 'jest',
      coverageAnalysis: 'perTest',
      concurrency: 2,
      // *.lambda.ts is wiring, and is tested as what is built of it; the rest is generated, or names alone
      mutate: ['src/**/*.ts', '!src/**/*.lambda.ts', '!src/**/index.ts', '!src/**/known-events.ts', '!src/**/stripe-event-type.ts', '!src/runtime/no-event-streams.ts'],
      ignorePatterns: ['/dist', '/lib', '/.venv', '/reports', 'cdk.out', '/examples', '/docs'],
      jest: {
        projectType: 'custom',
        config: {
          globalSetup: null,
          testMatch: ['<rootDir>/test/**/*.test.ts'],
          // what runs the built handlers, or another program, does not see a mutant
          testPathIgnorePatterns: [
            'node_modules', 'bundle', 'dynamodb\\.test', 'packages', 'local/', 'patterns/', 'static/', 'faults/', 'packed', 'docs', 'public-api', 'workflows', 'conservation', 'import-walls', 'threats',
          ],
        },
      },
      reporters: ['json', 'clear-text', 'progress'],
      clearTextReporter: { logTests: false, allowColor: false },
      tempDirName: 'node_modules/.cache/stryker',
      timeoutMS: 20000,
    },
  });
  project.addTask('mutate', {
    description: 'Mutation scores of the verifier, the handlers and the constructs; hours for all, minutes with --mutate <files>',
    steps: [
      { exec: 'stryker run', receiveArgs: true },
      { exec: `ts-node --transpile-only --project ${project.tsconfigDev.fileName} projenrc/mutation-scores.ts` },
    ],
  });
  project.addGitIgnore('/reports/');
  project.addPackageIgnore('/reports/');
  project.addPackageIgnore('/stryker.config.json');
}
