import { Token } from 'aws-cdk-lib';

/** Statement of the policy of a resource, as it is in a template. */
export type Statement = Readonly<Record<string, unknown>>;

/** Tests of the values of condition keys, by their names in lower case. A test passes for a value that is not known. */
export type KnownConditions = Readonly<Record<string, (value: unknown) => boolean>>;

const POSITIVE_OPERATOR = /^(For(Any|All)Values?:)?(String|Arn)(Equals|Like)/i;

/** Statements of a resolved policy. */
export function statementsOf(policy: unknown): readonly Statement[] {
  const { Statement: statements = [] } = (policy ?? {}) as { readonly Statement?: Statement | readonly Statement[] };
  return [statements].flat();
}

/** Whether a statement allows an action. The principal is not considered. */
export function allows(statement: Statement, action: string, known: KnownConditions): boolean {
  return statement.Effect === 'Allow' && includes(statement, action) && mayHold(statement.Condition, known);
}

/** Whether a statement denies everyone an action, and thereby a service. That of `enforceSSL` does not. */
export function deniesService(statement: Statement, service: string, actions: readonly string[]): boolean {
  const { Principal: principal = '*', NotPrincipal: exempt = '', Condition: condition } = statement;
  return statement.Effect === 'Deny' && actions.some((action) => includes(statement, action))
    && JSON.stringify(principal).includes('"*"') && !JSON.stringify(exempt).includes(service)
    && mayHoldFor(service, condition);
}

/** Test of a condition on an account. */
export const isAccount = (account: string) => (value: unknown) =>
  typeof value !== 'string' || Token.isUnresolved(account) || matches(value, account);

/** Whether a statement is about an action. One that only the deployment knows may be it. */
function includes({ Action: actions, NotAction: others }: Statement, action: string): boolean {
  const isNamed = (patterns: unknown, isUnknownNamed: boolean) => [patterns].flat()
    .some((pattern) => typeof pattern === 'string' ? matches(pattern, action) : isUnknownNamed);
  return others === undefined ? isNamed(actions, true) : !isNamed(others, false);
}

/** Whether conditions may hold. Only a known key none of whose values passes its test excludes that. */
function mayHold(condition: unknown, known: KnownConditions): boolean {
  return conditionsOf(condition).filter(({ operator }) => POSITIVE_OPERATOR.test(operator))
    .every(({ key, values }) => values.some((value) => known[key]?.(value) ?? true));
}

/**
 * Whether conditions may hold for a request of a service.
 *
 * Such a request has the keys below. An organization or an account that services must belong to is taken for that of
 * the app, because nobody would keep out their own.
 */
function mayHoldFor(service: string, condition: unknown): boolean {
  const isService = (value: unknown) => typeof value !== 'string' || matches(value, service);
  const known: KnownConditions = {
    'aws:securetransport': isTrue,
    'aws:principalisawsservice': isTrue,
    'aws:principalservicename': isService,
    'aws:principalservicenameslist': isService,
    'aws:sourceorgid': () => true,
    'aws:sourceorgpaths': () => true,
    'aws:sourceaccount': () => true,
    'aws:sourcearn': (value) => typeof value !== 'string'
      || (value.includes('*') && isService(`${value.split(':')[2] ?? '*'}.amazonaws.com`)),
  };
  return conditionsOf(condition).filter(({ key }) => key in known).every(({ operator, key, values }) =>
    /^Null/i.test(operator) ? !values.some(isTrue)
      : /Not(Equals|Like)/i.test(operator) !== values.some((value) => known[key](value)));
}

const isTrue = (value: unknown) => `${value}` === 'true';

/** Conditions of a statement, one by one. Keys are in lower case. */
export function conditionsOf(condition: unknown) {
  return Object.entries(condition ?? {}).flatMap(([operator, keys]) => Object.entries(keys as object)
    .map(([key, values]) => ({ operator, key: key.toLowerCase(), values: [values].flat() as unknown[] })));
}

/** Whether a pattern of IAM, with `*` and `?`, matches a text. */
export function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
  return new RegExp(`^${escaped}$`, 'i').test(text);
}
