import { App, Aspects, type Environment, Fn, PropertyInjectors, Stack, type StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  type IRole, ManagedPolicy, Policy, PolicyDocument as Document, PolicyStatement, Role, ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnFunction, Function as LambdaFunction, Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup, LogGroup, LogGroupClass, type LogGroupProps } from 'aws-cdk-lib/aws-logs';
import { StripeEndpoint, StripeEventBridge, type StripeEventBridgeProps, type StripeFunctionOptions } from '../../src';

/** Functions and log groups of a bridge with a table. */

const ENV = { account: '111111111111', region: 'eu-west-1' };
const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/1';

function bridgeWith(props: (stack: Stack) => StripeEventBridgeProps): Stack {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  new StripeEventBridge(stack, 'Stripe', { customerTable: {}, ...props(stack) });
  return stack;
}

const withFunctions = (options: (stack: Stack) => StripeFunctionOptions) =>
  bridgeWith((stack) => ({ functionOptions: options(stack) }));

const propertiesOf = (stack: Stack, type: string): any[] =>
  Object.values(Template.fromStack(stack).findResources(type)).map(({ Properties }) => Properties);

describe('keys of your own', () => {
  const logStatement = (stack: Stack) => propertiesOf(stack, 'AWS::KMS::Key')
    .flatMap(({ KeyPolicy }) => KeyPolicy.Statement)
    .filter(({ Principal }: any) => JSON.stringify(Principal).includes('logs.eu-west-1.'));

  test('N56: encryptionKey also encrypts the new secret, which the webhook function may decrypt', () => {
    const stack = bridgeWith((scope) => ({ encryptionKey: new Key(scope, 'Key') }));
    const keyArn = { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] };
    expect(propertiesOf(stack, 'AWS::SecretsManager::Secret')).toMatchObject([{ KmsKeyId: keyArn }]);
    const statements = propertiesOf(stack, 'AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .filter(({ Condition }) => JSON.stringify(Condition)?.includes('secretsmanager.eu-west-1.'));
    expect(statements).toMatchObject([{ Action: 'kms:Decrypt', Resource: keyArn }]);
  });

  test('N56: logEncryptionKey encrypts the logs of both functions, and its policy admits CloudWatch Logs', () => {
    const stack = bridgeWith((scope) => ({ logEncryptionKey: new Key(scope, 'Key') }));
    const groups = propertiesOf(stack, 'AWS::Logs::LogGroup');
    expect(groups).toHaveLength(2);
    groups.forEach(({ KmsKeyId }) =>
      expect(KmsKeyId).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] }));
    expect(logStatement(stack).length).toBeGreaterThan(0);
    logStatement(stack).forEach((statement: any) => expect(JSON.stringify(statement.Condition))
      .toMatch(/kms:EncryptionContext:aws:logs:arn.*:logs:eu-west-1:111111111111:log-group:\*/));
  });

  test('N56: without logEncryptionKey, the key of the bus does not cover the logs', () => {
    const stack = bridgeWith((scope) => ({ encryptionKey: new Key(scope, 'Key') }));
    expect(propertiesOf(stack, 'AWS::Logs::LogGroup').filter(({ KmsKeyId }) => KmsKeyId)).toEqual([]);
    expect(logStatement(stack)).toEqual([]);
  });

  test('N56: the access log of an API can have a key', () => {
    const stack = bridgeWith((scope) => ({
      endpoint: StripeEndpoint.httpApi({ accessLog: { encryptionKey: new Key(scope, 'Key') } }),
    }));
    expect(propertiesOf(stack, 'AWS::Logs::LogGroup').filter(({ KmsKeyId }) => KmsKeyId)).toHaveLength(1);
    expect(logStatement(stack).length).toBeGreaterThan(0);
  });

  test('N56: an imported key for logs gives one warning that names the service and the actions', () => {
    const stack = bridgeWith((scope) => ({ logEncryptionKey: Key.fromKeyArn(scope, 'Key', KEY_ARN) }));
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('imported logEncryptionKey'))
      .map(({ entry }) => entry.data)).toEqual([expect.stringMatching(
      /must allow CloudWatch Logs in region eu-west-1 to call kms:Encrypt\*, .* for the log groups of account 1{12}/,
    )]);
  });
});

describe('roles of the user in a VPC', () => {
  const POLICY = 'service-role/AWSLambdaVPCAccessExecutionRole';
  const inVpc = (role: (stack: Stack) => IRole) => withFunctions((stack) => ({
    role: role(stack),
    vpc: new Vpc(stack, 'Vpc'),
    vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
  }));
  const lambda = { assumedBy: new ServicePrincipal('lambda.amazonaws.com') };
  const warnings = (stack: Stack) =>
    Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('AWSLambdaVPCAccessExecutionRole'));

  test('N45: a role of the app gets the network permissions of Lambda', () => {
    const stack = inVpc((scope) => new Role(scope, 'Mine', lambda));
    const [mine] = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Role'))
      .filter(([id]) => id.startsWith('Mine'));
    expect(JSON.stringify(mine[1].Properties.ManagedPolicyArns)).toContain(POLICY);
    expect(warnings(stack)).toEqual([]);
  });

  test.each<[string, (stack: Stack) => IRole]>([
    ['an imported role', (stack) => Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::111111111111:role/mine')],
    ['a role that cannot be changed', (stack) =>
      Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::111111111111:role/mine', { mutable: false })],
  ])('N45: %s gives a warning that names the policy which it must have', (_what, role) => {
    expect(warnings(inVpc(role))).toHaveLength(1);
  });

  test('N45: a role outside a VPC needs no network permissions and gives no such warning', () => {
    const stack = withFunctions((scope) => ({ role: Role.fromRoleName(scope, 'Mine', 'mine') }));
    expect(warnings(stack)).toEqual([]);
  });
});

describe('roles of the user', () => {
  const ROLE_ARN = 'arn:aws:iam::111111111111:role/mine';
  const lambda = { assumedBy: new ServicePrincipal('lambda.amazonaws.com') };
  const warnings = (stack: Stack) => Annotations.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp('unchanged-role')).map(({ entry }) => entry.data);

  test.each<[string, (stack: Stack) => IRole]>([
    ['that is imported as immutable', (stack) => Role.fromRoleArn(stack, 'Mine', ROLE_ARN, { mutable: false })],
    ['of the app without policy updates', (stack) => new Role(stack, 'Mine', lambda).withoutPolicyUpdates()],
  ])('S20: a role %s gives one warning per function, with what the function needs', (_what, role) => {
    expect(warnings(withFunctions((stack) => ({ role: role(stack) })))).toEqual([expect.stringContaining(
      'functionOptions.role cannot be changed here; it must be allowed to write its logs, read the signing secrets ' +
      '(secretsmanager:GetSecretValue), publish to the bus (events:PutEvents), and use their keys',
    )]);
    const stack = bridgeWith((scope) => ({ customerTable: { functionOptions: { role: role(scope) } } }));
    expect(warnings(stack)).toEqual([expect.stringContaining(
      'read the queue (AWSLambdaSQSQueueExecutionRole), write to the table (dynamodb:UpdateItem)',
    )]);
  });

  test('V18: the warning about a role that cannot be changed names the permission for traces', () => {
    const role = (stack: Stack) => Role.fromRoleArn(stack, 'Mine', ROLE_ARN, { mutable: false });
    expect(warnings(withFunctions((stack) => ({ role: role(stack), tracing: true })))).toEqual([
      expect.stringContaining('(events:PutEvents), send traces (AWSXRayDaemonWriteAccess), and use their keys'),
    ]);
  });

  test.each<[string, (stack: Stack) => IRole]>([
    ['of the app', (stack) => new Role(stack, 'Mine', lambda)],
    ['that is imported', (stack) => Role.fromRoleArn(stack, 'Mine', ROLE_ARN)],
  ])('S20: a role %s, which gets the permissions, gives no such warning', (_what, role) => {
    expect(warnings(withFunctions((stack) => ({ role: role(stack) })))).toEqual([]);
  });

  const ofAnotherStack = (role: (other: Stack) => IRole) => {
    const app = new App();
    const stack = new Stack(app, 'Test', { env: ENV });
    const options = { role: role(new Stack(app, 'Other', { env: ENV })) };
    new StripeEventBridge(stack, 'Stripe', { functionOptions: options });
    return app;
  };

  test.each<[string, (other: Stack) => IRole]>([
    ['created', (other) => new Role(other, 'Mine', lambda)],
    ['imported', (other) => Role.fromRoleArn(other, 'Mine', ROLE_ARN)],
  ])('S28: a role that is %s in another stack fails synthesis with the remedy', (_what, role) => {
    expect(() => ofAnotherStack(role)).toThrow(
      '`role` must be created or imported in the stack Test, got Other/Mine, so that each stack would depend on the ' +
      'other; import it there with Role.fromRoleArn (Test/Stripe/Webhook/Handler)');
  });

  const OTHER_ARN = 'arn:aws:iam::222222222222:role/mine';

  test('S28: a role of another account, which Lambda cannot use, fails synthesis with the remedy', () => {
    expect(() => withFunctions((stack) => ({ role: Role.fromRoleArn(stack, 'Mine', OTHER_ARN) }))).toThrow(
      '`role` must be in the account of the stack, got Test/Mine in 222222222222 and a stack in 111111111111, ' +
      'because Lambda uses no role of another account; create it in account 111111111111 ' +
      '(Test/Stripe/Webhook/Handler)');
  });

  test.each<[string, Environment, (stack: Stack) => IRole]>([
    ['an ARN, in a stack whose account is not known', {}, (stack) => Role.fromRoleArn(stack, 'Mine', OTHER_ARN)],
    ['an ARN that is not known', ENV, (stack) => Role.fromRoleArn(stack, 'Mine', Fn.importValue('role-arn'))],
    ['an ARN of its account', ENV, (stack) => Role.fromRoleArn(stack, 'Mine', ROLE_ARN)],
    ['a name', ENV, (stack) => Role.fromRoleName(stack, 'Mine', 'mine')],
  ])('S28: a role by %s is accepted', (_what, env, role) => {
    const stack = new Stack(new App(), 'Test', { env });
    new StripeEventBridge(stack, 'Stripe', { functionOptions: { role: role(stack) } });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('S28: a role of another stack can be imported by its ARN', () => {
    const app = ofAnotherStack((other) =>
      Role.fromRoleArn(other.node.scope!.node.findChild('Test'), 'Mine', new Role(other, 'Mine', lambda).roleArn));
    expect(() => app.synth()).not.toThrow();
  });
});

test.each<[string, Runtime]>([
  ['nodejs20.x', Runtime.NODEJS_20_X],
  ['nodejs18.x', Runtime.NODEJS_18_X],
  ['python3.12', Runtime.PYTHON_3_12],
  ['provided.al2023', Runtime.PROVIDED_AL2023],
])('N44: the runtime %s fails synthesis and names the least one', (name, runtime) => {
  expect(() => withFunctions(() => ({ runtime }))).toThrow(
    `\`runtime\` must be a runtime of Node.js 22 or newer, got '${name}'; omit it for Node.js 24 ` +
    '(Test/Stripe/Webhook/Handler)');
});

test.each([Runtime.NODEJS_22_X, new Runtime('nodejs26.x', RuntimeFamily.NODEJS)])(
  'N44: the runtime $name is accepted for both functions', (runtime) => {
    const stack = withFunctions(() => ({ runtime }));
    expect(propertiesOf(stack, 'AWS::Lambda::Function').map(({ Runtime: used }) => used))
      .toEqual([runtime.name, runtime.name]);
  },
);

describe('log groups of another class', () => {
  const warnings = (logGroupClass: string | undefined) => {
    const stack = bridgeWith(() => ({}));
    Aspects.of(stack).add({
      visit: (node) => { if (node instanceof CfnLogGroup) { node.logGroupClass = logGroupClass; } },
    });
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('extracts no metrics'))
      .map(({ entry }) => `${entry.data}`);
  };

  test.each([['N04', LogGroupClass.INFREQUENT_ACCESS], ['13-3', 'DELIVERY']])(
    '%s: a log group to which an Aspect gives the class %s gives a warning', (_id, logGroupClass) => {
      expect(warnings(logGroupClass)).toEqual(Array(2).fill(expect.stringContaining(
        `a log group of the class ${logGroupClass} extracts no metrics, so that most alarms have no data; use the cl`,
      )));
    });

  test.each([LogGroupClass.STANDARD, undefined, Fn.ref('Class')])('13-3: the class %s gives none', (logGroupClass) => {
    expect(warnings(logGroupClass)).toEqual([]);
  });
});

describe('G8: a log group to which an Aspect lets the functions write', () => {
  const warningsFor = (props: LogGroupProps, nameOf: (logGroup: LogGroup) => string, inStack?: StackProps) => {
    const stack = bridgeWith(() => ({}));
    const scope = inStack ? new Stack(stack.node.root as App, 'Other', inStack) : stack;
    const logGroup = new LogGroup(scope, 'Central', props);
    const { webhookFunction, customerTable } = stack.node.findChild('Stripe') as StripeEventBridge;
    [webhookFunction, customerTable!.writerFunction].forEach((fn) => logGroup.grantWrite(fn));
    Aspects.of(stack).add({
      visit: (node) => {
        if (node instanceof CfnFunction) { node.loggingConfig = { logGroup: nameOf(logGroup) }; }
      },
    });
    return [...new Set([stack, scope])].flatMap((each) =>
      Annotations.fromStack(each).findWarning('*', Match.stringLikeRegexp('extracts no metrics'))).map(({ id }) => id);
  };
  const named = { logGroupName: '/org/central' };
  const seldom = { logGroupClass: LogGroupClass.INFREQUENT_ACCESS };

  test.each<[string, LogGroupProps, (logGroup: LogGroup) => string, StackProps | undefined, string[]]>([
    ['that extracts no metrics', seldom, ({ logGroupName }) => logGroupName, undefined, ['/Test/Central']],
    ['of another stack that extracts no metrics', { ...named, ...seldom }, ({ logGroupName }) => logGroupName,
      { env: ENV }, ['/Other/Central']],
    ['that extracts no metrics, by name', { ...named, ...seldom }, () => '/org/central', undefined, ['/Test/Central']],
    ['whose name is that of a log group of another region', { ...named, ...seldom }, () => '/org/central',
      { env: { ...ENV, region: 'us-east-1' } }, []],
    ['that the app does not create', { ...named, ...seldom }, () => '/org/other', undefined, []],
    ['that extracts metrics', {}, ({ logGroupName }) => logGroupName, undefined, []],
  ])('%s', (_what, props, nameOf, inStack, ids) => {
    expect(warningsFor(props, nameOf, inStack)).toEqual(ids);
  });
});

describe('F13: the log group of a function', () => {
  const central = (stack: Stack) => stack.node.tryFindChild('Central') as LogGroup | undefined
    ?? new LogGroup(stack, 'Central', { logGroupName: '/org/central' });
  const lambda = { assumedBy: new ServicePrincipal('lambda.amazonaws.com') };
  const write = (resource: string) => new PolicyStatement({ actions: ['logs:*'], resources: [resource] });

  /** A bridge to whose functions an Aspect gives other log settings. */
  function changed(
    loggingConfig: (stack: Stack) => object | undefined, options: (stack: Stack) => StripeFunctionOptions = () => ({}),
  ) {
    const stack = bridgeWith((scope) => {
      const functionOptions = options(scope);
      return { functionOptions, customerTable: { functionOptions } };
    });
    Aspects.of(stack).add({
      visit: (node) => { if (node instanceof CfnFunction) { node.loggingConfig = loggingConfig(stack); } },
    });
    return { stack, synthesized: () => Template.fromStack(stack) };
  }

  const toCentral = (stack: Stack) => ({ logGroup: central(stack).logGroupName });
  const MUST = 'must be the log group of the library, because the role may write to no other, and all metrics are ' +
    'in the logs, got ';
  const REMEDY = '; grant the permission to write, by grantWrite of the other log group, or exclude the resource ' +
    'from what changed it: an Aspect, an injector or an escape hatch';

  test.each<[string, (stack: Stack) => object | undefined, string]>([
    ['names another one', () => ({ logGroup: '/org/central' }), "'/org/central'"],
    ['refers to another one', toCentral, '{"Ref":"Central'],
    ['has none', () => ({ logFormat: 'JSON' }), 'undefined'],
    ['is removed', () => undefined, 'undefined'],
  ])('loggingConfig that %s fails synthesis', (_what, loggingConfig, got) => {
    const { synthesized } = changed(loggingConfig);
    expect(synthesized).toThrow(
      `\`loggingConfig.logGroup\` of Test/Stripe/Webhook/Handler/Function/Resource ${MUST}${got}`);
    expect(synthesized).toThrow(
      `\`loggingConfig.logGroup\` of Test/Stripe/CustomerTable/Writer/Function/Resource ${MUST}${got}`);
    expect(synthesized).toThrow(REMEDY);
  });

  test('loggingConfig that is another one fails synthesis, although the functions share a role', () => {
    expect(changed(toCentral, (stack) => ({ role: new Role(stack, 'Mine', lambda) })).synthesized).toThrow(MUST);
  });

  test('loggingConfig that is another one fails synthesis for a role with a managed policy of AWS without logs', () => {
    const managedPolicies = [ManagedPolicy.fromAwsManagedPolicyName('AWSXRayDaemonWriteAccess')];
    const role = (stack: Stack) => new Role(stack, 'Mine', { ...lambda, managedPolicies });
    expect(changed(toCentral, (stack) => ({ role: role(stack) })).synthesized).toThrow(MUST);
  });

  test.each<[string, (stack: Stack) => StripeFunctionOptions]>([
    ['that is imported', (stack) => ({ role: Role.fromRoleName(stack, 'Mine', 'mine') })],
    ['with network permissions, which include all logs', (stack) => ({ vpc: new Vpc(stack, 'Vpc') })],
    ['with a managed policy of AWS for logs', (stack) => ({
      role: new Role(stack, 'Mine', {
        ...lambda,
        managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaBasicExecutionRole')],
      }),
    })],
    ['with a managed policy that is not known', (stack) => ({
      role: new Role(stack, 'Mine', {
        ...lambda, managedPolicies: [ManagedPolicy.fromManagedPolicyName(stack, 'Policy', 'mine')],
      }),
    })],
    ['with an inline policy for logs', (stack) => ({
      role: new Role(stack, 'Mine', {
        ...lambda, inlinePolicies: { Logs: new Document({ statements: [write('*')] }) },
      }),
    })],
    ['with a policy that the app attaches', (stack) => {
      const role = new Role(stack, 'Mine', lambda);
      new Policy(stack, 'Policy', { roles: [role], statements: [write('*')] });
      return { role };
    }],
    ['with a managed policy that the app attaches', (stack) => {
      const role = new Role(stack, 'Mine', lambda);
      new ManagedPolicy(stack, 'Policy', { roles: [role], statements: [write('*')] });
      return { role };
    }],
    ['with a permission for it', (stack) => {
      const role = new Role(stack, 'Mine', lambda);
      central(stack).grantWrite(role);
      return { role };
    }],
  ])('loggingConfig that is another one is accepted for a role %s', (_what, options) => {
    expect(changed(toCentral, options).synthesized).not.toThrow();
  });

  test('loggingConfig that is another one is accepted after its grantWrite for the functions', () => {
    const stack = bridgeWith(() => ({}));
    const { webhookFunction, customerTable } = stack.node.findChild('Stripe') as StripeEventBridge;
    [webhookFunction, customerTable!.writerFunction].forEach((fn) => {
      central(stack).grantWrite(fn);
      (fn.node.defaultChild as CfnFunction).loggingConfig = toCentral(stack);
    });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('loggingConfig with another format and level is accepted', () => {
    const stack = bridgeWith(() => ({}));
    Aspects.of(stack).add({
      visit: (node) => {
        if (node instanceof CfnFunction) {
          node.loggingConfig = { ...node.loggingConfig as object, logFormat: 'JSON', systemLogLevel: 'WARN' };
        }
      },
    });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('4j: properties that an app injects into its functions', () => {
  function injected(extraOf: (stack: Stack) => object, props: (stack: Stack) => StripeEventBridgeProps = () => ({})) {
    const stack = new Stack(new App(), 'Test', { env: ENV });
    const extra = extraOf(stack);
    const inject = (original: object) => ({ ...original, ...extra });
    PropertyInjectors.of(stack).add({ constructUniqueId: LambdaFunction.PROPERTY_INJECTION_ID, inject } as any);
    new StripeEventBridge(stack, 'Stripe', props(stack));
    return stack;
  }

  test('a log group to which the role may not write fails synthesis', () => {
    const logGroup = (stack: Stack) => ({ logGroup: new LogGroup(stack, 'Central') });
    expect(() => Template.fromStack(injected(logGroup))).toThrow('`loggingConfig.logGroup` of Test/Stripe/Webhook/Han');
  });

  const inVpc = (stack: Stack) => ({ vpc: new Vpc(stack, 'Vpc') });

  test('a VPC gives the role the network permissions of Lambda', () => {
    const roles = propertiesOf(injected(inVpc), 'AWS::IAM::Role');
    expect(roles.filter((role) => JSON.stringify(role).includes('AWSLambdaVPCAccessExecutionRole'))).toHaveLength(1);
  });

  test('a VPC gives a warning for a role that cannot be changed', () => {
    const role = (stack: Stack) => Role.fromRoleArn(stack, 'Mine', 'arn:aws:iam::111111111111:role/mine');
    Annotations.fromStack(injected(inVpc, (stack) => ({ functionOptions: { role: role(stack) } })))
      .hasWarning('/Test/Stripe/Webhook/Handler', Match.stringLikeRegexp('role-without-vpc'));
  });
});

test('N58: the writer in a VPC of its own has no subnets and security groups of the webhook function', () => {
  const stack = bridgeWith((scope) => ({
    functionOptions: {
      vpc: new Vpc(scope, 'Vpc'), vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS }, memorySize: 1_024,
    },
    customerTable: { functionOptions: { vpc: new Vpc(scope, 'Other', { natGateways: 0 }) } },
  }));
  const [webhook, writer] = ['StripeWebhook', 'StripeCustomerTable'].map((prefix) =>
    Object.entries(Template.fromStack(stack).findResources('AWS::Lambda::Function'))
      .find(([id]) => id.startsWith(prefix))![1].Properties);
  expect(JSON.stringify(webhook.VpcConfig)).not.toContain('Other');
  expect(JSON.stringify(writer.VpcConfig)).not.toContain('"VpcPrivate');
  expect(writer.MemorySize).toBe(1_024);
});

test('T34: a VPC with public subnets only fails synthesis with the remedy', () => {
  const vpc = (stack: Stack) => Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1', availabilityZones: ['eu-west-1a'], publicSubnetIds: ['subnet-1'],
  });
  expect(() => withFunctions((stack) => ({ vpc: vpc(stack) }))).toThrow(
    '`vpcSubnets` must be private subnets, because a function in a public one reaches no service of AWS, got public ' +
    'ones of Test/Vpc; use { subnetType: SubnetType.PRIVATE_WITH_EGRESS } (Test/Stripe/Webhook/Handler)');
});

test.each<[string, (fn: CfnFunction) => void, string]>([
  ['replaces the variables', (fn) => { fn.environment = { variables: { MINE: '1' } }; },
    '`environment.variables` of Test/Stripe/Webhook/Handler/Function/Resource must have the values of the '],
  ['changes a variable', (fn) => {
    const { variables } = Stack.of(fn).resolve(fn.environment) as { variables: Record<string, string> };
    fn.environment = { variables: { ...variables, MODE: 'prod' } };
  }, 'of the library for EVENT_BUS_ARN, '],
  ['reserves no concurrency', (fn) => { fn.reservedConcurrentExecutions = 0; },
    '`reservedConcurrentExecutions` of Test/Stripe/Webhook/Handler/Function/Resource must not be 0, '],
  ['sets an old runtime', (fn) => { fn.runtime = 'nodejs18.x'; },
    "must be Node.js 22 or newer, got 'nodejs18.x'; exclude the resource from what changed it: an Aspect, "],
  ['sets another timeout', (fn) => { fn.timeout = 900; }, 'must be 10 seconds, '],
])('V04: an Aspect that %s of the functions fails synthesis', (_what, change, message) => {
  const stack = bridgeWith(() => ({}));
  Aspects.of(stack).add({ visit: (node) => node instanceof CfnFunction && change(node) });
  expect(() => Template.fromStack(stack)).toThrow(message);
});

test('V04: an Aspect that adds a variable to the functions is accepted', () => {
  const stack = bridgeWith(() => ({}));
  const visit = (node: unknown) =>
    node instanceof CfnFunction && node.addPropertyOverride('Environment.Variables.MINE', '1');
  Aspects.of(stack).add({ visit });
  expect(propertiesOf(stack, 'AWS::Lambda::Function').map(({ Environment }) => Environment.Variables.MINE))
    .toEqual(['1', '1']);
});

test.each([['MODE', 'prod'], ['EVENT_TYPES', 'invoice.paid'], ['SIGNING_SECRET_IDS', 'mine']])(
  'Y27: the variable %s of the webhook function, set to another value, fails synthesis', (name, value) => {
    const stack = new Stack(new App(), 'Test');
    const { webhookFunction } = new StripeEventBridge(stack, 'Stripe');
    webhookFunction.addEnvironment(name, value);
    expect(() => Template.fromStack(stack)).toThrow(
      /`environment\.variables` of .* must have the values of the library for/);
  });

test('Y27: another variable of the webhook function is accepted', () => {
  const stack = new Stack(new App(), 'Test');
  new StripeEventBridge(stack, 'Stripe').webhookFunction.addEnvironment('MINE', '1');
  expect(() => Template.fromStack(stack)).not.toThrow();
});
