import { Aws, Lazy, type Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import {
  AnyPrincipal, ArnPrincipal, Effect, PolicyStatement, type PolicyStatementProps, ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { type CfnTopic, CfnTopicInlinePolicy, CfnTopicPolicy, Topic, TopicPolicy } from 'aws-cdk-lib/aws-sns';
import { CfnQueueInlinePolicy, CfnQueuePolicy, type IQueue, Queue, QueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { StripeEventBridge, StripeEvents } from '../../src';
import { newStack } from '../harness/template';

/** Rule to a queue of the user, with dead-letter queues of the user and of the library, and to a topic. */
function rules(stack: Stack) {
  const [target, dead] = ['Target', 'Dead'].map((id) => new Queue(stack, id, { enforceSSL: true }));
  const topic = new Topic(stack, 'Topic', { enforceSSL: true });
  const events = StripeEvents.fromEventBus(stack, 'Stripe', EventBus.fromEventBusName(stack, 'Bus', 'billing'));
  events.onEvent('Queue', { target: new SqsQueue(target, { deadLetterQueue: dead }) });
  const { deadLetterQueue: own } = events.onEvent('Topic', { target: new SnsTopic(topic) });
  return { stack, target, dead, topic, own: own! };
}

type Rules = ReturnType<typeof rules>;

const allow = (queue: IQueue) => new PolicyStatement({
  principals: [new ArnPrincipal('arn:aws:iam::111111111111:root')], actions: ['sqs:*'], resources: [queue.queueArn],
});

function secondQueuePolicy(stack: Stack, queue: IQueue): void {
  new QueuePolicy(stack, 'Second', { queues: [queue] }).document.addStatements(allow(queue));
}

describe('W04: a second policy, of which AWS keeps one,', () => {
  test.each<[string, (all: Rules) => void, string]>([
    ['of a target queue', ({ stack, target }) => secondQueuePolicy(stack, target), 'Target'],
    ['of a dead-letter queue of the user', ({ stack, dead }) => secondQueuePolicy(stack, dead), 'Dead'],
    ['of a dead-letter queue of the library', ({ stack, own }) => secondQueuePolicy(stack, own),
      'Stripe/Topic/DeadLetterQueue'],
    ['of a queue, as a resource of CloudFormation', ({ stack, own }) => {
      new CfnQueuePolicy(stack, 'Second', { queues: [own.queueUrl], policyDocument: { Statement: [] } });
    }, 'Stripe/Topic/DeadLetterQueue'],
    ['of a topic', ({ stack, topic }) => {
      new TopicPolicy(stack, 'Second', { topics: [topic] });
    }, 'Topic'],
    ['of a topic, as a resource of CloudFormation', ({ stack, topic }) => {
      const topics = [(topic.node.defaultChild as CfnTopic).ref];
      new CfnTopicPolicy(stack, 'Second', { topics, policyDocument: { Statement: [] } });
    }, 'Topic'],
  ])('%s fails synthesis', (_what, add, path) => {
    const all = rules(newStack());
    add(all);
    expect(() => Template.fromStack(all.stack)).toThrow(new RegExp(
      `Test/${path} has 2 policies, and AWS keeps only one of (Test/\\S+(, |; )){2}add the statements of the others `));
  });

  const POLICY = { policyDocument: { Statement: [] } };

  test.each<[string, (all: Rules) => void, string]>([
    ['a target queue', ({ stack, target: { queueUrl } }) => {
      new CfnQueueInlinePolicy(stack, 'Second', { queue: queueUrl, ...POLICY });
    }, 'Target'],
    ['a dead-letter queue of the user', ({ stack, dead: { queueUrl } }) => {
      new CfnQueueInlinePolicy(stack, 'Second', { queue: queueUrl, ...POLICY });
    }, 'Dead'],
    ['a topic', ({ stack, topic: { topicArn } }) => {
      new CfnTopicInlinePolicy(stack, 'Second', { topicArn, ...POLICY });
    }, 'Topic'],
    ['the quarantine queue', ({ stack }) => {
      const { quarantineQueue } = new StripeEventBridge(stack, 'Bridge');
      new CfnQueueInlinePolicy(stack, 'Second', { queue: quarantineQueue!.queueUrl, ...POLICY });
    }, 'Bridge/Quarantine/Queue'],
  ])('G11: as an inline policy of %s fails synthesis', (_what, add, path) => {
    const all = rules(newStack());
    add(all);
    expect(() => Template.fromStack(all.stack)).toThrow(new RegExp(
      `Test/${path} has 2 policies, and AWS keeps only one of (Test/\\S+(, |; )){2}add the statements of the others `));
  });

  test('G11: as an inline policy of a queue that the library does not use is accepted', () => {
    const { stack } = rules(newStack());
    const { queueUrl } = new Queue(stack, 'Other', { enforceSSL: true });
    new CfnQueueInlinePolicy(stack, 'Second', { queue: queueUrl, ...POLICY });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('whose list of queues is known later is accepted', () => {
    const { stack } = rules(newStack());
    const queues = Lazy.list({ produce: () => ['https://sqs.eu-west-1.amazonaws.com/111111111111/other'] });
    new CfnQueuePolicy(stack, 'Lazy', { queues, policyDocument: { Statement: [] } });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('of a queue that the library does not use is accepted', () => {
    const { stack } = rules(newStack());
    const other = new Queue(stack, 'Other', { enforceSSL: true });
    secondQueuePolicy(stack, other);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('W05: a Deny in the policy', () => {
  const everyone: PolicyStatementProps = { effect: Effect.DENY, principals: [new AnyPrincipal()], actions: ['sqs:*'] };
  const SERVICES = ['sns.amazonaws.com', 'events.amazonaws.com'];
  const notInOrganization = { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } };
  const warnings = (queue: keyof Pick<Rules, 'target' | 'dead' | 'own'>, props: PolicyStatementProps) => {
    const all = rules(newStack());
    all[queue].addToResourcePolicy(new PolicyStatement({ resources: [all[queue].queueArn], ...everyone, ...props }));
    return Annotations.fromStack(all.stack).findWarning('*', Match.stringLikeRegexp(
      `^the policy of ${all[queue].node.path} has a Deny for everyone, which can keep EventBridge out; exempt`));
  };

  test.each(['target', 'dead', 'own'] as const)('of the queue %s gives a warning', (queue) => {
    expect(warnings(queue, { conditions: notInOrganization })).toHaveLength(1);
  });

  test.each<[string, PolicyStatementProps]>([
    ['without a condition', {}],
    ['for one action', { actions: ['sqs:SendMessage'] }],
    ['outside a VPC', { conditions: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } }],
    ['4a5: for services other than S3', { conditions: { StringNotEquals: { 'aws:PrincipalServiceName': 's3.*' } } }],
    ['4a5: for services', { conditions: { Bool: { 'aws:PrincipalIsAWSService': 'true' } } }],
    ['4a3: for an organization', { conditions: { StringEquals: { 'aws:SourceOrgID': 'o-1' } } }],
    ['4a3: for all but one rule', {
      conditions: { ArnNotEquals: { 'aws:SourceArn': 'arn:aws:events:eu-west-1:111111111111:rule/other' } },
    }],
    ['4a3: for all but alarms', {
      conditions: { ArnNotLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:*:111111111111:alarm:*' } },
    }],
  ])('%s gives a warning', (_what, props) => {
    expect(warnings('target', props)).toHaveLength(1);
  });

  test.each<[string, PolicyStatementProps]>([
    ['without TLS', { conditions: { Bool: { 'aws:SecureTransport': 'false' } } }],
    ['that exempts services', {
      conditions: { ...notInOrganization, BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } },
    }],
    ['that exempts EventBridge by name', {
      principals: undefined, notPrincipals: [new ServicePrincipal('events.amazonaws.com')],
    }],
    ['4a3: outside an organization, by services as well', {
      conditions: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1', 'aws:SourceOrgID': 'o-1' } },
    }],
    ['4a3: of services for others', {
      conditions: {
        'ForAllValues:StringNotLike': { 'aws:SourceOrgPaths': ['o-1/*'] },
        'Bool': { 'aws:PrincipalIsAWSService': 'true' },
      },
    }],
    ['4a3: for other accounts', { conditions: { StringNotEquals: { 'aws:sourceaccount': ['111111111111', '2'] } } }],
    ['4a3: for other sources', {
      conditions: { ArnNotLike: { 'aws:SourceArn': ['arn:aws:s3:::*', 'arn:aws:events:*:111111111111:*'] } },
    }],
    ['4a3: for every other source', { conditions: { ArnNotLike: { 'aws:SourceArn': Aws.STACK_ID } } }],
    ['4a5: for other services', { conditions: { StringNotEquals: { 'aws:PrincipalServiceName': SERVICES } } }],
    ['4a5: for other services, by a list', {
      conditions: { 'ForAllValues:StringNotEquals': { 'aws:PrincipalServiceNamesList': SERVICES } },
    }],
    ['4a5: for another service', { conditions: { StringEquals: { 'aws:PrincipalServiceName': 's3.amazonaws.com' } } }],
    ['4a5: for all but services', { conditions: { Null: { 'aws:PrincipalServiceName': 'true' } } }],
    ['for one principal', { principals: [new ArnPrincipal('arn:aws:iam::111111111111:root')] }],
    ['of another action', { actions: ['sqs:PurgeQueue'] }],
    ['that is an Allow', { effect: Effect.ALLOW }],
  ])('%s gives none', (_what, props) => {
    expect(warnings('target', props)).toEqual([]);
  });
});

test('W05: a Deny in the policy of a topic gives a warning', () => {
  const { stack, topic } = rules(newStack());
  topic.addToResourcePolicy(new PolicyStatement({
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['sns:Publish'],
    resources: [topic.topicArn],
    conditions: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
  }));
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('^the policy of Test/Topic has a Deny')))
    .toHaveLength(1);
});
