import { App, Stack } from 'aws-cdk-lib';
import { byAnotherAccount, forbiddenOf } from './forbidden';
import { handlerOf, needsOf, type Site } from './needs';
import type { OwnerAction, Row } from './row';
import { ROWS } from './rows';
import { calledBy, EXCEPTIONS, KEY_EXCEPTIONS, type Role } from '../../harness/called-actions';
import { Deployment, HERE, placeOfArn } from '../../harness/deployment';
import {
  type AwsRequest, identityStatements, isAllowed, type OtherPolicies, type Statement,
} from '../../harness/simulator';

/** What roles and services of AWS may do in every variant, judged with the policies of roles, resources and keys. */

function siteOf({ build, withoutEnv, keys = {} }: Row): Site {
  const app = new App();
  const env = withoutEnv ? undefined : HERE;
  build({ stack: new Stack(app, 'Test', { env }), owner: new Stack(app, 'Owner', { env }) });
  return { deployment: new Deployment(app), keys };
}

/** Policy of a key that nobody has changed: the account decides by IAM. */
const defaultKeyPolicy = (keyArn: string): Statement => ({
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${placeOfArn(keyArn).account}:root` },
  Action: 'kms:*',
  Resource: '*',
});

/** Policies outside the app before an owner has done anything: those of imported keys. */
function othersOf({ keys, deployment }: Site, owner: OwnerAction[]): OtherPolicies {
  const all = [...Object.values(keys), ...owner.map(({ arn }) => arn)];
  return Object.fromEntries(all.filter((arn) => arn.startsWith('arn:aws:kms:') && !deployment.byArn(arn))
    .map((arn) => [arn, [defaultKeyPolicy(arn)]]));
}

/** Actions that a warning does not name, but asks for in words. */
const IN_WORDS: Array<[words: string, actions: string[]]> = [
  ['write its logs', ['logs:CreateLogStream', 'logs:PutLogEvents']],
  ['use their keys', ['kms:Decrypt']],
  ['use the key', ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey']],
];

const actionsIn = (text: string): string[] => [
  ...text.match(/\b(events|sqs|kms|dynamodb|secretsmanager):[A-Z]\w+\*?/g) ?? [],
  ...IN_WORDS.flatMap(([words, actions]) => text.includes(words) ? actions : []),
];

/** Adds the statements with which the owners do what the warnings ask for. */
function afterOwners(site: Site, owner: OwnerAction[], denied: AwsRequest[]): OtherPolicies {
  const policies = othersOf(site, owner);
  owner.forEach(({ arn, warning }) => {
    const texts = site.deployment.warnings.filter((text) => warning.test(text));
    const actions = texts.flatMap(actionsIn).filter((action) =>
      arn.startsWith('arn:aws:iam:') || action.startsWith(`${arn.split(':')[2]}:`));
    expect([arn, `${warning}`, texts.length > 0, actions.length > 0]).toEqual([arn, `${warning}`, true, true]);
    const principals = denied.filter(({ resource }) => resource === arn).map(({ principal }) => principal);
    const to = (all: string[], key: string) => all.length > 0 ? { [key]: [...new Set(all)] } : {};
    const isRole = (principal: string) => principal.startsWith('arn:');
    const Principal = {
      ...to(principals.filter(isRole), 'AWS'), ...to(principals.filter((each) => !isRole(each)), 'Service'),
    };
    const statement = { Effect: 'Allow', Action: actions, Resource: arn.includes(':iam:') ? '*' : arn };
    policies[arn] = [...policies[arn] ?? [], arn.includes(':iam:') ? statement : { ...statement, Principal }];
  });
  return policies;
}

/** Name of a principal: of a handler, of another role, or of a service. */
function nameOf(site: Site, principal: string): string {
  const roles: Role[] = ['webhook', 'writer'];
  return roles.find((role) => handlerOf(site, role)?.get('Role') === principal) ?? principal.split('/').pop()!;
}

const textOf = (site: Site, { principal, action, resource, context }: AwsRequest) =>
  [nameOf(site, principal), action, resource, ...context ? [JSON.stringify(context)] : []].join(' ');

/** Returns the requests that are allowed. */
async function allowedOf(site: Site, requests: AwsRequest[], others: OtherPolicies): Promise<AwsRequest[]> {
  const allowed = await Promise.all(requests.map((request) => isAllowed(site.deployment, request, others)));
  return requests.filter((_request, index) => allowed[index]);
}

describe.each(Object.entries(ROWS))('%s', (id, row) => {
  const number = id.split(':')[0];
  const { owner = [] } = row;
  let site: Site;
  let needs: AwsRequest[];

  beforeAll(() => {
    site = siteOf(row);
    needs = needsOf(site);
  });

  const texts = (requests: AwsRequest[]) => requests.map((each) => textOf(site, each));
  /** Requests about which the library decides: not the owner of a resource, nor CDK in a target of its own. */
  const decidedHere = (requests: AwsRequest[]) => requests.filter((request) =>
    !owner.some(({ arn }) => [request.principal, request.resource].includes(arn))
    && !row.admittedByCdk?.test(textOf(site, request)));

  test(`${number}: what is needed is allowed, and what the owner must allow is in a warning`, async () => {
    expect(needs.length).toBeGreaterThan(0);
    row.about.forEach((request) => expect(texts(needs)).toContainEqual(expect.stringMatching(request)));
    const allowed = await allowedOf(site, needs, othersOf(site, owner));
    const denied = needs.filter((each) => !allowed.includes(each));
    const owned = (arn: string) =>
      denied.filter(({ principal, resource }) => [principal, resource].includes(arn));
    expect(texts(denied.filter((each) => !owner.some(({ arn }) => owned(arn).includes(each))))).toEqual([]);
    owner.forEach(({ arn }) => expect([arn, owned(arn).length]).not.toEqual([arn, 0]));
    const after = await allowedOf(site, denied, afterOwners(site, owner, denied));
    expect(texts(after)).toEqual(texts(denied));
  });

  test(`${number}: nothing else is allowed`, async () => {
    const forbidden = decidedHere(forbiddenOf(site, needs));
    expect(forbidden.length).toBeGreaterThan(0);
    expect(texts(await allowedOf(site, forbidden, othersOf(site, owner)))).toEqual([]);
  });

  test(`${number}: nobody may do the same from another account`, async () => {
    const own = decidedHere(needs);
    const foreign = byAnotherAccount(own);
    expect(foreign.length).toBeGreaterThan(0);
    // a role of the other account has the same permissions there
    const permissions = own.map(({ principal }, index) =>
      [foreign[index].principal, identityStatements(site.deployment, principal)] as const);
    const others = { ...othersOf(site, owner), ...Object.fromEntries(permissions) };
    expect(texts(await allowedOf(site, foreign, others))).toEqual([]);
  });

  test(`${number}: the actions that are granted are those that are called`, () => {
    const roles: Role[] = ['webhook', 'writer'];
    roles.filter((role) => handlerOf(site, role)).forEach((role) => {
      const roleArn: string = handlerOf(site, role)!.get('Role');
      const granted = identityStatements(site.deployment, roleArn).flatMap(({ Action: action }) => action as string);
      const allowed = [...EXCEPTIONS, ...KEY_EXCEPTIONS].filter(([of]) => of === role).map(([, action]) => action);
      const rest = [...new Set(granted)].filter((action) => !allowed.some((each) => each.test(action))).sort();
      expect(rest).toEqual(owner.some(({ arn }) => arn === roleArn) ? [] : calledBy(role));
    });
  });
});
