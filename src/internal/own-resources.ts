import { Annotations } from 'aws-cdk-lib';
import type { IEventBus, IRule, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { CfnEventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { HandlerFunction } from './handler-function';
import { arnInArn, fail } from './validation';
import { resourceOf } from '../monitoring/reference';
import { quoted } from '../stripe-event-filter/value-kind';

/** Fails for a target that would receive again what it receives, or that does not read such events. */
export function assertForeignTarget(rule: IRule, eventBus: IEventBus, { arn, targetResource }: RuleTargetConfig): void {
  const resource = resourceOf(arn);
  if (arn === eventBus.eventBusArn || (resource && resource === resourceOf(eventBus.eventBusArn))) {
    fail(rule, '`target` must be another bus than that of the rule, which would receive each event again, ' +
      `got ${eventBus.node.path}; use another bus, or a queue`);
  }
  const name = arnInArn(arn);
  if (name) {
    fail(rule, `\`target\` must be imported by its name, or by its ARN, got the ARN ${quoted(name)} as a name; ` +
      'use the method from…Arn of its class');
  }
  targetResource && assertForeignFunction(rule, targetResource);
}

/** Fails for a function of this library, which reads other events. */
export function assertForeignFunction(scope: IConstruct, lambdaFunction: IConstruct | IFunction): void {
  if (lambdaFunction.node?.scope instanceof HandlerFunction) {
    fail(scope, '`target` must be a function of yours, because those of this library read other events, ' +
      `got ${lambdaFunction.node.path}; use a function that processes the event`);
  }
}

/** Warns if a second function reads a queue: each message goes to one of them, and the other one misses it. */
export function warnOfSecondReader(queue: Queue): void {
  queue.node.addValidation({
    validate: () => {
      const readers = queue.node.root.node.findAll().filter((each) => each instanceof CfnEventSourceMapping
        && resourceOf(each.eventSourceArn ?? '') === queue.node.defaultChild);
      if (readers.length > 1) {
        Annotations.of(queue).addWarningV2('cdk-stripe-eventbridge:second-reader',
          'several functions read this queue, so that each of them misses the messages of the others; ' +
          'call onEvent again for another function');
      }
      return [];
    },
  });
}
