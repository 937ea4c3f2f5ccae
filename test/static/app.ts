import { writeFileSync } from 'fs';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { App, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks } from 'cdk-nag';
import { StripeEndpoint, StripeEventBridge } from 'cdk-stripe-eventbridge';

/** Writes what the rule packs find in two stacks into `findings.json`. Runs with the packed library on the newest CDK. */

const guard = new CfnGuardValidator({ controlTowerRulesEnabled: true });
const app = new App({ policyValidationBeta1: [guard], context: { '@aws-cdk/core:validationReportJson': true } });
const env = { region: 'eu-west-1', account: '111122223333' };

/** Stack without options. */
const plain = new Stack(app, 'Default', { env });
new StripeEventBridge(plain, 'Stripe', {
  signingSecret: Secret.fromSecretNameV2(plain, 'Secret', 'stripe'),
  customerTable: {},
});

/** Stack with the options that an auditor asks for. */
const compliance = new Stack(app, 'Compliance', { env });
const encryptionKey = new Key(compliance, 'Key', { enableKeyRotation: true });
const logEncryptionKey = new Key(compliance, 'LogKey', { enableKeyRotation: true });
const logRetention = RetentionDays.ONE_YEAR;
const vpc = Vpc.fromVpcAttributes(compliance, 'Vpc', {
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  availabilityZones: ['eu-west-1a'],
  privateSubnetIds: ['subnet-0a1b2c3d4e5f60718'],
});
const topic = Topic.fromTopicArn(compliance, 'OnCall', `arn:aws:sns:${env.region}:${env.account}:on-call`);
const functionOptions = { tracing: true, vpc, reservedConcurrentExecutions: 100 };
new StripeEventBridge(compliance, 'Stripe', {
  signingSecret: Secret.fromSecretNameV2(compliance, 'Secret', 'stripe'),
  endpoint: StripeEndpoint.httpApi({ accessLog: { encryptionKey: logEncryptionKey, retention: logRetention } }),
  customerTable: { deletionProtection: true, functionOptions },
  functionOptions,
  encryptionKey,
  logEncryptionKey,
  logRetention,
  archive: {},
  alarms: { actions: [new SnsAction(topic)] },
});

const packs = [
  new AwsSolutionsChecks(), new ServerlessChecks(), new HIPAASecurityChecks(), new NIST80053R5Checks(),
  new PCIDSS321Checks(),
];
const findings = [plain, compliance].flatMap((stack) => packs
  .flatMap((pack) => pack.validateScope(stack).violations)
  .flatMap(({ ruleName, violatingResources }) => violatingResources.map((resource) => {
    const { constructPath } = resource as { constructPath?: string };
    return `${ruleName} ${constructPath ?? resource.resourceLogicalId}`;
  })));
writeFileSync('findings.json', JSON.stringify(findings));
app.synth();
