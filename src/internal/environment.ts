import { type IResource, Resource, type ResourceEnvironment, Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { fail } from './validation';

/** Difference between the environment of a resource and that of a stack. */
export interface Difference {
  /** Part of the environment that differs. */
  readonly what: 'account' | 'region';
  /** Account or region of the resource. */
  readonly ofResource: string;
  /** Account or region of the stack. */
  readonly ofStack: string;
}

/** Difference between a resource and a scope. Undefined if none is known. */
export function differenceOf(scope: IConstruct, { env }: Pick<IResource, 'env'>): Difference | undefined {
  return (['account', 'region'] as const)
    .map((what) => ({ what, ofResource: env[what], ofStack: Stack.of(scope)[what] }))
    .find(({ ofResource, ofStack }) =>
      !Token.isUnresolved(ofResource) && !Token.isUnresolved(ofStack) && ofResource !== ofStack);
}

/** Account or region of a stack, for a message. */
export function nameOfPlace(scope: IConstruct, what: 'account' | 'region'): string {
  const place = Stack.of(scope)[what];
  return Token.isUnresolved(place) ? `the ${what} of the stack` : `${what} ${place}`;
}

/** Fails for a resource of the app to which a stack cannot refer. The messages of CDK name other resources. */
export function assertReferable(scope: IConstruct, property: string, resource: IConstruct): void {
  if (!Resource.isOwnedResource(resource) || Stack.of(resource) === Stack.of(scope)) {
    return;
  }
  if (Stage.of(resource) !== Stage.of(scope)) {
    fail(scope, `\`${property}\` belongs to another stage, got ${resource.node.path}, to which this stage cannot ` +
      'refer; import it by its name or ARN');
  }
  const unknown = (['account', 'region'] as const).find((what) =>
    Token.isUnresolved(Stack.of(resource)[what]) !== Token.isUnresolved(Stack.of(scope)[what]));
  if (unknown) {
    fail(scope, `\`${property}\` is in the stack ${Stack.of(resource).node.path}, and the ${unknown} of only one of ` +
      'the two stacks is known; set `env` on both stacks');
  }
}

/** Fails for a resource of the app to which a stack cannot refer, or that is not in its account and region. */
export function assertInEnvironment(scope: IConstruct, property: string, resource: IResource): void {
  assertReferable(scope, property, resource);
  const { what, ofResource, ofStack } = differenceOf(scope, resource) ?? {};
  if (what && Resource.isOwnedResource(resource)) {
    fail(scope, `\`${property}\` must be in the ${what} of the stack, got ${resource.node.path} in ${ofResource} ` +
      `and a stack in ${ofStack}; use one of ${what} ${ofStack}`);
  }
}

/**
 * Whether two constructs are deployed to one account and region. Stages are deployed to different ones, unless both are
 * known and the same.
 */
export function isSamePlace<T extends IConstruct>(
  a: T, b: T, envOf: (each: T) => ResourceEnvironment = (each) => Stack.of(each),
): boolean {
  return (['account', 'region'] as const).every((what) => envOf(a)[what] === envOf(b)[what]
    && (Stage.of(a) === Stage.of(b) || !Token.isUnresolved(envOf(a)[what])));
}
