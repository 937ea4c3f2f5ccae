import { CfnOutput, type CfnResource, Lazy, type Resource, Stack } from 'aws-cdk-lib';
import { CfnEventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { isSamePlace } from './environment';
import { resourceOf } from '../monitoring/reference';

/** Bus of the app that a construct is, or that it imports by a reference to its name or ARN, or by an export of one. */
export function busOfApp(eventBus: IEventBus): CfnEventBus | undefined {
  return [eventBus.eventBusName, eventBus.eventBusArn].map((text) => resourceOf(exportedText(eventBus, text) ?? text))
    .find((resource) => resource instanceof CfnEventBus);
}

/** Value of the output of the app that a text imports. */
function exportedText(scope: IEventBus, text: string): string | undefined {
  const { 'Fn::ImportValue': exportName } = Stack.of(scope).resolve(text);
  const output = exportName && scope.node.root.node.findAll().find((each) => each instanceof CfnOutput
    && each.exportName === exportName && isSamePlace(Stack.of(each), Stack.of(scope)));
  return output && (output as CfnOutput).value;
}

/**
 * Changes a resource with the name of its bus, if CDK refers to the bus weakly, from another stack.
 *
 * Such a reference is the same text for every name, so that the CLI would skip the stack of the resource.
 */
export function changeWithBus({ node, stack }: Resource, eventBus: IEventBus): void {
  const bus = busOfApp(eventBus);
  const isWeak = () => JSON.stringify(stack.resolve([eventBus.eventBusName, eventBus.eventBusArn]))
    .includes('Fn::GetStackOutput');
  const produce = () => bus && isWeak() ? JSON.stringify(bus.stack.resolve(bus.name)) : undefined;
  (node.defaultChild as CfnResource).addMetadata('EventBusName', Lazy.uncachedString({ produce }));
}
