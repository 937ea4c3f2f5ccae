import { App, Aspects, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import {
  EventBus as EventBusTarget, KinesisStream, LambdaFunction, SfnStateMachine, SnsTopic, SqsQueue,
} from 'aws-cdk-lib/aws-events-targets';
import {
  AccountRootPrincipal, ArnPrincipal, PolicyDocument, PolicyStatement, Role, ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Stream } from 'aws-cdk-lib/aws-kinesis';
import { CfnKey, Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { CfnTopic, Topic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue, Queue, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, Pass, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { StripeEventBridge } from '../../src';
import { dependenciesOf } from '../harness/template';

/** Roles with which EventBridge reaches a target, and keys of targets and of dead-letter queues. */

const ruleFor = (target: (stack: Stack) => IRuleTarget) => {
  const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: target(stack) });
  return stack;
};
const warnings = (stack: Stack, id: string) => Annotations.fromStack(stack)
  .findWarning('*', Match.stringLikeRegexp(`cdk-stripe-eventbridge:${id}`)).map(({ entry }) => entry.data);

const admin = 'arn:aws:iam::111111111111:role/admin';
const closedKey = (stack: Stack) => new Key(stack, 'Key', {
  policy: new PolicyDocument({
    statements: [new PolicyStatement({ principals: [new ArnPrincipal(admin)], actions: ['kms:*'], resources: ['*'] })],
  }),
});
const fixed = (stack: Stack) =>
  Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/events', { mutable: false });
const newRole = (stack: Stack) => new Role(stack, 'Role', { assumedBy: new ServicePrincipal('events.amazonaws.com') });
const machine = (stack: Stack) => new StateMachine(stack, 'Machine', {
  definitionBody: DefinitionBody.fromChainable(new Pass(stack, 'Pass')),
});

describe('G13: a target that EventBridge reaches through a role', () => {
  test.each<[string, (stack: Stack) => IRuleTarget, string, string]>([
    ['a stream', (stack) => new KinesisStream(new Stream(stack, 'Mine', { encryptionKey: closedKey(stack) })),
      'Test/Mine/EventsRole', 'kinesis'],
    ['a topic', (stack) => new SnsTopic(new Topic(stack, 'Mine', { masterKey: closedKey(stack) }), {
      authorizeUsingRole: true,
    }), 'Test/Stripe/Paid/Rule/EventsRole', 'sns'],
  ])('with a key that admits neither the role nor the account gives a warning: %s', (_what, target, path, service) => {
    expect(warnings(ruleFor(target), 'closed-key')).toEqual([expect.stringContaining(
      `the policy of this key admits neither the role ${path} nor the account, so that it cannot use the key for ` +
      `${service}; add a statement`)]);
  });

  test.each<[string, (stack: Stack) => IRuleTarget]>([
    ['a stream', (stack) => new KinesisStream(new Stream(stack, 'Mine', { encryptionKey: new Key(stack, 'Key') }))],
    ['a topic', (stack) =>
      new SnsTopic(new Topic(stack, 'Mine', { masterKey: new Key(stack, 'Key') }), { authorizeUsingRole: true })],
  ])('with a key of the defaults gives none: %s', (_what, target) => {
    expect(warnings(ruleFor(target), 'closed-key')).toEqual([]);
  });

  test.each<[string, (stack: Stack) => IRuleTarget, string]>([
    ['a state machine', (stack) => new SfnStateMachine(machine(stack), { role: fixed(stack) }),
      'deliver events to Test/Machine (states:StartExecution)'],
    ['a state machine, without updates of the policy', (stack) =>
      new SfnStateMachine(machine(stack), { role: newRole(stack).withoutPolicyUpdates() }),
    'deliver events to Test/Machine (states:StartExecution)'],
    ['a topic', (stack) => new SnsTopic(new Topic(stack, 'Mine'), { authorizeUsingRole: true, role: fixed(stack) }),
      'deliver events to Test/Mine (sns:Publish)'],
    ['a bus', (stack) => new EventBusTarget(new EventBus(stack, 'Mine'), { role: fixed(stack) }),
      'deliver events to the target, which is events:PutEvents for a bus'],
  ])('that cannot be changed gives a warning: %s', (_what, target, needs) => {
    expect(warnings(ruleFor(target), 'unchanged-role')).toEqual([expect.stringMatching(
      /^The role Test\/\w*Role of `target` cannot be changed here; it must be allowed to /)]);
    expect(warnings(ruleFor(target), 'unchanged-role')).toEqual([expect.stringContaining(`allowed to ${needs} [ack`)]);
  });

  test.each<[string, (stack: Stack) => IRuleTarget]>([
    ['of CDK', (stack) => new SfnStateMachine(machine(stack))],
    ['of the app', (stack) => new SfnStateMachine(machine(stack), { role: newRole(stack) })],
    ['that is imported and can be changed', (stack) =>
      new SfnStateMachine(machine(stack), { role: Role.fromRoleName(stack, 'Role', 'events') })],
  ])('%s gives none', (_what, target) => {
    expect(warnings(ruleFor(target), 'unchanged-role')).toEqual([]);
  });

  test.each<[string, (stack: Stack) => IRuleTarget]>([
    ['a stream', (stack) => new KinesisStream(new Stream(stack, 'Mine'))],
    ['a state machine', (stack) => new SfnStateMachine(machine(stack))],
    ['a bus', (stack) => new EventBusTarget(new EventBus(stack, 'Mine'))],
    ['a topic', (stack) => new SnsTopic(new Topic(stack, 'Mine'), { authorizeUsingRole: true })],
  ])('W13: exists before the rule: %s', (_what, target) => {
    const resources = Template.fromStack(ruleFor(target)).toJSON().Resources;
    const find = (type: string, text: RegExp) =>
      Object.keys(resources).find((id) => resources[id].Type === type && text.test(id))!;
    const policy = find('AWS::IAM::Policy', /EventsRoleDefaultPolicy/);
    expect(dependenciesOf(resources, find('AWS::Events::Rule', /^StripePaidRule/))).toContain(policy);
  });
});

type Encrypted = (stack: Stack, key: Key) => IRuleTarget;

/** Sets a key by its ARN, as an Aspect of an organization does. */
const encrypt = (stack: Stack, key: Key) => Aspects.of(stack).add({
  visit: (node) => {
    if ((node instanceof CfnQueue || node instanceof CfnTopic) && /^Test\/Mine/.test(node.node.path)) {
      node.kmsMasterKeyId = key.keyArn;
    }
  },
});
const byAspect = (target: (stack: Stack) => IRuleTarget): Encrypted => (stack, key) => {
  encrypt(stack, key);
  return target(stack);
};
const functionIn = (stack: Stack) => new Function(stack, 'Fn', {
  runtime: Runtime.NODEJS_22_X, handler: 'i.h', code: Code.fromInline('x'),
});
const queueIn = (stack: Stack, props?: QueueProps) => new Queue(stack, 'Mine', props);

describe('G12: a key of the app that does not admit EventBridge', () => {
  const usage: Array<[string, Encrypted]> = [
    ['a queue, by an Aspect', byAspect((stack) => new SqsQueue(queueIn(stack)))],
    ['a topic, by an Aspect', byAspect((stack) => new SnsTopic(new Topic(stack, 'Mine')))],
    ['a dead-letter queue, by an Aspect', byAspect((stack) =>
      new LambdaFunction(functionIn(stack), { deadLetterQueue: queueIn(stack) }))],
    ['a queue, by its resource', (stack, key) => {
      const queue = queueIn(stack);
      (queue.node.defaultChild as CfnQueue).kmsMasterKeyId = key.keyArn;
      return new SqsQueue(queue);
    }],
  ];
  const used = (target: Encrypted, change: (key: Key, stack: Stack) => unknown = () => {}) => {
    const stack = ruleFor((scope) => target(scope, new Key(scope, 'Key')));
    change(stack.node.findChild('Key') as Key, stack);
    return warnings(stack, 'closed-key-events');
  };
  const allow = (actions: string[], service = 'events.amazonaws.com', conditions?: object) => (key: Key) =>
    key.addToResourcePolicy(new PolicyStatement({
      principals: [new ServicePrincipal(service)], actions, resources: ['*'], conditions: conditions as any,
    }));

  test.each(usage)('on %s gives a warning', (_what, target) => {
    expect(used(target)).toEqual([expect.stringContaining('the policy of Test/Key does not admit EventBridge, so ' +
      'that it cannot deliver to what the key encrypts; allow events.amazonaws.com to call kms:Decrypt, ')]);
  });

  test.each<[string, (key: Key) => unknown, number]>([
    ['for another service', allow(['kms:*'], 'sns.amazonaws.com'), 1],
    ['for one of the two actions', allow(['kms:Decrypt']), 1],
    ['for another account', allow(['kms:*'], undefined, { StringEquals: { 'aws:SourceAccount': '222222222222' } }), 1],
    ['for both actions', allow(['kms:Decrypt', 'kms:GenerateDataKey*']), 0],
    ['for the account', allow(['kms:*'], undefined, { StringEquals: { 'aws:SourceAccount': '111111111111' } }), 0],
  ])('on a queue, with a statement %s', (_what, change, count) => {
    expect(used(usage[0][1], change)).toHaveLength(count);
  });

  test('gives no warning where CDK adds the permission', () => {
    const withKey: Encrypted[] = [
      (stack, encryptionMasterKey) => new SqsQueue(queueIn(stack, { encryptionMasterKey })),
      (stack, masterKey) => new SnsTopic(new Topic(stack, 'Mine', { masterKey })),
      (stack, encryptionMasterKey) =>
        new LambdaFunction(functionIn(stack), { deadLetterQueue: queueIn(stack, { encryptionMasterKey }) }),
    ];
    expect(withKey.flatMap((target) => used(target))).toEqual([]);
  });

  test('gives one warning for a queue and a dead-letter queue with one key', () => {
    const both: Encrypted = byAspect((stack) =>
      new SqsQueue(queueIn(stack), { deadLetterQueue: new Queue(stack, 'MineDead') }));
    expect(used(both)).toHaveLength(1);
  });

  test('is found by a key of CloudFormation as well', () => {
    const stack = ruleFor((scope) => {
      const statement = {
        Effect: 'Allow', Principal: { AWS: new AccountRootPrincipal().arn }, Action: 'kms:*', Resource: '*',
      };
      const keyPolicy = { Statement: [statement] };
      const queue = queueIn(scope);
      (queue.node.defaultChild as CfnQueue).kmsMasterKeyId = new CfnKey(scope, 'Key', { keyPolicy }).attrArn;
      return new SqsQueue(queue);
    });
    expect(warnings(stack, 'closed-key-events')).toHaveLength(1);
  });
});

test.each<[string, QueueProps, number]>([
  ['60 seconds', { retentionPeriod: Duration.seconds(60) }, 1],
  ['a day', { retentionPeriod: Duration.days(1) }, 1],
  ['4 days, the default of SQS', {}, 0],
  ['14 days', { retentionPeriod: Duration.days(14) }, 0],
])('W1: a dead-letter queue that keeps messages for %s', (_what, props, count) => {
  const stack = ruleFor((scope) =>
    new SqsQueue(new Queue(scope, 'Target'), { deadLetterQueue: queueIn(scope, props) }));
  const found = warnings(stack, 'short-retention');
  expect(found).toHaveLength(count);
  found.forEach((text) => expect(text).toMatch(
    /^events in the dead-letter queue Test\/Mine are lost after (60|86400) seconds; use `retentionPeriod: Duration/));
});
