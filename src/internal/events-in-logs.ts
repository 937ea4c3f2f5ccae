import { Stack } from 'aws-cdk-lib';
import { CfnStage, type IRestApi } from 'aws-cdk-lib/aws-apigateway';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { busOfApp } from './bus-of-app';
import { resourceOf } from '../monitoring/reference';
import { warnOnce } from '../monitoring/warn-once';

const ID = 'cdk-stripe-eventbridge:events-in-logs';

/** Warns if a bus of the app writes complete events to its logs. */
export function warnOfBusLogs(eventBus: IEventBus): void {
  const bus = busOfApp(eventBus);
  const { includeDetail, level = 'OFF' } = bus?.stack.resolve(bus.logConfig) ?? {};
  if (bus && includeDetail === 'FULL' && level !== 'OFF') {
    warnOnce(bus, ID, `\`logConfig.includeDetail\` of ${bus.node.path} is FULL, so that complete events, with ` +
      'personal data, are in the logs of the bus; use NONE, or acknowledge this warning');
  }
}

/** Warns if a stage of a REST API writes the bodies of requests to its log. */
export function warnOfDataTrace({ node, restApiId }: IRestApi): void {
  const stages = node.root.node.findAll().filter((each): each is CfnStage =>
    each instanceof CfnStage && resourceOf(each.restApiId) === resourceOf(restApiId));
  for (const stage of stages) {
    const settings: CfnStage.MethodSettingProperty[] = Stack.of(stage).resolve(stage.methodSettings) ?? [];
    if (settings.some(({ dataTraceEnabled }) => dataTraceEnabled === true)) {
      warnOnce(stage, ID, `\`dataTraceEnabled\` of ${stage.node.path} is true, so that complete events, with ` +
        'personal data, are in an execution log that never expires; use false, or acknowledge this warning');
    }
  }
}
