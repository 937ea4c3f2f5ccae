import { CfnResource, Stack } from 'aws-cdk-lib';
import { QueuePolicy } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';

/** Statements that SQS allows in the policy of a queue. */
const MOST_STATEMENTS = 20;
/** Resource policies that CloudWatch Logs allows in a region. CDK creates one for each rule. */
const MOST_LOG_POLICIES = 10;
const LOG_POLICY = 'Custom::CloudwatchLogResourcePolicy';

const CHECKED = new WeakSet<IConstruct>();

/** Checks at synthesis that the policies which each rule extends do not exceed a limit of AWS. */
export function checkPolicyLimits(target: IConstruct): void {
  if ('queueArn' in target) {
    checkOnce(target, () => {
      const policy = target.node.tryFindChild('Policy');
      const statements = policy instanceof QueuePolicy ? policy.document.statementCount : 0;
      return problem(`the policy of ${target.node.path} has ${statements} statements`, statements, MOST_STATEMENTS);
    });
  } else if ('logGroupArn' in target) {
    const stack = Stack.of(target);
    checkOnce(stack, () => {
      const policies = stack.node.findAll()
        .filter((each) => CfnResource.isCfnResource(each) && each.cfnResourceType === LOG_POLICY).length;
      return problem(`the rules for log groups have ${policies} resource policies`, policies, MOST_LOG_POLICIES);
    });
  }
}

function checkOnce(scope: IConstruct, validate: () => string[]): void {
  if (!CHECKED.has(scope)) {
    CHECKED.add(scope);
    scope.node.addValidation({ validate });
  }
}

function problem(what: string, count: number, most: number): string[] {
  return count <= most ? []
    : [`${what}, and AWS allows ${most}; use fewer rules with wider filters, or another target`];
}
