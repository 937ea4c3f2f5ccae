import { type IResource, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Difference between the environment of a resource and that of a stack. */
interface Difference {
  readonly what: 'account' | 'region';
  readonly ofResource: string;
  readonly ofStack: string;
}

/** Difference between a resource and a scope. Undefined if none is known. */
export function differenceOf(scope: IConstruct, { env }: Pick<IResource, 'env'>): Difference | undefined {
  return (['account', 'region'] as const)
    .map((what) => ({ what, ofResource: env[what], ofStack: Stack.of(scope)[what] }))
    .find(({ ofResource, ofStack }) =>
      !Token.isUnresolved(ofResource) && !Token.isUnresolved(ofStack) && ofResource !== ofStack);
}
