import { Annotations, Aws, Stack, Token } from 'aws-cdk-lib';
import { CfnTopic, CfnTopicInlinePolicy, CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';
import { allows, deniesService, isAccount, matches, type Statement, statementsOf } from './policy-statement';
import { keyOf, produced, resourceOf } from './reference';
import { warnOnce } from './warn-once';

const CLOUDWATCH = 'cloudwatch.amazonaws.com';
const TOPIC_ACTIONS = ['sns:Publish'];
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];
/** Alias of the key of AWS for SNS. Its policy, which nobody can change, does not allow CloudWatch. */
const AWS_MANAGED_KEY = 'alias/aws/sns';

/** Warns of topics to which CloudWatch cannot publish. Returns the problem of each that is in another region. */
export function problemsOfTopics(scope: IConstruct, actionArns: ReadonlySet<string>): string[] {
  return [...actionArns].flatMap((arn) => {
    const resource = resourceOf(arn);
    const topic = resource instanceof CfnTopic ? resource : undefined;
    const { account, region } = topic ? Stack.of(topic) : placeOf(arn);
    const here = Stack.of(scope);
    const isForeign = differs(account, here.account);
    topic ? warnIfMute(topic, here.account) : isForeign && warnOfForeignTopic(scope, account);
    if (topic?.fifoTopic === true || arn.endsWith('.fifo')) {
      warnOnce(topic ?? scope, 'cdk-stripe-eventbridge:mute-topic-fifo', 'no alarm arrives at the FIFO topic ' +
        `${topic?.node.scope?.node.path ?? arn}, because alarms have no message group; use a standard topic`);
    }
    return differs(region, here.region)
      ? [`\`actions\` must be in the region of the stack, got ${topic?.node.scope?.node.path ?? arn} in ${region} ` +
        `and a stack in ${here.region}; use a topic of ${here.region}`] : [];
  });
}

/** Whether two accounts or regions are known and differ. */
function differs(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}

/** Account and region of an ARN as far as they are known. Actions on an instance have no account in theirs. */
function placeOf(arn: string): { readonly account: string; readonly region: string } {
  const [, , service, region, ...rest] = Token.isUnresolved(arn) ? [] : arn.split(':');
  const [account] = service === 'sns' ? rest : [];
  return { account: account || Aws.ACCOUNT_ID, region: region || Aws.REGION };
}

function warnOfForeignTopic(scope: IConstruct, account: string): void {
  Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:topic-of-another-account',
    `the policy of a topic of account ${account} cannot be changed here; it must allow ${CLOUDWATCH} to call ` +
    'sns:Publish for the alarms');
}

/** Without a policy, a topic admits the alarms of its own account only. */
function warnIfMute(topic: CfnTopic, account: string): void {
  const policies = policiesOf(topic).map((document) =>
    statementsOf(document).filter((statement) => isAbout(topic, statement)));
  if (differs(Stack.of(topic).account, account) || policies.length > 0) {
    // with several policies, AWS keeps the one that is deployed last
    for (const statements of policies.length > 0 ? policies : [[]]) {
      warnIfClosed(topic, { what: 'policy', statements, account, actions: TOPIC_ACTIONS });
    }
  }
  topic.kmsMasterKeyId !== undefined && warnIfKeyIsClosed(topic, topic.kmsMasterKeyId, account);
}

/** Policies of a topic, of both types of CloudFormation. */
function policiesOf(topic: CfnTopic): unknown[] {
  return topic.node.root.node.findAll().flatMap((each) => {
    if (!(each instanceof CfnTopicPolicy || each instanceof CfnTopicInlinePolicy)) {
      return [];
    }
    const arns = each instanceof CfnTopicPolicy ? each.topics : [each.topicArn];
    return arns.some((arn) => resourceOf(arn) === topic) ? [produced(each, each.policyDocument)] : [];
  });
}

function warnIfKeyIsClosed(topic: CfnTopic, keyId: string, account: string): void {
  const key = keyOf(topic, keyId);
  const isOfAws = JSON.stringify(Stack.of(topic).resolve(keyId)).includes(AWS_MANAGED_KEY);
  if (key || isOfAws) {
    const statements = key ? statementsOf(key.stack.resolve(key.keyPolicy)) : [];
    warnIfClosed(topic, { what: 'key', statements, account, actions: KEY_ACTIONS });
    return;
  }
  Annotations.of(topic).addWarningV2('cdk-stripe-eventbridge:imported-topic-key',
    'the policy of the imported key of this topic cannot be changed here; ' +
    `it must allow ${CLOUDWATCH} to call kms:Decrypt, kms:GenerateDataKey*`);
}

/** Whether a statement can be about a topic. */
function isAbout(topic: CfnTopic, { Resource: resources = '*' }: Statement): boolean {
  const { account, region } = Stack.of(topic);
  return [resources].flat().some((resource) => {
    const named = typeof resource === 'string' ? resourceOf(resource) : undefined;
    return named ? named === topic : mayName(resource, ['sns', region, account, topic.topicName]);
  });
}

/** Whether the pattern of an ARN may match one with these parts, from the service on. */
function mayName(pattern: unknown, parts: ReadonlyArray<string | undefined>): boolean {
  const [, , ...patterns] = typeof pattern === 'string' ? pattern.split(':') : [];
  const isKnown = (text: string | undefined): text is string => text !== undefined && !Token.isUnresolved(text);
  return parts.every((part, index) =>
    !isKnown(part) || !isKnown(patterns[index]) || matches(patterns[index], part));
}

/** Policy of a topic, or of its key. */
interface Policy {
  readonly what: 'policy' | 'key';
  readonly statements: readonly Statement[];
  /** Account of the alarms. */
  readonly account: string;
  /** Actions that CloudWatch needs. */
  readonly actions: readonly string[];
}

function warnIfClosed(topic: CfnTopic, { what, statements, account, actions }: Policy): void {
  const known = {
    'aws:sourceaccount': (value: unknown) => Token.isUnresolved(value) || isAccount(account)(value),
    'aws:sourcearn': (value: unknown) => mayName(value, ['cloudwatch', Stack.of(topic).region, account, 'alarm']),
  };
  const ofCloudWatch = statements.filter(namesCloudWatch);
  if (!actions.every((action) => ofCloudWatch.some((statement) => allows(statement, action, known)))) {
    Annotations.of(topic).addWarningV2(`cdk-stripe-eventbridge:mute-topic-${what}`,
      `no alarm arrives, because the ${what} of this topic does not admit CloudWatch; ` +
      `use a ${what} that allows ${CLOUDWATCH} to call ${actions.join(' and ')}`);
  } else if (statements.some((statement) => deniesService(statement, CLOUDWATCH, actions))) {
    Annotations.of(topic).addWarningV2(`cdk-stripe-eventbridge:mute-topic-denied-${what}`,
      `the ${what} of this topic has a Deny for everyone, which can keep CloudWatch out, so that no alarm arrives; ` +
      'exempt services with the condition aws:PrincipalIsAWSService, or acknowledge this warning');
  }
}

function namesCloudWatch({ Principal: principal }: Statement): boolean {
  const text = JSON.stringify(principal ?? '');
  return text.includes(CLOUDWATCH) || text.includes('"*"');
}
