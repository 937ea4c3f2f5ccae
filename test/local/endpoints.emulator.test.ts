import { mkdtempSync, rmSync } from 'fs';
import { request } from 'http';
import { tmpdir } from 'os';
import { join } from 'path';
import { CloudFormationClient, DeleteStackCommand, DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { bootstrap, deploy } from '../../local/cloud-assembly';
import { type Emulator, startEmulator } from '../../local/emulator';
import { eventually } from '../../local/journey';
import { leaveOut } from '../../local/leave-out';
import { StripeEndpoint, StripeEventBridge } from '../../src';
import { SECRET, stripeEvent, stripeSignature } from '../harness/stripe';

/** The three front doors, deployed whole on the local AWS, from their synthesized templates. */

jest.setTimeout(120_000);

const DOORS = { Http: StripeEndpoint.httpApi({ path: '/stripe' }), Rest: StripeEndpoint.restApi(), Url: StripeEndpoint.functionUrl() };

let emulator: Emulator;
let dir: string;
let outputs: Record<string, string>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'front-doors-'));
  emulator = await startEmulator();
  await bootstrap(emulator);
  outputs = await deployDoors('first');
});

afterAll(async () => {
  await emulator?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function deployDoors(name: string): Promise<Record<string, string>> {
  const assembly = join(dir, name);
  const app = new App({ outdir: assembly });
  const stack = new Stack(app, 'Doors');
  for (const [door, endpoint] of Object.entries(DOORS)) {
    const bridge = new StripeEventBridge(stack, door, { endpoint, eventBusName: `bus-${door}`, removalPolicy: RemovalPolicy.DESTROY });
    const queue = new Queue(stack, `${door}Target`);
    bridge.onEvent('All', { target: new SqsQueue(queue) });
    new CfnOutput(stack, `${door}Address`, { value: bridge.url });
    new CfnOutput(stack, `${door}Queue`, { value: queue.queueUrl });
    new CfnOutput(stack, `${door}Secret`, { value: bridge.signingSecret.secretArn });
  }
  app.synth();
  leaveOut(assembly);
  return (await deploy(emulator, assembly)).Doors;
}

/** The local AWS shows AWS's own hosts for some doors; it answers to them, or to its own form, by the Host header. */
async function post(address: string, body: string, signature: string): Promise<number> {
  const { host, pathname } = new URL(address);
  const { port } = new URL(emulator.endpoint);
  const local = host.replace(/\.execute-api\..*$/, `.execute-api.localhost:${port}`);
  return new Promise((resolve, reject) => {
    request(`${emulator.endpoint}${pathname}`, { method: 'POST', headers: { 'host': local, 'content-type': 'application/json', 'Stripe-Signature': signature } },
      (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0))).on('error', reject).end(body);
  });
}

async function throughTheDoor(door: keyof typeof DOORS): Promise<void> {
  await new SecretsManagerClient(emulator.clientConfig).send(new PutSecretValueCommand({ SecretId: outputs[`${door}Secret`], SecretString: SECRET }));
  const body = JSON.stringify(stripeEvent({ id: `evt_${door}` }));
  expect(await post(outputs[`${door}Address`], `${body} `, stripeSignature(body))).toBe(400);
  expect(await post(outputs[`${door}Address`], body, stripeSignature(body))).toBe(200);
  const sqs = new SQSClient(emulator.clientConfig);
  const received = await eventually(async () => (await sqs.send(new ReceiveMessageCommand({ QueueUrl: outputs[`${door}Queue`] }))).Messages?.[0].Body);
  expect(JSON.parse(received!)).toMatchObject({ 'source': 'stripe.com', 'detail-type': 'invoice.paid', 'detail': { id: `evt_${door}` } });
}

test.each(['Http', 'Rest', 'Url'] as const)('a signed event passes the door %s to a target, a changed one does not', throughTheDoor);

test('destroyed and deployed again under the same bus names, it works', async () => {
  const cloudFormation = new CloudFormationClient(emulator.clientConfig);
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'Doors' }));
  const gone = await eventually(async () => cloudFormation.send(new DescribeStacksCommand({ StackName: 'Doors' }))
    .then(({ Stacks }) => Stacks?.[0].StackStatus === 'DELETE_COMPLETE' || undefined, () => true));
  expect(gone).toBe(true);
  outputs = await deployDoors('second');
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: 'Doors' }));
  expect(StackResources.map(({ PhysicalResourceId }) => PhysicalResourceId)).toContain('bus-Http');
  await throughTheDoor('Http');
});
