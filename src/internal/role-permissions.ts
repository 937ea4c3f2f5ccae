import { Annotations, Stack } from 'aws-cdk-lib';
import { CfnPolicy, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { differenceOf } from './environment';
import { fail } from './validation';

/**
 * Fails for a role of another stack, whose policy names resources of this stack, which names the role, and for one of
 * another account, which Lambda cannot use.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 */
export function assertRoleOfStack(scope: IConstruct, role: IRole): void {
  if (Stack.of(role) !== Stack.of(scope)) {
    fail(scope, `\`role\` must be created or imported in the stack ${Stack.of(scope).node.path}, got ` +
      `${role.node.path}, so that each stack would depend on the other; import it there with Role.fromRoleArn`);
  }
  const { what, ofResource, ofStack } = differenceOf(scope, role) ?? {};
  if (what === 'account') { // a role has no region
    fail(scope, `\`role\` must be in the account of the stack, got ${role.node.path} in ${ofResource} and a stack in ` +
      `${ofStack}, because Lambda uses no role of another account; create it in account ${ofStack}`);
  }
}

/** Warns at synthesis about a role that got no policy, because CDK may not change it. */
export function warnIfUnchanged(scope: IConstruct, role: IConstruct, name: string, needs: string): void {
  scope.node.addValidation({
    validate: () => {
      if (!role.node.findAll().some(isPolicy)) {
        Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:unchanged-role',
          `${name} cannot be changed here; it must be allowed to ${needs}`);
      }
      return [];
    },
  });
}

/** By its type, because an app with two copies of aws-cdk-lib has the class twice. */
function isPolicy(construct: IConstruct): boolean {
  return (construct as CfnPolicy).cfnResourceType === CfnPolicy.CFN_RESOURCE_TYPE_NAME;
}
