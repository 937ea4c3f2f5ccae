import type { Origin } from './subjects';

/** Expected outcome of a cell of the matrix. */
export type Outcome =
  | { readonly kind: 'works' }
  | { readonly kind: 'warns'; readonly text: RegExp }
  | { readonly kind: 'fails'; readonly text: RegExp }
  | { readonly kind: 'n/a'; readonly reason: string };

const WORKS: Outcome = { kind: 'works' };
const warns = (text: RegExp): Outcome => ({ kind: 'warns', text });
const fails = (text: RegExp): Outcome => ({ kind: 'fails', text });
const none = (reason: string): Outcome => ({ kind: 'n/a', reason });

const NO_PARTIAL_ARN = none('an ARN of this kind has no partial form');
const NO_ARN = none('CDK has no import by ARN');
const NO_NAME = none('CDK has no import by name');
const LOOKED_UP = none('CDK looks it up at synthesis, by values that are known then');

const NO_REGION = none('a resource of this kind has no region');

type Row = Record<Origin, Outcome>;

/** Outcomes of the account and of the region of another stack, and of those in an ARN. */
const elsewhere = (account: Outcome, region: Outcome, accountOfArn = account, regionOfArn = region): Partial<Row> => ({
  'other account': account,
  'other region': region,
  'ARN of another account': accountOfArn,
  'ARN of another region': regionOfArn,
});

/** Resource that must be in the account and the region of the stack. */
const inEnvironment = (property: string): [account: Outcome, region: Outcome] => [
  fails(new RegExp(`^\`${property}\` must be in the account of the stack, got Owner/Mine in 222222222222 `)),
  fails(new RegExp(`^\`${property}\` must be in the region of the stack, got (Owner|Test)/Mine in us-east-1 `)),
];

const BY_NAME_OR_ARN: Row = {
  'same stack': WORKS,
  'other stack': WORKS,
  'other account': WORKS,
  'other region': WORKS,
  'by name': WORKS,
  'by ARN': WORKS,
  'by partial ARN': NO_PARTIAL_ARN,
  'by token': WORKS,
  'stack without env': WORKS,
  'ARN of another account': WORKS,
  'ARN of another region': WORKS,
};

const OTHER_PLACE = elsewhere(
  fails(/^`target` must be in the account of the rule, got (Owner|Test)\/Mine in 2{12} and .* send the events to a /),
  fails(/^`target` must be in the region of the rule, got (Owner|Test)\/Mine in us-east-1 and .* send the events to /),
);

const UNKNOWN_BUS = fails(/^`eventBus` is in account 1{12} and the account of the stack is unknown; set `env` on /);
const ELSEWHERE = warns(/^eventBus is in (account 2{12}|region us-east-1), where this stack cannot create rules; its /);
const IMPORTED_KEY = warns(/^the policy of an imported encryptionKey cannot be changed here; it must allow events\./);
const IMPORTED_TARGET = warns(/^the policy of the imported target Test\/Mine cannot be changed here; it must allow /);
const IMPORTED_DLQ = warns(/^the policy of an imported dead-letter queue cannot be changed here; it must allow events/);
const CUSTOM_ROLE = warns(/^functionOptions\.role may allow more than the function needs; omit it to use a role with /);
const ROLE_ELSEWHERE = fails(/^`role` must be created or imported in the stack Test, got Owner\/Mine, so that each /);
const DLQ_ELSEWHERE = fails(/^`deadLetterQueue` must be in the stack of the rule, because its policy names the rule, /);
const DLQ_UNREACHABLE = fails(/^`deadLetterQueue` must be in the account and the region of the queue before it, got /);
/** Of CDK, whose target checks the region first. */
const DLQ_REGION = fails(/^Cannot assign Dead Letter Queue in region us-east-1 to the rule .* must be in the same reg/);
const FOREIGN_TABLE = warns(/^the policies of the table (Owner|Test)\/Mine and of its key cannot be changed here; /);
const FOREIGN_BUS = warns(/^the policy of a target bus of account 2{12} cannot be changed here; it must allow the /);
const SECRET: Row = {
  ...BY_NAME_OR_ARN,
  ...elsewhere(
    fails(/^a signing secret must be in account 1{12} of the stack, got Owner\/Mine in 2{12}; create it here, /), WORKS,
    warns(/^the policies of a signing secret in account 2{12}, and of its customer managed key, must allow the /),
  ),
  'by partial ARN': WORKS,
};

/** Expected outcomes, for every resource in every form. */
export const CELLS: Record<string, Row> = {
  'bus': { ...BY_NAME_OR_ARN, ...elsewhere(ELSEWHERE, ELSEWHERE), 'stack without env': UNKNOWN_BUS },
  'bus with rules': {
    ...BY_NAME_OR_ARN,
    ...elsewhere(
      fails(/^`eventBus` must be in the account of the stack to create rules or an archive on it, got 2{12} in a /),
      fails(/^`eventBus` must be in the region of the stack to create rules or an archive on it, got us-east-1 in a /),
    ),
    'stack without env': UNKNOWN_BUS,
  },
  'signing secret': SECRET,
  'additional signing secret': SECRET,
  'key': {
    ...BY_NAME_OR_ARN,
    ...elsewhere(...inEnvironment('encryptionKey'), IMPORTED_KEY),
    'by name': IMPORTED_KEY,
    'by ARN': IMPORTED_KEY,
    'by token': IMPORTED_KEY,
    'stack without env': IMPORTED_KEY,
  },
  'table': {
    ...BY_NAME_OR_ARN,
    ...elsewhere(
      FOREIGN_TABLE, fails(/^`table` must be in the region of the stack, got us-east-1 in a stack of eu-west-1; /),
    ),
  },
  'HTTP API': { ...BY_NAME_OR_ARN, ...elsewhere(...inEnvironment('api'), NO_ARN, NO_ARN), 'by ARN': NO_ARN },
  'domain': { ...BY_NAME_OR_ARN, ...elsewhere(...inEnvironment('domainName'), NO_ARN, NO_ARN), 'by ARN': NO_ARN },
  'role': {
    'same stack': CUSTOM_ROLE,
    'other stack': ROLE_ELSEWHERE,
    'other account': ROLE_ELSEWHERE,
    'other region': ROLE_ELSEWHERE,
    'by name': CUSTOM_ROLE,
    'by ARN': CUSTOM_ROLE,
    'by partial ARN': NO_PARTIAL_ARN,
    'by token': CUSTOM_ROLE,
    'stack without env': CUSTOM_ROLE,
    'ARN of another account': fails(/^`role` must be in the account of the stack, got Test\/Mine in 2{12} and a /),
    'ARN of another region': NO_REGION,
  },
  'VPC': {
    ...BY_NAME_OR_ARN, ...elsewhere(...inEnvironment('vpc'), NO_ARN, NO_ARN), 'by ARN': NO_ARN, 'by token': LOOKED_UP,
  },
  'target queue': {
    ...BY_NAME_OR_ARN,
    ...OTHER_PLACE,
    'other stack': fails(/^`target` is the queue Owner\/Mine of another stack, which would depend on the rule and /),
    'by name': NO_NAME,
    'by ARN': IMPORTED_TARGET,
    'by token': IMPORTED_TARGET,
    'stack without env': IMPORTED_TARGET,
  },
  'dead-letter queue of a target': {
    ...BY_NAME_OR_ARN,
    ...elsewhere(DLQ_ELSEWHERE, DLQ_REGION, IMPORTED_DLQ),
    'other stack': DLQ_ELSEWHERE,
    'by name': NO_NAME,
    'by ARN': IMPORTED_DLQ,
    'by token': IMPORTED_DLQ,
    'stack without env': IMPORTED_DLQ,
  },
  'dead-letter queue of a QueuedFunction': {
    ...BY_NAME_OR_ARN,
    ...elsewhere(DLQ_UNREACHABLE, DLQ_UNREACHABLE),
    'other stack': DLQ_ELSEWHERE,
    'by name': NO_NAME,
    'by ARN': IMPORTED_DLQ,
    'by token': IMPORTED_DLQ,
    'stack without env': IMPORTED_DLQ,
  },
  'target function': {
    ...BY_NAME_OR_ARN, ...OTHER_PLACE, 'by token': IMPORTED_TARGET, 'stack without env': IMPORTED_TARGET,
  },
  'function of a QueuedFunction': {
    ...BY_NAME_OR_ARN,
    ...elsewhere(
      fails(/^QueuedFunction needs a function in the account of the rule, got one of 2{12} in a stack of 1{12}; send /),
      fails(/^QueuedFunction needs a function in the region of the rule, got one of us-east-1 in a stack of /),
    ),
    'other stack': fails(/^`target` is the function Owner\/Mine of another stack, which would depend on the queue /),
    'by name': fails(/^QueuedFunction needs the role of its function to grant permission to read the queue, got none /),
  },
  'topic of the alarms': {
    ...BY_NAME_OR_ARN,
    ...elsewhere(
      warns(/^no alarm arrives, because the policy of this topic does not admit CloudWatch; use a policy that allows /),
      fails(/`actions` must be in the region of the stack, got (Owner\/Mine|arn:\S+) in us-east-1 and a stack in /),
      warns(/^the policy of a topic of account 2{12} cannot be changed here; it must allow /),
    ),
    'by name': NO_NAME,
  },
  'target bus': { ...BY_NAME_OR_ARN, ...elsewhere(FOREIGN_BUS, WORKS) },
};
