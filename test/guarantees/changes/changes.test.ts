import { readFileSync } from 'fs';
import { join } from 'path';
import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { CHANGES, type Change } from './changes';
import { membersOf, types } from '../../harness/public-api';

/** Effects of changes of a deployed stack, compared with the table of the page. */

/** Types that hold events, rows, secrets, or the URL that is registered in Stripe. */
const NAMES: Record<string, string> = {
  'AWS::ApiGateway::RestApi': 'API',
  'AWS::ApiGatewayV2::Api': 'API',
  'AWS::ApiGatewayV2::Route': 'route',
  'AWS::DynamoDB::GlobalTable': 'table',
  'AWS::Events::Archive': 'archive',
  'AWS::Events::EventBus': 'bus',
  'AWS::Events::Rule': 'rule',
  'AWS::Lambda::Function': 'function',
  'AWS::Logs::LogGroup': 'log group',
  'AWS::SQS::Queue': 'queue',
  'AWS::SecretsManager::Secret': 'secret',
};
const EFFECTS: Partial<Record<ResourceImpact, string>> = {
  [ResourceImpact.WILL_CREATE]: 'new',
  [ResourceImpact.WILL_UPDATE]: 'in place',
  [ResourceImpact.WILL_REPLACE]: 'replaced',
  [ResourceImpact.MAY_REPLACE]: 'replaced',
  [ResourceImpact.WILL_ORPHAN]: 'orphaned',
  [ResourceImpact.WILL_DESTROY]: 'destroyed',
};

/** Returns the effects in the form of the page: `bus: replaced; rule: new`. */
function effects({ before, after }: Change): string {
  const found = new Set<string>();
  fullDiff(before, after).resources.forEachDifference((_id, difference) => {
    const name = NAMES[difference.oldResourceType ?? difference.newResourceType!];
    const effect = EFFECTS[difference.changeImpact];
    if (name && effect) {
      found.add(`${name}: ${effect}`);
    }
  });
  return [...found].sort().join('; ') || 'none';
}

const page = readFileSync(join(__dirname, '../../../docs/changes-of-a-deployed-stack.md'), 'utf8');
const rows = Object.fromEntries(page.split('\n').filter((line) => /^\| C\d\d \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim())).map(([, id, , effect]) => [id, effect]));

test('the page lists every change that the test knows, and C08', () => {
  expect(Object.keys(rows).sort()).toEqual([...Object.keys(CHANGES), 'C08'].sort());
});

test.each(['StripeEventBridgeProps', 'StripeEventsOptions', 'StripeCustomerTableOptions'])(
  'the page names every property of %s, so that nobody adds one without its effect', (name) => {
    const properties = membersOf(types.find((type) => type.name === name)!).map((member) => member.name);
    expect(properties.length).toBeGreaterThan(8);
    expect(properties.filter((property) => !page.includes(`\`${property}\``))).toEqual([]);
  },
);

test.each(Object.keys(CHANGES))('%s: the page states the effect on the resources', (id) => {
  expect(rows[id]).toBe(effects(CHANGES[id]()));
});
