import { runSimulation } from '@cloud-copilot/iam-simulate';
import { type Deployment, placeOfArn, queueUrl } from './deployment';

/** Requests to AWS, judged by a simulator with the policies of a deployment. */

/** Request of a role, by its ARN, or of a service of AWS, by its name. */
export interface AwsRequest {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: Record<string, string>;
}

/** Statement of a policy. */
export type Statement = Record<string, unknown>;

/** Statements that the app does not have, by the ARN of the role or of the resource. */
export type OtherPolicies = Record<string, Statement[]>;

const policy = (statements: Statement[]) => ({ Version: '2012-10-17', Statement: statements });

/** Returns the statements of the identity policies of a role. */
export function identityStatements(deployment: Deployment, roleArn: string): Statement[] {
  const { account } = placeOfArn(roleArn);
  const name = roleArn.split('/').pop();
  return deployment.resources
    .filter(({ place }) => place.account === account)
    .filter(({ type, get }) => /^AWS::IAM::(Managed)?Policy$/.test(type) && (get('Roles') ?? []).includes(name))
    .flatMap(({ get }) => get('PolicyDocument').Statement as Statement[]);
}

/** Statement that an `AWS::Lambda::Permission` adds to the policy of a function. */
function permissionStatement(get: (property: string) => any, functionArn: string): Statement {
  const [sourceArn, sourceAccount, authType] = ['SourceArn', 'SourceAccount', 'FunctionUrlAuthType'].map(get);
  return {
    Effect: 'Allow',
    Principal: get('Principal') === '*' ? '*' : { Service: get('Principal') },
    Action: get('Action'),
    Resource: functionArn,
    Condition: {
      ...sourceArn && { ArnLike: { 'aws:SourceArn': sourceArn } },
      ...sourceAccount && { StringEquals: { 'aws:SourceAccount': sourceAccount } },
      ...authType && { StringEqualsIgnoreCase: { 'lambda:FunctionUrlAuthType': authType } },
    },
  };
}

/** Returns the statements of the policy of a resource. */
export function resourceStatements(deployment: Deployment, arn: string): Statement[] {
  const url = arn.startsWith('arn:aws:sqs:') ? queueUrl(arn) : arn;
  const [, , , , , name] = arn.split(':');
  return deployment.resources.flatMap(({ type, get, arn: own }): Statement[] => {
    const document = (property: string) => get(property)?.Statement ?? [];
    switch (type) {
      case 'AWS::KMS::Key': return own === arn ? document('KeyPolicy') : [];
      case 'AWS::SQS::QueuePolicy': return get('Queues').includes(url) ? document('PolicyDocument') : [];
      case 'AWS::SNS::TopicPolicy': return get('Topics').includes(arn) ? document('PolicyDocument') : [];
      case 'AWS::SecretsManager::ResourcePolicy': return get('SecretId') === arn ? document('ResourcePolicy') : [];
      case 'AWS::Events::EventBusPolicy':
        return name === `event-bus/${get('EventBusName')}` ? [{ ...get('Statement'), Resource: arn }] : [];
      case 'AWS::Lambda::Permission':
        return [arn, arn.split(':').pop()].includes(get('FunctionName')) ? [permissionStatement(get, arn)] : [];
      default: return [];
    }
  });
}

/**
 * Returns a policy or a context in which keys such as `kms:EncryptionContext:aws:logs:arn` are request tags.
 *
 * The simulator drops such keys from a request, because it knows `kms:EncryptionContext:` without a name only. It knows
 * request tags with any name, and compares them as it compares these keys.
 */
function withKnownKeys<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replace(/"kms:EncryptionContext:([\w:-]+)":/g, (_all, name: string) =>
    `"aws:RequestTag/kms-${name.replace(/:/g, '-')}":`));
}

/** Whether AWS would allow a request. */
export async function isAllowed(
  deployment: Deployment, request: AwsRequest, others: OtherPolicies = {},
): Promise<boolean> {
  const { principal, action, resource, context = {} } = request;
  const isRole = principal.startsWith('arn:');
  const byIdentity = isRole ? [...identityStatements(deployment, principal), ...others[principal] ?? []] : [];
  const byResource = [...resourceStatements(deployment, resource), ...others[resource] ?? []];
  const simulation = {
    request: {
      action,
      principal,
      resource: { resource, accountId: placeOfArn(resource).account },
      contextVariables: context,
    },
    identityPolicies: byIdentity.length > 0 ? [{ name: 'identity', policy: policy(byIdentity) }] : [],
    resourcePolicy: byResource.length > 0 ? policy(byResource) : undefined,
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
  const result = await runSimulation(withKnownKeys(simulation), {});
  if (result.resultType !== 'single') {
    throw new Error(`${action} on ${resource} is not judged: ${JSON.stringify(result)}`);
  }
  const { ignoredContextKeys = [] } = result.result;
  if (ignoredContextKeys.length > 0) {
    throw new Error(`${action} on ${resource} is judged without ${ignoredContextKeys.join(', ')}`);
  }
  return result.overallResult === 'Allowed';
}
