import { allows, conditionsOf, type Statement, statementsOf } from '../../monitoring/policy-statement';

const INVOKE = 'execute-api:Invoke';

/** Keys of conditions that a request has only with credentials, or from a VPC. A request of Stripe has none of them. */
const ABSENT_KEY = /^aws:(SourceVpce?|VpcSourceIp|Principal(Arn|Account|OrgID|OrgPaths))$/i;

/** Problems of the resolved resource policy of a REST API: API Gateway denies whatever no statement allows. */
export function problemsOfPolicy(policy: { readonly Statement?: unknown } | undefined): string[] {
  const statements = policy?.Statement ? statementsOf(policy) : [];
  const deniesAll = statements.some((each) => each.Effect === 'Deny' && isForStripe(each)
    && conditionsOf(each.Condition).every(({ operator, key }) =>
      ABSENT_KEY.test(key) && /Not|IfExists$/i.test(operator)));
  const allowsAny = statements.some((each) => each.Effect === 'Allow' && isForStripe(each)
    && conditionsOf(each.Condition).every(({ operator, key }) =>
      !ABSENT_KEY.test(key) || /Not|IfExists$|^Null$|^ForAllValues/i.test(operator)));
  return statements.length === 0 || (allowsAny && !deniesAll) ? []
    : [`\`policy\` must allow everyone ${INVOKE} for POST, because Stripe cannot sign in, got ` +
      `${deniesAll ? 'a statement that denies it' : 'no statement that does'}; ` +
      'use a statement with AnyPrincipal and the resource execute-api:/*'];
}

/** Whether a statement is about requests with POST and without credentials. */
function isForStripe(statement: Statement): boolean {
  const { Principal: principal, Resource: resources = '*' } = statement;
  // the deployment knows the value of a parameter
  const isEveryone = /"\*"|\{"Ref":"(?!AWS::)/.test(JSON.stringify(principal ?? ''));
  return isEveryone && allows({ ...statement, Effect: 'Allow', Condition: undefined }, INVOKE, {})
    && [resources].flat().some((each) => typeof each !== 'string' || isForPost(each));
}

/** Whether a resource, such as `execute-api:/prod/POST/`, is about POST. A wildcard before the method may be. */
function isForPost(resource: string): boolean {
  const [, , method = '*'] = resource.split('/');
  return method.includes('*') || method === 'POST';
}
