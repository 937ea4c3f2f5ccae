import { calledBy, PERFORMED_BY_AWS, type Role } from '../../harness/called-actions';
import { type Deployed, type Deployment, placeOfArn } from '../../harness/deployment';
import type { AwsRequest } from '../../harness/simulator';

/** Requests that AWS and the handlers send in a deployment, each with the context that AWS documents. */

/** ARN of the key of each resource that the app does not create. */
export type KeysOfImported = Record<string, string>;

/** Deployment, with what the templates do not show. */
export interface Site {
  readonly deployment: Deployment;
  readonly keys: KeysOfImported;
}

/** Variables that only one of the handlers has. */
const VARIABLE: Record<Role, string> = { webhook: 'SIGNING_SECRET_IDS', writer: 'TABLE_ARN' };

const variablesOf = ({ get }: Deployed): Record<string, string> => get('Environment')?.Variables ?? {};

/** Returns the function of a handler. Undefined without a bridge, or without a table. */
export const handlerOf = ({ deployment }: Site, role: Role): Deployed | undefined =>
  deployment.ofType('AWS::Lambda::Function').find((each) => VARIABLE[role] in variablesOf(each));

/** Returns the key of a resource. Undefined for a key of AWS. */
export function keyOf({ deployment, keys }: Site, arn: string): string | undefined {
  const resource = deployment.byArn(arn);
  if (!resource) {
    return keys[arn];
  }
  const { type, get } = resource;
  switch (type) {
    case 'AWS::DynamoDB::GlobalTable': return get('Replicas')[0].SSESpecification?.KMSMasterKeyId;
    case 'AWS::DynamoDB::Table': return get('SSESpecification')?.KMSMasterKeyId;
    case 'AWS::SNS::Topic':
    case 'AWS::SQS::Queue': return get('KmsMasterKeyId');
    case 'AWS::Events::EventBus':
    case 'AWS::Events::Archive': return get('KmsKeyIdentifier');
    default: return get('KmsKeyId');
  }
}

/** Returns the requests to KMS that a service sends, if the resource has a key. */
function keyRequests(
  site: Site, arn: string, actions: string[], request: Omit<AwsRequest, 'action' | 'resource'>,
): AwsRequest[] {
  const key = keyOf(site, arn);
  return key ? actions.map((action) => ({ ...request, action: `kms:${action}`, resource: key })) : [];
}

/** @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service */
const via = (service: string, arn: string) =>
  ({ 'kms:ViaService': `${service}.${placeOfArn(arn).region}.amazonaws.com` });

/**
 * Returns the complete ARN of the secret that Secrets Manager finds. An ARN without its last characters is a name.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
function secretArnOf(secretId: string, { account, region }: Deployed['place']): string {
  if (!secretId.startsWith('arn:')) {
    return `arn:aws:secretsmanager:${region}:${account}:secret:${secretId}-AbCdEf`;
  }
  return /-\w{6}$/.test(secretId) ? secretId : `${secretId}-AbCdEf`;
}

const logRequests = (site: Site, { get }: Deployed): AwsRequest[] => {
  const [group] = site.deployment.ofType('AWS::Logs::LogGroup')
    .filter(({ name }) => name === get('LoggingConfig').LogGroup);
  return ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) =>
    ({ principal: get('Role'), action, resource: group.arn.replace('*', 'log-stream:2026') }));
};

/**
 * Returns the requests under the role of the webhook.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html for the context of the key
 */
function webhookRequests(site: Site): AwsRequest[] {
  const handler = handlerOf(site, 'webhook');
  if (!handler) {
    return [];
  }
  const principal: string = handler.get('Role');
  const { EVENT_BUS_ARN: bus, SIGNING_SECRET_IDS: secretIds } = variablesOf(handler);
  const secrets = secretIds.split(',').map((id) => secretArnOf(id, handler.place));
  const resources: Record<string, string[]> = { events: [bus], secretsmanager: secrets };
  return [
    ...calledBy('webhook').flatMap((action) =>
      resources[action.split(':')[0]].map((resource) => ({ principal, action, resource }))),
    ...secrets.flatMap((arn) => keyRequests(site, arn, ['Decrypt'], {
      principal, context: { ...via('secretsmanager', arn), 'kms:EncryptionContext:SecretARN': arn },
    })),
    ...logRequests(site, handler),
  ];
}

/**
 * Returns the requests of Lambda under the role of a function that reads a queue.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
function pollRequests(site: Site): AwsRequest[] {
  const { deployment } = site;
  return deployment.ofType('AWS::Lambda::EventSourceMapping').flatMap(({ get }) => {
    const reader = deployment.ofType('AWS::Lambda::Function')
      .find(({ name, arn }) => [name, arn].includes(get('FunctionName')))!;
    const [principal, queue]: string[] = [reader.get('Role'), get('EventSourceArn')];
    return [
      ...PERFORMED_BY_AWS.writer.filter((action) => action.startsWith('sqs:'))
        .map((action) => ({ principal, action, resource: queue })),
      ...keyRequests(site, queue, ['Decrypt'], {
        principal, context: { ...via('sqs', queue), 'kms:EncryptionContext:aws:sqs:arn': queue },
      }),
    ];
  });
}

/**
 * Returns the requests under the role of the writer, but for its queue.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html for the key, which
 * DynamoDB decrypts in the name of whoever accesses the table
 */
function writerRequests(site: Site): AwsRequest[] {
  const handler = handlerOf(site, 'writer');
  if (!handler) {
    return [];
  }
  const principal: string = handler.get('Role');
  const { TABLE_ARN: table } = variablesOf(handler);
  const context = {
    ...via('dynamodb', table),
    'kms:EncryptionContext:aws:dynamodb:tableName': table.split('/')[1],
    'kms:EncryptionContext:aws:dynamodb:subscriberId': placeOfArn(table).account,
  };
  return [
    ...calledBy('writer').map((action) => ({ principal, action, resource: table })),
    ...keyRequests(site, table, ['Decrypt'], { principal, context }),
    ...logRequests(site, handler),
  ];
}

export const EVENTBRIDGE = 'events.amazonaws.com';

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html */
const asEventBridge = (sourceArn: string) => ({
  principal: EVENTBRIDGE,
  context: { 'aws:SourceArn': sourceArn, 'aws:SourceAccount': placeOfArn(sourceArn).account },
});

/** Returns the requests that put a message into a queue, and those of SQS on the key of the queue. */
const sendRequests = (site: Site, queue: string, sourceArn: string): AwsRequest[] => [
  { ...asEventBridge(sourceArn), action: 'sqs:SendMessage', resource: queue },
  ...keyRequests(site, queue, ['GenerateDataKey', 'Decrypt'], asEventBridge(sourceArn)),
];

/** Returns the requests that deliver the events of a rule. */
function ruleRequests(site: Site, { arn, get }: Deployed): AwsRequest[] {
  const targets: any[] = get('Targets');
  return targets.flatMap(({ Arn: target, DeadLetterConfig: deadLetters, RoleArn: principal }): AwsRequest[] => {
    const delivery: Record<string, () => AwsRequest[]> = {
      sqs: () => sendRequests(site, target, arn),
      sns: () => [
        { ...asEventBridge(arn), action: 'sns:Publish', resource: target },
        ...keyRequests(site, target, ['GenerateDataKey', 'Decrypt'], asEventBridge(arn)),
      ],
      lambda: () => [{ ...asEventBridge(arn), action: 'lambda:InvokeFunction', resource: target }],
      events: () => [{ principal, action: 'events:PutEvents', resource: target }],
    };
    return [...delivery[target.split(':')[2]](), ...sendRequests(site, deadLetters.Arn, arn)];
  });
}

/**
 * Returns the requests on the key of a bus or of an archive, and those that send to the dead-letter queue of the bus.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html
 */
function busRequests(site: Site): AwsRequest[] {
  const { deployment } = site;
  const context = 'kms:EncryptionContext:aws:events:event-bus:arn';
  const onKey = (arn: string, bus: string, actions: string[]) => {
    const eventBridge = asEventBridge(arn);
    return keyRequests(site, arn, actions, { ...eventBridge, context: { ...eventBridge.context, [context]: bus } });
  };
  const actions = ['DescribeKey', 'GenerateDataKey', 'Decrypt'];
  return [
    ...deployment.ofType('AWS::Events::EventBus').flatMap(({ arn, get }) => [
      ...onKey(arn, arn, actions),
      ...get('DeadLetterConfig') ? sendRequests(site, get('DeadLetterConfig').Arn, arn) : [],
    ]),
    ...deployment.ofType('AWS::Events::Archive').flatMap(({ arn, get }) =>
      onKey(arn, get('SourceArn'), [...actions, 'ReEncryptFrom', 'ReEncryptTo'])),
  ];
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
function logKeyRequests(site: Site): AwsRequest[] {
  const actions = ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey', 'DescribeKey'];
  return site.deployment.ofType('AWS::Logs::LogGroup').flatMap(({ arn, place }) => keyRequests(site, arn, actions, {
    principal: `logs.${place.region}.amazonaws.com`,
    context: { 'kms:EncryptionContext:aws:logs:arn': arn.replace(/:\*$/, '') },
  }));
}

/** Returns API, stage, method and path of every route. A REST API has one, at its root. */
function routesOf({ deployment }: Site): string[] {
  const [stage] = deployment.ofType('AWS::ApiGateway::Stage').map(({ name }) => name);
  return [
    ...deployment.ofType('AWS::ApiGatewayV2::Route').map(({ get }) =>
      `${get('ApiId')}/$default/${get('RouteKey').replace(' /', '/')}`),
    ...deployment.ofType('AWS::ApiGateway::Method').map(({ get }) =>
      `${get('RestApiId')}/${stage}/${get('HttpMethod')}/`),
  ];
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html */
function endpointRequests(site: Site): AwsRequest[] {
  const handlers = [handlerOf(site, 'webhook')].filter((each) => each !== undefined);
  return handlers.flatMap(({ arn: resource, place: { account, region } }) => routesOf(site).map((route) => ({
    principal: 'apigateway.amazonaws.com',
    action: 'lambda:InvokeFunction',
    resource,
    context: { 'aws:SourceArn': `arn:aws:execute-api:${region}:${account}:${route}`, 'aws:SourceAccount': account },
  })));
}

/** Returns every request that must be allowed. */
export const needsOf = (site: Site): AwsRequest[] => [
  ...webhookRequests(site),
  ...writerRequests(site),
  ...pollRequests(site),
  ...site.deployment.ofType('AWS::Events::Rule').flatMap((rule) => ruleRequests(site, rule)),
  ...busRequests(site),
  ...logKeyRequests(site),
  ...endpointRequests(site),
];
