import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import {
  AccountPrincipal, ArnPrincipal, type IGrantable, OrganizationPrincipal, Role, ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { StripeEventBridge, type StripeEventBridgeProps } from '../../src';

const ENV = { account: '111111111111', region: 'eu-west-1' };
const OTHER_ROLE = 'arn:aws:iam::222222222222:role/publisher';

function granted(grantee: (stack: Stack) => IGrantable, props?: (stack: Stack) => StripeEventBridgeProps) {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  const bridge = new StripeEventBridge(stack, 'Stripe', props?.(stack));
  const grant = bridge.grantPutEvents(grantee(stack));
  const policies = () => Object.values(Template.fromStack(stack).findResources('AWS::Events::EventBusPolicy'))
    .map(({ Properties }) => Properties);
  return { stack, bridge, grant, policies };
}

test.each<[string, (stack: Stack) => IGrantable, object]>([
  ['an account', () => new AccountPrincipal('222222222222'),
    { Principal: { AWS: expect.objectContaining({ 'Fn::Join': expect.anything() }) } }],
  ['an organization', () => new OrganizationPrincipal('o-1234567890'),
    { Principal: { AWS: '*' }, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } } }],
  ['a service', () => new ServicePrincipal('scheduler.amazonaws.com'),
    { Principal: { Service: 'scheduler.amazonaws.com' } }],
  ['an ARN', () => new ArnPrincipal(OTHER_ROLE), { Principal: { AWS: OTHER_ROLE } }],
  ['a role of another account', (stack) => Role.fromRoleArn(stack, 'Role', OTHER_ROLE),
    { Principal: { AWS: OTHER_ROLE } }],
])('T07: grantPutEvents() for %s adds a statement with an id to the policy of the bus', (_what, grantee, expected) => {
  const { stack, bridge, grant, policies } = granted(grantee);
  expect(grant.success).toBe(true);
  const [{ StatementId, EventBusName, Statement }, ...others] = policies();
  expect(others).toEqual([]);
  expect(EventBusName).toEqual(stack.resolve(bridge.eventBus.eventBusName));
  expect(Statement).toMatchObject({
    Sid: StatementId,
    Effect: 'Allow',
    Action: 'events:PutEvents',
    Resource: stack.resolve(bridge.eventBus.eventBusArn),
    ...expected,
  });
});

test('T07: grantPutEvents() for a role of the account changes the role only', () => {
  const { grant, policies } = granted((stack) => Role.fromRoleName(stack, 'Role', 'publisher'));
  expect(grant.success).toBe(true);
  expect(policies()).toEqual([]);
});

test('T07: two grants to an account are one statement, and those to two accounts are two', () => {
  const { bridge, policies } = granted(() => new AccountPrincipal('222222222222'));
  bridge.grantPutEvents(new AccountPrincipal('222222222222'));
  bridge.grantPutEvents(new AccountPrincipal('333333333333'));
  expect(new Set(policies().map(({ StatementId }) => StatementId)).size).toBe(2);
  expect(policies()).toHaveLength(2);
});

test('T07: a grant on a bus of another account, whose policy cannot be changed here, fails synthesis', () => {
  const eventBus = (stack: Stack) =>
    EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:eu-west-1:333333333333:event-bus/shared');
  expect(() => granted(() => new AccountPrincipal('222222222222'), (stack) => ({ eventBus: eventBus(stack) })))
    .toThrow('`eventBus` must be in the account of the stack');
});

test('T07: a grant to a role that cannot be changed gives a warning that names the permission', () => {
  const { stack } = granted((scope) => Role.fromRoleName(scope, 'Role', 'publisher', { mutable: false }));
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('unchanged-role'))
    .map(({ entry }) => entry.data)).toEqual([expect.stringContaining(
    'The role Test/Role cannot be changed here; it must be allowed to publish to the bus (events:PutEvents)',
  )]);
});
