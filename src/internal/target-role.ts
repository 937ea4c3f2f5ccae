import { CfnResource, Stack } from 'aws-cdk-lib';
import { CfnRule, type IRule, type RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { CfnPolicy, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';
import { addDependency } from './dependency';
import { warnIfClosed } from './encryption-key';
import { warnIfUnchanged } from './role-permissions';

/** Id of the role that CDK creates for a target. Its policy names targets only. */
const ROLE_OF_CDK = 'EventsRole';

/** Actions that EventBridge calls with a role, by an attribute of the target. */
const ACTIONS: Readonly<Record<string, string>> = {
  stateMachineArn: 'states:StartExecution',
  streamArn: 'kinesis:PutRecord, kinesis:PutRecords',
  topicArn: 'sns:Publish',
  queueArn: 'sqs:SendMessage',
  deliveryStreamArn: 'firehose:PutRecord, firehose:PutRecordBatch',
};

/** Checks the role with which EventBridge reaches a target, and lets the rule wait for the policy of the role. */
export function checkTargetRole(rule: IRule, role: IRole, { targetResource }: RuleTargetConfig): void {
  if (role.node.defaultChild?.node.scope !== role) { // a role without policy updates has the resource of another one
    warnIfUnchanged(rule, role, `The role ${role.node.path} of \`target\``, needsOf(targetResource));
  }
  const { encryptionKey, masterKey } = (targetResource ?? {}) as Partial<IStream & ITopic>;
  encryptionKey && warnIfClosed(encryptionKey, 'kinesis', role);
  masterKey && warnIfClosed(masterKey, 'sns', role);
  updateAfterPolicy(rule, role);
}

/** A bus is no resource of its target. */
function needsOf(target: IConstruct | undefined): string {
  const attribute = Object.keys(ACTIONS).find((each) => target && each in target);
  return attribute ? `deliver events to ${target!.node.path} (${ACTIONS[attribute]})`
    : 'deliver events to the target, which is events:PutEvents for a bus';
}

/** Lets a rule depend on the policy of its role, without which EventBridge delivers nothing. */
function updateAfterPolicy(rule: IRule, role: IRole): void {
  const { defaultChild } = rule.node;
  if (role.node.id === ROLE_OF_CDK && defaultChild instanceof CfnRule) {
    role.node.findAll().filter((each): each is CfnResource => CfnResource.isCfnResource(each)
      && each.cfnResourceType === CfnPolicy.CFN_RESOURCE_TYPE_NAME && Stack.of(each) === Stack.of(rule))
      .forEach((policy) => addDependency(defaultChild, policy));
  }
}
