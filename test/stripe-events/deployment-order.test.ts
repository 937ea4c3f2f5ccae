import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueuedFunction, StripeEventBridge, StripeEventFilter } from '../../src';
import { dependenciesOf, newStack } from '../harness/template';

/** Order in which CloudFormation creates and changes what a rule needs. */

const functionIn = (scope: Construct) => new Function(scope, 'Fn', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
});
const TARGETS: Record<string, (stack: Stack) => IRuleTarget> = {
  QueuedFunction: (stack) => new QueuedFunction(functionIn(stack)),
  LambdaFunction: (stack) => new LambdaFunction(functionIn(stack)),
  SqsQueue: (stack) => new SqsQueue(new Queue(stack, 'Target')),
};
const types = (count: number) => Array.from({ length: count }, (_, index) => `customer.of_a_rather_long_name_${index}`);
const cases = Object.keys(TARGETS).flatMap((target) => [40, 120, 240].map((count) => [target, count] as const));

function resourcesOf(target: string, count: number): Record<string, any> {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe').onEvent('Paid', {
    eventTypes: StripeEventFilter.named(...types(count)), target: TARGETS[target](stack),
  });
  return Template.fromStack(stack).toJSON().Resources;
}

const idsOf = (resources: Record<string, any>, type: string, prefix: string) => Object.keys(resources)
  .filter((id) => resources[id].Type === type && id.startsWith(prefix));

test.each(cases)('F1: before a rule for %s with %d types changes, whatever admits the others has changed', (...row) => {
  const resources = resourcesOf(...row);
  const rules = idsOf(resources, 'AWS::Events::Rule', 'StripePaidRule');
  const [first, ...others] = rules;
  const before = dependenciesOf(resources, first);
  expect(before).toEqual(expect.arrayContaining(others));
  // queues of the library admit every rule of the account
  const policies = idsOf(resources, 'AWS::SQS::QueuePolicy', 'StripePaid');
  expect(policies.length).toBeGreaterThan(0);
  rules.forEach((rule) => expect(dependenciesOf(resources, rule)).toEqual(expect.arrayContaining(policies)));
  const afterPolicies = policies.flatMap((policy) => dependenciesOf(resources, policy));
  expect(afterPolicies.filter((id) => rules.includes(id))).toEqual([]);
  const permissions = idsOf(resources, 'AWS::Lambda::Permission', 'StripePaid')
    .filter((id) => !JSON.stringify(resources[id]).includes(`"${first}"`));
  expect(permissions).toHaveLength(row[0] === 'LambdaFunction' ? others.length : 0);
  expect(before).toEqual(expect.arrayContaining(permissions));
});

test('F7: a consumer with a scope of its own may depend on the bridge', () => {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe');
  const consumer = new Construct(stack, 'Consumer');
  bridge.onEvent('Paid', { scope: consumer, target: new QueuedFunction(functionIn(consumer)) });
  consumer.node.addDependency(bridge);
  const resources = Template.fromStack(stack).toJSON().Resources;
  const cyclic = Object.keys(resources).filter((id) => dependenciesOf(resources, id).includes(id));
  expect(cyclic).toEqual([]);
});
