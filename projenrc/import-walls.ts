import { Component, JsonFile, type awscdk } from 'projen';

/** Folders of `src`, and the folders that each may import besides itself. `src/index.ts` may import all of them. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'stripe-event-filter': [],
  'monitoring': [],
  'internal': ['stripe-event-filter', 'monitoring'],
  'stripe-customer-table': ['stripe-event-filter', 'monitoring', 'internal'],
  'stripe-events': ['stripe-event-filter', 'monitoring', 'internal', 'stripe-customer-table'],
  'stripe-event-bridge': [
    'stripe-event-filter', 'monitoring', 'internal', 'stripe-customer-table', 'stripe-events',
  ],
};

/** Folder of what handlers share. Every handler may import it, and it imports only contracts. */
const SHARED_RUNTIME = '^src/runtime/';

// regular expressions of dependency-cruiser
const RUNTIME = '^src/(.*/|)runtime/';
const HANDLER = '[.]lambda[.]ts$';
const CONTRACT = '/contract[.]ts$';
const CDK = '(^|node_modules/)(aws-cdk-lib|constructs)(/|$)';
const SDK = '(^|node_modules/)(@aws-sdk/|@smithy/|stripe(/|$))';

// the same for eslint
const SOURCES = 'src/**/*.ts';
const RUNTIME_FILES = 'src/**/runtime/**/*.ts';
const HANDLER_FILES = 'src/**/*.lambda.ts';

interface ImportRule {
  readonly name: string;
  readonly comment: string;
  readonly from: { readonly path?: string; readonly pathNot?: string | string[] };
  readonly to: { readonly path?: string; readonly pathNot?: string | string[]; readonly circular?: boolean };
}

/**
 * Part of the task `eslint`: fails on imports that cross a wall.
 *
 * Constructs run in the user's app at synthesis, and handlers run in Lambda. Neither may load the other, so they share
 * `contract.ts` files only: construct -> `contract.ts` <- `runtime/` <- `*.lambda.ts`.
 */
export class ImportWalls extends Component {
  constructor(library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    const config = new JsonFile(library, '.dependency-cruiser.json', {
      allowComments: true,
      obj: {
        forbidden: [...folderRules(), ...DIRECTIONS, CYCLES].map((rule) => ({ severity: 'error', ...rule })),
        options: {
          tsPreCompilationDeps: true, // imports of types count
          doNotFollow: { path: 'node_modules' },
        },
      },
    });
    library.eslint!.eslintTask.exec(`depcruise --config ${config.path} --output-type err-long ${library.srcdir}`);
    this.onlyHandlersHaveEffects(library);
  }

  private onlyHandlersHaveEffects({ eslint }: awscdk.AwsCdkConstructLibrary) {
    eslint!.addOverride({
      files: [SOURCES],
      excludedFiles: [HANDLER_FILES],
      rules: {
        'no-restricted-globals': [
          'error',
          { name: 'process', message: 'Only *.lambda.ts reads the environment.' },
          { name: 'performance', message: 'Only *.lambda.ts reads the clock.' },
        ],
        'no-restricted-syntax': ['error', ...EFFECTS],
      },
    });
    eslint!.addOverride({
      files: [SOURCES],
      excludedFiles: [HANDLER_FILES, RUNTIME_FILES],
      rules: { 'no-restricted-syntax': ['error', ...EFFECTS, ...PRIVATE_ACCESS] },
    });
  }
}

const CYCLES: ImportRule = {
  name: 'no-cycles',
  comment: 'Modules do not import each other in a circle, not even for types.',
  from: {},
  to: { circular: true },
};

/** One rule for each folder of the table, and one for folders that are not in it. */
function folderRules(): ImportRule[] {
  const folders = Object.keys(MAY_IMPORT).join('|');
  return [
    ...Object.entries(MAY_IMPORT).map(([folder, others]) => ({
      name: `folder-${folder}`,
      comment: `${folder} imports only: ${[...others, 'src/runtime'].join(', ')}.`,
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: [`^src/(${[folder, ...others].join('|')})/`, SHARED_RUNTIME] },
    })),
    {
      name: 'folder-unknown',
      comment: 'Each folder of src has a row in the table of projenrc/import-walls.ts.',
      from: { path: '^src/', pathNot: [`^src/(${folders})/`, SHARED_RUNTIME, '^src/index[.]ts$'] },
      to: {},
    },
  ];
}

const DIRECTIONS: ImportRule[] = [
  {
    name: 'construct-to-handler',
    comment: 'Constructs share only contract.ts with handlers, and nothing imports a handler.',
    from: { path: '^src/', pathNot: [RUNTIME, HANDLER] },
    to: { path: [RUNTIME, HANDLER].join('|') },
  },
  {
    name: 'runtime-to-construct',
    comment: 'Runtime code imports only runtime code and contract.ts.',
    from: { path: RUNTIME },
    to: { path: '^src/', pathNot: [RUNTIME, CONTRACT] },
  },
  {
    name: 'handler-to-construct',
    comment: 'Handlers import only runtime code and contract.ts.',
    from: { path: HANDLER },
    to: { path: '^src/', pathNot: [RUNTIME, CONTRACT] },
  },
  {
    name: 'handler-to-other-runtime',
    comment: 'A handler and its runtime code import no runtime code of another folder; src/runtime is shared.',
    from: { path: '^src/(.+/)(runtime/|[^/]+[.]lambda[.]ts$)' },
    to: { path: RUNTIME, pathNot: ['^src/$1runtime/', SHARED_RUNTIME] },
  },
  {
    name: 'shared-runtime-to-other-runtime',
    comment: 'src/runtime imports only contract.ts of other folders.',
    from: { path: SHARED_RUNTIME },
    to: { path: RUNTIME, pathNot: SHARED_RUNTIME },
  },
  {
    name: 'contract-to-other',
    comment: 'A contract imports only contracts.',
    from: { path: CONTRACT },
    to: { path: '^src/', pathNot: CONTRACT },
  },
  {
    name: 'construct-to-sdk',
    comment: 'Constructs depend on the CDK only.',
    from: { path: '^src/', pathNot: [RUNTIME, HANDLER] },
    to: { path: SDK },
  },
  {
    name: 'handler-to-cdk',
    comment: 'Handlers run without the CDK.',
    from: { path: [RUNTIME, HANDLER, CONTRACT].join('|') },
    to: { path: CDK },
  },
];

const CLOCK = 'Only *.lambda.ts reads the clock.';
const CLIENT = 'Only *.lambda.ts creates SDK clients.';
const EFFECTS = [
  { selector: 'NewExpression[callee.name="Date"]', message: CLOCK },
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: CLOCK },
  { selector: 'NewExpression[callee.name=/Client$/]', message: CLIENT },
  { selector: 'CallExpression[callee.object.name=/Client$/][callee.property.name="from"]', message: CLIENT },
];

const PRIVATE = 'Constructs use only public members of CDK classes.';
const PRIVATE_ACCESS = [
  { selector: 'TSAsExpression > TSAsExpression', message: `${PRIVATE} Do not cast twice.` },
  { selector: 'TSAsExpression > TSAnyKeyword', message: `${PRIVATE} Do not cast to any.` },
  { selector: 'TSTypeAssertion', message: `${PRIVATE} Do not use the cast <T>x.` },
  {
    selector: 'MemberExpression[computed=true] > Literal.property[raw=/^.[A-Za-z_$][A-Za-z0-9_$]*.$/]',
    message: `${PRIVATE} Do not name a member by a string.`,
  },
];
