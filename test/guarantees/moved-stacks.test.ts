import { App, Duration, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DomainName, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  QueuedFunction, StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeEvents, StripeEventType, StripeSourceIps,
} from '../../src';

/**
 * A deployed stack keeps its name when it is moved into a stage, or gets another id. Its resources must keep their
 * logical ids and names: a new mapping of the same queue, for one, is rejected.
 */

/** Adds every resource of the library. */
function addEverything(stack: Stack): void {
  const fn = new Function(stack, 'Fn', { runtime: Runtime.NODEJS_22_X, handler: 'i.h', code: Code.fromInline('x') });
  const alarms = { actions: [new SnsAction(new Topic(stack, 'Topic'))], expectEventEvery: Duration.days(1) };
  const encryptionKey = new Key(stack, 'Key');
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    alarms,
    encryptionKey,
    customerTable: {},
    archive: {},
    dashboard: true,
    logEncryptionKey: new Key(stack, 'LogKey'),
    endpoint: StripeEndpoint.httpApi({ accessLog: {} }),
  });
  const eventTypes = StripeEventFilter.of(...Object.values(StripeEventType)
    .filter((type) => type !== 'issuing_authorization.request').slice(0, 80)); // several rules
  bridge.onEvent('Queued', { target: new QueuedFunction(fn), eventTypes });
  bridge.onEvent('Direct', { target: new LambdaFunction(fn), eventTypes });
  bridge.onEvent('Queue', { target: new SqsQueue(new Queue(stack, 'Queue')), eventTypes });
  bridge.grantPutEvents(new AccountPrincipal('222222222222'));
  new StripeEventBridge(stack, 'Rest', {
    endpoint: StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe(), accessLog: {} }), eventSource: 'rest',
  });
  new StripeEventBridge(stack, 'Url', { endpoint: StripeEndpoint.functionUrl(), eventSource: 'url' });
  const endpoint = StripeEndpoint.httpApi({ api: new HttpApi(stack, 'Api') });
  new StripeEventBridge(stack, 'Mine', { endpoint, eventSource: 'mine' });
  const domainName = new DomainName(stack, 'Domain', {
    domainName: 'api.example.com',
    certificate: Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:eu-west-1:1:certificate/x'),
  });
  new StripeEventBridge(stack, 'AtDomain', {
    endpoint: StripeEndpoint.httpApi({ domainName, mappingKey: 'live' }), eventSource: 'domain',
  });
  const shared = EventBus.fromEventBusName(stack, 'Bus', 'shared');
  StripeEvents.fromEventBus(stack, 'Events', shared, { alarms, customerTable: {}, archive: {} });
}

/**
 * Template of a stack. CDK gives permissions of Lambda ids with the path of the stack. Two of one function can be there
 * at once, because CloudFormation generates their names, so that the ids may change.
 */
function templateOf(stack: Stack): Record<string, unknown> {
  addEverything(stack);
  const template = Template.fromStack(stack);
  const permissions = Object.keys(template.findResources('AWS::Lambda::Permission'));
  return JSON.parse(permissions.reduce((text, id, index) => text.replaceAll(`"${id}"`, `"Permission${index}"`),
    JSON.stringify(template.toJSON())));
}

const PROPS = { stackName: 'billing', env: { account: '111111111111', region: 'eu-west-1' } };

test.each<[string, () => Stack]>([
  ['has another id', () => new Stack(new App(), 'Renamed', PROPS)],
  ['is in a stage', () => new Stack(new Stage(new App(), 'Prod'), 'Billing', PROPS)],
  ['is in a stage and has another id', () => new Stack(new Stage(new App(), 'Prod'), 'Renamed', PROPS)],
])('8p: a stack that keeps its name and %s has the same template', (_what, moved) => {
  expect(templateOf(moved())).toEqual(templateOf(new Stack(new App(), 'Billing', PROPS)));
});
