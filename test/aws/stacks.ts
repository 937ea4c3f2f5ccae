import { CfnOutput, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { DeployedStack } from './account';
import { StripeEventBridge, type StripeEventBridgeProps } from '../../src';

/** Adds outputs to a stack. */
export function output(stack: Stack, values: Record<string, string>): void {
  Object.entries(values).forEach(([name, value]) => new CfnOutput(stack, `${name}Output`, { value }));
}

/** Props of a bridge that ends with its stack, and the id by which its secret is stored. */
export interface BridgeInProps extends StripeEventBridgeProps {
  readonly secretId?: string;
}

/** Creates a bridge with a queue for all its events. The outputs are its URL, its secret and the queue. */
export function bridgeIn(
  stack: Stack, { secretId, ...props }: BridgeInProps = {}, id = 'Stripe', scope: Construct = stack,
): StripeEventBridge {
  const bridge = new StripeEventBridge(scope, id, { removalPolicy: RemovalPolicy.DESTROY, ...props });
  const queue = new Queue(stack, `${id}Target`);
  bridge.onEvent('All', { target: new SqsQueue(queue) });
  output(stack, {
    [`${id}Url`]: bridge.url!,
    [`${id}Secret`]: secretId ?? bridge.signingSecret.secretArn,
    [`${id}Queue`]: queue.queueUrl,
  });
  return bridge;
}

/** Stores the secret of each bridge and waits until its queue has an event. */
export async function expectDelivery(app: DeployedStack, ids: string[] = []): Promise<void> {
  for (const id of ids.length > 0 ? ids : ['Stripe']) {
    await app.storeSecret(app.outputs[`${id}Secret`]);
    const event = await app.untilDelivered(app.outputs[`${id}Url`], app.outputs[`${id}Queue`]);
    expect(event['detail-type']).toBe('invoice.paid');
  }
}
