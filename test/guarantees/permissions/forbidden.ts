import { EVENTBRIDGE, handlerOf, type Site } from './needs';
import { NEVER, type Role } from '../../harness/called-actions';
import { HERE, placeOfArn } from '../../harness/deployment';
import type { AwsRequest } from '../../harness/simulator';

/** Requests that must not be allowed, derived from those that must be. */

const STRANGER = '333333333333';

const textOf = ({ principal, action, resource, context }: AwsRequest) =>
  JSON.stringify([principal, action, resource, context]);

/** Returns the requests that are not among those that are needed. */
function without(needs: AwsRequest[], requests: AwsRequest[]): AwsRequest[] {
  const needed = new Set(needs.map(textOf));
  return requests.filter((request) => !needed.has(textOf(request)));
}

/** Returns a text with another account instead of that of an ARN. */
const inOtherAccount = (text: string, account: string) => text.split(account).join(STRANGER);

/** Returns each request as another account would send it: by a role, a rule, an API or a log group of its own. */
export const byAnotherAccount = (needs: AwsRequest[]): AwsRequest[] => needs.map((request) => {
  const { principal, context = {} } = request;
  if (principal.startsWith('arn:')) {
    return { ...request, principal: inOtherAccount(principal, placeOfArn(principal).account) };
  }
  const account = Object.values(context).find((value) => value.startsWith('arn:'))?.split(':')[4] ?? '';
  const changed = Object.entries(context).map(([key, value]) => [key, inOtherAccount(value, account)]);
  return { ...request, context: Object.fromEntries(changed) };
});

/** Resources that an action can be about, by action or by service. */
const TYPES: Record<string, string[]> = {
  'events:PutRule': ['AWS::Events::Rule'],
  'events': ['AWS::Events::EventBus'],
  'secretsmanager': ['AWS::SecretsManager::Secret'],
  'dynamodb': ['AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'],
  'sqs': ['AWS::SQS::Queue'],
  'logs': ['AWS::Logs::LogGroup'],
};

const serviceOf = (action: string) => action.split(':')[0];

/** Returns the resources of the deployment and of the needs, and one more, that an action can be about. */
function resourcesFor({ deployment }: Site, needs: AwsRequest[], action: string): string[] {
  const known = deployment.ofType(...TYPES[action] ?? TYPES[serviceOf(action)])
    .map(({ arn }) => arn.replace(/(log-group:.*):\*$/, '$1:log-stream:2026'));
  const needed = action in TYPES ? []
    : needs.filter((need) => serviceOf(need.action) === serviceOf(action)).map(({ resource }) => resource);
  const all = [...new Set([...known, ...needed])];
  return [...all, ...all.slice(0, 1).map((arn) => arn.replace(/[^:/]+(:log-stream:2026)?$/, 'Other-ZyXwVu$1'))];
}

/** Returns all that the roles could ask for: the actions of both, and some that nothing needs, on every resource. */
function ofRoles(site: Site, needs: AwsRequest[], roles: string[]): AwsRequest[] {
  const used = needs.filter(({ principal, action }) => roles.includes(principal) && serviceOf(action) !== 'kms');
  const actions = [...new Set([...used.map(({ action }) => action), ...NEVER])];
  return roles.flatMap((principal) => actions.flatMap((action) =>
    resourcesFor(site, needs, action).map((resource) => ({ principal, action, resource }))));
}

/** Actions on a key that nothing needs while the stack is deployed. */
const NEVER_ON_KEYS = ['kms:CreateGrant', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion'];

/** Returns every key of the deployment and of resources that are imported. */
const keysOf = ({ deployment, keys }: Site): string[] =>
  [...new Set([...deployment.ofType('AWS::KMS::Key').map(({ arn }) => arn), ...Object.values(keys)])];

/** Returns requests to KMS as a role would send them itself, and through another service than Secrets Manager. */
const outsideSecrets = (onKeys: AwsRequest[]): AwsRequest[] => onKeys.filter(({ context = {} }) =>
  !context['kms:ViaService']?.startsWith('secretsmanager.'));

/**
 * Returns what a role or a service could ask of a key that it does not need.
 *
 * CDK grants the writer its keys for every service and every action of encryption, so that only other keys are asked
 * for. The webhook may use the key of a secret through Secrets Manager only, and EventBridge its keys for everything in
 * the account (docs/decisions/0019-key-policy-for-eventbridge.md).
 */
function ofKeys(site: Site, needs: AwsRequest[], webhook: string | undefined): AwsRequest[] {
  const onKeys = needs.filter(({ action }) => serviceOf(action) === 'kms');
  const principals = [...new Set([...needs.map(({ principal }) => principal), EVENTBRIDGE])];
  return principals.flatMap((principal) => keysOf(site).flatMap((resource) => {
    const needed = onKeys.find((need) => need.principal === principal && need.resource === resource);
    const direct = [{ action: 'kms:Decrypt', context: undefined }];
    const asked = !needed ? [...onKeys, ...direct]
      : principal === webhook
        ? [...outsideSecrets(onKeys), ...direct, { action: 'kms:GenerateDataKey', context: needed.context }] : [];
    return [
      ...asked.map(({ action, context }) => ({ principal, action, resource, context })),
      ...NEVER_ON_KEYS.map((action) => ({ principal, action, resource })),
    ];
  }));
}

/** Whether a rule sends to a queue. Queues admit every rule of the account and the region (decision 22). */
const isRuleToQueue = ({ action, context = {} }: AwsRequest) =>
  action === 'sqs:SendMessage' && `${context['aws:SourceArn']}`.includes(':rule/');

/** Returns the requests of each service with the sources and the resources of others: another rule, bus or API. */
function ofServices(needs: AwsRequest[]): AwsRequest[] {
  const ofService = needs.filter(({ principal, action }) =>
    !principal.startsWith('arn:') && serviceOf(action) !== 'kms');
  const withSource = (request: AwsRequest, source: string) =>
    ({ ...request, context: { ...request.context, 'aws:SourceArn': source } });
  return ofService.flatMap((request) => {
    const source = `${request.context?.['aws:SourceArn']}`;
    return isRuleToQueue(request) ? [withSource(request, source.replace(HERE.region, 'us-east-2'))]
      : ofService.filter((each) => each.action === request.action && !isRuleToQueue(each)).flatMap(({ resource }) =>
        [{ ...request, resource }, withSource({ ...request, resource }, `${source}-other`)]);
  });
}

/** Returns the requests of the same account that must not be allowed. */
export function forbiddenOf(site: Site, needs: AwsRequest[]): AwsRequest[] {
  const role = (name: Role): string | undefined => handlerOf(site, name)?.get('Role');
  const roles = [role('webhook'), role('writer')].filter((each) => each !== undefined);
  const all = [...ofRoles(site, needs, roles), ...ofKeys(site, needs, role('webhook')), ...ofServices(needs)];
  return without(needs, [...new Map(all.map((request) => [textOf(request), request])).values()]);
}
