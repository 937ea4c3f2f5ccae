import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { StripeEndpoint, StripeEventBridge } from '../../../src';
import { newStack, properties } from '../../harness/template';

const warningsOf = (endpoint: StripeEndpoint, region?: string) => {
  const stack = new Stack(new App(), 'Test', { env: { region } });
  new StripeEventBridge(stack, 'Stripe', { endpoint, alarms: { enabled: false } });
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => `${entry.data}`);
};

test('N36: a REST API with an access log warns of the role that the account needs, and does not create it', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.restApi({ accessLog: {} }) });
  Annotations.fromStack(stack).hasWarning('/Test/Stripe', Match.stringLikeRegexp(
    'needs the CloudWatch Logs role of API Gateway.*\\[ack: cdk-stripe-eventbridge:rest-access-log\\]'));
  Template.fromStack(stack).resourceCountIs('AWS::ApiGateway::Account', 0);
});

test.each<[string, StripeEndpoint]>([
  ['a REST API without an access log', StripeEndpoint.restApi()],
  ['an HTTP API with an access log', StripeEndpoint.httpApi({ accessLog: {} })],
])('N36: %s gives no warning', (_what, endpoint) => {
  expect(warningsOf(endpoint)).toEqual([]);
});

test.each(['ap-east-2', 'il-central-1', 'us-gov-west-1', 'cn-north-1', 'me-central-1', 'eu-south-2'])(
  'N53: a function URL in %s, which has none, gives a warning with the remedy', (region) => {
    expect(warningsOf(StripeEndpoint.functionUrl(), region)).toEqual([
      `function URLs are not available in ${region}; use StripeEndpoint.httpApi() or StripeEndpoint.restApi() ` +
      '[ack: cdk-stripe-eventbridge:function-url-region]',
    ]);
  });

test.each<[string, StripeEndpoint, string | undefined]>([
  ['a function URL in a region that has them', StripeEndpoint.functionUrl(), 'eu-west-1'],
  ['a function URL in an unknown region', StripeEndpoint.functionUrl(), undefined],
  ['an HTTP API in a region without function URLs', StripeEndpoint.httpApi(), 'il-central-1'],
  ['a REST API in a region without function URLs', StripeEndpoint.restApi(), 'il-central-1'],
])('N53: %s gives no warning', (_what, endpoint, region) => {
  expect(warningsOf(endpoint, region)).toEqual([]);
});

test('N54: a new HTTP API admits 1,000 requests per second, with a burst of 2,000', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe');
  expect(properties(stack, 'AWS::ApiGatewayV2::Stage').DefaultRouteSettings)
    .toEqual({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 });
});

test('N54: a new REST API admits 1,000 requests per second, with a burst of 2,000', () => {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.restApi() });
  expect(properties(stack, 'AWS::ApiGateway::Stage').MethodSettings).toEqual([expect.objectContaining({
    HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000,
  })]);
});
