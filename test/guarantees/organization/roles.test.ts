import { readFileSync } from 'fs';
import { join } from 'path';
import { App, CfnElement, type Stack } from 'aws-cdk-lib';
import { type CustomizeRolesOptions, ManagedPolicy, PermissionsBoundary, Role } from 'aws-cdk-lib/aws-iam';
import { differences, isOfLibrary, libraryResources, synthesized, wholeStack } from './whole-stack';

/** Organizations in which every role needs a permissions boundary, or in which another team creates the roles. */

/** Names of the roles of the functions, by the paths of the roles. */
const NAMES: Record<string, string> = {
  'Test/Stripe/Webhook/Handler/Role': 'stripe-webhook',
  'Test/Stripe/CustomerTable/Writer/Role': 'stripe-writer',
  'Test/Rest/Webhook/Handler/Role': 'stripe-rest',
  'Test/Url/Webhook/Handler/Role': 'stripe-url',
};

interface ReportedRole {
  readonly roleConstructPath: string;
  readonly roleName: string;
  readonly assumeRolePolicy: unknown[];
  readonly managedPolicyArns: unknown[];
  readonly identityPolicyStatements: any[];
}

const created = wholeStack(new App());
const CREATED = synthesized(created);

/** A service control policy can deny `iam:CreateRole` without it. */
const BOUNDARY = 'organization-boundary';

test.each<[string, () => Stack]>([
  ['an Aspect over the app', () => {
    const app = new App();
    const stack = wholeStack(app);
    PermissionsBoundary.of(app).apply(ManagedPolicy.fromManagedPolicyName(stack, 'MineBoundary', BOUNDARY));
    return stack;
  }],
  ['a key of the context', () =>
    wholeStack(new App({ context: { '@aws-cdk/core:permissionsBoundary': { name: BOUNDARY } } }))],
])('each role, also of a custom resource, has the boundary of %s, and nothing else changes', (_what, of) => {
  const { resources, warnings } = synthesized(of());
  const roles = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
  const functions = libraryResources(resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  expect(functions.length).toBe(4);
  expect(roles.filter(([id]) => isOfLibrary(id))).toHaveLength(functions.length);
  expect(roles.map(([id]) => id)).toContainEqual(expect.stringMatching(/^AWS679/));
  expect(roles.filter(([, { Properties }]) =>
    !JSON.stringify(Properties.PermissionsBoundary ?? '').includes(`:policy/${BOUNDARY}`))).toEqual([]);
  expect(differences(CREATED.resources, resources)).toEqual(['AWS::IAM::Role.Properties.PermissionsBoundary']);
  expect(warnings).toEqual(CREATED.warnings);
});

test('every identity of the library is a role, so that no user or group is left without a boundary', () => {
  const types = libraryResources(CREATED.resources).map(([, { Type }]) => Type)
    .filter((type) => type.startsWith('AWS::IAM::'));
  expect([...new Set(types)].sort()).toEqual(['AWS::IAM::Policy', 'AWS::IAM::Role']);
});

/** Synthesizes the whole stack without its roles. Returns the reported roles of the library as well. */
function customized(options?: CustomizeRolesOptions) {
  const app = new App();
  Role.customizeRoles(app, options);
  const { assembly, ...rest } = synthesized(wholeStack(app));
  const report = JSON.parse(readFileSync(join(assembly.directory, 'iam-policy-report.json'), 'utf8'));
  const roles: ReportedRole[] = report.roles;
  return { ...rest, roles: roles.filter(({ roleConstructPath }) => !/Mine|AWS679/.test(roleConstructPath)) };
}

/** Returns a value of a template in the form of the report: `(Test/Key/Resource.Arn)`. */
function asReported(stack: Stack, value: unknown): unknown {
  const paths = Object.fromEntries(stack.node.findAll().filter((each) => CfnElement.isCfnElement(each))
    .map((each) => [stack.resolve(each.logicalId), each.node.path]));
  const text = JSON.stringify(value)
    .replace(/\{"Fn::GetAtt":\["(\w+)","(\w+)"\]\}/g, (_, id, attribute) => `"(${paths[id]}.${attribute})"`)
    .replace(/\{"Ref":"(\w+)"\}/g, (_, id) => `"(${paths[id]}.Ref)"`);
  return JSON.parse(text);
}

const unnamed = customized();

/** Returns the statements without conditions, in which CDK reports tokens. */
const permissions = (statements: any[]) => statements.map(({ Condition: _, ...statement }) => statement);

test('the report has the statements of every function, exactly as the roles of CDK have them', () => {
  const { roles } = unnamed;
  expect(roles.map(({ roleConstructPath }) => roleConstructPath).sort()).toEqual(Object.keys(NAMES).sort());
  const statements = Object.fromEntries(libraryResources(CREATED.resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
    .map(([, { Properties }]) => [
      asReported(created, Properties.Roles[0]), asReported(created, Properties.PolicyDocument.Statement),
    ]));
  roles.forEach(({ roleConstructPath, identityPolicyStatements, assumeRolePolicy, managedPolicyArns }) => {
    expect(permissions(identityPolicyStatements))
      .toEqual(permissions(statements[`(${roleConstructPath}/Resource.Ref)`]));
    expect(assumeRolePolicy).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
    ]);
    expect(managedPolicyArns).toEqual([]);
  });
});

/** Changes of the template without roles. CDK lets nothing depend on policies that are not there. */
const WITHOUT_ROLES = [
  'AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::Lambda::EventSourceMapping.DependsOn', 'AWS::Lambda::Function.DependsOn',
  'AWS::Lambda::Function.Properties.Role',
];

test('functions use the roles that exist, by their names, and nothing else changes', () => {
  const usePrecreatedRoles = { ...NAMES, 'Test/MineFunction/ServiceRole': 'mine' };
  const { resources, roles, warnings } = customized({ usePrecreatedRoles });
  expect(differences(CREATED.resources, resources)).toEqual(WITHOUT_ROLES);
  const names = libraryResources(resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
    .map(([, { Properties }]) => /role\/([\w-]+)/.exec(JSON.stringify(Properties.Role))?.[1]);
  expect(names.sort()).toEqual(Object.values(NAMES).sort());
  expect(roles.map(({ roleName }) => roleName).sort()).toEqual(Object.values(NAMES).sort());
  // the role of the user's function has no policy, of which the report says the same
  expect(warnings.filter((warning) => !CREATED.warnings.includes(warning))).toEqual([
    expect.stringMatching(/^\/Test\/Stripe\/Queued The role of Test\/MineFunction cannot be changed here; it must be /),
  ]);
});

test('without names, the report names no role, and the rules still precede the webhook function', () => {
  const { resources, roles } = unnamed;
  expect(roles.map(({ roleName }) => roleName)).toEqual(Object.keys(NAMES).map(() => 'missing role'));
  const functions = libraryResources(resources).filter(([id]) => /WebhookHandlerFunction/.test(id))
    .filter(([, { Type }]) => Type === 'AWS::Lambda::Function');
  expect(functions).toHaveLength(3);
  functions.forEach(([id, { DependsOn = [] }]) => expect(DependsOn)
    .toEqual(CREATED.resources[id].DependsOn!.filter((other) => !/Role/.test(other))));
});

test('with preventSynthesis: false, the roles are in the template, and CDK leaves their policies to the report', () => {
  const { resources, roles } = customized({ preventSynthesis: false });
  expect(roles).toHaveLength(Object.keys(NAMES).length);
  expect(differences(CREATED.resources, resources)).toEqual(WITHOUT_ROLES.filter((path) => !/Role$/.test(path)));
});
