import { App, type Environment, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { DomainName, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { QueuedFunction, StripeEndpoint, StripeEventBridge, StripeEvents } from '../../src';

/** An app is often one stack for each environment, all with the same ids and the same imported names. */

const WEB_ACL = 'arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/a/b';

/** Everything for which the checks of the complete app search the whole app. */
function everything(stack: Stack): Stack {
  const fn = new Function(stack, 'Fn', { runtime: Runtime.NODEJS_22_X, handler: 'i.h', code: Code.fromInline('x') });
  const topic = new Topic(stack, 'Topic', { enforceSSL: true });
  const alarms = { actions: [new SnsAction(topic)] };
  const encryptionKey = stack.region === 'eu-west-1' ? new Key(stack, 'Key') : undefined;
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    encryptionKey, alarms, customerTable: {}, endpoint: StripeEndpoint.httpApi({ api: new HttpApi(stack, 'Api') }),
  });
  bridge.onEvent('Queued', { target: new QueuedFunction(fn) });
  bridge.onEvent('Direct', { target: new LambdaFunction(fn, { deadLetterQueue: new Queue(stack, 'Dead') }) });
  bridge.onEvent('Queue', { target: new SqsQueue(new Queue(stack, 'Queue', { enforceSSL: true })) });
  bridge.onEvent('Topic', { target: new SnsTopic(topic) });
  const shared = EventBus.fromEventBusName(stack, 'Bus', 'shared');
  const rest = new StripeEventBridge(stack, 'Rest', {
    alarms, eventBus: shared, endpoint: StripeEndpoint.restApi(), eventSource: 'rest',
  });
  new CfnWebACLAssociation(stack, 'Acl', { webAclArn: WEB_ACL, resourceArn: rest.restApi!.deploymentStage.stageArn });
  StripeEvents.fromEventBus(stack, 'Events', shared, { alarms, eventSources: ['rest'] }).addCustomerTable('Table');
  return stack;
}

/** Warnings without the path, sorted. */
const warningsOf = (stack: Stack) =>
  Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => `${entry.data}`).sort();

const stackIn = (stage: Stage, env?: Environment) => everything(new Stack(stage, 'App', { env }));

const HERE = { account: '111111111111', region: 'eu-west-1' };

test.each<[string, Environment | undefined, Environment | undefined]>([
  ['without an environment', undefined, undefined],
  ['in two accounts', HERE, { ...HERE, account: '222222222222' }],
  ['in two regions', HERE, { ...HERE, region: 'us-east-1' }],
])('a stack has the same warnings and template alone and beside another stage with the same ids, %s', (_what, a, b) => {
  const alone = stackIn(new Stage(new App(), 'Dev'), a);
  const app = new App();
  const [dev, prod] = [stackIn(new Stage(app, 'Dev'), a), stackIn(new Stage(app, 'Prod'), b)];
  expect(warningsOf(dev)).toEqual(warningsOf(alone));
  expect(warningsOf(alone).length).toBeGreaterThan(0);
  expect(Template.fromStack(dev).toJSON()).toEqual(Template.fromStack(alone).toJSON());
  expect(() => Template.fromStack(prod)).not.toThrow();
});

const DOMAIN = { name: 'hooks.example.com', regionalDomainName: 'd-1', regionalHostedZoneId: 'Z1' };
const ENDPOINTS: Array<[string, (stack: Stack) => StripeEndpoint, string]> = [
  ['domain', (stack) =>
    StripeEndpoint.httpApi({ domainName: DomainName.fromDomainNameAttributes(stack, 'Domain', DOMAIN) }), 'mappingKey'],
  ['API', (stack) =>
    StripeEndpoint.httpApi({ api: HttpApi.fromHttpApiAttributes(stack, 'Api', { httpApiId: 'abc' }) }), 'path'],
];

test.each(ENDPOINTS)('one imported %s in several stages is taken only in one account and region', (_what, of, name) => {
  const synthesized = (...envs: Array<Environment | undefined>) => () => {
    const app = new App();
    envs.forEach((env, index) => {
      const stack = new Stack(new Stage(app, `Stage${index}`), 'App', { env });
      new StripeEventBridge(stack, 'Stripe', { endpoint: of(stack) });
    });
    app.synth();
  };
  expect(synthesized(HERE, { ...HERE, region: 'us-east-1' }, { ...HERE, account: '222222222222' })).not.toThrow();
  expect(synthesized(undefined, undefined)).not.toThrow();
  expect(synthesized(HERE, HERE)).toThrow(`\`${name}\` must be unique for the `);
});
