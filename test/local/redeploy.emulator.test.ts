import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateArchiveCommand, DeleteArchiveCommand, DeleteEventBusCommand, EventBridgeClient, ListArchivesCommand,
  ListEventBusesCommand,
} from '@aws-sdk/client-eventbridge';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { bootstrap, deploy, destroy, synthesizeExample } from '../../local/cloud-assembly';
import { type Emulator, startEmulator } from '../../local/emulator';
import { leaveOut } from '../../local/leave-out';
import { StripeEventBridge, type StripeEventBridgeProps } from '../../src';
import { newStack } from '../harness/template';

/** A stack that is deployed, destroyed and deployed again on the local AWS. */

jest.setTimeout(120_000);

let emulator: Emulator;
let events: EventBridgeClient;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'redeploy-'));
  emulator = await startEmulator();
  events = new EventBridgeClient(emulator.clientConfig);
  await bootstrap(emulator);
});

afterAll(async () => {
  await emulator?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Synthesizes a stack with a bridge, as far as the local AWS can deploy it. Returns the assembly. */
function assemblyOf(stackName: string, props: StripeEventBridgeProps): string {
  const outdir = join(dir, stackName);
  const app = new App({ outdir });
  new StripeEventBridge(new Stack(app, stackName), 'Stripe', props);
  app.synth();
  leaveOut(outdir);
  return outdir;
}

/** Replaces every deletion rule of the example, which keeps its data, by the ones of `removalPolicy: DESTROY`. */
function makeDestroyable(assembly: string): void {
  for (const name of readdirSync(assembly).filter((file) => file.endsWith('.template.json'))) {
    const template = JSON.parse(readFileSync(join(assembly, name), 'utf8'));
    for (const resource of Object.values<any>(template.Resources).filter(({ DeletionPolicy }) => DeletionPolicy)) {
      resource.DeletionPolicy = resource.UpdateReplacePolicy = 'Delete';
      delete resource.Properties.DeletionProtectionEnabled;
    }
    writeFileSync(join(assembly, name), JSON.stringify(template));
  }
}

/** Returns the names of the buses that belong to a stack. */
async function busesOf(stackName: string): Promise<string[]> {
  const { EventBuses = [] } = await events.send(new ListEventBusesCommand({ NamePrefix: `${stackName}-` }));
  return EventBuses.map(({ Name }) => Name!);
}

async function resourceTypesOf(StackName: string): Promise<string[]> {
  const cloudFormation = new CloudFormationClient(emulator.clientConfig);
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
  return StackResources.map(({ ResourceType }) => ResourceType!);
}

test('N32: a default stack with removal policy DESTROY leaves no bus and is deployed again', async () => {
  const assembly = assemblyOf('Destroyed', { removalPolicy: RemovalPolicy.DESTROY });
  await deploy(emulator, assembly);
  const types = await resourceTypesOf('Destroyed');
  expect(await busesOf('Destroyed')).toHaveLength(1);
  await destroy(emulator, assembly);
  expect(await busesOf('Destroyed')).toEqual([]);
  await deploy(emulator, assembly);
  expect(await resourceTypesOf('Destroyed')).toEqual(types);
});

test('N32: the full example with removal policy DESTROY leaves no bus and is deployed again', async () => {
  const assembly = join(dir, 'example');
  await synthesizeExample(assembly);
  leaveOut(assembly);
  makeDestroyable(assembly);
  const outputs = await deploy(emulator, assembly);
  await destroy(emulator, assembly);
  expect(await busesOf('Billing')).toEqual([]);
  const names = (deployed: typeof outputs) => Object.values(deployed).flatMap(Object.keys);
  expect(names(await deploy(emulator, assembly))).toEqual(names(outputs));
});

test('N32: with the default policy, a stack is deployed again after its archive and bus are deleted', async () => {
  const assembly = assemblyOf('Kept', { archive: {} });
  await deploy(emulator, assembly);
  const [Name] = await busesOf('Kept');
  const EventSourceArn = `arn:aws:events:eu-west-1:000000000000:event-bus/${Name}`;
  await events.send(new CreateArchiveCommand({ ArchiveName: 'kept', EventSourceArn }));
  await destroy(emulator, assembly);
  expect(await busesOf('Kept')).toEqual([Name]);
  const { Archives } = await events.send(new ListArchivesCommand({ EventSourceArn }));
  expect(Archives).toMatchObject([{ ArchiveName: 'kept' }]);
  await expect(deploy(emulator, assembly)).rejects.toThrow(/already exists/);

  await events.send(new DeleteArchiveCommand({ ArchiveName: 'kept' }));
  await events.send(new DeleteEventBusCommand({ Name }));
  await destroy(emulator, assembly);
  await deploy(emulator, assembly);
  expect(await busesOf('Kept')).toEqual([Name]);
});

test.each([
  ['is not set', undefined, ['Archive', 'EventBus'], ['RetainExceptOnCreate', 'Retain']],
  ['is DESTROY', RemovalPolicy.DESTROY, [], ['Delete', 'Delete']],
  ['is RETAIN', RemovalPolicy.RETAIN, ['Archive', 'EventBus'], ['Retain', 'Retain']],
])('N32: archive and bus have equal deletion rules if the removal policy %s', (_case, removalPolicy, kept, rules) => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { archive: {}, removalPolicy });
  const resources = Object.values<any>(Template.fromStack(stack).toJSON().Resources);
  const ofEvents = resources.filter(({ Type }) => ['AWS::Events::Archive', 'AWS::Events::EventBus'].includes(Type));
  expect(ofEvents).toHaveLength(2);
  ofEvents.forEach(({ DeletionPolicy, UpdateReplacePolicy }) =>
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(rules));
  const retained = ofEvents.filter(({ DeletionPolicy }) => /^Retain/.test(DeletionPolicy));
  expect(retained.map(({ Type }) => Type.split('::')[2]).sort()).toEqual(kept);
});
