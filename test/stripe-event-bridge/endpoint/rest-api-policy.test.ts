import { CfnParameter, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import {
  AccountPrincipal, AnyPrincipal, ArnPrincipal, Effect, PolicyDocument, PolicyStatement, type PolicyStatementProps,
} from 'aws-cdk-lib/aws-iam';
import { StripeEndpoint, StripeEventBridge, StripeSourceIps } from '../../../src';
import { newStack } from '../../harness/template';

describe('AA06: a resource policy', () => {
  const { ALLOW, DENY } = Effect;
  const statement = (effect: Effect, conditions?: object, more: PolicyStatementProps = {}) => new PolicyStatement({
    effect,
    principals: [new AnyPrincipal()],
    actions: ['execute-api:Invoke'],
    resources: ['execute-api:/*'],
    conditions: conditions as PolicyStatementProps['conditions'],
    ...more,
  });
  const blocked = { IpAddress: { 'aws:SourceIp': '192.0.2.1/32' } };
  const endpointOfVpc = { 'aws:SourceVpce': 'vpce-1' };
  const account = { principals: [new AccountPrincipal('222222222222')] };
  const withPolicy = (...statements: PolicyStatement[]) => StripeEndpoint.restApi({
    policy: new PolicyDocument({ statements }),
  });
  const synthesized = (endpoint: StripeEndpoint, change: (bridge: StripeEventBridge) => void = () => {}) => () => {
    const stack = newStack();
    change(new StripeEventBridge(stack, 'Stripe', { endpoint }));
    return Template.fromStack(stack);
  };
  const NONE = 'got no statement that does; use a statement with AnyPrincipal and the resource execute-api:/*';
  const DENIED = 'got a statement that denies it; use a statement with AnyPrincipal and';

  test.each<[string, StripeEndpoint, string]>([
    ['denies an IP address, and allows nothing', withPolicy(statement(DENY, blocked)), NONE],
    ['allows an account only', withPolicy(statement(ALLOW, undefined, account)), NONE],
    ['allows a VPC endpoint only', withPolicy(statement(ALLOW, { StringEquals: endpointOfVpc })), NONE],
    ['allows an organization', withPolicy(statement(ALLOW, { StringLike: { 'aws:PrincipalOrgID': 'o-1' } })), NONE],
    ['allows GET only', withPolicy(statement(ALLOW, undefined, { resources: ['execute-api:/*/GET/*'] })), NONE],
    ['allows another action only', withPolicy(
      statement(ALLOW, undefined, { actions: ['execute-api:InvalidateCache'] })), NONE],
    ['denies everyone', withPolicy(statement(ALLOW), statement(DENY)), DENIED],
    ['denies whatever is outside a VPC', withPolicy(
      statement(ALLOW), statement(DENY, { StringNotEquals: endpointOfVpc })), DENIED],
  ])('that %s fails synthesis', (_what, endpoint, expected) => {
    expect(synthesized(endpoint)).toThrow('[Test/Stripe] `policy` must allow everyone execute-api:Invoke for POST, ' +
      `because Stripe cannot sign in, ${expected}`);
  });

  test.each<[string, (bridge: StripeEventBridge) => void, string]>([
    ['addToResourcePolicy', ({ restApi }) => restApi!.addToResourcePolicy(statement(DENY, blocked)), NONE],
    ['grantInvokeFromVpcEndpointsOnly', ({ restApi, node }) => restApi!.grantInvokeFromVpcEndpointsOnly(
      [InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(node.scope! as Stack, 'Vpce', {
        vpcEndpointId: 'vpce-1', port: 443,
      })]), DENIED],
  ])('of %s fails synthesis', (_method, change, expected) => {
    expect(synthesized(StripeEndpoint.restApi(), change)).toThrow(expected);
  });

  test.each<[string, StripeEndpoint]>([
    ['allows everyone', withPolicy(statement(ALLOW))],
    ['allows everyone, and denies an IP address', withPolicy(statement(ALLOW), statement(DENY, blocked))],
    ['allows everyone, and denies what is not encrypted',
      withPolicy(statement(ALLOW), statement(DENY, { Bool: { 'aws:SecureTransport': 'false' } }))],
    ['allows everyone, and denies GET', withPolicy(
      statement(ALLOW), statement(DENY, undefined, { resources: ['execute-api:/*/GET/*'] }))],
    ['allows everyone, and denies an account', withPolicy(statement(ALLOW), statement(DENY, undefined, account))],
    ['allows everyone, and denies what comes from a VPC', withPolicy(
      statement(ALLOW), statement(DENY, { StringEquals: endpointOfVpc }))],
    ['allows POST', withPolicy(statement(ALLOW, undefined, { resources: ['execute-api:/prod/POST/'] }))],
    ['allows IP addresses', withPolicy(statement(ALLOW, { IpAddress: { 'aws:SourceIp': '3.18.12.63/32' } }))],
    ['allows whatever is outside a VPC', withPolicy(statement(ALLOW, { StringNotEquals: endpointOfVpc }))],
    ['allows everything', withPolicy(statement(ALLOW, undefined, { actions: ['*'], resources: ['*'] }))],
    ['is empty', withPolicy()],
    ['is that of sourceIps', StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe() })],
  ])('that %s is accepted', (_what, endpoint) => {
    expect(synthesized(endpoint)).not.toThrow();
  });

  test('whose principal only the deployment knows is accepted', () => {
    expect(synthesized(StripeEndpoint.restApi(), ({ restApi, node }) => restApi!.addToResourcePolicy(statement(
      ALLOW, undefined, { principals: [new ArnPrincipal(new CfnParameter(node.scope!, 'Who').valueAsString)] },
    )))).not.toThrow();
  });
});
