import type { CfnResource } from 'aws-cdk-lib';

/** Adds a dependency by the method of newer releases of aws-cdk-lib, in which the older one is deprecated. */
export function addDependency(resource: CfnResource, dependency: CfnResource): void {
  const add = Reflect.get(resource, 'addResourceDependency') ?? Reflect.get(resource, 'addDependency');
  add.call(resource, dependency);
}
