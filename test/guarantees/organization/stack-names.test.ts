import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { addEverything, differences, ENV, isOfLibrary, libraryResources, synthesized } from './whole-stack';
import { StripeEndpoint, StripeEventBridge } from '../../../src';

/**
 * Stack refactoring and new names of stacks. CloudFormation moves resources between stacks, and renames them, only if
 * their properties stay the same.
 */

function whole(id: string, stackName: string) {
  const stack = new Stack(new App(), id, { env: ENV, stackName });
  addEverything(stack);
  return synthesized(stack);
}

const BEFORE = whole('Alpha', 'payments');
const OTHER_ID = whole('Omega', 'payments');
const OTHER_NAME = whole('Alpha', 'billing');

/** Names of APIs, and the deployment that follows. */
const OF_APIS = [
  'AWS::ApiGateway::Deployment', 'AWS::ApiGateway::RestApi.Properties.Name',
  'AWS::ApiGateway::Stage.Properties.DeploymentId', 'AWS::ApiGatewayV2::Api.Properties.Name',
];

test('another construct id of the stack changes no resource that holds data, and no property', () => {
  // CDK names the permissions of a REST API after the path of the API
  expect(differences(BEFORE.resources, OTHER_ID.resources)).toEqual(['AWS::Lambda::Permission']);
  const naming = libraryResources(OTHER_ID.resources)
    .filter(([, { Properties }]) => /Omega/.test(JSON.stringify(Properties)));
  expect(naming.filter(([, { Type }]) => !/Api$/.test(Type)).map(([id]) => id)).toEqual([]);
});

test('the permissions that another construct id of the stack replaces are the same as before', () => {
  const [removed, added] = [[BEFORE, OTHER_ID], [OTHER_ID, BEFORE]].map(([one, other]) =>
    Object.entries(one.resources).filter(([id]) => isOfLibrary(id) && !(id in other.resources))
      .filter(([, { Type }]) => Type === 'AWS::Lambda::Permission').map(([, { Properties }]) => Properties));
  expect(removed).toHaveLength(2);
  expect(added).toEqual(removed);
});

test('the same path below a stack of another name has the same logical ids', () => {
  // the id of a deployment has a hash of the API, with its name
  const [ids, before] = [OTHER_NAME, BEFORE].map(({ resources }) => Object.keys(resources).filter(isOfLibrary)
    .map((id) => id.replace(/(Deployment[0-9A-F]{8})[0-9a-f]{32}$/, '$1')));
  expect(ids).toEqual(before);
});

test('another name of the stack renames APIs, bus and access logs, and replaces what belongs to the bus', () => {
  expect(differences(BEFORE.resources, OTHER_NAME.resources))
    .toEqual([...OF_APIS, 'AWS::Events::EventBus.Properties.Name', 'AWS::Logs::LogGroup.Properties.LogGroupName']);
  const replaced = new Set<string>();
  const { resources } = fullDiff(BEFORE.template, OTHER_NAME.template);
  resources.forEachDifference((id, { changeImpact, newResourceType }) => {
    if (isOfLibrary(id) && ![ResourceImpact.WILL_UPDATE, ResourceImpact.NO_CHANGE].includes(changeImpact)) {
      newResourceType && replaced.add(newResourceType); // a deployment is another resource then
    }
  });
  expect([...replaced].sort())
    .toEqual([
      'AWS::ApiGateway::Deployment', 'AWS::Events::Archive', 'AWS::Events::EventBus', 'AWS::Events::Rule',
      'AWS::Logs::LogGroup',
    ]);
});

test('with a fixed name of the bus and without an access log, only APIs have the name of the stack', () => {
  const named = (props: StackProps) => {
    const stack = new Stack(new App(), 'Test', { env: ENV, ...props });
    const alarms = { enabled: false };
    new StripeEventBridge(stack, 'Stripe', { alarms, eventBusName: 'billing', archive: {}, customerTable: {} });
    new StripeEventBridge(stack, 'Rest', { alarms, eventBusName: 'rest', endpoint: StripeEndpoint.restApi() });
    return synthesized(stack).resources;
  };
  expect(differences(named({ stackName: 'payments' }), named({ stackName: 'billing' }))).toEqual(OF_APIS);
});

test('no logical id of a resource that holds data contains the id or the name of the stack', () => {
  const ids = libraryResources(BEFORE.resources)
    .filter(([, { Type }]) => /(Table|Secret|Archive|EventBus|Queue|LogGroup)$/.test(Type)).map(([id]) => id);
  expect(ids.length).toBeGreaterThan(20);
  expect(ids.filter((id) => /Alpha|payments/i.test(id))).toEqual([]);
});
