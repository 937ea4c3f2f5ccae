import { App, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { ENV, libraryResources, synthesized, type TemplateResource, wholeStack } from './whole-stack';
import { StripeEventBridge } from '../../../src';
import { schemaOf } from '../../harness/cloudformation-spec';

/**
 * Resources that `cdk import` brings into a stack, such as those that an earlier stack left behind.
 *
 * It deploys only the resources to import and asks for an identifier of each. A reference to a resource that does not
 * exist yet would make the template invalid.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
 */

interface Importable {
  /** Property of the resource by which CloudFormation finds it. */
  readonly identifier: string;
  /** Value of that property in the template. Without one, every resource of the type can be imported. */
  readonly inTemplate?: RegExp;
}

const STACK_NAME = /^\{"Fn::Join":\["",\[.*\{"Ref":"AWS::StackName"\},"-\w+"\]\]\}$/;

/** Everything that holds events, rows, secrets or logs. */
const IMPORTABLE: Record<string, Importable> = {
  // the names contain that of the stack: a stack of the same name finds what it left behind
  'AWS::Events::EventBus': { identifier: 'Name', inTemplate: STACK_NAME },
  'AWS::Events::Archive': { identifier: 'ArchiveName' },
  'AWS::DynamoDB::GlobalTable': { identifier: 'TableName' },
  'AWS::SQS::Queue': { identifier: 'QueueUrl' },
  'AWS::SecretsManager::Secret': { identifier: 'Id' }, // the ARN
  'AWS::Logs::LogGroup': { identifier: 'LogGroupName', inTemplate: STACK_NAME }, // only access logs have a name
};

const RESOURCES = synthesized(wholeStack(new App())).resources;
const stateful = (resources: Record<string, TemplateResource>) =>
  libraryResources(resources).filter(([, { Type }]) => Type in IMPORTABLE);

/** Returns the logical ids that a value refers to. */
function referencesIn(value: any): string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const { Ref: ref, 'Fn::GetAtt': attribute } = value;
  return [ref, attribute?.[0]].filter((id) => id && !id.startsWith('AWS::'))
    .concat(Object.values(value).flatMap(referencesIn));
}

test.each(Object.keys(IMPORTABLE))('%s is imported by the identifier that CloudFormation asks for', (type) => {
  const { identifier, inTemplate } = IMPORTABLE[type];
  expect(schemaOf(type).primaryIdentifier).toEqual([identifier]);
  const values = stateful(RESOURCES).filter(([, { Type }]) => Type === type)
    .map(([, { Properties }]) => Properties[identifier]).filter((value) => value !== undefined);
  expect(values.length > 0).toBe(inTemplate !== undefined);
  values.forEach((value) => expect(JSON.stringify(value)).toMatch(inTemplate!));
});

test('whatever is imported refers only to keys and to what can be imported with it', () => {
  const references = stateful(RESOURCES)
    .flatMap(([id, resource]) => [...referencesIn(resource.Properties), ...resource.DependsOn ?? []]
      .map((other) => [id, RESOURCES[other].Type]));
  expect(references.length).toBeGreaterThan(20);
  expect(references.filter(([, type]) => !(type in IMPORTABLE) && type !== 'AWS::KMS::Key')).toEqual([]);
  const keys = Object.values(RESOURCES).filter(({ Type }) => Type === 'AWS::KMS::Key');
  expect(keys.flatMap(referencesIn)).toEqual([]); // although their policies name services and buses
});

test('whatever is retained can be imported again by CloudFormation', () => {
  const retained = libraryResources(RESOURCES)
    .filter(([, { DeletionPolicy = '' }]) => DeletionPolicy.includes('Retain'));
  expect(new Set(retained.map(([, { Type }]) => Type)).size).toBe(5); // all but logs
  retained.forEach(([id, { Type, DeletionPolicy }]) => {
    expect([id, Type in IMPORTABLE]).toEqual([id, true]);
    // that of the template, so that an import changes nothing
    expect([id, ['Retain', 'RetainExceptOnCreate'].includes(DeletionPolicy!)]).toEqual([id, true]);
  });
});

test('with fixed names, the bus and the table are found without asking', () => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  new StripeEventBridge(stack, 'Stripe', { eventBusName: 'billing', customerTable: { tableName: 'customers' } });
  const named = Object.fromEntries(stateful(synthesized(stack).resources)
    .map(([, { Type, Properties }]) => [Type, Properties[IMPORTABLE[Type].identifier]])
    .filter(([, value]) => typeof value === 'string'));
  expect(named).toEqual({ 'AWS::Events::EventBus': 'billing', 'AWS::DynamoDB::GlobalTable': 'customers' });
});

test('without an import, the bus, the table, the secret and the key that exist are used by their names', () => {
  const stack = new Stack(new App(), 'Test', { env: ENV });
  const keyArn = `arn:aws:kms:${ENV.region}:${ENV.account}:key/existing-key`;
  new StripeEventBridge(stack, 'Stripe', {
    eventBus: EventBus.fromEventBusName(stack, 'Bus', 'existing-bus'),
    customerTable: { table: Table.fromTableName(stack, 'Table', 'existing-table') },
    signingSecret: Secret.fromSecretNameV2(stack, 'Secret', 'existing-secret'),
    encryptionKey: Key.fromKeyArn(stack, 'Key', keyArn),
    archive: {},
  });
  const { resources } = synthesized(stack);
  const types = stateful(resources).map(([, { Type }]) => Type);
  expect([...new Set(types)].sort()).toEqual(['AWS::Events::Archive', 'AWS::Logs::LogGroup', 'AWS::SQS::Queue']);
  expect(stateful(resources).flatMap(([, { Properties }]) => referencesIn(Properties))
    .filter((id) => !(resources[id].Type in IMPORTABLE))).toEqual([]);
  const text = JSON.stringify(resources);
  ['event-bus/existing-bus', 'table/existing-table', 'existing-secret', keyArn].forEach((name) =>
    expect(text).toContain(name));
});
