import { Annotations, Stack } from 'aws-cdk-lib';
import type { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnTopic, CfnTopicPolicy } from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';

const CLOUDWATCH = 'cloudwatch.amazonaws.com';
/** Alias of the key of AWS for SNS. Its policy, which nobody can change, does not allow CloudWatch. */
const AWS_MANAGED_KEY = 'alias/aws/sns';

/** Warns of topics of the stack to which CloudWatch cannot publish. Called when the app is complete. */
export function warnOfMuteTopics(scope: IConstruct, alarm: CfnAlarm): void {
  const stack = Stack.of(scope);
  const resolved = (value: unknown) => JSON.stringify(stack.resolve(value) ?? null); // of an empty list, none is left
  const all = stack.node.findAll();
  const actions = resolved(alarm.alarmActions ?? []);
  const topics = all.filter((each): each is CfnTopic =>
    each instanceof CfnTopic && actions.includes(resolved(each.ref)));
  for (const topic of topics) {
    const policies = all.filter((each): each is CfnTopicPolicy =>
      each instanceof CfnTopicPolicy && resolved(each.topics).includes(resolved(topic.ref)));
    const keyId = resolved(topic.kmsMasterKeyId ?? '');
    const key = all.find((each): each is CfnKey =>
      each instanceof CfnKey && keyId.includes(resolved(stack.getLogicalId(each))));
    const admits = (policy: unknown) => admitsCloudWatch(stack.resolve(policy));
    if (policies.length > 0 && !policies.some(({ policyDocument }) => admits(policyDocument))) {
      warn(topic, 'policy', 'sns:Publish');
    }
    if (keyId.includes(AWS_MANAGED_KEY) || (key && !admits(key.keyPolicy))) {
      warn(topic, 'key', 'kms:Decrypt and kms:GenerateDataKey*');
    }
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
