import { App, Aspects, CfnParameter, type CfnResource, PropertyInjectors, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { StripeEventBridge } from '../../src';

/** Keys that an Aspect, an injector or an escape hatch sets on resources of the library. */

const ENV = { account: '111111111111', region: 'eu-west-1' };
const QUEUE = 'AWS::SQS::Queue';
const BUS = 'AWS::Events::EventBus';
const ARCHIVE = 'AWS::Events::Archive';
const SECRET = 'AWS::SecretsManager::Secret';
const TABLE = 'AWS::DynamoDB::GlobalTable';

interface Setup {
  readonly stack: Stack;
  /** Key of the option `encryptionKey`. */
  readonly key: Key;
  /** Key of the organization. */
  readonly other: Key;
}

const newSetup = (): Setup => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  return { stack, key: new Key(stack, 'Key'), other: new Key(stack, 'Other') };
};

/** Sets a property of every resource of a type below a construct, as the Aspect of an organization does. */
function set(scope: IConstruct, type: string, property: string, valueOf: () => unknown): void {
  Aspects.of(scope).add({
    visit: (node) => { (node as CfnResource).cfnResourceType === type && Reflect.set(node, property, valueOf()); },
  });
}

/** A bridge whose resources of a type have another value of a property. */
function changed(withKey: boolean, type: string, property: string, valueOf: (setup: Setup) => unknown) {
  const setup = newSetup();
  const encryptionKey = withKey ? setup.key : undefined;
  const bridge = new StripeEventBridge(setup.stack, 'Stripe', { customerTable: {}, archive: {}, encryptionKey });
  set(bridge, type, property, () => valueOf(setup));
  return () => Template.fromStack(setup.stack);
}

const replicas = (kmsMasterKeyId: unknown) => [{ region: ENV.region, sseSpecification: { kmsMasterKeyId } }];
const parameter = ({ stack }: Setup) => (stack.node.tryFindChild('Parameter') as CfnParameter | undefined
  ?? new CfnParameter(stack, 'Parameter')).valueAsString;

const REMEDY = '; use the option `encryptionKey`, which adds the permissions, or exclude the resource from what ' +
  'changed it: an Aspect, an injector or an escape hatch';
const BECAUSE = ', because EventBridge and the functions have no permission for another key, got ';
const ABSENT = `must have no key of yours${BECAUSE}`;
const SAME = `must have the key of the option \`encryptionKey\`${BECAUSE}`;

test.each<[string, string, (setup: Setup) => unknown, string]>([
  [BUS, 'kmsKeyIdentifier', ({ other }) => other.keyArn,
    `\`kmsKeyIdentifier\` of Test/Stripe/EventBus/Resource ${ABSENT}{"Fn::GetAtt":["Other`],
  [BUS, 'kmsKeyIdentifier', parameter, `${ABSENT}{"Ref":"Parameter"}`],
  [ARCHIVE, 'kmsKeyIdentifier', ({ other }) => other.keyArn,
    `\`kmsKeyIdentifier\` of Test/Stripe/Archive/Archive ${ABSENT}{"Fn::GetAtt":["Other`],
  [QUEUE, 'kmsMasterKeyId', ({ other }) => other.keyArn, '`kmsMasterKeyId` of Test/Stripe/CustomerTable/Queue/'],
  [QUEUE, 'kmsMasterKeyId', () => 'alias/company', `${ABSENT}'alias/company'`],
  [QUEUE, 'kmsMasterKeyId', () => 'alias/aws/sqs', `${ABSENT}'alias/aws/sqs'`],
  [SECRET, 'kmsKeyId', ({ other }) => other.keyArn, '`kmsKeyId` of Test/Stripe/Webhook/SigningSecret/Resource '],
  [TABLE, 'replicas', ({ other }) => replicas(other.keyArn), '`replicas` of Test/Stripe/CustomerTable/Table/Reso'],
])('V4, G16: an Aspect that sets the key of %s by %s fails without the option', (type, property, value, text) => {
  const synthesized = changed(false, type, property, value);
  expect(synthesized).toThrow(text);
  expect(synthesized).toThrow(ABSENT);
  expect(synthesized).toThrow(REMEDY);
});

test.each<[string, string, string, (setup: Setup) => unknown]>([
  ['replaces', BUS, 'kmsKeyIdentifier', ({ other }) => other.keyArn],
  ['removes', BUS, 'kmsKeyIdentifier', () => undefined],
  ['replaces', ARCHIVE, 'kmsKeyIdentifier', ({ other }) => other.keyArn],
  ['removes', ARCHIVE, 'kmsKeyIdentifier', () => undefined],
  ['replaces', QUEUE, 'kmsMasterKeyId', ({ other }) => other.keyArn],
  ['removes', QUEUE, 'kmsMasterKeyId', () => undefined],
  ['replaces', SECRET, 'kmsKeyId', ({ other }) => other.keyId],
  ['removes', SECRET, 'kmsKeyId', () => undefined],
  ['replaces', TABLE, 'replicas', ({ other }) => replicas(other.keyArn)],
  ['removes', TABLE, 'replicas', () => [{ region: ENV.region }]],
  ['removes', TABLE, 'sseSpecification', () => undefined],
])('V4, G16: an Aspect that %s the key of %s by %s fails synthesis', (_what, type, property, value) => {
  const synthesized = changed(true, type, property, value);
  expect(synthesized).toThrow(SAME);
  expect(synthesized).toThrow(REMEDY);
});

test.each<[boolean, string, string, (setup: Setup) => unknown]>([
  [true, BUS, 'kmsKeyIdentifier', ({ key }) => key.keyArn],
  [true, BUS, 'kmsKeyIdentifier', ({ key }) => key.keyId],
  [true, ARCHIVE, 'kmsKeyIdentifier', ({ key }) => key.keyId],
  [true, SECRET, 'kmsKeyId', ({ key }) => key.keyArn],
  [true, TABLE, 'replicas', ({ key }) => [...replicas('other').map((each) => ({ ...each, region: 'us-east-1' })),
    ...replicas(key.keyArn)]],
  [false, SECRET, 'kmsKeyId', () => 'alias/aws/secretsmanager'],
  [false, TABLE, 'sseSpecification', () => ({ sseEnabled: true, sseType: 'KMS' })],
  [false, QUEUE, 'sqsManagedSseEnabled', () => true],
])('V4, G16: encryptionKey %p and an Aspect that sets the same key of %s, or none, by %s pass', (...change) => {
  expect(changed(...change)).not.toThrow();
});

test('second attack, 7f: an Aspect with the key of the option fails for the queue that must work without it', () => {
  const { stack, key } = newSetup();
  const bridge = new StripeEventBridge(stack, 'Stripe', { encryptionKey: key });
  set(bridge.node.findChild('EventBusDeadLetterQueue'), QUEUE, 'kmsMasterKeyId', () => key.keyId);
  const synthesized = () => Template.fromStack(stack);
  expect(synthesized).toThrow('must have no key of yours, because it is needed exactly when the key cannot be used');
  expect(synthesized).toThrow(/or pass a bus of your own, with its dead-letter queue, as `eventBus`/);
  expect(synthesized).not.toThrow(/use the option/);
});

test('V4: a key of another stack and an Aspect that sets it again are accepted', () => {
  const app = new App();
  const key = new Key(new Stack(app, 'Keys', { env: ENV }), 'Key');
  const stack = new Stack(app, 'Test', { env: ENV });
  const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {}, encryptionKey: key });
  set(bridge, BUS, 'kmsKeyIdentifier', () => key.keyArn);
  expect(() => app.synth()).not.toThrow();
});

test('V4: an Aspect that sets the key of another stack with the id of that of encryptionKey fails synthesis', () => {
  const app = new App();
  const ofOther = new Key(new Stack(app, 'Keys', { env: ENV }), 'Key');
  const stack = new Stack(app, 'Test', { env: ENV });
  const bridge = new StripeEventBridge(stack, 'Stripe', { encryptionKey: new Key(stack, 'Key') });
  set(bridge, BUS, 'kmsKeyIdentifier', () => ofOther.keyArn);
  expect(() => app.synth()).toThrow(
    `\`kmsKeyIdentifier\` of Test/Stripe/EventBus/Resource ${SAME}{"Fn::ImportValue":"Keys:`);
});

/** A bridge in a stack that injects properties. */
function injected(constructUniqueId: string, propertiesOf: (key: Key) => object) {
  const setup = newSetup();
  const inject = (props: object) => ({ ...props, ...propertiesOf(setup.other) });
  PropertyInjectors.of(setup.stack).add({ constructUniqueId, inject } as any);
  new StripeEventBridge(setup.stack, 'Stripe', { customerTable: {} });
  return () => Template.fromStack(setup.stack);
}

test.each<[string, string, (key: Key) => object]>([
  ['buses', EventBus.PROPERTY_INJECTION_ID, (kmsKey) => ({ kmsKey })],
  ['queues', Queue.PROPERTY_INJECTION_ID, (key) => ({ encryption: QueueEncryption.KMS, encryptionMasterKey: key })],
])('Z23n: a key that is injected into %s fails synthesis', (_what, id, properties) => {
  expect(injected(id, properties)).toThrow(ABSENT);
});

test.each<[string, string, (key: Key) => object]>([
  ['secrets', Secret.PROPERTY_INJECTION_ID, (encryptionKey) => ({ encryptionKey })],
  ['tables', TableV2.PROPERTY_INJECTION_ID, (key) => ({ encryption: TableEncryptionV2.customerManagedKey(key) })],
])('Z23n: a key that is injected into %s, for which the functions get permission, passes', (_what, ...injection) => {
  const template = injected(...injection)();
  expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).toMatch(/"kms:Decrypt".*"Other/);
});
