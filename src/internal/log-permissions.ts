import { Stack } from 'aws-cdk-lib';
import { CfnManagedPolicy, CfnPolicy, CfnRole, type IRole } from 'aws-cdk-lib/aws-iam';

/** Managed policies of AWS that allow a function to write to every log group. */
const WRITES_LOGS =
  /\/(AWSLambda\w*Execut\w*|CloudWatch(Logs)?FullAccess\w*|AdministratorAccess|PowerUserAccess)"/;

/**
 * Whether a role may write to other log groups than these. True if it cannot be known: for a role or a policy that the
 * app does not create.
 */
export function mayWriteOtherLogs(role: IRole, logGroupArns: readonly string[]): boolean {
  const cfnRole = role.node.defaultChild;
  if (!(cfnRole instanceof CfnRole)) {
    return true;
  }
  const stack = Stack.of(role);
  const { managedPolicyArns = [], policies = [] } =
    stack.resolve({ managedPolicyArns: cfnRole.managedPolicyArns, policies: cfnRole.policies });
  const known = stack.resolve(logGroupArns).map(textOf);
  const documents = [...policies.map((each: any) => each.policyDocument), ...documentsOf(role)];
  return managedPolicyArns.some((arn: unknown) => !isOfAws(arn) || WRITES_LOGS.test(textOf(arn)))
    || documents.flatMap(({ Statement }) => [Statement].flat())
      .some((statement) => writesLogs(statement)
        && [statement.Resource].flat().some((each) => !known.includes(textOf(each))));
}

/** Policies that the stack attaches to a role. */
function documentsOf(role: IRole): any[] {
  const stack = Stack.of(role);
  const name = textOf(stack.resolve(role.roleName));
  return stack.node.findAll()
    .filter((each) => each instanceof CfnPolicy || each instanceof CfnManagedPolicy)
    .map(({ roles, policyDocument }) => stack.resolve({ roles, policyDocument }))
    .filter(({ roles = [] }) => roles.some((each: unknown) => textOf(each) === name))
    .map(({ policyDocument }) => policyDocument);
}

/** Whether a statement allows to write to some log group. One with NotAction or NotResource may. */
function writesLogs({ Effect: effect, Action: actions = '*' }: any): boolean {
  return effect === 'Allow' && [actions].flat().some((action) =>
    new RegExp(`^${action.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test('logs:PutLogEvents'));
}

const isOfAws = (arn: unknown) => textOf(arn).includes(':iam::aws:policy/');
const textOf = (value: unknown): string => JSON.stringify(value) ?? '';
