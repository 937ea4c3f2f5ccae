import { App, type Environment, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CloudWatchLogGroup, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { QueuedFunction, StripeEndpoint, StripeEventBridge } from '../../../src';

/** Environment of the stacks. */
export const ENV = { account: '111111111111', region: 'eu-west-1' };

/** Options for the whole stack. */
export interface WholeStackOptions {
  /** Whether data and logs have keys of the app. The default is true. */
  readonly withKeys?: boolean;
}

/** Resource in a template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties: any;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/**
 * Adds a bridge for each kind of endpoint, with everything that can be attached, and the targets of a user.
 *
 * The rule for a log group brings a custom resource of CDK with a function and a role.
 */
export function addEverything(scope: Construct, { withKeys = true }: WholeStackOptions = {}): StripeEventBridge {
  const keyFor = (id: string) => withKeys ? new Key(scope, id) : undefined;
  const [encryptionKey, logEncryptionKey] = [keyFor('MineKey'), keyFor('MineLogKey')];
  const topic = new Topic(scope, 'MineTopic', { masterKey: encryptionKey, enforceSSL: true });
  const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
  topic.grantPublish(cloudWatch);
  encryptionKey?.grant(cloudWatch, 'kms:Decrypt', 'kms:GenerateDataKey*');
  const shared = { encryptionKey, logEncryptionKey };
  const accessLog = { encryptionKey: logEncryptionKey };
  const bridge = new StripeEventBridge(scope, 'Stripe', {
    ...shared,
    endpoint: StripeEndpoint.httpApi({ accessLog }),
    alarms: { actions: [new SnsAction(topic)] },
    customerTable: {},
    archive: {},
    dashboard: true,
  });
  const fn = new Function(scope, 'MineFunction', {
    runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
  });
  const queue = new Queue(scope, 'MineQueue', { encryptionMasterKey: encryptionKey, enforceSSL: true });
  bridge.onEvent('Queued', { target: new QueuedFunction(fn, { reportBatchItemFailures: true }) });
  bridge.onEvent('Sent', { target: new SqsQueue(queue) });
  bridge.onEvent('Logged', { target: new CloudWatchLogGroup(new LogGroup(scope, 'MineLogs')) });
  const others = { ...shared, alarms: { enabled: false } }; // one bridge with alarms is enough
  const endpoint = StripeEndpoint.restApi({ accessLog });
  new StripeEventBridge(scope, 'Rest', { ...others, endpoint, eventSource: 'rest' });
  new StripeEventBridge(scope, 'Url', { ...others, endpoint: StripeEndpoint.functionUrl(), eventSource: 'url' });
  return bridge;
}

/** Creates a stack with everything. */
export function wholeStack(app: Construct, options: WholeStackOptions & { readonly env?: Environment } = {}): Stack {
  const stack = new Stack(app, 'Test', { env: options.env ?? ENV });
  addEverything(stack, options);
  return stack;
}

/** Synthesizes the app of a stack once. Returns the resources by their logical ids, and the warnings, sorted. */
export function synthesized(stack: Stack) {
  const assembly = App.of(stack)!.synth();
  const { template, messages } = assembly.getStackArtifact(stack.artifactId);
  const resources: Record<string, TemplateResource> = template.Resources;
  const warnings = messages.filter(({ level }) => level === 'warning').map(({ id, entry }) => `${id} ${entry.data}`);
  return { assembly, template, resources, warnings: warnings.sort() };
}

/** Whether a logical id is that of a resource of the library, not of the user or of a custom resource of CDK. */
export const isOfLibrary = (id: string) => /^(Stripe|Rest|Url)/.test(id);

/** Returns the resources of the library by their logical ids. */
export function libraryResources(resources: Record<string, TemplateResource>): Array<[string, TemplateResource]> {
  return Object.entries(resources).filter(([id]) => isOfLibrary(id));
}

/**
 * Returns the differences of the resources of the library, as `AWS::SQS::Queue.Properties.KmsMasterKeyId`: every one of
 * them once, sorted. A resource that is in one template only is `AWS::SQS::Queue`.
 */
export function differences(
  before: Record<string, TemplateResource>, after: Record<string, TemplateResource>,
): string[] {
  const ids = [...Object.keys(before), ...Object.keys(after)].filter(isOfLibrary);
  return [...new Set(ids.flatMap((id) => {
    const type = (before[id] ?? after[id]).Type;
    return before[id] && after[id] ? pathsOf(before[id], after[id]).map((path) => `${type}.${path}`) : [type];
  }))].sort();
}

/** Returns the names of the attributes and properties in which two resources differ. */
function pathsOf(before: object, after: object, prefix = ''): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter((name) => !isSame(Reflect.get(before, name), Reflect.get(after, name))).flatMap((name) =>
    name === 'Properties' ? pathsOf(Reflect.get(before, name), Reflect.get(after, name), 'Properties.')
      : [`${prefix}${name}`]);
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
