import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { EventBus as EventBusTarget, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEventBridge, StripeEvents } from '../../src';
import { newStack } from '../harness/template';

const ENV = { account: '111111111111', region: 'eu-west-1' };
const OTHER_ACCOUNT = 'arn:aws:events:eu-west-1:222222222222:event-bus/orders';
const OTHER_REGION = 'arn:aws:events:us-east-1:111111111111:event-bus/orders';

test.each([
  ['account', { region: 'eu-west-1' }, '222222222222'],
  ['region', { account: '222222222222' }, 'eu-west-1'],
])('N08: a bus with a literal %s fails in a stack whose own is unknown, with the remedy', (what, env, value) => {
  const stack = new Stack(new App(), 'Stack', { env });
  const eventBus = EventBus.fromEventBusArn(stack, 'Bus', OTHER_ACCOUNT);
  expect(() => new StripeEventBridge(stack, 'Stripe', { eventBus })).toThrow(
    `\`eventBus\` is in ${what} ${value} and the ${what} of the stack is unknown; ` +
    'set `env` on the stack, or import the bus by name (Stack/Stripe)');
});

test.each([
  ['N43', 'account', OTHER_ACCOUNT],
  ['N24', 'region', OTHER_REGION],
])('%s: an archive, a table and a rule fail on a bus of another %s', (_row, what, arn) => {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const events = StripeEvents.fromEventBus(stack, 'Stripe', EventBus.fromEventBusArn(stack, 'Bus', arn));
  const message = new RegExp(`\`eventBus\` must be in the ${what} of the stack`);

  expect(() => events.addArchive('Archive')).toThrow(message);
  expect(() => events.addCustomerTable('Table')).toThrow(message);
  expect(() => events.onEvent('Paid', { target: new SqsQueue(new Queue(stack, 'Target')) })).toThrow(message);
});

test.each(['bus', 'queue'])('N51: a target that is a %s has no retry policy of the library', (kind) => {
  const stack = newStack();
  const target = kind === 'bus'
    ? new EventBusTarget(new EventBus(stack, 'Other'))
    : new SqsQueue(new Queue(stack, 'Target'));
  StripeEvents.fromEventBus(stack, 'Stripe', new EventBus(stack, 'Bus')).onEvent('Paid', { target });

  Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
    Targets: [Match.objectLike({ RetryPolicy: Match.absent() })],
  });
});

test('N05: the dead-letter queue of a bus with a key does not use the key and accepts that bus only', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { encryptionKey: new Key(stack, 'Key') });
  const template = Template.fromStack(stack);
  const [bus] = Object.keys(template.findResources('AWS::Events::EventBus'));
  const { DeadLetterConfig } = template.findResources('AWS::Events::EventBus')[bus].Properties;
  const [queueId] = DeadLetterConfig.Arn['Fn::GetAtt'];

  expect(template.findResources('AWS::SQS::Queue')[queueId].Properties).toMatchObject({ SqsManagedSseEnabled: true });
  template.hasResourceProperties('AWS::SQS::QueuePolicy', {
    Queues: [{ Ref: queueId }],
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [bus, 'Arn'] } } },
      })]),
    },
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queueId, 'QueueName'] } }],
    TreatMissingData: 'ignore', // N61
  });
});
