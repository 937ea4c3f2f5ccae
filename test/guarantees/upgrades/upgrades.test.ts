import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { STACKS } from './stacks';

/** What an upgrade of the library would do to a deployed stack, by CDK's own diff: nothing that holds data or an address is lost. */

type Template = Record<string, any>;

const RELEASES = join(__dirname, 'releases');

/** Replaced, they lose events, rows, secrets, or the URL that is registered in Stripe. */
const STATEFUL = [
  'AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::Events::EventBus', 'AWS::SecretsManager::Secret', 'AWS::Events::Archive', 'AWS::KMS::Key',
  'AWS::ApiGateway::RestApi', 'AWS::ApiGatewayV2::Api',
];
const HARMLESS = [ResourceImpact.WILL_CREATE, ResourceImpact.WILL_UPDATE, ResourceImpact.NO_CHANGE, ResourceImpact.WILL_IMPORT];

/** The stateful resources that an update would not leave where they are. */
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

const releases = readdirSync(RELEASES).flatMap((version) => Object.keys(STACKS).map((stack) => [version, stack] as const));

test.each(releases)('G11: an upgrade from %s leaves what the %s stack holds', (version, stack) => {
  const released = JSON.parse(readFileSync(join(RELEASES, version, `${stack}.template.json`), 'utf8'));
  expect(losses(released, STACKS[stack]())).toEqual([]);
});

test('an upgrade never makes a new value of a secret', () => {
  for (const [version, stack] of releases) {
    const secretsOf = ({ Resources }: Template) => Object.entries<any>(Resources).filter(([, { Type }]) => Type === 'AWS::SecretsManager::Secret');
    const released = JSON.parse(readFileSync(join(RELEASES, version, `${stack}.template.json`), 'utf8'));
    expect(Object.fromEntries(secretsOf(STACKS[stack]()))).toEqual(Object.fromEntries(secretsOf(released)));
    expect(secretsOf(released).length).toBeGreaterThan(0);
  }
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
  ])('stops %s', (_what, change, id) => {
    expect(losses(full, changed(change))).toContainEqual(expect.stringContaining(id));
  });

  test('lets more memory pass', () => {
    expect(losses(full, changed((resources) => {
      resources[webhook].Properties.MemorySize = 1024;
    }))).toEqual([]);
  });
});
