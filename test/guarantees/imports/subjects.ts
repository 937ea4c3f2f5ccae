import { App, type AppProps, CfnParameter, Duration, Resource, Stack, Token } from 'aws-cdk-lib';
import { DomainName, HttpApi, type IDomainName, type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget, LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { QueuedFunction, StripeEndpoint, StripeEventBridge } from '../../../src';

/** Every resource that a user can hand over, in every form in which an app can have it. */

export const ORIGINS = [
  'same stack', 'other stack', 'other account', 'other region', 'by name', 'by ARN', 'by partial ARN', 'by token',
  'stack without env', 'ARN of another account', 'ARN of another region',
] as const;

export type Origin = (typeof ORIGINS)[number];

/** Account and region. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

const ACCOUNT = '111111111111';
const OTHER_ACCOUNT = '222222222222';
const REGION = 'eu-west-1';
const OTHER_REGION = 'us-east-1';
export const HERE: Place = { account: ACCOUNT, region: REGION };
/** Where the resource of an origin is, unless it is where the bridge is. */
const ELSEWHERE: Partial<Record<Origin, Place>> = {
  'other account': { ...HERE, account: OTHER_ACCOUNT },
  'other region': { ...HERE, region: OTHER_REGION },
  'ARN of another account': { ...HERE, account: OTHER_ACCOUNT },
  'ARN of another region': { ...HERE, region: OTHER_REGION },
};

/** Returns the account and the region of the resource. */
export const placeOf = (origin: Origin): Place => ELSEWHERE[origin] ?? HERE;

/** Stack of the bridge, and the stack that owns the resource. */
export interface Stacks {
  readonly stack: Stack;
  readonly owner: Stack;
}

export function stacksFor(origin: Origin, props?: AppProps): Stacks {
  const app = new App(props);
  const stack = new Stack(app, 'Test', { env: origin === 'stack without env' ? undefined : HERE });
  const owner = origin.startsWith('other ') ? new Stack(app, 'Owner', { env: placeOf(origin) }) : stack;
  return { stack, owner };
}

/** How a resource is created in its stack, or imported, and how a bridge uses it. */
export interface Subject<T> {
  /** Creates the resource in a stack, with a physical name if the owner is another stack. */
  readonly create: (owner: Stack) => T;
  /** Imports it by name, ARN, partial ARN. Undefined where CDK has no such import. */
  readonly byName?: (stack: Stack, name: string) => T;
  readonly byArn?: (stack: Stack, arn: string) => T;
  readonly byPartialArn?: (stack: Stack, arn: string) => T;
  readonly arn?: string;
  readonly use: (stack: Stack, resource: T) => unknown;
  /** Where the template must name the resource: type, path of the property, and name of the resource there. */
  readonly named: ReadonlyArray<[type: string, path: string, name: (resource: T) => string]>;
}

const VARIABLES = 'Environment.Variables';
const RESOURCES = 'PolicyDocument.Statement.*.Resource';

const runtime = Runtime.NODEJS_22_X;
const handler = 'index.handler';
/** Function that logs its event, with a role that can be imported by its name. */
const newFunction = (owner: Stack) => new Function(owner, 'Mine', {
  runtime,
  handler,
  code: Code.fromInline('exports.handler = async (event) => console.log(JSON.stringify(event));'),
  functionName: 'mine',
  role: new Role(owner, 'MineRole', { roleName: 'mine', assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
});
const failing = Code.fromInline("exports.handler = async () => { throw new Error('planned'); };");
const importedFunction = (stack: Stack, functionArn: string) => Function.fromFunctionAttributes(stack, 'Mine', {
  functionArn, role: Role.fromRoleName(stack, 'FnRole', 'mine'),
});
/** In another region, CDK has only the name of a new secret. */
const arnOfSecret = (secret: ISecret) =>
  secret.secretFullArn && !(Resource.isOwnedResource(secret) && secret.env.region === OTHER_REGION)
    ? secret.secretFullArn : `${secret.secretArn}-??????`;
const arnOfBus = ({ eventBusArn }: IEventBus) => eventBusArn;
const nameOfBus = ({ eventBusName }: IEventBus) => eventBusName;
const arnOfKey = ({ keyArn }: IKey) => keyArn;
const arnOfTable = ({ tableArn }: ITable) => tableArn;
const arnOfQueue = ({ queueArn }: IQueue) => queueArn;
const arnOfFunction = ({ functionArn }: IFunction) => functionArn;
/** The ARN of an imported function is named if it may have a qualifier. */
const nameOrArnOfFunction = (fn: IFunction) =>
  Resource.isOwnedResource(fn) || !Token.isUnresolved(fn.functionArn) ? fn.functionName : fn.functionArn;
const newQueue = (owner: Stack) => new Queue(owner, 'Mine', { queueName: 'mine' });

export const SUBJECTS: Record<string, Subject<any>> = {
  'bus': {
    create: (owner) => new EventBus(owner, 'Mine', { eventBusName: 'mine' }),
    byName: (stack, name) => EventBus.fromEventBusName(stack, 'Mine', name),
    byArn: (stack, arn) => EventBus.fromEventBusArn(stack, 'Mine', arn),
    arn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/mine`,
    use: (stack, eventBus: IEventBus) => new StripeEventBridge(stack, 'Stripe', { eventBus }),
    named: [
      ['AWS::Lambda::Function', `${VARIABLES}.EVENT_BUS_ARN`, arnOfBus], ['AWS::IAM::Policy', RESOURCES, arnOfBus],
    ],
  },
  'bus with rules': {
    create: (owner) => new EventBus(owner, 'Mine', { eventBusName: 'mine' }),
    byName: (stack, name) => EventBus.fromEventBusName(stack, 'Mine', name),
    byArn: (stack, arn) => EventBus.fromEventBusArn(stack, 'Mine', arn),
    arn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/mine`,
    use: (stack, eventBus: IEventBus) =>
      new StripeEventBridge(stack, 'Stripe', { eventBus, customerTable: {}, archive: {} }),
    named: [['AWS::Events::Rule', 'EventBusName', nameOfBus], ['AWS::Events::Archive', 'SourceArn', arnOfBus]],
  },
  'signing secret': {
    create: (owner) => new Secret(owner, 'Mine', { secretName: 'mine' }),
    byName: (stack, name) => Secret.fromSecretNameV2(stack, 'Mine', name),
    byArn: (stack, arn) => Secret.fromSecretCompleteArn(stack, 'Mine', arn),
    byPartialArn: (stack, arn) => Secret.fromSecretPartialArn(stack, 'Mine', arn),
    arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:mine-AbCdEf`,
    use: (stack, signingSecret: ISecret) => new StripeEventBridge(stack, 'Stripe', { signingSecret }),
    named: [
      ['AWS::IAM::Policy', RESOURCES, arnOfSecret],
    ],
  },
  'additional signing secret': {
    create: (owner) => new Secret(owner, 'Mine', { secretName: 'mine' }),
    byName: (stack, name) => Secret.fromSecretNameV2(stack, 'Mine', name),
    byArn: (stack, arn) => Secret.fromSecretCompleteArn(stack, 'Mine', arn),
    byPartialArn: (stack, arn) => Secret.fromSecretPartialArn(stack, 'Mine', arn),
    arn: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:mine-AbCdEf`,
    use: (stack, secret: ISecret) => new StripeEventBridge(stack, 'Stripe', { additionalSigningSecrets: [secret] }),
    named: [
      ['AWS::IAM::Policy', RESOURCES, arnOfSecret],
    ],
  },
  'key': {
    create: (owner) => new Key(owner, 'Mine'),
    byName: (stack, name) => Key.fromLookup(stack, 'Mine', { aliasName: `alias/${name}` }),
    byArn: (stack, arn) => Key.fromKeyArn(stack, 'Mine', arn),
    arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`,
    use: (stack, encryptionKey: IKey) => new StripeEventBridge(stack, 'Stripe', { encryptionKey }),
    named: [
      ['AWS::Events::EventBus', 'KmsKeyIdentifier', arnOfKey], ['AWS::SecretsManager::Secret', 'KmsKeyId', arnOfKey],
    ],
  },
  'table': {
    create: (owner) => new Table(owner, 'Mine', {
      tableName: 'mine', partitionKey: { name: 'pk', type: AttributeType.STRING },
    }),
    byName: (stack, name) => Table.fromTableName(stack, 'Mine', name),
    byArn: (stack, arn) => Table.fromTableArn(stack, 'Mine', arn),
    arn: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/mine`,
    use: (stack, table: ITable) => new StripeEventBridge(stack, 'Stripe', { customerTable: { table } }),
    named: [
      ['AWS::Lambda::Function', `${VARIABLES}.TABLE_ARN`, arnOfTable], ['AWS::IAM::Policy', RESOURCES, arnOfTable],
    ],
  },
  'HTTP API': {
    create: (owner) => new HttpApi(owner, 'Mine'),
    byName: (stack, name) => HttpApi.fromHttpApiAttributes(stack, 'Mine', { httpApiId: name }),
    use: (stack, api: IHttpApi) =>
      new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ api, path: '/stripe' }) }),
    named: [['AWS::ApiGatewayV2::Route', 'ApiId', ({ apiId }: IHttpApi) => apiId]],
  },
  'domain': {
    create: (owner) => new DomainName(owner, 'Mine', {
      domainName: 'api.example.com',
      certificate: Certificate.fromCertificateArn(owner, 'Certificate', 'arn:aws:acm:eu-west-1:1:certificate/x'),
    }),
    byName: (stack, name) => DomainName.fromDomainNameAttributes(stack, 'Mine', {
      name, regionalDomainName: 'd-1.execute-api.eu-west-1.amazonaws.com', regionalHostedZoneId: 'Z1',
    }),
    use: (stack, domainName: IDomainName) =>
      new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ domainName }) }),
    named: [['AWS::ApiGatewayV2::ApiMapping', 'DomainName', ({ name }: IDomainName) => name]],
  },
  'role': {
    create: (owner) => new Role(owner, 'Mine', {
      roleName: 'mine', assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    }),
    byName: (stack, name) => Role.fromRoleName(stack, 'Mine', name),
    byArn: (stack, arn) => Role.fromRoleArn(stack, 'Mine', arn),
    arn: `arn:aws:iam::${ACCOUNT}:role/mine`,
    use: (stack, role: IRole) => new StripeEventBridge(stack, 'Stripe', { functionOptions: { role } }),
    named: [['AWS::Lambda::Function', 'Role', ({ roleArn }: IRole) => roleArn]],
  },
  'VPC': {
    create: (owner) => new Vpc(owner, 'Mine'),
    byName: (stack, name) => Vpc.fromLookup(stack, 'Mine', { vpcName: name }),
    use: (stack, vpc: IVpc) => new StripeEventBridge(stack, 'Stripe', { functionOptions: { vpc } }),
    named: [['AWS::Lambda::Function', 'VpcConfig.SubnetIds.*', ({ privateSubnets: [first] }: IVpc) => first.subnetId]],
  },
  'target queue': {
    create: newQueue,
    byArn: (stack, arn) => Queue.fromQueueArn(stack, 'Mine', arn),
    arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:mine`,
    use: (stack, queue: IQueue) =>
      new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: new SqsQueue(queue) }),
    named: [['AWS::Events::Rule', 'Targets.*.Arn', arnOfQueue]],
  },
  'dead-letter queue of a target': {
    create: newQueue,
    byArn: (stack, arn) => Queue.fromQueueArn(stack, 'Mine', arn),
    arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:mine`,
    use: (stack, deadLetterQueue: IQueue) => new StripeEventBridge(stack, 'Stripe').onEvent('Paid', {
      target: new SqsQueue(new Queue(stack, 'Target'), { deadLetterQueue }),
    }),
    named: [['AWS::Events::Rule', 'Targets.*.DeadLetterConfig.Arn', arnOfQueue]],
  },
  'dead-letter queue of a QueuedFunction': {
    create: (owner) => new Queue(owner, 'Mine', { queueName: 'mine', retentionPeriod: Duration.days(14) }),
    byArn: (stack, arn) => Queue.fromQueueArn(stack, 'Mine', arn),
    arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:mine`,
    use: (stack, deadLetterQueue: IQueue) => new StripeEventBridge(stack, 'Stripe').onEvent('Paid', {
      target: new QueuedFunction(
        new Function(stack, 'Fn', { runtime, handler, code: failing }),
        { deadLetterQueue, retryFor: Duration.minutes(25) },
      ),
    }),
    named: [['AWS::Events::Rule', 'Targets.*.DeadLetterConfig.Arn', arnOfQueue],
      ['AWS::SQS::Queue', 'RedrivePolicy.deadLetterTargetArn', arnOfQueue]],
  },
  'target function': {
    create: newFunction,
    byName: (stack, name) => Function.fromFunctionName(stack, 'Mine', name),
    byArn: (stack, arn) => Function.fromFunctionArn(stack, 'Mine', arn),
    arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:mine`,
    use: (stack, fn: IFunction) =>
      new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: new LambdaFunction(fn) }),
    named: [['AWS::Events::Rule', 'Targets.*.Arn', arnOfFunction]],
  },
  'function of a QueuedFunction': {
    create: newFunction,
    byName: (stack, name) => Function.fromFunctionName(stack, 'Mine', name),
    byArn: importedFunction,
    arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:mine`,
    use: (stack, fn: IFunction) =>
      new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: new QueuedFunction(fn) }),
    named: [['AWS::Lambda::EventSourceMapping', 'FunctionName', nameOrArnOfFunction]],
  },
  'topic of the alarms': {
    create: (owner) => new Topic(owner, 'Mine', { topicName: 'mine' }),
    byArn: (stack, arn) => Topic.fromTopicArn(stack, 'Mine', arn),
    arn: `arn:aws:sns:${REGION}:${ACCOUNT}:mine`,
    use: (stack, topic: ITopic) =>
      new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [new SnsAction(topic)] } }),
    named: [['AWS::CloudWatch::Alarm', 'AlarmActions.*', ({ topicArn }: ITopic) => topicArn]],
  },
  'target bus': {
    create: (owner) => new EventBus(owner, 'Mine', { eventBusName: 'mine' }),
    byName: (stack, name) => EventBus.fromEventBusName(stack, 'Mine', name),
    byArn: (stack, arn) => EventBus.fromEventBusArn(stack, 'Mine', arn),
    arn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/mine`,
    use: (stack, bus: IEventBus) =>
      new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: new BusTarget(bus) }),
    named: [['AWS::Events::Rule', 'Targets.*.Arn', arnOfBus]],
  },
};

/** Name and ARN of a resource that exists. */
export interface Physical {
  readonly name: string;
  readonly arn?: string;
}

/** Returns the name and the ARN by which the templates are tested. */
function planned(origin: Origin, { arn }: Subject<unknown>): Physical {
  const { account, region } = placeOf(origin);
  return { name: 'mine', arn: arn?.replace(ACCOUNT, account).replace(REGION, region) };
}

/** Resource in one form. Undefined where CDK has no such form. */
export function resourceIn(
  origin: Origin, subject: Subject<any>, { stack, owner }: Stacks, { name, arn } = planned(origin, subject),
): unknown {
  switch (origin) {
    case 'by name': return subject.byName?.(stack, name);
    case 'by ARN': return arn && subject.byArn?.(stack, arn);
    case 'by partial ARN': return arn && subject.byPartialArn?.(stack, arn.replace(/-\w{6}$/, ''));
    case 'by token': return subject.byArn
      ? subject.byArn(stack, new CfnParameter(stack, 'Arn').valueAsString)
      : subject.byName?.(stack, new CfnParameter(stack, 'Name').valueAsString);
    case 'stack without env': return arn && subject.byArn ? subject.byArn(stack, arn) : subject.create(stack);
    case 'ARN of another account': return arn && subject.byArn?.(stack, arn);
    case 'ARN of another region': return arn?.includes(OTHER_REGION) ? subject.byArn?.(stack, arn) : undefined;
    default: return subject.create(owner);
  }
}
