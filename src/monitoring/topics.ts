import { Annotations, Aws, Stack, Token } from 'aws-cdk-lib';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnTopic, CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';
import { resourceOf } from './reference';

const CLOUDWATCH = 'cloudwatch.amazonaws.com';
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
    topic ? warnIfMute(topic, isForeign) : isForeign && warnOfForeignTopic(scope, account);
    return differs(region, here.region)
      ? [`\`actions\` must be in the region of the stack, got ${topic?.node.scope?.node.path ?? arn} in ${region} ` +
        `and a stack in ${here.region}; use a topic of ${here.region}`] : [];
  });
}

/** Whether two accounts or regions are known and differ. */
function differs(one: string, other: string): boolean {
  return !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
}

/** Account and region of an ARN as far as they are known. */
function placeOf(arn: string): { readonly account: string; readonly region: string } {
  const [, , , region, account] = Token.isUnresolved(arn) ? [] : arn.split(':');
  return { account: account || Aws.ACCOUNT_ID, region: region || Aws.REGION };
}

function warnOfForeignTopic(scope: IConstruct, account: string): void {
  Annotations.of(scope).addWarningV2('cdk-stripe-eventbridge:topic-of-another-account',
    `the policy of a topic of account ${account} cannot be changed here; it must allow ${CLOUDWATCH} to call ` +
    'sns:Publish for the alarms');
}

/** Without a policy, a topic admits the alarms of its own account only. */
function warnIfMute(topic: CfnTopic, isForeign: boolean): void {
  const stack = Stack.of(topic);
  const resolved = (value: unknown) => JSON.stringify(stack.resolve(value));
  const admits = (policy: unknown) => admitsCloudWatch(stack.resolve(policy));
  const policies = topic.node.root.node.findAll().filter((each): each is CfnTopicPolicy =>
    each instanceof CfnTopicPolicy && each.topics.some((arn) => resourceOf(arn) === topic));
  if ((isForeign || policies.length > 0) && !policies.some(({ policyDocument }) => admits(policyDocument))) {
    warn(topic, 'policy', 'sns:Publish');
  }
  const keyId = resolved(topic.kmsMasterKeyId ?? '');
  const key = stack.node.findAll().find((each): each is CfnKey =>
    each instanceof CfnKey && keyId.includes(resolved(stack.getLogicalId(each))));
  if (keyId.includes(AWS_MANAGED_KEY) || (key && !admits(key.keyPolicy))) {
    warn(topic, 'key', 'kms:Decrypt and kms:GenerateDataKey*');
  }
}

function warn(topic: CfnTopic, what: 'policy' | 'key', actions: string): void {
  Annotations.of(topic).addWarningV2(`cdk-stripe-eventbridge:mute-topic-${what}`,
    `no alarm arrives, because the ${what} of this topic does not admit CloudWatch; ` +
    `use a ${what} that allows ${CLOUDWATCH} to call ${actions}`);
}

function admitsCloudWatch(policy: unknown): boolean {
  const { Statement: statements = [] } = policy as { readonly Statement?: ReadonlyArray<Record<string, unknown>> };
  return statements.filter(({ Effect: effect }) => effect === 'Allow')
    .map(({ Principal: principal }) => JSON.stringify(principal))
    .some((principal) => principal.includes(CLOUDWATCH) || principal.includes('"*"'));
}
