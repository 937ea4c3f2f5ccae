import {
  CfnResource, DefaultTokenResolver, Intrinsic, type IPostProcessor, type IResolvable, type IResolveContext, Reference,
  StringConcat, Tokenization,
} from 'aws-cdk-lib';
import { CfnAlias, CfnKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';

/**
 * Resources of the app to which the tokens in a text refer, such as those of an ARN.
 *
 * By identity: resolved, resources of two stacks can have one logical id.
 */
export function resourcesIn(text: string): CfnResource[] {
  return Tokenization.reverseString(text).tokens
    .flatMap((token) => Reference.isReference(token) && CfnResource.isCfnElement(token.target) ? [token.target] : [])
    .filter((target): target is CfnResource => CfnResource.isCfnResource(target));
}

/** Resolver that leaves functions of CloudFormation as tokens, so that `resourcesIn` finds them in a text. */
class LazyResolver extends DefaultTokenResolver {
  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): any {
    return token instanceof Intrinsic ? `${token}` : super.resolveToken(token, context, postProcessor);
  }
}

/** Resolves a value that is produced late, except for the functions of CloudFormation in it. */
export function produced(scope: IConstruct, value: unknown): any {
  return Tokenization.resolve(value, { scope, resolver: new LazyResolver(new StringConcat()), preparing: false });
}

/** The only resource to which a text refers. Undefined for the name, URL or ARN of an imported one. */
export function resourceOf(text: string): CfnResource | undefined {
  const [resource, ...others] = resourcesIn(text);
  return others.length === 0 ? resource : undefined;
}

/** Construct that has a resource as its default child, or the resource itself. */
export function ownerOf(resource: CfnResource): IConstruct {
  const { scope } = resource.node;
  return scope?.node.defaultChild === resource ? scope : resource;
}

/** Key of the app that a resource names, by an alias as well. CDK names an alias of the app by text. */
export function keyOf(resource: CfnResource, keyId: string): CfnKey | undefined {
  const { stack } = resource;
  const text = JSON.stringify(stack.resolve(keyId));
  const named = resourceOf(keyId) ?? resource.node.root.node.findAll().find((each): each is CfnAlias =>
    each instanceof CfnAlias && each.stack.environment === stack.environment
    && text.includes(JSON.stringify(each.stack.resolve(each.aliasName)).slice(1)));
  return named instanceof CfnAlias ? keyOf(named, named.targetKeyId) : named instanceof CfnKey ? named : undefined;
}
