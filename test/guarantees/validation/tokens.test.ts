import { App, CfnParameter, NestedStack, Stack } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { QueuedFunction, StripeCustomerTable, StripeEndpoint, StripeEventBridge } from '../../../src';
import { resourceIn, type Stacks, SUBJECTS } from '../imports/subjects';

/** Messages in nested stacks and in stacks without an environment, where names, accounts and regions are tokens. */

const ENV = { account: '111111111111', region: 'eu-west-1' };

/** Warnings as they are given, without being resolved, and the errors of construction and of validation. */
function messagesOf(app: App, build: () => unknown): string[] {
  const errors: string[] = [];
  try {
    build();
    errors.push(...app.node.findAll().flatMap(({ node }) => node.validate()));
  } catch (error) {
    errors.push((error as Error).message);
  }
  const warnings = app.node.findAll().flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => `${data}`)
    .filter((text) => text.includes('cdk-stripe-eventbridge:'));
  return [...errors, ...warnings];
}

const nestedIn = (env: object | undefined) => {
  const app = new App();
  const parent = new Stack(app, 'Test', { env });
  return { app, parent, nested: new NestedStack(parent, 'Nested'), other: new NestedStack(parent, 'Other') };
};
type Nested = ReturnType<typeof nestedIn>;

/** Owners of a resource that a bridge in a nested stack uses. */
const STACKS: Record<string, (all: Nested) => Stacks> = {
  'a nested stack': ({ nested }) => ({ stack: nested, owner: nested }),
  'a nested stack, of its parent': ({ nested, parent }) => ({ stack: nested, owner: parent }),
  'a nested stack, of another one': ({ nested, other }) => ({ stack: nested, owner: other }),
  'a stack, of a nested one': ({ nested, parent }) => ({ stack: parent, owner: nested }),
};
const CASES = [ENV, undefined].flatMap((env) => Object.keys(STACKS)
  .flatMap((owner) => Object.keys(SUBJECTS).map((subject) => [subject, owner, env] as const)));

test.each(CASES)('W12: no message for the %s in %s, with the environment %j, shows a token', (subject, owner, env) => {
  for (const origin of ['same stack', 'by ARN'] as const) {
    const all = nestedIn(env);
    const stacks = STACKS[owner](all);
    const messages = messagesOf(all.app, () => {
      const resource = resourceIn(origin, SUBJECTS[subject], stacks);
      resource && SUBJECTS[subject].use(stacks.stack, resource);
    });
    expect(messages.filter((text) => text.includes('Token['))).toEqual([]);
  }
});

const functionIn = (stack: Stack) => new Function(stack, 'Fn', {
  runtime: Runtime.NODEJS_22_X, handler: 'i.h', code: Code.fromInline('x'),
});
const parameterIn = (stack: Stack) => new CfnParameter(stack, 'Parameter').valueAsString;

test.each<[string, (all: Nested) => unknown, RegExp]>([
  ['a role of the parent', ({ nested, parent }) => new StripeEventBridge(nested, 'Stripe', {
    functionOptions: { role: new Role(parent, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }) },
  }), /^`role` must be created or imported in the stack Test\/Nested, got Test\/Role/],
  ['a dead-letter queue of the parent', ({ nested, parent }) => new StripeEventBridge(nested, 'S').onEvent('Paid', {
    target: new LambdaFunction(functionIn(nested), { deadLetterQueue: new Queue(parent, 'Dead') }),
  }), /^`deadLetterQueue` must .*; omit it, or create it in the stack Test\/Nested \(/],
  ['a function of a nested stack', ({ nested, parent }) => new StripeEventBridge(parent, 'Stripe').onEvent('Paid', {
    target: new QueuedFunction(functionIn(nested)),
  }), /pass `scope` with a construct of the stack Test\/Nested \(/],
  ['a bus and a name that is known later', ({ parent }) => new StripeEventBridge(parent, 'Stripe', {
    eventBus: new EventBus(parent, 'Bus'), eventBusName: parameterIn(parent),
  }), /^`eventBus` and `eventBusName` are mutually exclusive, got a bus and the name 'a token'; omit /],
  ['two routes of a path that is known later', ({ parent }) => {
    const endpoint = StripeEndpoint.httpApi({ api: new HttpApi(parent, 'Api'), path: `/${parameterIn(parent)}` });
    return ['One', 'Two'].map((id) => new StripeEventBridge(parent, id, { endpoint }));
  }, /`path` must be unique for the API, got a token for a string, as /],
  ['a bus elsewhere and a source that is known later', ({ parent }) => new StripeEventBridge(parent, 'Stripe', {
    eventBus: EventBus.fromEventBusArn(parent, 'Bus', 'arn:aws:events:us-east-1:111111111111:event-bus/there'),
    eventSource: parameterIn(parent),
  }), /its owner should send events with the source a token for a string to a queue|account of the stack is unknown/],
  ['an imported key of the logs', ({ nested }) => new StripeEventBridge(nested, 'Stripe', {
    logEncryptionKey: Key.fromKeyArn(nested, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1'),
  }), /it must allow CloudWatch Logs in (region eu-west-1|the region of the stack) to call .* for the log groups of /],
  ['an imported key', ({ nested }) => new StripeCustomerTable(nested, 'Table', {
    eventBus: EventBus.fromEventBusName(nested, 'Bus', 'billing'),
    encryptionKey: Key.fromKeyArn(nested, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1'),
  }), /kms:DescribeKey in (account 111111111111|the account of the stack)|needs a stack with a region/],
])('W12: the message for %s shows no token', (_what, build, text) => {
  for (const env of [ENV, undefined]) {
    const all = nestedIn(env);
    const messages = messagesOf(all.app, () => build(all));
    expect(messages).toContainEqual(expect.stringMatching(text));
    expect(messages.filter((each) => each.includes('Token['))).toEqual([]);
  }
});
