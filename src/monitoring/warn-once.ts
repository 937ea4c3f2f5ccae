import { Annotations, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Warns once per stack, on the first construct for which the warning is not acknowledged.
 *
 * Acknowledging it covers what is below a construct, so that the construct should be inside those of the user.
 */
export function warnOnce(scope: IConstruct, id: string, message: string): void {
  const isKnown = Stack.of(scope).node.findAll()
    .some(({ node }) => node.metadata.some(({ data }) => `${data}`.startsWith(message)));
  if (!isKnown) {
    Annotations.of(scope).addWarningV2(id, message);
  }
}
