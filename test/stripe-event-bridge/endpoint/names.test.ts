import { App, Aspects, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnRestApi } from 'aws-cdk-lib/aws-apigateway';
import { StripeEndpoint, StripeEventBridge, StripeSourceIps } from '../../../src';
import { properties } from '../../harness/template';

/** Names of APIs, which are the dimension of the metrics of a REST API. */

const restApi = () => StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe(), accessLog: {} });

function stackWith(endpoint: StripeEndpoint, { id = 'Stripe', stackName = 'billing' } = {}): Stack {
  const stack = new Stack(new App(), 'Test', { stackName });
  new StripeEventBridge(stack, id, { endpoint, customerTable: {}, dashboard: true, archive: {} });
  return stack;
}

/** Text of a value, with the name of the stack in place of its reference. */
const textOf = (stack: Stack, value: any): string => typeof value === 'string' ? value
  : value['Fn::Join'][1].map((part: any) => part.Ref === 'AWS::StackName' ? stack.stackName : part).join('');

/** Names and values of the dimensions of the alarms that watch a REST API. */
const dimensionsOf = (stack: Stack): string[] =>
  Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))
    .flatMap(({ Properties }) => Properties.Metrics ?? [])
    .filter(({ MetricStat }) => MetricStat?.Metric.Namespace === 'AWS/ApiGateway')
    .map(({ MetricStat: { Metric: { Dimensions: [{ Name, Value }] } } }) => `${Name}=${textOf(stack, Value)}`);

const nameOf = (stack: Stack) => textOf(stack, properties(stack, 'AWS::ApiGateway::RestApi').Name);

test('F3: one app that is deployed under two stack names has two REST APIs with different names', () => {
  const names = ['billing-dev', 'billing-prod'].map((stackName) => nameOf(stackWith(restApi(), { stackName })));
  expect(names).toEqual([expect.stringMatching(/^billing-dev-/), expect.stringMatching(/^billing-prod-/)]);
});

test('F3: bridges of one stack have REST APIs with different names', () => {
  const stack = stackWith(restApi());
  new StripeEventBridge(stack, 'Other', { endpoint: restApi(), eventSource: 'other' });
  const apis = Object.values(Template.fromStack(stack).findResources('AWS::ApiGateway::RestApi'));
  expect(new Set(apis.map(({ Properties }) => textOf(stack, Properties.Name))).size).toBe(2);
});

test.each<[string, (api: CfnRestApi) => string]>([
  ['another name', () => 'org-stripe'],
  ['a prefix', ({ name }) => `org-${name}`],
  ['no other name', ({ name }) => name!],
])('F3: the alarms of a REST API watch the name that it has after an Aspect that sets %s', (_what, rename) => {
  const stack = stackWith(restApi());
  Aspects.of(stack).add({ visit: (node) => { if (node instanceof CfnRestApi) { node.name = rename(node); } } });
  expect(dimensionsOf(stack)).toEqual(Array(4).fill(`ApiName=${nameOf(stack)}`));
});

const ASCII = /^[\x20-\x7e]+$/;

/** Every text in a value. */
const textsIn = (value: unknown): string[] => typeof value === 'string' ? [value]
  : Object.values(value ?? {}).flatMap(textsIn);

describe.each(['Größe', '支付'])('F4: a bridge with the id %s', (id) => {
  test.each<[string, () => StripeEndpoint]>([
    ['REST API', restApi],
    ['HTTP API', () => StripeEndpoint.httpApi({ accessLog: {} })],
    ['function URL', () => StripeEndpoint.functionUrl()],
  ])('with a %s has only ASCII characters in its template', (_what, endpoint) => {
    const template = Template.fromStack(stackWith(endpoint(), { id })).toJSON();
    expect(textsIn(template).filter((text) => text && !ASCII.test(text))).toEqual([]);
    expect(Object.keys(template.Resources).filter((each) => !ASCII.test(each))).toEqual([]);
  });
});
