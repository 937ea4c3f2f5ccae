import { ENV as WEBHOOK, SECRET_ARN, WRITER } from '../test/harness/environments';

/** Variables that Lambda sets. */
const LAMBDA = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
};

const OBVIOUS = { SECRET_ARN, BUS: 'billing', TABLE: 'customers' };

/** Environment in which each handler starts: both of ours, and the obvious ones. */
export const ENV: Readonly<Record<string, string>> = { ...LAMBDA, ...WEBHOOK, ...WRITER, ...OBVIOUS };
