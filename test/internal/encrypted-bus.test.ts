import { App, Aspects, CfnOutput, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CfnEventBus, EventBus, type EventBusProps, type IEventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnKey, type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { CfnQueue, type IQueue, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import {
  StripeCustomerTable, StripeEventBridge, StripeEventRule, StripeEvents, type StripeAlarmOptions,
} from '../../src';

/** Buses of the user that have a customer managed key. EventBridge sends what it cannot encrypt to their queue. */

const ENV = { account: '111111111111', region: 'eu-west-1' };
const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/1';
const QUEUE_ARN = 'arn:aws:sqs:eu-west-1:111111111111:dead';

const newStack = (app = new App(), id = 'Test', env: object = ENV) => new Stack(app, id, { env });

type Consume = (stack: Stack, eventBus: IEventBus, alarms?: StripeAlarmOptions) => unknown;
const CONSUMERS: Record<string, Consume> = {
  'a bridge': (stack, eventBus, alarms) => new StripeEventBridge(stack, 'Stripe', { eventBus, alarms }),
  'the events of a bus': (stack, eventBus, alarms) => StripeEvents.fromEventBus(stack, 'Events', eventBus, { alarms })
    .onEvent('Paid', { target: new SqsQueue(new Queue(stack, 'OfEvents')) }),
  'a table': (stack, eventBus, alarms) => new StripeCustomerTable(stack, 'Table', { eventBus, alarms }),
  'a rule': (stack, eventBus, alarms) => new StripeEventRule(stack, 'Rule', {
    eventBus, eventSources: ['stripe.com'], target: new SqsQueue(new Queue(stack, 'OfRule')), alarms,
  }),
};
const NAMES = Object.keys(CONSUMERS);

/** Allow statements of the policy of a queue, by the beginning of its id. */
const sendersTo = (stack: Stack, id: string) => Object.entries(Template.fromStack(stack).findResources(
  'AWS::SQS::QueuePolicy')).filter(([policy]) => policy.startsWith(id))
  .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
  .filter(({ Effect: effect, Action }) => effect === 'Allow' && Action === 'sqs:SendMessage');
/** Ids of the queues that the alarm BusDlqDepth watches. */
const watchedIn = (stack: Stack): string[] => Object.entries(Template.fromStack(stack).findResources(
  'AWS::CloudWatch::Alarm')).filter(([id]) => id.includes('BusDlqDepth'))
  .map(([, { Properties }]) => Properties.Dimensions[0].Value['Fn::GetAtt'][0]);
const warningsOf = (stack: Stack) => Annotations.fromStack(stack)
  .findWarning('*', Match.stringLikeRegexp('key|dead-letter|Deny|maxMessage'))
  .map(({ id, entry }) => `${id}: ${entry.data}`);

describe.each(NAMES)('G1: the dead-letter queue of a bus with a key, used by %s,', (name) => {
  const consume = CONSUMERS[name];
  const withBus = (props: (stack: Stack) => EventBusProps, alarms?: StripeAlarmOptions) => {
    const stack = newStack();
    consume(stack, new EventBus(stack, 'Bus', { kmsKey: new Key(stack, 'Key'), ...props(stack) }), alarms);
    return stack;
  };

  test('accepts the events of the bus, and has an alarm', () => {
    const stack = withBus((scope) => ({ deadLetterQueue: new Queue(scope, 'Mine') }));
    expect(sendersTo(stack, 'Mine')).toEqual([expect.objectContaining({
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^Bus/), 'Arn'] } } },
    })]);
    expect(watchedIn(stack)).toEqual([expect.stringMatching(/^Mine/)]);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('has no alarm if they are disabled, and accepts the events', () => {
    const stack = withBus((scope) => ({ deadLetterQueue: new Queue(scope, 'Mine') }), { enabled: false });
    expect(sendersTo(stack, 'Mine')).toHaveLength(1);
    expect(watchedIn(stack)).toEqual([]);
  });

  test('gives a warning if it is imported', () => {
    const stack = withBus((scope) => ({ deadLetterQueue: Queue.fromQueueArn(scope, 'Mine', QUEUE_ARN) }));
    expect(warningsOf(stack)).toEqual([
      '/Test/Bus/Resource: the policy of an imported dead-letter queue is not changed here; it must allow ' +
      'events.amazonaws.com to call sqs:SendMessage for the bus, and needs an alarm of its own ' +
      '[ack: cdk-stripe-eventbridge:imported-dead-letter-queue]',
    ]);
  });

  test('gives a warning if it is missing', () => {
    expect(warningsOf(withBus(() => ({})))).toEqual([
      expect.stringMatching(/^\/Test\/Bus\/Resource: deadLetterConfig is missing on a bus with a key/),
    ]);
  });

  test('is left alone if the bus has no key, because EventBridge does not use it', () => {
    const stack = withBus((scope) => ({ kmsKey: undefined, deadLetterQueue: new Queue(scope, 'Mine') }));
    expect(sendersTo(stack, 'Mine')).toEqual([]);
    expect([...watchedIn(stack), ...warningsOf(stack)]).toEqual([]);
  });
});

describe('G1: a bus with a key that everything uses', () => {
  const useAll = (props: (stack: Stack) => EventBusProps, options: readonly StripeAlarmOptions[] = []) => {
    const stack = newStack();
    const eventBus = new EventBus(stack, 'Bus', { kmsKey: new Key(stack, 'Key'), ...props(stack) });
    NAMES.forEach((name, index) => CONSUMERS[name](stack, eventBus, options[index]));
    return stack;
  };
  const withQueue = (scope: Stack) => ({ deadLetterQueue: new Queue(scope, 'Mine') });

  test('has one statement and one alarm', () => {
    const stack = useAll(withQueue);
    expect(sendersTo(stack, 'Mine')).toHaveLength(1);
    expect(watchedIn(stack)).toHaveLength(1);
  });

  test('has one alarm if the first of them has none', () => {
    expect(watchedIn(useAll(withQueue, [{ enabled: false }, { enabled: false }]))).toHaveLength(1);
  });

  test('has each warning and each error once', () => {
    expect(warningsOf(useAll(() => ({})))).toHaveLength(1);
    expect(warningsOf(useAll((stack) => ({
      kmsKey: Key.fromKeyArn(stack, 'Imported', KEY_ARN), deadLetterQueue: Queue.fromQueueArn(stack, 'Mine', QUEUE_ARN),
    })))).toHaveLength(2);
    const stack = useAll((scope) => ({ deadLetterQueue: new Queue(scope, 'Mine', { fifo: true }) }));
    const synthesize = () => Template.fromStack(stack);
    expect(synthesize).toThrow(/^(?!.*FIFO queue.*FIFO queue).*FIFO queue/s);
    expect(synthesize).toThrow('FIFO queue'); // as often as the app is synthesized
  });
});

test('G1: the new bus of a bridge with a key has one alarm, whatever uses it, and no warning of its own queue', () => {
  const stack = newStack();
  const encryptionKey = new Key(stack, 'Key');
  const { eventBus } = new StripeEventBridge(stack, 'Stripe', { encryptionKey, customerTable: {} });
  CONSUMERS['a rule'](stack, eventBus);
  expect(watchedIn(stack)).toEqual([expect.stringMatching(/^StripeEventBusDeadLetterQueue/)]);
  expect(warningsOf(stack)).toEqual([]);
});

const denyOutsideOrganization = (action: string) => new PolicyStatement({
  effect: Effect.DENY,
  principals: [new AnyPrincipal()],
  actions: [action],
  resources: ['*'],
  conditions: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
});

describe.each(NAMES)('G2: a bus with a key, used by %s,', (name) => {
  type Parts = (stack: Stack) => { readonly key?: IKey; readonly queue?: IQueue };
  const use = (parts: Parts) => {
    const stack = newStack();
    const { key = new Key(stack, 'Key'), queue = new Queue(stack, 'Mine') } = parts(stack);
    CONSUMERS[name](stack, new EventBus(stack, 'Bus', { kmsKey: key, deadLetterQueue: queue }));
    return stack;
  };
  const queueWith = (props: QueueProps): Parts => (stack) => ({ queue: new Queue(stack, 'Mine', props) });

  test.each<[string, Parts, string]>([
    ['a queue with the key of AWS', queueWith({ encryption: QueueEncryption.KMS_MANAGED }),
      '`deadLetterQueue` must have a key that EventBridge may use, got alias/aws/sqs of Test/Mine; use '],
    ['a FIFO queue', queueWith({ fifo: true }),
      '`deadLetterQueue` of Test/Bus must be a standard queue, got a FIFO queue'],
    ['an imported FIFO queue', (stack) => ({ queue: Queue.fromQueueArn(stack, 'Mine', `${QUEUE_ARN}.fifo`) }),
      '`deadLetterQueue` of Test/Bus must be a standard queue, got a FIFO queue'],
    ['a key that is disabled', (stack) => ({ key: new Key(stack, 'Key', { enabled: false }) }),
      '`kmsKey` of Test/Bus must be a symmetric key that is enabled, got Test/Key; use new Key(…) with'],
    ['an RSA key', (stack) => ({
      key: new Key(stack, 'Key', { keySpec: KeySpec.RSA_2048, keyUsage: KeyUsage.SIGN_VERIFY }),
    }), '`kmsKey` of Test/Bus must be a symmetric key that is enabled'],
  ])('fails synthesis for %s', (_what, parts, message) => {
    expect(() => Template.fromStack(use(parts))).toThrow(message);
  });

  test.each<[string, Parts, RegExp]>([
    ['a queue whose policy denies everyone', (stack) => {
      const queue = new Queue(stack, 'Mine');
      queue.addToResourcePolicy(denyOutsideOrganization('sqs:*'));
      return { queue };
    }, /^\/Test\/Mine\/Policy\/Resource: the policy of Test\/Mine has a Deny for everyone/],
    ['a small queue', queueWith({ maxMessageSizeBytes: 262_144 }),
      /^\/Test\/Bus\/Resource: the queue Test\/Mine refuses messages of/],
    ['a key whose policy denies everyone', (stack) => {
      const key = new Key(stack, 'Key');
      key.addToResourcePolicy(denyOutsideOrganization('kms:*'));
      return { key };
    }, /^\/Test\/Key\/Resource: the policy of Test\/Key has a Deny for everyone/],
    ['an imported key', (stack) => ({ key: Key.fromKeyArn(stack, 'Key', KEY_ARN) }),
      /^\/Test\/Bus\/Resource: the policy of the imported key of a bus cannot be changed here; it must allow events\./],
  ])('gives one warning for %s', (_what, parts, warning) => {
    expect(warningsOf(use(parts))).toEqual([expect.stringMatching(warning)]);
  });

  test('opens the key of its queue to EventBridge', () => {
    const stack = use((scope) => ({ queue: new Queue(scope, 'Mine', { encryptionMasterKey: new Key(scope, 'Own') }) }));
    expect(warningsOf(stack)).toEqual([]);
    const [own] = Object.entries(Template.fromStack(stack).findResources('AWS::KMS::Key'))
      .filter(([id]) => id.startsWith('Own')).map(([, { Properties }]) => Properties.KeyPolicy.Statement);
    expect(own).toContainEqual(expect.objectContaining({ Principal: { Service: 'events.amazonaws.com' } }));
  });
});

/** A bus of CloudFormation, whose key CDK does not open. */
const withCfnBus = (keyPolicy: unknown, busOf: (bus: CfnEventBus) => IEventBus) => {
  const stack = newStack();
  const key = new CfnKey(stack, 'Key', { keyPolicy });
  const queue = new Queue(stack, 'Mine');
  const bus = new CfnEventBus(stack, 'Cfn', {
    name: 'b1', kmsKeyIdentifier: key.attrArn, deadLetterConfig: { arn: queue.queueArn },
  });
  CONSUMERS['a table'](stack, busOf(bus));
  return stack;
};
const byReference = (bus: CfnEventBus) => EventBus.fromEventBusName(bus.stack, 'Bus', bus.ref);
const byName = (bus: CfnEventBus) => EventBus.fromEventBusName(bus.stack, 'Bus', 'b1');
const statement = (props: object = {}) => ({
  Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'kms:*', Resource: '*', ...props,
});
const ROOT = { AWS: 'arn:aws:iam::111111111111:root' };

test.each<[string, unknown]>([
  ['absent', undefined],
  ['that of the account', { Statement: statement({ Principal: ROOT }) }],
  ['for one action', { Statement: [statement({ Action: 'kms:Decrypt' })] }],
  ['for another account', {
    Statement: [statement({ Condition: { StringEquals: { 'aws:SourceAccount': '222222222222' } } })],
  }],
])('G2: a key policy that is %s gives a warning for a bus of CloudFormation', (_what, keyPolicy) => {
  const warnings = [expect.stringMatching(
    /^\/Test\/Key: the policy of Test\/Key does not admit EventBridge, so .*kms:Decrypt, kms:GenerateDataKey \[ack/)];
  expect(warningsOf(withCfnBus(keyPolicy, byReference))).toEqual(warnings);
  expect(warningsOf(withCfnBus(keyPolicy, byName))).toEqual(warnings);
});

test.each<[string, unknown]>([
  ['for EventBridge', { Statement: [statement({ Principal: ROOT }), statement()] }],
  ['for EventBridge, by two statements', {
    Statement: [statement({ Action: 'kms:Decrypt' }), statement({ Action: ['kms:GenerateDataKey*'] })],
  }],
  ['for EventBridge in this account', {
    Statement: statement({ Condition: { StringEquals: { 'aws:SourceAccount': ENV.account } } }),
  }],
  ['for everyone', { Statement: [statement({ Principal: '*' })] }],
  ['known only to the deployment', { 'Fn::If': ['Condition', { Statement: [] }, { Statement: [] }] }],
  ['partly known only to the deployment', { Statement: [{ 'Fn::If': ['Condition', statement(), statement()] }] }],
])('G2: a key policy %s gives no warning for a bus of CloudFormation', (_what, keyPolicy) => {
  expect(warningsOf(withCfnBus(keyPolicy, byReference))).toEqual([]);
});

test('G2: a bus of CloudFormation may use its dead-letter queue, which has an alarm', () => {
  for (const busOf of [byReference, byName]) {
    const stack = withCfnBus({ Statement: statement() }, busOf);
    expect(sendersTo(stack, 'Mine')).toHaveLength(1);
    expect(watchedIn(stack)).toEqual([expect.stringMatching(/^Mine/)]);
  }
});

describe('G2: what is added to a bus later', () => {
  const later = (change: (bus: CfnEventBus) => void) => {
    const stack = newStack();
    const eventBus = new EventBus(stack, 'Bus');
    CONSUMERS['a table'](stack, eventBus);
    Aspects.of(eventBus).add({ visit: (node) => node instanceof CfnEventBus && change(node) });
    return stack;
  };

  test('gives a warning if it is a key', () => {
    expect(warningsOf(later((bus) => { bus.kmsKeyIdentifier = KEY_ARN; }))).toEqual([
      expect.stringContaining('the policy of the imported key of a bus'),
      expect.stringContaining('deadLetterConfig is missing'),
    ]);
  });

  test('gives a warning for the policy and the alarm if it is a dead-letter queue', () => {
    expect(warningsOf(later((bus) => {
      const { attrArn: arn } = bus.stack.node.tryFindChild('Cfn') as CfnQueue ?? new CfnQueue(bus.stack, 'Cfn');
      Object.assign(bus, { kmsKeyIdentifier: KEY_ARN, deadLetterConfig: { arn } });
    }))).toContainEqual(expect.stringContaining(
      'the policy of the dead-letter queue Test/Cfn is not changed here; it must allow events.amazonaws.com to call'));
  });

  test('gives none for a configuration that only the deployment knows', () => {
    expect(warningsOf(later((bus) => {
      const deadLetterConfig = Lazy.any({ produce: () => ({ arn: QUEUE_ARN }) });
      Object.assign(bus, { kmsKeyIdentifier: KEY_ARN, deadLetterConfig });
    }))).toEqual([expect.stringContaining('the policy of the imported key of a bus')]);
  });
});

describe('G3: a bus with a key', () => {
  test.each(NAMES)('and a dead-letter queue in another stack, used by %s, has a policy without the bus', (name) => {
    const app = new App();
    const [queues, stack] = [newStack(app, 'Queues'), newStack(app)];
    const deadLetterQueue = new Queue(queues, 'Mine', { encryptionMasterKey: new Key(queues, 'Own') });
    CONSUMERS[name](stack, new EventBus(stack, 'Bus', { kmsKey: new Key(stack, 'Key'), deadLetterQueue }));
    expect(sendersTo(queues, 'Mine')).toEqual([expect.objectContaining({
      Condition: {
        ArnLike: {
          'aws:SourceArn': {
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':events:eu-west-1:111111111111:event-bus/*']],
          },
        },
      },
    })]);
    expect(JSON.stringify(Template.fromStack(queues).toJSON())).not.toContain('ImportValue');
    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')))
      .toMatch(/BusDlqDepth.*"Fn::ImportValue":"Queues:ExportsOutputFnGetAttMine\w*QueueName/);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('in another stack than the table, and its queue in a third one, works', () => {
    const app = new App();
    const [queues, buses, stack] = [newStack(app, 'Queues'), newStack(app, 'Buses'), newStack(app)];
    const deadLetterQueue = new Queue(queues, 'Mine');
    CONSUMERS['a table'](stack, new EventBus(buses, 'Bus', { kmsKey: new Key(buses, 'Key'), deadLetterQueue }));
    expect(() => app.synth()).not.toThrow();
    expect(sendersTo(queues, 'Mine')).toHaveLength(1);
  });

  test('of another stack, known by its name, is not made to depend on the stack of the table', () => {
    const app = new App();
    const [buses, stack] = [newStack(app, 'Buses'), newStack(app)];
    new EventBus(buses, 'Bus', {
      eventBusName: 'b1', kmsKey: new Key(buses, 'Key'), deadLetterQueue: new Queue(buses, 'Mine'),
    });
    const { queue } = new StripeCustomerTable(stack, 'Table', {
      eventBus: EventBus.fromEventBusName(stack, 'Import', 'b1'),
    });
    new CfnOutput(buses, 'OfTable', { value: queue.queueArn });
    expect(() => app.synth()).not.toThrow();
    expect(warningsOf(buses)).toEqual([expect.stringContaining('of the dead-letter queue Buses/Mine is not')]);
  });
});

describe('W7: a bus of the app with a key that is imported by its literal name', () => {
  const warnings = (name: string, env: object = ENV, arn = false) => {
    const app = new App();
    const [buses, stack] = [newStack(app, 'Buses', env), newStack(app)];
    CONSUMERS['a table'](stack, arn ? EventBus.fromEventBusArn(stack, 'Import',
      `arn:aws:events:eu-west-1:111111111111:event-bus/${name}`) : EventBus.fromEventBusName(stack, 'Import', name));
    new CfnEventBus(buses, 'Cfn', { name: 'b1', kmsKeyIdentifier: new Key(buses, 'Key').keyArn });
    return warningsOf(buses).filter((warning) => warning.includes('deadLetterConfig is missing'));
  };

  test('gives the warning of a bus without a dead-letter queue', () => {
    expect(warnings('b1')).toHaveLength(1);
    expect(warnings('b1', ENV, true)).toHaveLength(1);
  });

  test.each<[string, string, object]>([
    ['name', 'b2', ENV], ['region', 'b1', { ...ENV, region: 'us-east-1' }], ['account', 'b1', { ...ENV, account: '2' }],
  ])('gives none if the %s differs', (_what, name, env) => {
    expect(warnings(name, env)).toEqual([]);
  });
});

test('G2: a bus in an account of its own gives a warning, because its queue cannot be changed from here', () => {
  const app = new App();
  const [owner, stack] = [newStack(app, 'Owner', { ...ENV, account: '222222222222' }), newStack(app)];
  const eventBus = new EventBus(owner, 'Bus', {
    eventBusName: 'b1', kmsKey: new Key(owner, 'Key'), deadLetterQueue: new Queue(owner, 'Mine'),
  });
  CONSUMERS['a bridge'](stack, eventBus);
  expect(sendersTo(owner, 'Mine')).toEqual([]);
  expect(warningsOf(owner)).toEqual([expect.stringContaining('the policy of the dead-letter queue Owner/Mine is not')]);
});

test('G1: a bus with a key in a stack without env has its policy and its alarm', () => {
  const stack = newStack(new App(), 'Test', {});
  CONSUMERS['a table'](stack, new EventBus(stack, 'Bus', {
    kmsKey: new Key(stack, 'Key'), deadLetterQueue: new Queue(stack, 'Mine'),
  }));
  expect(sendersTo(stack, 'Mine')).toHaveLength(1);
  expect(watchedIn(stack)).toHaveLength(1);
});
