import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import {
  CloudFormationClient, DeleteStackCommand, DescribeStackResourcesCommand, DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { bootstrap, deploy } from '../../local/cloud-assembly';
import { type Emulator, startEmulator } from '../../local/emulator';
import { leaveOut } from '../../local/leave-out';
import { postLocally } from '../../local/post';
import { eventually } from '../../local/trace';
import { StripeEndpoint, StripeEventBridge } from '../../src';
import { SECRET, stripeEvent, stripeSignature } from '../harness/stripe';

/** The three kinds of endpoints, deployed on the local AWS from their synthesized templates. */

jest.setTimeout(120_000);

const ENDPOINTS = {
  Http: StripeEndpoint.httpApi({ path: '/stripe' }),
  Rest: StripeEndpoint.restApi(),
  Url: StripeEndpoint.functionUrl(),
};

let emulator: Emulator;
let dir: string;
let outputs: Record<string, string>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'endpoints-'));
  emulator = await startEmulator();
  await bootstrap(emulator);
  outputs = await deployEndpoints('first');
});

afterAll(async () => {
  await emulator?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function deployEndpoints(name: string): Promise<Record<string, string>> {
  const assembly = join(dir, name);
  const app = new App({ outdir: assembly });
  const stack = new Stack(app, 'Endpoints');
  for (const [kind, endpoint] of Object.entries(ENDPOINTS)) {
    const eventBusName = `bus-${kind}`;
    const bridge = new StripeEventBridge(stack, kind, { endpoint, eventBusName, removalPolicy: RemovalPolicy.DESTROY });
    const queue = new Queue(stack, `${kind}Target`);
    bridge.onEvent('All', { target: new SqsQueue(queue) });
    new CfnOutput(stack, `${kind}Address`, { value: bridge.url! });
    new CfnOutput(stack, `${kind}Queue`, { value: queue.queueUrl });
    new CfnOutput(stack, `${kind}Secret`, { value: bridge.signingSecret.secretArn });
  }
  app.synth();
  leaveOut(assembly);
  return (await deploy(emulator, assembly)).Endpoints;
}

async function post(url: string, body: string, signature: string): Promise<number> {
  return (await postLocally(emulator.endpoint, url, body, signature)).status;
}

async function expectDelivery(kind: keyof typeof ENDPOINTS): Promise<void> {
  const secret = { SecretId: outputs[`${kind}Secret`], SecretString: SECRET };
  await new SecretsManagerClient(emulator.clientConfig).send(new PutSecretValueCommand(secret));
  const body = JSON.stringify(stripeEvent({ id: `evt_${kind}` }));
  expect(await post(outputs[`${kind}Address`], `${body} `, stripeSignature(body))).toBe(400);
  expect(await post(outputs[`${kind}Address`], body, stripeSignature(body))).toBe(200);
  const sqs = new SQSClient(emulator.clientConfig);
  const receive = new ReceiveMessageCommand({ QueueUrl: outputs[`${kind}Queue`] });
  const received = await eventually(async () => (await sqs.send(receive)).Messages?.[0].Body);
  expect(JSON.parse(received!)).toMatchObject({
    'source': 'stripe.com', 'detail-type': 'invoice.paid', 'detail': { id: `evt_${kind}` },
  });
}

test.each(['Http', 'Rest', 'Url'] as const)(
  'the endpoint %s delivers a signed event to a target and rejects a changed one', expectDelivery,
);

test('a stack that is deleted and deployed again under the same bus names delivers events', async () => {
  const cloudFormation = new CloudFormationClient(emulator.clientConfig);
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'Endpoints' }));
  const gone = await eventually(async () => cloudFormation.send(new DescribeStacksCommand({ StackName: 'Endpoints' }))
    .then(({ Stacks }) => Stacks?.[0].StackStatus === 'DELETE_COMPLETE' || undefined, () => true));
  expect(gone).toBe(true);
  outputs = await deployEndpoints('second');
  const describe = new DescribeStackResourcesCommand({ StackName: 'Endpoints' });
  const { StackResources = [] } = await cloudFormation.send(describe);
  expect(StackResources.map(({ PhysicalResourceId }) => PhysicalResourceId)).toContain('bus-Http');
  await expectDelivery('Http');
});
