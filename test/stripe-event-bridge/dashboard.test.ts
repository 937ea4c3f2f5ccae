import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { StripeEventBridge, type StripeEventBridgeProps } from '../../src';

const dashboardOutput = (env: { region: string } | undefined, props: StripeEventBridgeProps = { dashboard: true }) => {
  const stack = new Stack(new App(), 'Test', { env });
  const { dashboard } = new StripeEventBridge(stack, 'Stripe', props);
  const [output] = Object.values(Template.fromStack(stack).findOutputs('*')).filter(({ Description }) =>
    Description === 'Dashboard of the Stripe events');
  return { output, name: dashboard && stack.resolve(dashboard.dashboardName) };
};

test.each([
  ['eu-west-1', 'console.aws.amazon.com'],
  ['cn-north-1', 'console.amazonaws.cn'],
  ['us-gov-west-1', 'console.amazonaws-us-gov.com'],
  ['eusc-de-east-1', 'console.amazonaws-eusc.eu'],
])('U10: the URL of the dashboard in %s is an output on %s', (region, host) => {
  const { output, name } = dashboardOutput({ region });
  expect(output.Value).toEqual({
    'Fn::Join': ['', [`https://${host}/cloudwatch/home?region=${region}#dashboards:name=`, name]],
  });
});

test('U10: the URL has the region of the deployment if that of the stack is unknown', () => {
  expect(JSON.stringify(dashboardOutput(undefined).output.Value))
    .toContain('"https://console.aws.amazon.com/cloudwatch/home?region=",{"Ref":"AWS::Region"},"#dashboards:name="');
});

test('U10: a bridge without a dashboard has no such output', () => {
  expect(dashboardOutput(undefined, {}).output).toBeUndefined();
});
