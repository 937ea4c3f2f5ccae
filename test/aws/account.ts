import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { setTimeout as sleep } from 'timers/promises';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App, Stack } from 'aws-cdk-lib';
import { deploy, destroy } from '../../local/cloud-assembly';
import { startEmulator } from '../../local/emulator';
import { leaveOut } from '../../local/leave-out';
import { type HttpAnswer, postJson, postLocally } from '../../local/post';
import { CLEAN_ENV } from '../../local/project';
import { SECRET, stripeEvent, stripeSignature } from '../harness/stripe';

/** Outputs of a stack. */
export type Outputs = Record<string, string>;

/** Access to AWS, for the CLI and for clients of the SDK. */
export interface Access {
  readonly account: string;
  readonly env: Record<string, string>;
  readonly clientConfig: { readonly region: string; readonly endpoint?: string };
  /** Seconds between two questions. */
  readonly pollSeconds: number;
  /** Prepares an assembly and the account before a deployment. */
  readonly prepare: (assembly: string) => void;
}

/** Access to an account with the credentials of the environment, as the CLI and the SDK find them. */
export function accessTo(account: string, region: string): Access {
  const ofAws = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'));
  return {
    account,
    env: { ...CLEAN_ENV, ...Object.fromEntries(ofAws) as Record<string, string> },
    clientConfig: { region },
    pollSeconds: 5,
    prepare: () => {},
  };
}

/** Access to the local AWS. */
export function accessToLocal({ env, clientConfig }: Awaited<ReturnType<typeof startEmulator>>): Access {
  return { account: '000000000000', env, clientConfig, pollSeconds: 0.1, prepare: leaveOut };
}

/** Account in which stacks are created, checked and removed. */
export class Account {
  private readonly dir = mkdtempSync(join(tmpdir(), 'aws-'));
  private readonly assemblies: string[] = [];
  private readonly run = Date.now().toString(36);

  constructor(public readonly access: Access) {}

  /** Deploys a stack. The same name again is an update. */
  public async deploy(
    name: string, build: (stack: Stack) => void, region = this.access.clientConfig.region,
  ): Promise<DeployedStack> {
    const stackName = `StripeTest-${this.run}-${name}`;
    const assembly = join(this.dir, stackName);
    const app = new App({ outdir: assembly });
    build(new Stack(app, 'Test', { stackName, env: { account: this.access.account, region } }));
    app.synth();
    this.access.prepare(assembly);
    if (!this.assemblies.includes(assembly)) {
      this.assemblies.push(assembly); // one that fails is removed too
    }
    const outputs = Object.entries((await deploy(this.access, assembly))[stackName] ?? {})
      .map(([id, value]) => [id.replace(/Output$/, ''), value]);
    const { StackResources = [] } = await new CloudFormationClient({ ...this.access.clientConfig, region })
      .send(new DescribeStackResourcesCommand({ StackName: stackName }));
    const ids = StackResources.map((each) => [each.LogicalResourceId!, each.PhysicalResourceId!] as const);
    const access = { ...this.access, clientConfig: { ...this.access.clientConfig, region } };
    return new DeployedStack(access, Object.fromEntries(outputs), Object.fromEntries(ids));
  }

  /** Removes every stack, the last one first. Returns what could not be removed. */
  public async remove(): Promise<string[]> {
    const errors: string[] = [];
    for (const assembly of this.assemblies.splice(0).reverse()) {
      await destroy(this.access, assembly).catch(({ message }: Error) => errors.push(message));
    }
    rmSync(this.dir, { recursive: true, force: true });
    return errors;
  }
}

/** Deployed stack: its outputs, and what a user sees of it. */
export class DeployedStack {
  private readonly sqs: SQSClient;

  constructor(
    public readonly access: Access, public readonly outputs: Outputs, private readonly ids: Record<string, string>,
  ) {
    this.sqs = new SQSClient(access.clientConfig);
  }

  /** Physical id of a resource. Its construct path is given without slashes. */
  public idOf(path: string): string {
    const found = Object.keys(this.ids).filter((id) => id.slice(0, -8) === path); // CDK adds a hash
    if (found.length !== 1) {
      throw new Error(`${found.length} resources of the stack have the id ${path}`);
    }
    return this.ids[found[0]];
  }

  /** Stores the signing secret, as a person does after the registration. */
  public async storeSecret(SecretId: string): Promise<void> {
    const put = new PutSecretValueCommand({ SecretId, SecretString: SECRET });
    await new SecretsManagerClient(this.access.clientConfig).send(put);
  }

  /** Posts an event with a valid signature. */
  public async post(url: string, over: Record<string, unknown> = {}): Promise<HttpAnswer> {
    const body = JSON.stringify(stripeEvent(over));
    const signature = stripeSignature(body);
    const { endpoint } = this.access.clientConfig;
    return endpoint ? postLocally(endpoint, url, body, signature)
      : postJson(url, body, { 'stripe-signature': signature });
  }

  /** Takes one message from a queue. */
  public async receive(QueueUrl: string): Promise<any> {
    const { Messages: [message] = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    if (!message) {
      return undefined;
    }
    await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
    return JSON.parse(message.Body!);
  }

  /** State of an alarm. */
  public async stateOf(alarmPath: string): Promise<string | undefined> {
    const describe = new DescribeAlarmsCommand({ AlarmNames: [this.idOf(alarmPath)] });
    const { MetricAlarms = [] } = await new CloudWatchClient(this.access.clientConfig).send(describe);
    return MetricAlarms[0]?.StateValue;
  }

  /** Dimensions under which a metric has data, each as `name=value` in alphabetical order. */
  public async dimensionsOf(Namespace: string, MetricName: string): Promise<string[]> {
    const list = new ListMetricsCommand({ Namespace, MetricName });
    const { Metrics = [] } = await new CloudWatchClient(this.access.clientConfig).send(list);
    return Metrics.map(({ Dimensions = [] }) => Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort().join());
  }

  /** Asks until there is an answer. AWS applies new rules and permissions within minutes. */
  public async until<T>(what: string, ask: () => Promise<T | undefined>, minutes = 10): Promise<T> {
    const deadline = Date.now() + minutes * 60_000;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) {
        return answer;
      }
      if (Date.now() > deadline) {
        throw new Error(`${what}: not within ${minutes} minutes`);
      }
      await sleep(this.access.pollSeconds * 1_000);
    }
  }

  /** Posts new events until one of them is in a queue. */
  public async untilDelivered(url: string, queueUrl: string, over: Record<string, unknown> = {}): Promise<any> {
    let events = 0;
    return this.until(`an event in ${queueUrl}`, async () => {
      const { status } = await this.post(url, { id: `evt_${events += 1}`, ...over });
      return status === 200 ? this.receive(queueUrl) : undefined;
    });
  }
}
