import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnPolicy } from 'aws-cdk-lib/aws-iam';
import { ADMISSIONS } from './admissions';
import { ARRIVALS, type DeployedCell, ownBus } from './arrivals';
import {
  configIn, deployApp, emptyAccounts, newQueue, newSynthesizer, type Outputs, placeOfArn,
} from './local-account';
import { DEPLOYED, gapOf, GAPS, USABLE } from './not-deployed';
import { HERE, type Origin, type Physical, type Place, placeOf, resourceIn, stacksFor, SUBJECTS } from './subjects';
import { type Emulator, startEmulator } from '../../../local/emulator';
import { postLocally } from '../../../local/post';
import type { StripeEventBridge } from '../../../src';
import { customerEvent, SECRET, stripeSignature } from '../../harness/stripe';

/**
 * Deploys the cells of the matrix on a local AWS that enforces IAM, and sends a signed event.
 *
 * A few cells are deployed daily, all of them with `ALL_CELLS=1`. A resource that is imported is created before.
 */

jest.setTimeout(300_000);

/** The signing secret, the bus, the endpoint and the target, each in another form. */
const DAILY: typeof DEPLOYED = [
  ['signing secret', 'by name'], ['bus', 'ARN of another region'], ['HTTP API', 'other stack'],
  ['target function', 'by ARN'],
];

let emulator: Emulator;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cells-'));
  emulator = await startEmulator({ AUTH: 'true', MINISTACK_ACCOUNT_ID: HERE.account });
});

afterAll(async () => {
  await emulator?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const newApp = () => ({ outdir: mkdtempSync(join(dir, 'app-')), defaultStackSynthesizer: newSynthesizer() });

/** Adds the name and the ARN of a resource to the outputs of its stack. */
function addIdentity(name: string, owner: Stack, resource: any): void {
  const { nameOf = () => 'mine', arn } = ARRIVALS[name];
  new CfnOutput(owner, 'MineName', { value: nameOf(resource) });
  arn && new CfnOutput(owner, 'MineArn', { value: resource[arn] });
}

const physical = ({ MineName, MineArn }: Outputs[string]): Physical => ({ name: MineName, arn: MineArn });

const createsIt = (origin: Origin, name: string) => /^(same|other) /.test(origin)
  || origin === 'stack without env' && !(SUBJECTS[name].arn && SUBJECTS[name].byArn);

/** Creates the resource of a cell in a stack of its own. */
async function createResource(name: string, origin: Origin): Promise<Physical> {
  const app = new App(newApp());
  const owner = new Stack(app, 'Mine', { env: placeOf(origin) });
  addIdentity(name, owner, SUBJECTS[name].create(owner));
  return physical((await deployApp(emulator, app)).Mine);
}

function addOutputs(stack: Stack): void {
  const bridge = stack.node.findChild('Stripe') as StripeEventBridge;
  const outputs = {
    Url: bridge.url,
    Bus: bridge.eventBus.eventBusArn,
    Secret: bridge.signingSecret.secretArn,
    Webhook: bridge.webhookFunction.functionName,
    Table: bridge.customerTable?.table.tableName,
  };
  Object.entries(outputs).forEach(([name, value]) => value && new CfnOutput(stack, name, { value }));
}

/** Options for a cell. */
interface CellOptions {
  /** Longest wait for the event. */
  readonly patienceMs?: number;
  /** Changes the stack of the bridge before its synthesis. */
  readonly change?: (stack: Stack) => void;
}

/** Deploys the stacks of a cell, with the policies that its warning asks for. */
async function deployCell(name: string, origin: Origin, { patienceMs, change }: CellOptions): Promise<DeployedCell> {
  const existing = createsIt(origin, name) ? undefined : await createResource(name, origin);
  const { stack, owner } = stacksFor(origin, newApp());
  const resource = resourceIn(origin, SUBJECTS[name], { stack, owner }, existing);
  SUBJECTS[name].use(stack, resource);
  existing || addIdentity(name, owner, resource);
  addOutputs(stack);
  change?.(stack);
  const parameters = { Name: existing?.name ?? '', Arn: existing?.arn ?? '' };
  const outputs = await deployApp(emulator, stack.node.root as App, parameters);
  const mine = { ...existing ?? physical(outputs[owner.stackName]), place: placeOf(origin) };
  const cell = { emulator, mine, bridge: outputs.Test as unknown as DeployedCell['bridge'], patienceMs };
  mine.place.account === HERE.account || await ADMISSIONS[name]?.(cell);
  return cell;
}

async function storeSecret(SecretId: string, SecretString: string): Promise<void> {
  const secrets = new SecretsManagerClient(configIn(emulator, placeOfArn(SecretId)));
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
}

/** Deploys a cell in empty accounts. Fails unless a changed event is rejected and the event itself arrives. */
async function expectArrival(name: string, origin: Origin, options: CellOptions = {}): Promise<void> {
  await emptyAccounts(emulator);
  const cell = await deployCell(name, origin, options);
  const { isSecret, urlOf = () => cell.bridge.Url, watch = ownBus } = ARRIVALS[name];
  await storeSecret(cell.bridge.Secret, isSecret ? 'whsec_another' : SECRET);
  isSecret && await storeSecret(cell.mine.arn!, SECRET);
  const arrived = await watch(cell);
  const body = JSON.stringify(customerEvent('customer.created', {}, { id: 'cus_of_cell' }));
  const post = async (text: string) =>
    (await postLocally(emulator.endpoint, urlOf(cell), text, stripeSignature(body))).status;
  expect([await post(`${body} `), await post(body)]).toEqual([400, 200]);
  expect(await arrived() ?? 'nothing arrived').toContain('cus_of_cell');
}

test.each(process.env.ALL_CELLS ? USABLE : DAILY)('%s, %s', async (name, origin) => {
  const gap = gapOf(name, origin);
  return gap ? expect(expectArrival(name, origin, { patienceMs: 3_000 })).rejects.toThrow(gap.failure)
    : expectArrival(name, origin);
});

test('the daily cells are among those that are deployed, and every gap belongs to a cell', () => {
  expect(DEPLOYED).toEqual(expect.arrayContaining(DAILY));
  const found = new Set(USABLE.map(([name, origin]) => gapOf(name, origin)));
  expect(GAPS.filter(([, , gap]) => !found.has(gap))).toEqual([]);
});

test('a cell whose function lacks its permissions fails', async () => {
  const change = (stack: Stack) => stack.node.findAll().filter((each) => each instanceof CfnPolicy)
    .forEach(({ node }) => node.scope!.node.tryRemoveChild(node.id));
  await expect(expectArrival('bus', 'same stack', { change })).rejects.toThrow('503');
});

test('the local AWS keeps accounts and regions apart', async () => {
  await emptyAccounts(emulator);
  await newQueue(emulator, HERE, 'mine');
  const find = new GetQueueUrlCommand({ QueueName: 'mine' });
  const findIn = (place: Place) => new SQSClient(configIn(emulator, place)).send(find);
  await expect(findIn(HERE)).resolves.toMatchObject({ QueueUrl: expect.stringContaining('mine') });
  await expect(findIn(placeOf('other account'))).rejects.toThrow(QueueDoesNotExist);
  await expect(findIn(placeOf('other region'))).rejects.toThrow(QueueDoesNotExist);
});
