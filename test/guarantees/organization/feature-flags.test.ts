import { readFileSync } from 'fs';
import { join } from 'path';
import { App } from 'aws-cdk-lib';
import { differences, libraryResources, synthesized, type TemplateResource, wholeStack } from './whole-stack';

/** Feature flags of CDK: all that it recommends to new apps, and none. */

const FILE = join(__dirname, '../../../node_modules/aws-cdk-lib/recommended-feature-flags.json');
const RECOMMENDED: Record<string, unknown> = JSON.parse(readFileSync(FILE, 'utf8'));
const OFF = Object.fromEntries(Object.keys(RECOMMENDED).map((flag) => [flag, false]));

const withFlags = (context: Record<string, unknown>) => synthesized(wholeStack(new App({ context })));
const on = withFlags(RECOMMENDED);
const off = withFlags(OFF);

/** Writes the partition as CDK does with the flag `enablePartitionLiterals`. */
function withPartition(resources: Record<string, TemplateResource>): Record<string, TemplateResource> {
  const text = JSON.stringify(resources).replace(/"([^"]*)",\{"Ref":"AWS::Partition"\},"([^"]*)"/g, '"$1aws$2"')
    .replace(/\{"Fn::Join":\["",\["([^"]*)"\]\]\}/g, '"$1"');
  return JSON.parse(text);
}

/** Returns what the policies of a template allow: each action on each resource, under its condition, once. */
function permissions(resources: Record<string, TemplateResource>): string[] {
  const policies = libraryResources(withPartition(resources)).filter(([, { Type }]) => Type === 'AWS::IAM::Policy');
  const all = policies.flatMap(([id, { Properties }]) => Properties.PolicyDocument.Statement.flatMap(
    ({ Effect, Action, Resource, Condition }: any) => [Action].flat().flatMap((action) => [Resource].flat()
      .map((resource) => JSON.stringify([id, Effect, action, resource, Condition])))));
  return [...new Set(all)].sort();
}

test('a flag that is off is the same as one that is not set', () => {
  expect(Object.keys(RECOMMENDED).length).toBeGreaterThan(30);
  expect(differences(withFlags({}).resources, off.resources)).toEqual([]);
});

test('the flags that CDK recommends change only how it writes ARNs and statements', () => {
  expect(differences(off.resources, on.resources)).toEqual([
    'AWS::ApiGateway::Deployment',
    'AWS::ApiGateway::Method.Properties.Integration',
    'AWS::ApiGateway::Stage.Properties.DeploymentId',
    'AWS::Events::Rule.Properties.Targets',
    'AWS::IAM::Policy.Properties.PolicyDocument',
    'AWS::Lambda::Permission.Properties.SourceArn',
    'AWS::SQS::QueuePolicy.Properties.PolicyDocument',
  ]);
  // without the way of writing ARNs, a new deployment of the REST API remains, whose id CDK makes of them
  expect(differences(withPartition(off.resources), withPartition(on.resources))).toEqual([
    'AWS::ApiGateway::Deployment',
    'AWS::ApiGateway::Stage.Properties.DeploymentId',
    'AWS::IAM::Policy.Properties.PolicyDocument',
  ]);
  expect(permissions(on.resources).length).toBeGreaterThan(20);
  expect(permissions(on.resources)).toEqual(permissions(off.resources));
});

test('the flags change no warning of the library', () => {
  const ofLibrary = (warnings: string[]) => warnings.filter((warning) => warning.includes('cdk-stripe-eventbridge:'));
  expect(ofLibrary(on.warnings)).toEqual(ofLibrary(off.warnings));
  expect(ofLibrary(on.warnings).length).toBeGreaterThan(0);
});
