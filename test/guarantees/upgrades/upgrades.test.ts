import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { STACKS } from './stacks';

/** Effects of an upgrade of the library on a deployed stack, by CDK's own diff. No data and no URL may be lost. */

type Template = Record<string, any>;

const RELEASES = join(__dirname, 'releases');

/** Types whose replacement loses events, rows, secrets, or the URL that is registered in Stripe. */
const STATEFUL = [
  'AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::Events::EventBus', 'AWS::SecretsManager::Secret',
  'AWS::Events::Archive', 'AWS::KMS::Key', 'AWS::ApiGateway::RestApi', 'AWS::ApiGatewayV2::Api',
  'AWS::Lambda::Url',
];
const HARMLESS = [
  ResourceImpact.WILL_CREATE, ResourceImpact.WILL_UPDATE, ResourceImpact.NO_CHANGE, ResourceImpact.WILL_IMPORT,
];

/** Returns the stateful resources that an update replaces or removes. */
function losses(before: Template, after: Template): string[] {
  const found: string[] = [];
  fullDiff(before, after).resources.forEachDifference((id, change) => {
    const type = change.oldResourceType ?? change.newResourceType!;
    if (STATEFUL.includes(type) && !HARMLESS.includes(change.changeImpact)) {
      found.push(`${type} ${id}: ${change.changeImpact}`);
    }
  });
  return found.sort();
}

const releases = readdirSync(RELEASES)
  .flatMap((version) => Object.keys(STACKS).map((stack) => [version, stack] as const));
const releasedTemplate = (version: string, stack: string): Template =>
  JSON.parse(readFileSync(join(RELEASES, version, `${stack}.template.json`), 'utf8'));

test('the templates of at least one release are kept', () => {
  expect(releases.length).toBeGreaterThan(0);
});

test.each(releases)('G11: an upgrade from %s keeps what the %s stack holds', (version, stack) => {
  expect(losses(releasedTemplate(version, stack), STACKS[stack]())).toEqual([]);
});

test.each(releases)('an upgrade from %s leaves the secrets of the %s stack unchanged', (version, stack) => {
  const secretsOf = ({ Resources }: Template) => Object.fromEntries(
    Object.entries<any>(Resources).filter(([, { Type }]) => Type === 'AWS::SecretsManager::Secret'));
  const released = secretsOf(releasedTemplate(version, stack));
  expect(Object.keys(released).length).toBeGreaterThan(0);
  expect(secretsOf(STACKS[stack]())).toEqual(released);
});

describe('the gate', () => {
  const full = STACKS.full();
  const changed = (change: (resources: Record<string, any>) => void): Template => {
    const copy = JSON.parse(JSON.stringify(full));
    change(copy.Resources);
    return copy;
  };
  const idOf = (type: string, prefix: string) =>
    Object.keys(full.Resources).find((id) => full.Resources[id].Type === type && id.startsWith(prefix))!;
  const bus = idOf('AWS::Events::EventBus', 'Stripe');
  const table = idOf('AWS::DynamoDB::GlobalTable', 'Stripe');
  const deadLetters = idOf('AWS::SQS::Queue', 'StripeCustomerTableDeadLetter');
  const webhook = idOf('AWS::Lambda::Function', 'StripeWebhook');
  const url = idOf('AWS::Lambda::Url', 'Url');

  test.each<[string, (resources: Record<string, any>) => void, string]>([
    ['a renamed id', (resources) => {
      resources.Renamed = resources[table];
      delete resources[table];
    }, table],
    ['another partition key', (resources) => {
      resources[table].Properties.KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' }];
    }, table],
    ['another name of the bus', (resources) => {
      resources[bus].Properties.Name = 'other';
    }, bus],
    ['a dead-letter queue that is gone', (resources) => {
      delete resources[deadLetters];
    }, deadLetters],
    ['a URL of another function', (resources) => {
      resources[url].Properties.TargetFunctionArn = resources[webhook].Properties.Role;
    }, url],
  ])('the gate stops %s', (_what, change, id) => {
    expect(losses(full, changed(change))).toContainEqual(expect.stringContaining(id));
  });

  test('the gate lets more memory pass', () => {
    expect(losses(full, changed((resources) => {
      resources[webhook].Properties.MemorySize = 1024;
    }))).toEqual([]);
  });
});
