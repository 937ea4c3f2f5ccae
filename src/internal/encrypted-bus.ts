import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { CfnEventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { CfnQueue, type Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { busOfApp } from './bus-of-app';
import { problemOfKey } from './encryption-key';
import { isSamePlace } from './environment';
import { warnIfKeyExcludes } from './resource-policies';
import { problemsOfKey, warnOfSmallQueue } from './rule-target';
import { keyOf, ownerOf, resourceOf } from '../monitoring/reference';

/** Construct that checks a bus. Several can use one. */
const CHECKED_BY = new WeakMap<CfnEventBus, IConstruct>();
/** Dead-letter queues whose policy and alarm are those of the library. */
const USABLE = new WeakSet<CfnQueue>();

/** Names a new bus as one that the library creates, so that only what the user created is checked. */
export function trustBus(scope: IConstruct, eventBus: IEventBus): void {
  CHECKED_BY.set(eventBus.node.defaultChild as CfnEventBus, scope);
}

/** Problems of the key and the dead-letter queue of a bus of the app, when it is complete. One construct has them. */
export function problemsOfBus(scope: IConstruct, eventBus: IEventBus): string[] {
  const bus = resourceOfBus(scope, eventBus);
  if (bus?.kmsKeyIdentifier === undefined) {
    return [];
  }
  CHECKED_BY.has(bus) || CHECKED_BY.set(bus, scope);
  return CHECKED_BY.get(bus) === scope ? [...problemsOfBusKey(bus, bus.kmsKeyIdentifier), ...problemsOfQueue(bus)] : [];
}

function problemsOfBusKey(bus: CfnEventBus, keyId: string): string[] {
  const key = keyOf(bus, keyId);
  if (!key) {
    warnOfBus(bus, 'cdk-stripe-eventbridge:imported-key', 'the policy of the imported key of a bus cannot be ' +
      'changed here; it must allow events.amazonaws.com to call kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey');
    return [];
  }
  warnIfKeyExcludes(key, bus.stack.account);
  return problemOfKey(key, `\`kmsKey\` of ${ownerOf(bus).node.path}`);
}

function problemsOfQueue(bus: CfnEventBus): string[] {
  if (Token.isUnresolved(bus.deadLetterConfig)) {
    return [];
  }
  const arn = deadLetterArnOf(bus);
  if (arn === undefined) {
    warnOfBus(bus, 'cdk-stripe-eventbridge:bus-without-dead-letter-queue',
      'deadLetterConfig is missing on a bus with a key, so that events are lost while the key cannot be used; ' +
      'set deadLetterQueue on the bus');
    return [];
  }
  const resource = resourceOf(arn);
  const queue = resource instanceof CfnQueue ? resource : undefined;
  if (queue?.fifoQueue === true || arn.endsWith('.fifo')) {
    return [`\`deadLetterQueue\` of ${ownerOf(bus).node.path} must be a standard queue, got a FIFO queue, which ` +
      'EventBridge does not accept; use a standard queue'];
  }
  if (!queue || !USABLE.has(queue)) {
    const what = queue ? `the dead-letter queue ${ownerOf(queue).node.path}` : 'an imported dead-letter queue';
    warnOfBus(bus, 'cdk-stripe-eventbridge:imported-dead-letter-queue', `the policy of ${what} is not changed here; ` +
      'it must allow events.amazonaws.com to call sqs:SendMessage for the bus, and needs an alarm of its own');
  }
  warnOfSmallQueue(bus, queue);
  return queue ? problemsOfKey(bus, 'deadLetterQueue', ownerOf(queue)) : [];
}

/** On the resource of CloudFormation, once for all that use the bus. */
function warnOfBus(bus: CfnEventBus, id: string, message: string): void {
  if (!bus.node.metadata.some(({ data }) => `${data}`.startsWith(message))) {
    Annotations.of(bus).addWarningV2(id, message);
  }
}

/** Takes a dead-letter queue for one that the library opened for the bus, and watches. */
export function trustQueue({ node }: Queue): void {
  USABLE.add(node.defaultChild as CfnQueue);
}

/** ARN of the dead-letter queue of a bus. */
export function deadLetterArnOf({ deadLetterConfig }: CfnEventBus): string | undefined {
  return deadLetterConfig && 'arn' in deadLetterConfig ? deadLetterConfig.arn : undefined;
}

/** Resource of a bus of the app, also if the bus is imported by a literal name. */
export function resourceOfBus(scope: IConstruct, eventBus: IEventBus): CfnEventBus | undefined {
  const { eventBusName } = eventBus;
  const resource = busOfApp(eventBus);
  if (resource || Token.isUnresolved(eventBusName)) {
    return resource;
  }
  return scope.node.root.node.findAll().find((each): each is CfnEventBus => each instanceof CfnEventBus
    && each.name === eventBusName
    && isSamePlace<IConstruct>(eventBus, each, (one) => one === eventBus ? eventBus.env : Stack.of(one)));
}
