import { App, type Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { differences, isOfLibrary, libraryResources, synthesized, wholeStack } from './whole-stack';

/** A service control policy can deny `iam:CreateRole` without the permissions boundary of the organization. */

const NAME = 'organization-boundary';
const WITHOUT = synthesized(wholeStack(new App()));

test.each<[string, () => Stack]>([
  ['an Aspect over the app', () => {
    const app = new App();
    const stack = wholeStack(app);
    PermissionsBoundary.of(app).apply(ManagedPolicy.fromManagedPolicyName(stack, 'MineBoundary', NAME));
    return stack;
  }],
  ['a key of the context', () =>
    wholeStack(new App({ context: { '@aws-cdk/core:permissionsBoundary': { name: NAME } } }))],
])('each role, also of a custom resource, has the boundary of %s, and nothing else changes', (_what, of) => {
  const { resources, warnings } = synthesized(of());
  const roles = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
  const functions = libraryResources(resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  expect(functions.length).toBe(4);
  expect(roles.filter(([id]) => isOfLibrary(id))).toHaveLength(functions.length);
  expect(roles.map(([id]) => id)).toContainEqual(expect.stringMatching(/^AWS679/));
  expect(roles.filter(([, { Properties }]) =>
    !JSON.stringify(Properties.PermissionsBoundary ?? '').includes(`:policy/${NAME}`))).toEqual([]);
  expect(differences(WITHOUT.resources, resources)).toEqual(['AWS::IAM::Role.Properties.PermissionsBoundary']);
  expect(warnings).toEqual(WITHOUT.warnings);
});

test('every identity of the library is a role, so that no user or group is left without a boundary', () => {
  const types = libraryResources(WITHOUT.resources).map(([, { Type }]) => Type)
    .filter((type) => type.startsWith('AWS::IAM::'));
  expect([...new Set(types)].sort()).toEqual(['AWS::IAM::Policy', 'AWS::IAM::Role']);
});
