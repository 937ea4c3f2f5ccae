import { awscdk, Component } from 'projen';

const HANDLERS = ['src/**/*.lambda.ts'];
const RUNTIME = ['src/**/runtime/**/*.ts'];
const CONTRACTS = ['src/**/contract.ts'];
const GENERATED = 'src/stripe-event-bridge/stripe-event-type.ts';

/**
 * Lint: construct → contract ← runtime ← `*.lambda.ts`; small functions; documented public members.
 *
 * Constructs run at synth in the user's app, runtime code runs in Lambda: neither may load the other.
 */
export class ImportWalls extends Component {
  constructor(private readonly library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    this.constructs();
    this.runtime();
    this.taste();
  }

  private constructs() {
    this.wall({
      files: ['src/**/*.ts'],
      excludedFiles: [...RUNTIME, ...HANDLERS],
      from: ['./src/**/runtime/**', './src/**/*.lambda.ts'],
      message: 'constructs share only contract.ts with handlers',
      packages: { names: ['@aws-sdk/*', '@smithy/*', 'stripe'], message: 'constructs depend on the CDK alone' },
    });
  }

  private runtime() {
    const packages = { names: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'], message: 'handlers run without the CDK' };
    const constructs = ['./src/**/stripe-*.ts', './src/**/index.ts', './src/handler-function/!(contract).ts'];
    this.wall({ files: HANDLERS, from: constructs, message: 'handlers share only contract.ts with constructs', packages });
    this.wall({
      files: [...RUNTIME, ...CONTRACTS],
      from: [...constructs, './src/**/*.lambda.ts'],
      message: 'runtime code shares only contract.ts with constructs, and nothing imports a handler',
      packages,
    });
    this.library.eslint!.addOverride({
      files: RUNTIME,
      rules: {
        'no-restricted-globals': ['error', { name: 'process', message: 'only *.lambda.ts reads the environment' }],
        'no-restricted-syntax': ['error', { selector: 'NewExpression[callee.name="Date"]', message: 'only *.lambda.ts reads the clock' }],
      },
    });
  }

  private wall(wall: {
    readonly files: string[];
    readonly excludedFiles?: string[];
    readonly from: string[];
    readonly message: string;
    readonly packages: { readonly names: string[]; readonly message: string };
  }) {
    const { files, excludedFiles, from, message, packages } = wall;
    this.library.eslint!.addOverride({
      files,
      excludedFiles,
      rules: {
        'import/no-restricted-paths': ['error', { zones: [{ target: './src', from, message }] }],
        'no-restricted-imports': ['error', { patterns: [{ group: packages.names, message: packages.message }] }],
      },
    });
  }

  private taste() {
    const eslint = this.library.eslint!;
    eslint.addPlugins('jsdoc');
    eslint.addIgnorePattern(`/${GENERATED}`);
    eslint.addRules({ 'jsdoc/no-blank-blocks': 'error' });
    eslint.addRules({ '@stylistic/max-len': ['error', { code: 140, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true }] });
    eslint.addOverride({
      files: ['src/**/*.ts', 'local/**/*.ts', 'projenrc/**/*.ts'],
      rules: { 'max-lines-per-function': ['error', { max: 40, skipComments: true, skipBlankLines: true }] },
    });
    const documented = { require: { ClassDeclaration: true, FunctionDeclaration: true, MethodDefinition: true }, checkConstructors: false };
    const exported = ['ExportNamedDeclaration > TSInterfaceDeclaration', 'TSEnumDeclaration'];
    const members = ['TSPropertySignature', 'TSMethodSignature', 'TSAbstractMethodDefinition', 'PropertyDefinition[accessibility="public"]'];
    eslint.addOverride({
      files: ['src/**/*.ts'],
      rules: { 'jsdoc/require-jsdoc': ['error', { ...documented, publicOnly: { ancestorsOnly: true }, contexts: exported }] },
    });
    eslint.addOverride({
      files: ['src/**/*.ts'],
      excludedFiles: [...RUNTIME, ...HANDLERS],
      rules: { 'jsdoc/require-jsdoc': ['error', { ...documented, publicOnly: { ancestorsOnly: true }, contexts: [...exported, ...members] }] },
    });
  }
}
