import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type Emulator, startEmulator } from '../../local/emulator';
import { eventually } from '../../local/trace';

/** Features that the local AWS lacks. If a test fails, it supports the feature: remove the workaround in `local`. */

let emulator: Emulator;
beforeAll(async () => { emulator = await startEmulator(); });
afterAll(() => emulator?.stop());

const metric = { MetricStat: { Metric: { Namespace: 'a', MetricName: 'b' }, Period: 60, Stat: 'Sum' } };

test.each<[string, Record<string, unknown>]>([
  ['AWS::Events::Archive', { SourceArn: 'arn:aws:events:eu-west-1:000000000000:event-bus/default' }],
  ['AWS::WAFv2::WebACLAssociation', { ResourceArn: 'a', WebACLArn: 'b' }],
  ['AWS::CloudWatch::Alarm', {
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 1,
    Threshold: 1,
    Metrics: [{ Id: 'm', ReturnData: false, ...metric }, { Id: 'e', Expression: 'm * 1' }],
  }],
])('the local AWS does not create a stack with %s', async (Type, Properties) => {
  expect(await statusOf(Type, Properties)).not.toBe('CREATE_COMPLETE');
});

test('the local AWS creates a stack with a supported resource', async () => {
  expect(await statusOf('AWS::SQS::Queue', {})).toBe('CREATE_COMPLETE');
});

async function statusOf(Type: string, Properties: Record<string, unknown>): Promise<string | undefined> {
  const cloudFormation = new CloudFormationClient(emulator.clientConfig);
  const StackName = Type.replace(/::/g, '-');
  try {
    const TemplateBody = JSON.stringify({ Resources: { R: { Type, Properties } } });
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
  } catch (error) {
    return (error as Error).message;
  }
  return eventually(async () => {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0]?.StackStatus?.endsWith('IN_PROGRESS') ? undefined : Stacks[0]?.StackStatus;
  });
}
