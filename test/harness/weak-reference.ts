import { type CfnResource, Reference, Token } from 'aws-cdk-lib';

/** Reference as newer releases of CDK render it with `@aws-cdk/core:defaultCrossStackReferences: weak`. */
class WeakReference extends Reference {
  constructor(target: CfnResource) {
    super({}, target, 'WeakReference');
  }

  public resolve(): object {
    const { stackName } = (this.target as CfnResource).stack;
    return { 'Fn::GetStackOutput': { StackName: stackName, OutputName: `PublishOutput${this.target.node.id}` } };
  }
}

/** Weak reference to a resource, from another stack. */
export const weakReferenceTo = (target: CfnResource) => Token.asString(new WeakReference(target));
