import { Annotations as CdkAnnotations, App, Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import { SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import {
  AccountRootPrincipal, AnyPrincipal, ArnPrincipal, Effect, PolicyDocument, PolicyStatement, type PolicyStatementProps,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Alias, CfnKey, type CfnKeyProps, type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import {
  QueuedFunction, StripeCustomerTable, StripeEndpoint, StripeEventBridge, StripeEventRule, StripeEvents,
} from '../../src';

const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555';
const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:stripe-AbCdEf';
const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncrypt*', 'kms:DescribeKey'];

function newStack(): Stack {
  return new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'eu-west-1' } });
}

const PLACES: Record<string, (stack: Stack, encryptionKey: IKey) => void> = {
  'a bridge': (stack, encryptionKey) => {
    new StripeEventBridge(stack, 'Stripe', { encryptionKey });
  },
  'the events of an existing bus': (stack, encryptionKey) => {
    StripeEvents.fromEventBus(stack, 'Stripe', new EventBus(stack, 'Bus'), { encryptionKey });
  },
  'a table': (stack, encryptionKey) => {
    new StripeCustomerTable(stack, 'Table', { eventBus: new EventBus(stack, 'Bus'), encryptionKey });
  },
  'a rule': (stack, encryptionKey) => {
    const target = new SqsQueue(new Queue(stack, 'Target'));
    new StripeEventRule(stack, 'Rule', {
      eventBus: new EventBus(stack, 'Bus'), eventSources: ['stripe.com'], target, encryptionKey,
    });
  },
  'the logs of a bridge': (stack, logEncryptionKey) => {
    new StripeEventBridge(stack, 'Stripe', { logEncryptionKey });
  },
  'the logs of a table': (stack, logEncryptionKey) => {
    new StripeCustomerTable(stack, 'Table', { eventBus: new EventBus(stack, 'Bus'), logEncryptionKey });
  },
  'an access log': (stack, encryptionKey) => {
    new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ accessLog: { encryptionKey } }) });
  },
};

test.each(Object.keys(PLACES))('N48: an imported alias as the key of %s fails with the remedy', (place) => {
  const stack = newStack();
  const alias = Alias.fromAliasName(stack, 'Alias', 'alias/stripe');

  expect(() => PLACES[place](stack, alias))
    .toThrow(/got the alias 'alias\/stripe'; use Key\.fromKeyArn or Key\.fromLookup/);
});

test.each(Object.keys(PLACES))('Z29d: the ARN of an alias as the key of %s fails with the remedy', (place) => {
  const stack = newStack();
  const key = Key.fromKeyArn(stack, 'Key', KEY_ARN.replace(/key\/.*/, 'alias/team/stripe'));

  expect(() => PLACES[place](stack, key))
    .toThrow(/got the alias 'alias\/team\/stripe'; use Key\.fromKeyArn or Key\.fromLookup/);
});

test('N49: an imported key has one warning, which names the four actions that EventBridge needs', () => {
  const stack = newStack();
  const stripe = new StripeEventBridge(stack, 'Stripe', {
    encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN), customerTable: {}, archive: {},
  });
  stripe.onEvent('Paid', { target: new SqsQueue(new Queue(stack, 'Target')) });

  const warnings = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('imported-key'));

  expect(warnings).toHaveLength(1);
  for (const action of ACTIONS) {
    expect(warnings[0].entry.data).toContain(action);
  }
});

const importedKeyWarnings = (stack: Stack) =>
  Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('imported-key')).map(({ entry }) => entry.data);

test.each<[string, string, boolean]>([
  ['another account', '222222222222', true], ['this account', '111111111111', false],
])('Z29b: the warning for a key of %s tells what roles of the stack need of its policy', (_what, account, names) => {
  const stack = newStack();
  PLACES['a table'](stack, Key.fromKeyArn(stack, 'Key', KEY_ARN.replace('111111111111', account)));
  const roles = 'in account 111111111111, and roles of that account: the webhook function to call kms:Decrypt, ' +
    'the writer of a table to call kms:Decrypt, kms:Encrypt, kms:ReEncrypt*, kms:GenerateDataKey*, kms:DescribeKey, ' +
    'and a function that reads a queue to call kms:Decrypt';
  expect(importedKeyWarnings(stack)).toEqual([
    names ? expect.stringContaining(roles) : expect.stringMatching(/in account 1{12} \[ack/),
  ]);
});

describe.each([
  ['encryptionKey', 'imported-key'], ['logEncryptionKey', 'imported-log-key'],
])('4q2: %s', (property, id) => {
  const acknowledged = (acknowledge: (stack: Stack, bridge: StripeEventBridge) => IConstruct[]) => {
    const stack = newStack();
    const key = { [property]: Key.fromKeyArn(stack, 'Key', KEY_ARN) };
    const endpoint = StripeEndpoint.httpApi({ accessLog: { encryptionKey: key.logEncryptionKey } });
    const bridge = new StripeEventBridge(stack, 'Stripe', { ...key, customerTable: {}, endpoint });
    new StripeCustomerTable(stack, 'Table', { eventBus: bridge.eventBus, ...key });
    for (const each of acknowledge(stack, bridge)) {
      CdkAnnotations.of(each).acknowledgeWarning(`cdk-stripe-eventbridge:${id}`);
    }
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(id)).length;
  };

  test('of an import is acknowledged on the stack, or on everything that uses the key', () => {
    expect(acknowledged((stack) => [stack])).toBe(0);
    expect(acknowledged((stack, bridge) => [bridge, stack.node.findChild('Table')])).toBe(0);
  });

  test('of an import stays for what also uses the key if the warning is acknowledged on the bridge', () => {
    expect(acknowledged((_stack, bridge) => [bridge])).toBe(1);
    expect(acknowledged(() => [])).toBe(1);
  });
});

describe('T27: a key that AWS could not use fails synthesis', () => {
  const stackIn = (region: string, account = '111111111111', app = new App()) =>
    new Stack(app, `In${region}${account}`, { env: { region, account } });

  test.each(Object.keys(PLACES))('as the key of %s: of another region', (place) => {
    const stack = stackIn('eu-west-1');
    const key = Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1');
    expect(() => PLACES[place](stack, key)).toThrow(new RegExp(
      'ncryptionKey` must be in the region of the stack, got \\S+/Key in us-east-1 and a stack in eu-west-1; use '));
  });

  const ELSEWHERE = [
    ['region', 'arn:aws:kms:us-east-1:222222222222:key/1', 'us-east-1 and a stack in eu-west-1'],
    ['partition', 'arn:aws-cn:kms:eu-west-1:222222222222:key/1', 'aws-cn and a stack in aws'],
  ];

  test.each(Object.keys(PLACES).flatMap((place) => ELSEWHERE.map(([what, arn, got]) => [place, what, arn, got])))(
    'Z29c: as the key of %s: of another account and %s', (place, what, arn, got) => {
      const stack = stackIn('eu-west-1');
      expect(() => PLACES[place](stack, Key.fromKeyArn(stack, 'Key', arn))).toThrow(new RegExp(
        `ncryptionKey\` must be in the ${what} of the stack, got \\S+/Key in ${got}; use a key of the stack, or `));
    });

  test.each<[string, string | undefined, string]>([
    ['another account', 'eu-west-1', 'arn:aws:kms:eu-west-1:222222222222:key/1'],
    ['the partition of the stack', 'cn-north-1', 'arn:aws-cn:kms:cn-north-1:111111111111:key/1'],
    ['a stack without region', undefined, 'arn:aws-cn:kms:cn-north-1:111111111111:key/1'],
  ])('Z29c: but a key of %s is accepted', (_what, region, arn) => {
    const stack = new Stack(new App(), 'Stack', { env: { region } });
    expect(() => PLACES['a bridge'](stack, Key.fromKeyArn(stack, 'Key', arn))).not.toThrow();
  });

  test.each<[string, string, RegExp]>([
    ['region', '111111111111', /must be in the region of the stack/],
    ['account', '222222222222', /must be in the account of the stack/],
  ])('a key that a stack of another %s creates', (what, account, message) => {
    const app = new App();
    const key = new Key(stackIn(what === 'region' ? 'us-east-1' : 'eu-west-1', account, app), 'Key');
    expect(() => PLACES['a table'](stackIn('eu-west-1', undefined, app), key)).toThrow(message);
  });

  test.each<[string, object]>([
    ['a key that is disabled', { enabled: false }],
    ['an RSA key', { keySpec: KeySpec.RSA_2048, keyUsage: KeyUsage.SIGN_VERIFY }],
    ['an HMAC key', { keySpec: KeySpec.HMAC_256, keyUsage: KeyUsage.GENERATE_VERIFY_MAC }],
  ])('%s', (_what, props) => {
    const stack = stackIn('eu-west-1');
    expect(() => PLACES['a bridge'](stack, new Key(stack, 'Key', props))).toThrow(
      /^`encryptionKey` must be a symmetric key that is enabled, got \S+\/Key; use new Key\(…\) with the defaults/);
  });
});

describe('W16: the policy of a key', () => {
  const admin = new ArnPrincipal('arn:aws:iam::111111111111:role/Admin');
  const closed = () => new PolicyDocument({
    statements: [new PolicyStatement({ principals: [admin], actions: ['kms:*'], resources: ['*'] })],
  });
  const userFunction = (stack: Stack) => new Function(stack, 'Fn', {
    runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
  });
  type Use = [what: string, role: string, use: (stack: Stack, encryptionKey: IKey) => void];
  const USES: Use[] = [
    ['an imported secret', 'Stripe/Webhook/Handler/Role', (stack, encryptionKey) => {
      const signingSecret = Secret.fromSecretAttributes(stack, 'Secret', {
        secretCompleteArn: SECRET_ARN, encryptionKey,
      });
      new StripeEventBridge(stack, 'Stripe', { signingSecret });
    }],
    ['a new table and its queue', 'Table/Writer/Role', (stack, encryptionKey) => {
      new StripeCustomerTable(stack, 'Table', { eventBus: new EventBus(stack, 'Bus'), encryptionKey });
    }],
    ['a table of the user', 'Table/Writer/Role', (stack, encryptionKey) => {
      const partitionKey = { name: 'pk', type: AttributeType.STRING };
      const table = new Table(stack, 'Mine', { partitionKey, encryptionKey });
      new StripeCustomerTable(stack, 'Table', { eventBus: new EventBus(stack, 'Bus'), table });
    }],
    ['the queue of a function, beside a secret', 'Fn/ServiceRole', (stack, encryptionKey) => {
      new StripeEventBridge(stack, 'Stripe', { encryptionKey })
        .onEvent('Paid', { target: new QueuedFunction(userFunction(stack)) });
    }],
  ];
  const warnings = (stack: Stack, role: string) => Annotations.fromStack(stack).findWarning('/Stack/Key',
    Match.stringLikeRegexp(`^the policy of this key admits neither the role Stack/${role} nor the account, so that`));

  test.each(USES)('that admits only an administrator gives a warning for %s', (_what, role, use) => {
    const stack = newStack();
    use(stack, new Key(stack, 'Key', { policy: closed() }));
    expect(warnings(stack, role).length).toBeGreaterThan(0);
  });

  test.each(USES)('as CDK creates it gives none for %s', (_what, role, use) => {
    const stack = newStack();
    use(stack, new Key(stack, 'Key'));
    expect(warnings(stack, role)).toEqual([]);
  });

  test('gives no warning for a new secret, to which CDK admits the account', () => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe', { encryptionKey: new Key(stack, 'Key', { policy: closed() }) });
    expect(warnings(stack, 'Stripe/Webhook/Handler/Role')).toEqual([]);
  });

  test('that admits the role gives none', () => {
    const stack = newStack();
    const key = new Key(stack, 'Key', { policy: closed() });
    const { writerFunction } = new StripeCustomerTable(stack, 'Table', {
      eventBus: new EventBus(stack, 'Bus'), encryptionKey: key,
    });
    const principals = [new ArnPrincipal(writerFunction.role!.roleArn)];
    key.addToResourcePolicy(new PolicyStatement({ principals, actions: ['kms:Decrypt'], resources: ['*'] }));
    expect(warnings(stack, 'Table/Writer/Role')).toEqual([]);
  });

  const statement = (props: PolicyStatementProps) => new PolicyStatement({
    principals: [new AccountRootPrincipal()], actions: ['kms:*'], resources: ['*'], ...props,
  });
  const warnsOf = (props: PolicyStatementProps) => {
    const stack = newStack();
    const policy = closed();
    policy.addStatements(statement(props));
    new StripeCustomerTable(stack, 'Table', {
      eventBus: new EventBus(stack, 'Bus'), encryptionKey: new Key(stack, 'Key', { policy }),
    });
    return warnings(stack, 'Table/Writer/Role').length > 0;
  };

  test.each<[string, PolicyStatementProps]>([
    ['to administer the key', { actions: ['kms:Create*', 'kms:Put*', 'kms:Describe*'] }],
    ['all but to decrypt', { actions: undefined, notActions: ['kms:Decrypt'] }],
    ['calls of another account', { conditions: { StringEquals: { 'kms:CallerAccount': '222222222222' } } }],
    ['calls of another service', { conditions: { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com' } } }],
    ['W5: calls of services in another region', {
      conditions: { StringEquals: { 'kms:ViaService': ['sqs.us-east-1.amazonaws.com', 'dynamodb.us-east-1.*'] } },
    }],
  ])('F12: that allows the account %s gives a warning', (_what, props) => {
    expect(warnsOf(props)).toBe(true);
  });

  test.each<[string, PolicyStatementProps]>([
    ['everything', {}],
    ['to decrypt', { actions: ['kms:Decrypt'] }],
    ['to decrypt, by a wildcard', { actions: ['KMS:D*crypt'] }],
    ['all but to delete the key', { actions: undefined, notActions: ['kms:ScheduleKeyDeletion'] }],
    ['calls of this account', {
      conditions: { StringEquals: { 'kms:CallerAccount': ['222222222222', '111111111111'] } },
    }],
    ['calls of an account that is a parameter', {
      conditions: { StringEquals: { 'kms:CallerAccount': Aws.ACCOUNT_ID } },
    }],
    ['calls of both services', {
      conditions: { StringLike: { 'kms:ViaService': ['sqs.eu-west-1.amazonaws.com', 'dynamo*'] } },
    }],
    ['W5: calls of services in some regions', {
      conditions: { StringLike: { 'kms:ViaService': ['sqs.us-east-1.amazonaws.com', '*.eu-*.amazonaws.com'] } },
    }],
    ['calls of services in the region', {
      conditions: { StringEquals: { 'kms:ViaService': [`sqs.${Aws.REGION}.x`, `dynamodb.${Aws.REGION}.x`] } },
    }],
    ['calls under conditions that are not known here', {
      conditions: { StringEquals: { 'aws:PrincipalTag/team': 'a' }, StringNotEquals: { 'kms:CallerAccount': '3' } },
    }],
  ])('F12: that allows the account %s gives none', (_what, props) => {
    expect(warnsOf(props)).toBe(false);
  });

  test.each([['cn-north-1', 'cn-north-1.amazonaws.com.cn', 0], [undefined, 'us-east-1.amazonaws.com', 0],
    ['cn-north-1', 'cn-north-1.amazonaws.com', 1]])(
    'W5: that allows, in a stack of %s, calls of services of %s gives %i warnings', (region, suffix, count) => {
      const stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region } });
      const policy = closed();
      const services = ['sqs', 'dynamodb'].map((name) => `${name}.${suffix}`);
      policy.addStatements(statement({ conditions: { StringEquals: { 'kms:ViaService': services } } }));
      const table = new Table(stack, 'Mine', {
        partitionKey: { name: 'pk', type: AttributeType.STRING }, encryptionKey: new Key(stack, 'Key', { policy }),
      });
      new StripeCustomerTable(stack, 'Table', { eventBus: new EventBus(stack, 'Bus'), table });
      expect(warnings(stack, 'Table/Writer/Role')).toHaveLength(count);
    });

  test('of another region, with a role that it cannot name, is checked', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env: { account: '111111111111', region: 'us-east-1' } });
    const stack = new Stack(app, 'Stack', {
      env: { account: '111111111111', region: 'eu-west-1' }, crossRegionReferences: true,
    });
    const encryptionKey = new Key(owner, 'Key');
    new StripeEventBridge(stack, 'Stripe', {
      signingSecret: new Secret(owner, 'Secret', { secretName: 'stripe', encryptionKey }),
    });
    expect(() => app.synth()).not.toThrow();
  });

  test('is checked behind an alias', () => {
    const stack = newStack();
    const encryptionKey = new Alias(stack, 'Alias', {
      aliasName: 'alias/stripe', targetKey: new Key(stack, 'Key', { policy: closed() }),
    });
    new StripeCustomerTable(stack, 'Table', { eventBus: new EventBus(stack, 'Bus'), encryptionKey });
    expect(warnings(stack, 'Table/Writer/Role').length).toBeGreaterThan(0);
  });
});

test('Y03: the key behind an alias of the app is used everywhere, as the alias is no resource of a permission', () => {
  const stack = newStack();
  const key = new Key(stack, 'Key');
  const alias = key.addAlias('stripe');
  const stripe = new StripeEventBridge(stack, 'Stripe', {
    encryptionKey: alias,
    logEncryptionKey: alias,
    archive: {},
    customerTable: {},
    endpoint: StripeEndpoint.httpApi({ accessLog: { encryptionKey: alias } }),
    additionalSigningSecrets: [Secret.fromSecretAttributes(stack, 'Secret', {
      secretCompleteArn: SECRET_ARN, encryptionKey: alias,
    })],
  });
  stripe.onEvent('Paid', {
    target: new QueuedFunction(new Function(stack, 'Fn', {
      runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
    })),
  });
  stripe.addCustomerTable('Own', { encryptionKey: alias, logEncryptionKey: alias });
  const { Resources } = Template.fromStack(stack).toJSON();
  const named = Object.entries<any>(Resources).filter(([, { Type }]) => Type !== 'AWS::KMS::Alias')
    .filter(([, resource]) => JSON.stringify(resource).includes('alias/stripe')).map(([id]) => id);
  expect(named).toEqual([]);
  expect(JSON.stringify(Resources).split(JSON.stringify(stack.resolve(key.keyArn))).length).toBeGreaterThan(15);
});

describe('W3: a key that is a resource of CloudFormation', () => {
  const statements = (...more: object[]) => ({
    Statement: [
      { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:root' }, Action: 'kms:*', Resource: '*' },
      ...more,
    ],
  });
  const closed = { Statement: [{ Effect: 'Allow', Principal: { AWS: 'role' }, Action: 'kms:*', Resource: '*' }] };
  const denied = statements({ Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*' });
  const warningsOf = (props: Partial<CfnKeyProps>, keyOf = (cfnKey: CfnKey): IKey => Key.fromCfnKey(cfnKey)) => {
    const stack = newStack();
    const cfnKey = new CfnKey(stack, 'Cfn', { keyPolicy: statements(), ...props });
    cfnKey.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const encryptionKey = keyOf(cfnKey);
    const stripe = new StripeEventBridge(stack, 'Stripe', {
      encryptionKey, logEncryptionKey: encryptionKey, customerTable: {},
    });
    stripe.onEvent('Paid', {
      target: new SqsQueue(new Queue(stack, 'Target'), {
        deadLetterQueue: new Queue(stack, 'Dead', { encryptionMasterKey: encryptionKey }),
      }),
    });
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('[kK]ey|Deny'))
      .map(({ entry }) => `${entry.data}`);
  };

  test('gives no warning, because its policy is extended', () => {
    expect(warningsOf({})).toEqual([]);
  });

  test('gives the warnings of an import if only its ARN is handed over', () => {
    const byArn = (cfnKey: CfnKey) => Key.fromKeyArn(cfnKey.stack, 'Key', cfnKey.attrArn);
    expect(warningsOf({}, byArn).join()).toMatch(/imported logEncryptionKey.*imported encryptionKey/s);
  });

  test('gives no warning if its policy admits only one role, because the roles of the app are added', () => {
    expect(warningsOf({ keyPolicy: closed })).toEqual([]);
  });

  test('gives the warning of a closed key for its ARN, to which no role is added', () => {
    const byArn = (cfnKey: CfnKey) => Key.fromKeyArn(cfnKey.stack, 'Key', cfnKey.attrArn);
    expect(warningsOf({ keyPolicy: closed }, byArn)).toContainEqual(expect.stringMatching(
      /^the policy of this key admits neither the role Stack\/Stripe\/CustomerTable\/Writer\/Role nor the account/));
  });

  test('gives a warning if its policy denies everyone', () => {
    expect(warningsOf({ keyPolicy: denied })).toContainEqual(
      expect.stringMatching(/^the policy of Stack\/Cfn has a Deny for everyone/));
  });

  test.each<[string, Partial<CfnKeyProps>]>([
    ['is disabled', { enabled: false }], ['is an RSA key', { keySpec: 'RSA_2048', keyUsage: 'SIGN_VERIFY' }],
  ])('fails synthesis if it %s', (_what, props) => {
    expect(() => warningsOf(props)).toThrow('`encryptionKey` must be a symmetric key that is enabled, got Stack/Cfn;');
  });

  test.each([undefined, RemovalPolicy.DESTROY])('gives a warning if it is deleted with its stack, by %p', (policy) => {
    const stack = newStack();
    const cfnKey = new CfnKey(stack, 'Cfn', { keyPolicy: statements() });
    policy && cfnKey.applyRemovalPolicy(policy);
    new StripeEventBridge(stack, 'Stripe', { encryptionKey: Key.fromCfnKey(cfnKey) });
    expect(Annotations.fromStack(stack).findWarning('/Stack/Cfn', Match.stringLikeRegexp('^this key is deleted with')))
      .toHaveLength(1);
  });
});

describe('Y04: a key that is deleted with its stack', () => {
  const warnings = (keyPolicy: RemovalPolicy | undefined, use: (stack: Stack, encryptionKey: IKey) => unknown) => {
    const stack = newStack();
    use(stack, new Key(stack, 'Key', { removalPolicy: keyPolicy }));
    return Annotations.fromStack(stack).findWarning('/Stack/Key/Resource', Match.stringLikeRegexp(
      '^this key is deleted with its stack, and what it encrypts is retained and cannot be read then; use '));
  };

  test.each(['a bridge', 'the events of an existing bus', 'a table'])('gives a warning as the key of %s', (place) => {
    expect(warnings(RemovalPolicy.DESTROY, PLACES[place])).toHaveLength(1);
    expect(warnings(RemovalPolicy.RETAIN, PLACES[place])).toEqual([]);
    expect(warnings(undefined, PLACES[place])).toEqual([]);
  });

  test('gives none if everything is deleted with it', () => {
    expect(warnings(RemovalPolicy.DESTROY, (stack, encryptionKey) =>
      new StripeEventBridge(stack, 'Stripe', { encryptionKey, removalPolicy: RemovalPolicy.DESTROY }))).toEqual([]);
  });
});

describe('Y03: the key of a resource of the user that is an imported alias', () => {
  const aliasIn = (stack: Stack) => Alias.fromAliasName(stack, 'Alias', 'alias/x');

  test.each<[string, (stack: Stack) => ISecret]>([
    ['a new secret', (stack) => new Secret(stack, 'Secret', { encryptionKey: aliasIn(stack) })],
    ['an imported secret', (stack) => Secret.fromSecretAttributes(stack, 'Secret', {
      secretCompleteArn: SECRET_ARN, encryptionKey: aliasIn(stack),
    })],
    ['Z29d: a secret with the ARN of an alias', (stack) => Secret.fromSecretAttributes(stack, 'Secret', {
      secretCompleteArn: SECRET_ARN, encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN.replace(/key\/.*/, 'alias/x')),
    })],
  ])('fails synthesis for %s', (_what, secret) => {
    for (const property of ['signingSecret', 'additionalSigningSecrets']) {
      const stack = newStack();
      const value = property === 'signingSecret' ? secret(stack) : [secret(stack)];
      expect(() => new StripeEventBridge(stack, 'Stripe', { [property]: value })).toThrow(
        'the key of the signing secret Stack/Secret must be an IKey other than an imported alias, ' +
        "got the alias 'alias/x'; use Key.fromKeyArn or Key.fromLookup (Stack/Stripe/Webhook)");
    }
  });

  test.each<[string, (stack: Stack) => ITable]>([
    ['a table', (stack) => new Table(stack, 'Mine', {
      partitionKey: { name: 'pk', type: AttributeType.STRING }, encryptionKey: aliasIn(stack),
    })],
    ['Z29d: a table with the ARN of an alias', (stack) => Table.fromTableAttributes(stack, 'Mine', {
      tableName: 'mine', encryptionKey: Key.fromKeyArn(stack, 'Key', KEY_ARN.replace(/key\/.*/, 'alias/x')),
    })],
  ])('fails synthesis for %s', (_what, tableIn) => {
    const stack = newStack();
    const table = tableIn(stack);
    expect(() => new StripeEventBridge(stack, 'Stripe', { customerTable: { table } })).toThrow(
      "the key of the table Stack/Mine must be an IKey other than an imported alias, got the alias 'alias/x'; use ");
  });
});

describe('F15: a Deny for everyone in the policy of a key', () => {
  const denials = (use: (stack: Stack, key: Key) => unknown, props: PolicyStatementProps = {}) => {
    const stack = newStack();
    const key = new Key(stack, 'Key');
    key.addToResourcePolicy(new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['kms:*'],
      resources: ['*'],
      conditions: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
      ...props,
    }));
    use(stack, key);
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(
      '^the policy of Stack/Key has a Deny for everyone, which can keep EventBridge out; exempt services')).length;
  };
  const asTarget = (target: (stack: Stack, key: Key) => IRuleTarget) => (stack: Stack, key: Key) =>
    new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: target(stack, key) });

  test.each<[string, (stack: Stack, key: Key) => unknown]>([
    ['a bridge', PLACES['a bridge']],
    ['a table, behind an alias', (stack, key) => PLACES['a table'](stack, key.addAlias('stripe'))],
    ['a target queue', asTarget((stack, encryptionMasterKey) =>
      new SqsQueue(new Queue(stack, 'Target', { encryptionMasterKey })))],
    ['a target topic', asTarget((stack, masterKey) => new SnsTopic(new Topic(stack, 'Target', { masterKey })))],
    ['a dead-letter queue of the user', asTarget((stack, encryptionMasterKey) =>
      new SqsQueue(new Queue(stack, 'Target'), {
        deadLetterQueue: new Queue(stack, 'Dead', { encryptionMasterKey }),
      }))],
  ])('gives one warning as the key of %s', (_what, use) => {
    expect(denials(use)).toBe(1);
  });

  test.each<[string, PolicyStatementProps]>([
    ['without TLS', { conditions: { Bool: { 'aws:SecureTransport': 'false' } } }],
    ['that exempts services', { conditions: { BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } } }],
    ['that exempts EventBridge by name', {
      principals: undefined, notPrincipals: [new ServicePrincipal('events.amazonaws.com')],
    }],
    ['of administration', { actions: ['kms:ScheduleKeyDeletion', 'kms:Put*'] }],
    ['for one principal', { principals: [new ArnPrincipal('arn:aws:iam::111111111111:role/Admin')] }],
  ])('%s gives none', (_what, props) => {
    expect(denials(PLACES['a bridge'], props)).toBe(0);
  });

  test('gives none for a key that only something else uses', () => {
    expect(denials((stack) => PLACES['a bridge'](stack, new Key(stack, 'Other')))).toBe(0);
  });
});
