import { App, Aspects, CfnResource, RemovalPolicies, Tags } from 'aws-cdk-lib';
import { differences, libraryResources, synthesized, type TemplateResource, wholeStack } from './whole-stack';
import { schemaOf } from '../../harness/cloudformation-spec';

/** Aspects of an organization over the whole app. `invariants.test.ts` has those that fail. */

const BEFORE = synthesized(wholeStack(new App()));
const FUNCTION = 'AWS::Lambda::Function';
const LOG_GROUP = 'AWS::Logs::LogGroup';

/** Synthesizes the whole stack after changes of the app. */
function changed(...changes: Array<(app: App) => void>) {
  const app = new App();
  const stack = wholeStack(app);
  changes.forEach((change) => change(app));
  return synthesized(stack);
}

/** Sets a property of every resource of a type, by its value before. */
const set = (type: string, property: string, value: (before: any) => unknown) => (app: App) => Aspects.of(app).add({
  visit: (node) => {
    if ((node as CfnResource).cfnResourceType === type) {
      Reflect.set(node, property, value(Reflect.get(node, property)));
    }
  },
});

const ofType = (resources: Record<string, TemplateResource>, type: string) =>
  libraryResources(resources).filter(([, { Type }]) => Type === type);

const runtime = (name: string) => set(FUNCTION, 'runtime', () => name);
const logging = (change: object) => set(FUNCTION, 'loggingConfig', (before) => ({ ...before, ...change }));

/** What an organization sets on every function and log group: the older or cheaper values, and the newer ones. */
const STANDARDS: Array<[string, Array<(app: App) => void>, Record<string, object>]> = [
  [
    'an older runtime, x86, the log format Text and a short retention',
    [
      runtime('nodejs22.x'), set(FUNCTION, 'architectures', () => ['x86_64']), logging({ logFormat: 'Text' }),
      set(LOG_GROUP, 'retentionInDays', () => 1),
    ],
    {
      [FUNCTION]: { Runtime: 'nodejs22.x', Architectures: ['x86_64'], LoggingConfig: { LogFormat: 'Text' } },
      [LOG_GROUP]: { RetentionInDays: 1 },
    },
  ],
  [
    'a newer runtime, the log format JSON with the highest levels, and a long retention',
    [
      runtime('nodejs26.x'),
      logging({ logFormat: 'JSON', applicationLogLevel: 'FATAL', systemLogLevel: 'WARN' }),
      set(LOG_GROUP, 'retentionInDays', () => 3653),
    ],
    {
      [FUNCTION]: {
        Runtime: 'nodejs26.x',
        LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'FATAL', SystemLogLevel: 'WARN' },
      },
      [LOG_GROUP]: { RetentionInDays: 3653 },
    },
  ],
];

test.each(STANDARDS)('an organization can set %s, and nothing else changes', (_what, changes, expected) => {
  const { resources, warnings } = changed(...changes);
  Object.entries(expected).forEach(([type, properties]) => {
    const targets = ofType(resources, type);
    expect(targets.length).toBeGreaterThan(1);
    targets.forEach(([, { Properties }]) => expect(Properties).toMatchObject(properties));
  });
  expect(differences(BEFORE.resources, resources)).toEqual(Object.entries(expected)
    .flatMap(([type, properties]) => Object.keys(properties).map((name) => `${type}.Properties.${name}`)).sort());
  // the role of a function may write to that log group only
  ofType(resources, FUNCTION).forEach(([id, { Properties }]) => expect(Properties.LoggingConfig.LogGroup)
    .toEqual(BEFORE.resources[id].Properties.LoggingConfig.LogGroup));
  expect(warnings).toEqual(BEFORE.warnings);
});

test('an Aspect that sets a runtime that is too old fails, with the remedy', () => {
  expect(() => changed(runtime('nodejs20.x'))).toThrow('`runtime` of Test/Stripe/Webhook/Handler/Function/Resource '
    + "must be Node.js 22 or newer, got 'nodejs20.x'; exclude the resource from what changed it: an Aspect");
});

/** Types that hold events, rows, secrets or logs. */
const STATEFUL = /GlobalTable$|SecretsManager::Secret$|Events::(Archive|EventBus)$|SQS::Queue$|LogGroup$/;
/** CDK makes tags and policies of a REST API a part of the id of its deployment. */
const NEW_DEPLOYMENT = ['AWS::ApiGateway::Deployment', 'AWS::ApiGateway::Stage.Properties.DeploymentId'];

test.each<[string, string, (app: App) => void]>([
  ['destroys', 'Delete', (app) => RemovalPolicies.of(app).destroy()],
  ['retains', 'Retain', (app) => RemovalPolicies.of(app).retain()],
])('an Aspect that %s everything reaches whatever holds data, and changes no property', (_what, policy, change) => {
  const { resources } = changed(change);
  const stateful = libraryResources(resources).filter(([, { Type }]) => STATEFUL.test(Type));
  expect(new Set(stateful.map(([, { Type }]) => Type)).size).toBe(6);
  stateful.forEach(([, { DeletionPolicy, UpdateReplacePolicy }]) =>
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual([policy, policy]));
  expect(differences(BEFORE.resources, resources)
    .filter((path) => !/\.(Deletion|UpdateReplace)Policy$/.test(path))).toEqual(NEW_DEPLOYMENT);
});

/** Types that have tags in CloudFormation, but not in the oldest aws-cdk-lib that is supported. */
const WITHOUT_TAGS_IN_CDK = ['AWS::CloudWatch::Dashboard'];
const TABLE = 'AWS::DynamoDB::GlobalTable';

test('tags of the app reach every resource that can have tags, and change nothing else', () => {
  const { resources, warnings } = changed((app) => Tags.of(app).add('team', 'payments'));
  const tag = { Key: 'team', Value: 'payments' };
  const taggable = libraryResources(resources).filter(([, { Type }]) =>
    schemaOf(Type).tagInformation && !WITHOUT_TAGS_IN_CDK.includes(Type));
  const types = [...new Set(taggable.map(([, { Type }]) => Type))];
  expect(types).toEqual(expect.arrayContaining([FUNCTION, LOG_GROUP, 'AWS::SQS::Queue', 'AWS::ApiGatewayV2::Api']));
  // a list of pairs, or a map
  const untagged = taggable.filter(([, { Properties: { Tags: tags } }]) =>
    JSON.stringify(tags) !== JSON.stringify([tag]) && tags?.team !== 'payments');
  expect(untagged.map(([id]) => id)).toEqual([]);
  ofType(resources, TABLE).forEach(([, { Properties }]) =>
    expect(Properties.Replicas).toEqual([expect.objectContaining({ Tags: [tag] })]));
  expect(differences(BEFORE.resources, resources)).toEqual(
    [...types.map((type) => `${type}.Properties.Tags`), `${TABLE}.Properties.Replicas`, ...NEW_DEPLOYMENT].sort());
  expect(warnings).toEqual(BEFORE.warnings);
});
