import { App } from 'aws-cdk-lib';
import { isOfLibrary, libraryResources, synthesized, type TemplateResource, wholeStack } from './whole-stack';
import { schemaOf } from '../../harness/cloudformation-spec';

/** Service control policies that deny resources without encryption, as rules over the template. */

const { resources: WITH_KEYS, warnings } = synthesized(wholeStack(new App()));
const { resources: WITHOUT_KEYS } = synthesized(wholeStack(new App(), { withKeys: false }));

/** Where a type of resource has its key, and which key of the app it has. */
interface Encryption {
  readonly key: 'MineKey' | 'MineLogKey';
  readonly of: (properties: any) => unknown;
  /** Whether AWS encrypts the resource without a key. The default is that the service always does. */
  readonly byAws?: (properties: any) => boolean;
}

const ENCRYPTED: Record<string, Encryption> = {
  'AWS::Events::EventBus': { key: 'MineKey', of: ({ KmsKeyIdentifier }) => KmsKeyIdentifier },
  'AWS::Events::Archive': { key: 'MineKey', of: ({ KmsKeyIdentifier }) => KmsKeyIdentifier },
  'AWS::SQS::Queue': {
    key: 'MineKey',
    of: ({ KmsMasterKeyId }) => KmsMasterKeyId,
    byAws: ({ SqsManagedSseEnabled }) => SqsManagedSseEnabled === true,
  },
  'AWS::DynamoDB::GlobalTable': {
    key: 'MineKey',
    of: ({ SSESpecification, Replicas: [replica, ...more] }) =>
      SSESpecification?.SSEEnabled && SSESpecification.SSEType === 'KMS' && more.length === 0
        && replica.SSESpecification.KMSMasterKeyId,
  },
  'AWS::SecretsManager::Secret': { key: 'MineKey', of: ({ KmsKeyId }) => KmsKeyId },
  'AWS::Logs::LogGroup': { key: 'MineLogKey', of: ({ KmsKeyId }) => KmsKeyId },
};

/** Types that can have a key and need none, each with the condition under which that is so. */
const NEED_NO_KEY: Record<string, { readonly because: string; readonly while: (properties: any) => boolean }> = {
  'AWS::Lambda::Function': {
    because: 'the variables hold names, and Lambda encrypts them with a key of AWS',
    while: ({ Environment }) => !/whsec_|resolve:|SecretString/.test(JSON.stringify(Environment)),
  },
  'AWS::Lambda::EventSourceMapping': {
    because: 'the key encrypts filter criteria, of which there are none',
    while: ({ FilterCriteria }) => FilterCriteria === undefined,
  },
};

/** Resources whose type has a key, and which must not have that of the app. */
const EXEMPT: Record<string, string> = {
  EventBusDeadLetterQueue: 'it keeps the events of the bus while the key cannot be used',
};

const isExempt = (id: string) => Object.keys(EXEMPT).some((part) => id.includes(part));
const encrypted = (resources: Record<string, TemplateResource>) =>
  libraryResources(resources).filter(([, { Type }]) => Type in ENCRYPTED);

/** Whether a schema has a property of a key, or of encryption with one. */
function canHaveKey(type: string): boolean {
  return /kms|sse/i.test(Object.keys(schemaOf(type).properties).join());
}

test('the rules know every type in the template that can have a key', () => {
  const types = [...new Set(libraryResources(WITH_KEYS).map(([, { Type }]) => Type))].filter(canHaveKey);
  expect(types.sort()).toEqual([...Object.keys(ENCRYPTED), ...Object.keys(NEED_NO_KEY)].sort());
});

test.each(Object.keys(ENCRYPTED))('with keys, every %s has the key for its data', (type) => {
  const { key, of } = ENCRYPTED[type];
  const subjects = encrypted(WITH_KEYS).filter(([id, { Type }]) => Type === type && !isExempt(id));
  expect(subjects.length).toBeGreaterThan(0);
  const others = subjects.filter(([, { Properties }]) =>
    !new RegExp(`^\\{"Fn::GetAtt":\\["${key}[0-9A-F]{8}","Arn"\\]\\}$`).test(JSON.stringify(of(Properties)) ?? ''));
  expect(others.map(([id]) => id)).toEqual([]);
});

test.each(Object.entries(EXEMPT))('%s has no key of the app, because %s: AWS encrypts it', (part) => {
  const exempt = encrypted(WITH_KEYS).filter(([id]) => id.includes(part));
  expect(exempt).toHaveLength(3);
  exempt.forEach(([id, { Type, Properties }]) => {
    expect(ENCRYPTED[Type].of(Properties)).toBeUndefined();
    expect(ENCRYPTED[Type].byAws!(Properties)).toBe(true);
    expect(Object.keys(WITHOUT_KEYS)).not.toContain(id); // it exists only because of the key
  });
});

test('without keys, AWS encrypts every resource, and nothing switches that off', () => {
  const subjects = encrypted(WITHOUT_KEYS);
  expect(new Set(subjects.map(([, { Type }]) => Type)).size).toBe(Object.keys(ENCRYPTED).length);
  subjects.forEach(([id, { Type, Properties }]) => {
    expect([id, ENCRYPTED[Type].byAws?.(Properties) ?? true]).toEqual([id, true]);
    expect([id, JSON.stringify(Properties).includes('"SSEEnabled":false')]).toEqual([id, false]);
    expect([id, JSON.stringify(Properties).includes('Mine')]).toEqual([id, false]);
  });
});

const reasons = Object.entries(NEED_NO_KEY).map(([type, { because }]) => [type, because]);

test.each(reasons)('%s needs no key, because %s', (type) => {
  const subjects = libraryResources(WITH_KEYS).filter(([, { Type }]) => Type === type);
  expect(subjects.length).toBeGreaterThan(0);
  subjects.forEach(([, { Properties }]) => expect(NEED_NO_KEY[type].while(Properties)).toBe(true));
});

test('every alarm goes to a topic, which the user encrypts, and the key gives no warning', () => {
  const topics = Object.entries(WITH_KEYS).filter(([, { Type }]) => Type === 'AWS::SNS::Topic');
  expect(topics.map(([id]) => isOfLibrary(id))).toEqual([false]);
  expect(JSON.stringify(topics)).toContain('MineKey');
  expect(warnings.filter((warning) => /key/.test(warning))).toEqual([]);
});
