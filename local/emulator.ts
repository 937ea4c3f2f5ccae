import { existsSync, mkdtempSync, rmSync } from 'fs';
import { createServer } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { BackgroundProcess } from './processes';
import { CLEAN_ENV, inProject } from './project';

const REGION = 'eu-west-1';
const FAKE_KEYS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Configuration with which a client of the AWS SDK reaches a service on this machine. */
export interface LocalClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Local AWS, on loopback, in memory. */
export interface Emulator {
  /** URL of the local AWS. It has an IP address, because the CLI would put bucket names in front of a host name. */
  readonly endpoint: string;
  /** Configuration for clients of the AWS SDK. */
  readonly clientConfig: LocalClientConfig;
  /** Environment for the CDK CLI. */
  readonly env: Record<string, string>;
  /** Last lines of its output. */
  output(): string;
  /** Ends it with everything that it runs, and removes its files. */
  stop(): Promise<void>;
}

/** Starts MiniStack. It passes its environment on to every function, so `lambdaEnv` reaches them. */
export async function startEmulator(lambdaEnv: Record<string, string> = {}): Promise<Emulator> {
  const program = inProject('.venv', 'bin', 'ministack');
  if (!existsSync(program)) {
    throw new Error('the local AWS is not installed in .venv; run `npm run demo` or `npm test`, which install it');
  }
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const workDir = mkdtempSync(join(tmpdir(), 'local-aws-'));
  const folders = { HOME: workDir, TMPDIR: workDir };
  const gateway = { BIND_HOST: '127.0.0.1', GATEWAY_PORT: `${port}`, MINISTACK_REGION: REGION };
  const ministack = new BackgroundProcess(program, [], {
    cwd: workDir,
    env: { ...CLEAN_ENV, ...lambdaEnv, ...folders, ...gateway },
  });
  const removeWorkDir = () => rmSync(workDir, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', removeWorkDir);
  await ministack.until('the local AWS', async () => (await fetch(`${endpoint}/_ministack/health`)).ok, 20_000);
  return {
    endpoint,
    clientConfig: localClientConfig(endpoint),
    env: {
      ...CLEAN_ENV,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: FAKE_KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: FAKE_KEYS.secretAccessKey,
    },
    output: () => ministack.output(),
    stop: async () => {
      await ministack.stop();
      removeWorkDir();
      process.off('exit', removeWorkDir);
    },
  };
}

/** Configuration with keys that no account has. */
export function localClientConfig(endpoint: string): LocalClientConfig {
  return { endpoint, region: REGION, credentials: FAKE_KEYS };
}

/** Returns a free port on loopback. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
