import { CfnResource, Reference, Tokenization } from 'aws-cdk-lib';

/** Resource of the app to which a token refers. Undefined for the name, URL or ARN of an imported one. */
export function resourceOf(token: string): CfnResource | undefined {
  const { firstToken: reference } = Tokenization.reverseString(token);
  return Reference.isReference(reference) && CfnResource.isCfnElement(reference.target)
    ? reference.target as CfnResource : undefined;
}
