import { App, Aws, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus, type IEventBus, type IRuleTarget } from 'aws-cdk-lib/aws-events';
import { EventBus as EventBusTarget, LambdaFunction, SfnStateMachine, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Function } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { StripeCustomerTable, StripeEventBridge, StripeEventRule, StripeEvents } from '../../src';

/** Resources that are imported by their name. CDK adds the name to an ARN, whatever it is. */

const newStack = () => new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
const arnOf = (service: string, name: string) => `arn:aws:${service}:eu-west-1:111111111111:${name}`;
const BUS_ARN = arnOf('events', 'event-bus/custom');

const USES: Record<string, (stack: Stack, eventBus: IEventBus) => unknown> = {
  'a bridge': (stack, eventBus) => new StripeEventBridge(stack, 'Stripe', { eventBus }),
  'the events of an existing bus': (stack, eventBus) => StripeEvents.fromEventBus(stack, 'Stripe', eventBus),
  'a table': (stack, eventBus) => new StripeCustomerTable(stack, 'Table', { eventBus }),
  'a rule': (stack, eventBus) => new StripeEventRule(stack, 'Rule', {
    eventBus, eventSources: ['stripe.com'], target: new SqsQueue(new Queue(stack, 'Target')),
  }),
};

describe.each(Object.keys(USES))('G14: the bus of %s', (use) => {
  test.each([
    BUS_ARN, arnOf('events', 'event-bus/default'), BUS_ARN.replace('arn:aws:', `arn:${Aws.PARTITION}:`),
  ])('that is imported by name with the ARN %# fails with the remedy', (name) => {
    const stack = newStack();
    expect(() => USES[use](stack, EventBus.fromEventBusName(stack, 'Bus', name))).toThrow(
      /^`eventBus` must be an IEventBus .*, got the ARN .* as a name; use .*, or EventBus\.fromEventBusArn\(/);
  });

  test.each<[string, (stack: Stack) => IEventBus]>([
    ['by name', (stack) => EventBus.fromEventBusName(stack, 'Bus', 'custom')],
    ['by ARN', (stack) => EventBus.fromEventBusArn(stack, 'Bus', BUS_ARN)],
  ])('that is imported %s is accepted', (_how, bus) => {
    const stack = newStack();
    expect(() => USES[use](stack, bus(stack))).not.toThrow();
  });
});

test('G14: a table that is imported by name with an ARN fails with the remedy', () => {
  const stack = newStack();
  const table = Table.fromTableName(stack, 'Mine', arnOf('dynamodb', 'table/x'));
  expect(() => new StripeEventBridge(stack, 'Stripe', { customerTable: { table } })).toThrow(
    "`table` must be an ITable, got the ARN 'arn:aws:dynamodb:eu-west-1:111111111111:table/x' as a name; " +
    "use Table.fromTableArn(this, 'Table', arn)");
});

test('G14: a role that is imported by name with an ARN fails with the remedy', () => {
  const stack = newStack();
  const role = Role.fromRoleName(stack, 'Mine', arnOf('iam', 'role/x'));
  expect(() => new StripeEventBridge(stack, 'Stripe', { functionOptions: { role } })).toThrow(
    "`role` must be an IRole, got the ARN 'arn:aws:iam:eu-west-1:111111111111:role/x' as a name; " +
    "use Role.fromRoleArn(this, 'Role', arn)");
});

const TARGETS: Record<string, (stack: Stack, byArn: boolean) => IRuleTarget> = {
  'bus': (stack, byArn) => new EventBusTarget(
    EventBus.fromEventBusName(stack, 'Mine', byArn ? arnOf('events', 'event-bus/other') : 'other')),
  'function': (stack, byArn) => new LambdaFunction(
    Function.fromFunctionName(stack, 'Mine', byArn ? arnOf('lambda', 'function:f') : 'f')),
  'state machine': (stack, byArn) => new SfnStateMachine(
    StateMachine.fromStateMachineName(stack, 'Mine', byArn ? arnOf('states', 'stateMachine:m') : 'm')),
};

test.each(Object.keys(TARGETS))('G14: a target %s, imported by name with an ARN, fails with the remedy', (kind) => {
  const send = (byArn: boolean) => {
    const stack = newStack();
    new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target: TARGETS[kind](stack, byArn) });
  };
  expect(() => send(true)).toThrow(
    /^`target` must be imported by its name, or by its ARN, got the ARN 'arn:aws:\S+' as a name; use the method /);
  expect(() => send(false)).not.toThrow();
});
