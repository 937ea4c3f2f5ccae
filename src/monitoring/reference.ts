import { CfnResource, Reference, Tokenization } from 'aws-cdk-lib';

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

/** The only resource to which a text refers. Undefined for the name, URL or ARN of an imported one. */
export function resourceOf(text: string): CfnResource | undefined {
  const [resource, ...others] = resourcesIn(text);
  return others.length === 0 ? resource : undefined;
}
