import { Annotations, CfnResource, Stack } from 'aws-cdk-lib';
import type { CfnKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { allows, deniesService, isAccount, type Statement, statementsOf } from '../monitoring/policy-statement';
import { ownerOf, resourceOf } from '../monitoring/reference';

/** Resource policies that CloudWatch Logs allows in a region. CDK creates one for each rule. */
const MOST_LOG_POLICIES = 10;
const LOG_POLICY = 'Custom::CloudwatchLogResourcePolicy';

const EVENTBRIDGE = 'events.amazonaws.com';
/** Actions that EventBridge needs on the key of a bus, a queue or a topic. */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Resource that has one policy only: of two in a template, the last that is created replaces the other. */
interface SinglePolicy {
  /** Types of the policy in CloudFormation, with the property of each that names the resource. */
  readonly types: Readonly<Record<string, string>>;
  /** Attribute of the resource that the policy names. */
  readonly attribute: string;
  /** Action that EventBridge needs. */
  readonly action: string;
  /** Most statements that AWS allows. The default is no limit. */
  readonly most?: number;
}

const SINGLE_POLICIES: readonly SinglePolicy[] = [
  {
    types: { 'AWS::SQS::QueuePolicy': 'queues', 'AWS::SQS::QueueInlinePolicy': 'queue' },
    attribute: 'queueUrl',
    action: 'sqs:SendMessage',
    most: 20,
  },
  {
    types: { 'AWS::SNS::TopicPolicy': 'topics', 'AWS::SNS::TopicInlinePolicy': 'topicArn' },
    attribute: 'topicArn',
    action: 'sns:Publish',
  },
];

const CHECKED = new WeakSet<IConstruct>();

/** Checks at synthesis that the policy of a queue, a topic or a log group lets EventBridge use it. */
export function checkResourcePolicy(resource: IConstruct): void {
  const single = SINGLE_POLICIES.find(({ attribute }) => attribute in resource);
  if (single) {
    checkOnce(resource, () => problemsOf(resource, policiesOf(resource, single), single));
  } else if ('logGroupArn' in resource) {
    const stack = Stack.of(resource);
    checkOnce(stack, () => {
      const policies = stack.node.findAll().filter((each) => isOfType(each, LOG_POLICY)).length;
      return tooMany(`the rules for log groups have ${policies} resource policies`, policies, MOST_LOG_POLICIES);
    });
  }
}

function checkOnce(scope: IConstruct, validate: () => string[]): void {
  if (!CHECKED.has(scope)) {
    CHECKED.add(scope);
    scope.node.addValidation({ validate });
  }
}

/** Policies of the app that name a resource. */
function policiesOf(resource: IConstruct, { types, attribute }: SinglePolicy): CfnResource[] {
  const name: string = Reflect.get(resource, attribute);
  const owned = resourceOf(name);
  const isNamed = (other: unknown) => owned ? typeof other === 'string' && resourceOf(other) === owned : other === name;
  const scope = owned ? resource.node.root : Stack.of(resource); // another stack may import one of the same name
  return scope.node.findAll().filter((each): each is CfnResource => CfnResource.isCfnResource(each)
    && [Reflect.get(each, types[each.cfnResourceType] ?? '')].flat().some(isNamed));
}

function problemsOf(
  { node }: IConstruct, policies: CfnResource[], { action, most = Infinity }: SinglePolicy,
): string[] {
  const statements = policies.flatMap((policy) => resolvedStatements(policy, 'policyDocument'));
  warnIfDenied(policies[0], node.path, statements.filter((each) => deniesService(each, EVENTBRIDGE, [action])));
  const paths = policies.map((policy) => policy.node.path).join(', ');
  return [
    ...policies.length > 1 ? [`${node.path} has ${policies.length} policies, and AWS keeps only one of ${paths}; ` +
      'add the statements of the others with addToResourcePolicy'] : [],
    ...tooMany(`the policy of ${node.path} has ${statements.length} statements`, statements.length, most),
  ];
}

/** Checks at synthesis that the policy of a key does not deny everyone what EventBridge needs. */
export function checkKeyPolicy(key: CfnKey): void {
  checkOnce(key, () => {
    warnIfKeyDenies(key);
    return [];
  });
}

/** Warns if the policy of a key does not let EventBridge use it. */
export function warnIfKeyExcludes(key: CfnKey, account: string): void {
  const { path } = ownerOf(key).node;
  const policy = Stack.of(key).resolve(key.keyPolicy);
  const statements = statementsOf(policy);
  const ofEventBridge = statements.filter(({ Principal: principal }) =>
    /events\.amazonaws\.com|"\*"/.test(JSON.stringify(principal ?? '')));
  const known = { 'aws:sourceaccount': isAccount(account) };
  // a policy, or a statement, can be a function of CloudFormation
  const isKnown = (policy === undefined || 'Statement' in policy) && statements.every((each) => 'Effect' in each);
  if (isKnown && !KEY_ACTIONS.every((action) => ofEventBridge.some((statement) => allows(statement, action, known)))) {
    Annotations.of(key).addWarningV2(`cdk-stripe-eventbridge:closed-key-${EVENTBRIDGE}`,
      `the policy of ${path} does not admit EventBridge, so that it cannot deliver to what the key encrypts; ` +
      `allow ${EVENTBRIDGE} to call ${KEY_ACTIONS.join(', ')}`);
  }
  warnIfKeyDenies(key);
}

/** Warns if the policy of a key denies everyone what EventBridge needs. */
export function warnIfKeyDenies(key: CfnKey): void {
  const { path } = ownerOf(key).node;
  const statements = resolvedStatements(key, 'keyPolicy');
  warnIfDenied(key, path, statements.filter((each) => deniesService(each, EVENTBRIDGE, KEY_ACTIONS)));
}

/** On the resource of CloudFormation, since what a construct acknowledges covers what is below it. */
function warnIfDenied(resource: CfnResource, path: string, denials: readonly Statement[]): void {
  if (denials.length > 0) {
    Annotations.of(resource).addWarningV2(`cdk-stripe-eventbridge:denied-${path}`,
      `the policy of ${path} has a Deny for everyone, which can keep EventBridge out; ` +
      'exempt services with the condition aws:PrincipalIsAWSService, or acknowledge this warning');
  }
}

function resolvedStatements(resource: CfnResource, property: string): readonly Statement[] {
  return statementsOf(Stack.of(resource).resolve(Reflect.get(resource, property)));
}

/** By its type, because an app with two copies of aws-cdk-lib has each class twice. */
function isOfType(construct: IConstruct, type: string): construct is CfnResource {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === type;
}

function tooMany(what: string, count: number, most: number): string[] {
  return count <= most ? []
    : [`${what}, and AWS allows ${most}; use fewer rules with wider filters, or another target`];
}
