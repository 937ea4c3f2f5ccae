import { CfnOutput, Stack } from 'aws-cdk-lib';
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
