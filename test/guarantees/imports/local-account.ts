import { execFile } from 'child_process';
import { readFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import {
  CloudFormationClient, CreateStackCommand, DescribeStackEventsCommand, DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type App, DefaultStackSynthesizer } from 'aws-cdk-lib';
import { AssetManifestArtifact, type CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { HERE, type Place } from './subjects';
import type { Emulator } from '../../../local/emulator';
import { leaveOut } from '../../../local/leave-out';
import { inProject } from '../../../local/project';
import { eventually } from '../../../local/trace';

/** Accounts of the local AWS, in which an access key of 12 digits is the account. Deploys without the CDK CLI. */

const run = promisify(execFile);

/** Synthesizer whose stacks need no bootstrap stack. */
export const newSynthesizer = () => new DefaultStackSynthesizer({ generateBootstrapVersionRule: false });

/** Outputs of stacks, by stack and by name. */
export type Outputs = Record<string, Record<string, string>>;

/** Configuration of the clients of an account and a region. */
export function configIn({ clientConfig }: Emulator, { account, region }: Place) {
  return { ...clientConfig, region, credentials: { ...clientConfig.credentials, accessKeyId: account } };
}

/** Deletes everything in every account. */
export async function emptyAccounts({ endpoint }: Emulator): Promise<void> {
  expect((await fetch(`${endpoint}/_ministack/reset`, { method: 'POST' })).status).toBe(200);
}

/** Request to a service for which the project has no client. */
interface Call {
  readonly service: string;
  readonly place: Place;
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** Sends a signed request. The signer is that of another client. */
async function call(emulator: Emulator, { service, place, method, path, headers = {}, body }: Call): Promise<string> {
  const signer = await new SQSClient(configIn(emulator, place)).config.signer();
  const { hostname, port, protocol, host } = new URL(emulator.endpoint);
  const address = { protocol, hostname, port: Number(port), path, query: {} };
  const unsigned = { ...address, method, headers: { ...headers, host }, body };
  const signed = await signer.sign(unsigned, { signingService: service, signingRegion: place.region });
  const response = await fetch(`${emulator.endpoint}${path}`, { method, headers: signed.headers, body });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${service} answered ${method} ${path} with ${response.status}: ${text.slice(0, 300)}`);
  }
  return text;
}

/** Sends a request of the query protocol. It counts as encrypted, which policies of queues require. */
export async function query(
  emulator: Emulator, place: Place, service: string, parameters: Record<string, string>,
): Promise<void> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-proto': 'https' };
  const body = `${new URLSearchParams(parameters)}`;
  await call(emulator, { service, place, method: 'POST', path: '/', headers, body });
}

const zips = new Map<string, Promise<Buffer>>();

/** Returns a folder as an archive. */
async function zipOf(folder: string, hash: string): Promise<Buffer> {
  const archive = join(tmpdir(), `cells-${hash}.zip`);
  await run(inProject('.venv', 'bin', 'python'), ['-m', 'zipfile', '-c', archive, `${folder}/.`]);
  return readFileSync(archive);
}

/** Uploads the folders of an app. Only the stack of the bridge has some. */
async function uploadAssets(emulator: Emulator, { artifacts }: CloudAssembly): Promise<void> {
  const s3 = { service: 's3', place: HERE, method: 'PUT' } as const;
  const manifests = artifacts.filter((each) => each instanceof AssetManifestArtifact);
  const folders = new Map(manifests.flatMap(({ contents, file }) => Object.entries(contents.files ?? {})
    .filter(([, { source }]) => source.packaging === 'zip') // the others are templates
    .map(([hash, { source }]) => [hash, join(file, '..', source.path!)])));
  if (folders.size === 0) {
    return;
  }
  const bucket = `/cdk-hnb659fds-assets-${HERE.account}-${HERE.region}`;
  const region = `<LocationConstraint>${HERE.region}</LocationConstraint>`;
  const configuration = `<CreateBucketConfiguration>${region}</CreateBucketConfiguration>`;
  await call(emulator, { ...s3, path: bucket, body: configuration });
  for (const [hash, folder] of folders) {
    zips.set(hash, zips.get(hash) ?? zipOf(folder, hash));
    await call(emulator, { ...s3, path: `${bucket}/${hash}.zip`, body: await zips.get(hash)! });
  }
}

/** Deploys every stack of an app, in the order of their dependencies. Returns their outputs. */
export async function deployApp(
  emulator: Emulator, app: App, parameters: Record<string, string> = {},
): Promise<Outputs> {
  const assembly = app.synth();
  leaveOut(assembly.directory);
  await uploadAssets(emulator, assembly);
  const outputs: Outputs = {};
  for (const stack of assembly.stacks) {
    const { account, region } = stack.environment;
    const place = account === 'unknown-account' ? HERE : { account, region };
    outputs[stack.stackName] = await createStack(emulator, place, stack, parameters);
  }
  return outputs;
}

async function createStack(
  emulator: Emulator, place: Place, { stackName, templateFullPath }: CloudFormationStackArtifact,
  parameters: Record<string, string>,
): Promise<Record<string, string>> {
  const client = new CloudFormationClient(configIn(emulator, place));
  const TemplateBody = withSecretArns(readFileSync(templateFullPath, 'utf8'));
  const Parameters = Object.entries(parameters).filter(([name]) => JSON.parse(TemplateBody).Parameters?.[name])
    .map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  const stackOf = { StackName: stackName, TemplateBody, Parameters };
  await client.send(new CreateStackCommand({ ...stackOf, Capabilities: ['CAPABILITY_NAMED_IAM'] }));
  const stack = await eventually(async () => {
    const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    return found.StackStatus!.endsWith('_IN_PROGRESS') ? undefined : found;
  });
  if (stack?.StackStatus !== 'CREATE_COMPLETE') {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: stackName }));
    const reasons = StackEvents.flatMap(({ ResourceStatusReason }) => ResourceStatusReason ?? []);
    throw new Error(`${stackName} is ${stack?.StackStatus}: ${reasons.reverse().join('; ')}`);
  }
  return Object.fromEntries(stack.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? []);
}

/** `Ref` of a secret is its ARN, and its name on the local AWS. The attribute `Id` is the ARN on both. */
function withSecretArns(template: string): string {
  const { Resources } = JSON.parse(template);
  const isSecret = (value: any) => Resources[value?.Ref]?.Type === 'AWS::SecretsManager::Secret';
  return JSON.stringify(JSON.parse(template, (_key, value) =>
    isSecret(value) ? { 'Fn::GetAtt': [value.Ref, 'Id'] } : value));
}

/** Creates a queue to which every service may send. */
export async function newQueue(
  emulator: Emulator, place: Place, QueueName: string,
): Promise<{ readonly url: string; readonly arn: string }> {
  const arn = `arn:aws:sqs:${place.region}:${place.account}:${QueueName}`;
  const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arn };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const create = new CreateQueueCommand({ QueueName, Attributes: { Policy } });
  return { url: (await new SQSClient(configIn(emulator, place)).send(create)).QueueUrl!, arn };
}

/** Returns the account and the region of an ARN. */
export function placeOfArn(arn: string): Place {
  const [, , , region, account] = arn.split(':');
  return { account, region };
}

/** Sends every event of a bus to a new queue. Returns the URL of the queue. */
export async function watchBus(emulator: Emulator, busArn: string): Promise<string> {
  const place = placeOfArn(busArn);
  const queue = await newQueue(emulator, place, 'watch');
  const events = new EventBridgeClient(configIn(emulator, place));
  const EventBusName = busArn.split('/').pop();
  await events.send(new PutRuleCommand({ EventBusName, Name: 'watch', EventPattern: '{"source":[{"exists":true}]}' }));
  await events.send(new PutTargetsCommand({ EventBusName, Rule: 'watch', Targets: [{ Id: 'queue', Arn: queue.arn }] }));
  return queue.url;
}

/** Returns the text of the next message of a queue. Undefined if none arrives. */
export async function nextMessage(
  emulator: Emulator, place: Place, url: string, patienceMs?: number,
): Promise<string | undefined> {
  const sqs = new SQSClient(configIn(emulator, place));
  return eventually(async () =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }))).Messages?.[0].Body, patienceMs);
}
