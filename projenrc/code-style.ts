import { Component, type awscdk } from 'projen';

const SOURCES = ['src/**/*.ts'];
const HANDLER_CODE = ['src/**/runtime/**/*.ts', 'src/**/*.lambda.ts'];

/** Long doc comments of Stripe are copied into it. */
const GENERATED = ['src/stripe-event-filter/stripe-event-type.ts'];

/** Part of the task `eslint`: limits the size of lines, functions and files, and requires doc comments. */
export class CodeStyle extends Component {
  constructor(private readonly library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    this.lines();
    this.sizes();
    this.docComments();
  }

  private lines() {
    this.library.eslint!.addRules({ '@stylistic/max-len': ['error', { code: 120, ignoreUrls: true }] });
    this.library.eslint!.addOverride({ files: GENERATED, rules: { '@stylistic/max-len': 'off' } });
  }

  private sizes() {
    const eslint = this.library.eslint!;
    eslint.addOverride({
      files: [...SOURCES, 'local/**/*.ts', 'projenrc/**/*.ts', 'scripts/**/*.ts'],
      rules: { 'max-lines-per-function': ['error', { max: 40, skipComments: true, skipBlankLines: true }] },
    });
    eslint.addOverride({ files: SOURCES, rules: { 'max-params': ['error', 4] } });
    eslint.addOverride({
      files: ['src/stripe-event-bridge/stripe-event-bridge.ts'], // a table of contents
      rules: { 'max-lines': ['error', 150] },
    });
    eslint.addOverride({
      files: ['src/**/*.lambda.ts'], // mutation tests do not reach them
      rules: { 'max-lines': ['error', 60] },
    });
  }

  private docComments() {
    const eslint = this.library.eslint!;
    const documented = {
      require: { ClassDeclaration: true, FunctionDeclaration: true, MethodDefinition: true },
      checkConstructors: false,
      publicOnly: { ancestorsOnly: true },
    };
    const exported = ['ExportNamedDeclaration > TSInterfaceDeclaration', 'TSEnumDeclaration'];
    const members = [
      'TSPropertySignature',
      'TSMethodSignature',
      'TSAbstractMethodDefinition',
      'PropertyDefinition[accessibility="public"]',
    ];
    eslint.addPlugins('jsdoc');
    eslint.addRules({ 'jsdoc/no-blank-blocks': 'error' });
    eslint.addOverride({
      files: SOURCES,
      rules: { 'jsdoc/require-jsdoc': ['error', { ...documented, contexts: exported }] },
    });
    eslint.addOverride({
      files: SOURCES,
      excludedFiles: HANDLER_CODE,
      rules: { 'jsdoc/require-jsdoc': ['error', { ...documented, contexts: [...exported, ...members] }] },
    });
  }
}
