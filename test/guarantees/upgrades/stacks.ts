import { App, Duration, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeEndpoint, StripeEventBridge, StripeEvents, StripeSourceIps,
} from '../../../src';
import { stableTemplate } from '../../harness/template';

/** Stacks whose templates are kept with every release: a default bridge, and whatever can have another logical id. */
export const STACKS: Record<string, () => Record<string, any>> = {
  default: () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe');
    return stableTemplate(stack);
  },
  full: () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe', {
      eventBusName: 'stripe',
      customerTable: { deletionProtection: true, storeRawEvent: true },
      endpoint: StripeEndpoint.httpApi({ path: '/stripe', accessLog: {} }),
      archive: { retention: Duration.days(14) },
      encryptionKey: new Key(stack, 'Key'),
      logEncryptionKey: new Key(stack, 'LogKey'),
      alarms: { expectEventEvery: Duration.days(1) },
      dashboard: true,
    });
    bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
    bridge.onEvent('Queued', { target: new QueuedFunction(userFunction(stack)) });
    new StripeEventBridge(stack, 'Rest', { endpoint: StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe() }) });
    new StripeEventBridge(stack, 'Url', { endpoint: StripeEndpoint.functionUrl() });
    const eventBus = EventBus.fromEventBusName(stack, 'Bus', 'billing');
    StripeEvents.fromEventBus(stack, 'Existing', eventBus, { customerTable: {}, archive: {} });
    return stableTemplate(stack);
  },
};

const newStack = () => new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
const userFunction = (stack: Stack) => new Function(stack, 'TargetFunction', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
});
