import { readFileSync } from 'fs';
import { join } from 'path';

/** Actions of AWS that the bundles call, read from their sources, and those that AWS performs for them. */

/** Handler, whose bundle and role have the same name. */
export type Role = 'webhook' | 'writer';

const ROOT = join(__dirname, '..', '..');

interface Import {
  readonly packageName: string;
  readonly names: string[];
}

/** Returns the sources of a bundle, which esbuild lists. */
export const sourcesOf = (bundle: Role) =>
  Object.keys(JSON.parse(readFileSync(join(ROOT, 'assets', `${bundle}.meta.json`), 'utf8')).inputs)
    .filter((path) => path.startsWith('src/'))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'));

/** Returns the imports of clients and commands. */
export const sdkImports = (source: string): Import[] =>
  [...source.matchAll(/import \{([^}]+)\} from '(@aws-sdk\/(?:client|lib)-[\w-]+)'/g)]
    .map(([, names, packageName]) => ({ packageName, names: names.split(',').map((name) => name.trim()) }));

const sdkFile = (packageName: string, path: string) =>
  readFileSync(join(ROOT, 'node_modules', packageName, 'dist-es', path), 'utf8');

/** Returns the IAM action of a command: the name under which the client signs, and the operation. */
export function actionOf(packageName: string, command: string): string {
  if (packageName.startsWith('@aws-sdk/lib-')) { // those commands contain a command of a client
    const [, inner, client] = /import \{ (\w+) as __\w+ \} from "(@aws-sdk\/client-[\w-]+)"/
      .exec(sdkFile(packageName, `commands/${command}.js`))!;
    return actionOf(client, inner);
  }
  const [, service] = /defaultSigningName: "([\w-]+)"/.exec(sdkFile(packageName, 'endpoint/EndpointParameters.js'))!;
  return `${service}:${command.replace(/Command$/, '')}`;
}

const commandsIn = (source: string): string[] => sdkImports(source).flatMap(({ packageName, names }) => names
  .filter((name) => name.endsWith('Command') && source.includes(`new ${name}(`))
  .map((name) => actionOf(packageName, name)));

/** Returns the IAM actions of the operations that a source calls by name, through clients of `clientFor`. */
function operationsIn(source: string): string[] {
  const services = new Map([...source.matchAll(/const (\w+): JsonService = \{([^}]+)\}/g)]
    .map(([, constant, fields]) => [constant, /signingName: '([\w-]+)'/.exec(fields)![1]]));
  return [...source.matchAll(/const (\w+) = clientFor\((\w+), /g)].flatMap(([, client, constant]) =>
    [...source.matchAll(new RegExp(`\\b${client}\\('(\\w+)', `, 'g'))]
      .map(([, operation]) => `${services.get(constant)}:${operation}`));
}

export const calledBy = (bundle: Role): string[] =>
  sourcesOf(bundle).flatMap((source) => [...commandsIn(source), ...operationsIn(source)]).sort();

/** Actions that are granted although no bundle calls them. */
export const EXCEPTIONS: Array<[role: Role, action: RegExp, reason: string]> = [
  ['webhook', /^logs:(CreateLogStream|PutLogEvents)$/, 'Lambda writes the logs under this role'],
  ['writer', /^logs:(CreateLogStream|PutLogEvents)$/, 'Lambda writes the logs under this role'],
  ['writer', /^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes|ChangeMessageVisibility|GetQueueUrl)$/,
    'Lambda polls the queue under this role'],
];

/** Further actions in a stack with `encryptionKey`. The services use the key under the role of their caller. */
export const KEY_EXCEPTIONS: typeof EXCEPTIONS = [
  ['webhook', /^kms:Decrypt$/, 'Secrets Manager uses the key of the secret'],
  ['writer', /^kms:(Decrypt|DescribeKey|Encrypt|ReEncrypt\*|GenerateDataKey\*)$/, 'table and queue use the key'],
];

/** Actions that AWS performs under a role. */
export const PERFORMED_BY_AWS: Record<Role, string[]> = {
  webhook: ['logs:PutLogEvents'],
  writer: ['logs:PutLogEvents', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
};

/** Actions that nothing needs, and that would read, destroy or forge data. */
export const NEVER = [
  'events:PutRule', 'secretsmanager:PutSecretValue', 'secretsmanager:DescribeSecret', 'dynamodb:GetItem',
  'dynamodb:Scan', 'dynamodb:DeleteItem', 'dynamodb:DeleteTable', 'sqs:SendMessage', 'logs:DeleteLogStream',
];
