import { Annotations, Stack } from 'aws-cdk-lib';
import { CfnPolicy, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { fail } from './validation';

/** Fails for a role of another stack. Its policy names resources of this stack, which names the role. */
export function assertRoleOfStack(scope: IConstruct, role: IRole): void {
  const { stackName } = Stack.of(scope);
  if (Stack.of(role) !== Stack.of(scope)) {
    fail(scope, `\`role\` must be created or imported in the stack ${stackName}, got ${role.node.path}, ` +
      'so that each stack would depend on the other; import it there with Role.fromRoleArn');
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
