import { App, Duration, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEndpoint, StripeEventBridge } from '../../../src';
import { stableTemplate } from '../../harness/template';

/** The stacks whose templates are kept with every release: what a bridge makes by default, and with all that it can. */
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
      dashboard: true,
    });
    bridge.onEvent('All', { target: new SqsQueue(new Queue(stack, 'Target')) });
    new StripeEventBridge(stack, 'Rest', { endpoint: StripeEndpoint.restApi() });
    return stableTemplate(stack);
  },
};

const newStack = () => new Stack(new App(), 'Test', { env: { region: 'eu-west-1' } });
