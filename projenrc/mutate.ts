import { Component, JsonFile, type awscdk } from 'projen';
import { tsScript } from './ts-script';

interface Group {
  readonly mutate: string[];
  readonly tests: string[];
  readonly except: string[];
}

/**
 * What is mutated together, and the tests that see it.
 *
 * Loading the CDK costs seconds per test file, so the tests of handlers do without it.
 */
const GROUPS: Record<string, Group> = {
  // *.lambda.ts is wiring, and the tests of bundles cover it; the rest that is left out is generated or only names
  handlers: {
    mutate: ['src/**/runtime/**/*.ts', '!src/**/known-event-types.ts', '!src/runtime/no-event-streams.ts'],
    // without the tests that explore orders of events, which take seconds per mutant
    tests: ['test/runtime/*.test.ts', 'test/**/runtime/*.test.ts'],
    except: [],
  },
  constructs: {
    mutate: [
      'src/**/*.ts',
      '!src/**/runtime/**',
      '!src/**/*.lambda.ts',
      '!src/**/index.ts',
      '!src/**/stripe-event-type.ts',
      '!src/**/thin-event-types.ts',
    ],
    tests: ['test/*.test.ts', 'test/{stripe-*,internal,monitoring}/**/*.test.ts'],
    except: ['/runtime/'],
  },
};

/** Tests that run built handlers or other programs, which no mutant reaches, and tests that take minutes. */
const BLIND_OR_SLOW = [
  'bundle', 'drawings', 'packed', 'docs', 'public-api', 'workflows', 'import-walls', 'order\\.', 'roll\\.',
];

/** Task `mutate`: changes the code in small ways with Stryker, and counts the changes that no test notices. */
export class Mutate extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    const task = library.addTask('mutate', {
      description: 'Measure the mutation scores of the verifier, the handlers and the constructs',
    });
    for (const [group, files] of Object.entries(GROUPS)) {
      const config = `stryker.${group}.json`;
      new JsonFile(library, config, { obj: strykerConfig(group, files) });
      task.spawn(library.addTask(`mutate:${group}`, {
        description: `Measure the mutation scores of the ${group}`,
        steps: [
          { exec: `stryker run ${config}`, receiveArgs: true },
          { exec: tsScript(library, 'scripts/mutation-scores.ts', group) },
        ],
      }));
    }
    ['/reports/', '/.stryker-tmp/'].forEach((folder) => library.addGitIgnore(folder));
  }
}

function strykerConfig(group: string, { mutate, tests, except }: Group) {
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
        testPathIgnorePatterns: [...BLIND_OR_SLOW, ...except],
      },
    },
    reporters: ['json', 'progress'],
    jsonReporter: { fileName: `reports/mutation/${group}.json` },
    tempDirName: '.stryker-tmp', // below node_modules jest would neither find the tests nor compile them
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 60, // on a busy machine, all tests of the constructs take longer than the default
    warnings: { unknownOptions: false }, // projen marks its files by a key of its own
  };
}
