import type { WRITER_ENV } from '../src/stripe-customer-table/contract';
import type { WEBHOOK_ENV } from '../src/stripe-event-bridge/webhook/contract';

/** Variables that Lambda sets. */
const LAMBDA = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
};

const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:stripe';

const WEBHOOK = {
  EVENT_BUS_ARN: 'arn:aws:events:eu-west-1:000000000000:event-bus/billing',
  EVENT_SOURCE: 'stripe.com',
  SIGNING_SECRET_ARNS: SECRET_ARN,
  PREVIOUS_SECRET_SECONDS: '86700',
  TOLERANCE_SECONDS: '300',
  EVENT_TYPES: '*',
  MODE: 'all',
} satisfies Record<keyof typeof WEBHOOK_ENV, string>;

const WRITER = {
  TABLE_NAME: 'table',
  PARTITION_KEY_NAME: 'pk',
  STORE_RAW_EVENT: 'false',
} satisfies Record<keyof typeof WRITER_ENV, string>;

const OBVIOUS = { SECRET_ARN, BUS: 'billing', TABLE: 'table' };

/** Environment in which each handler starts: both of ours, and the obvious ones. */
export const ENV: Readonly<Record<string, string>> = { ...LAMBDA, ...WEBHOOK, ...WRITER, ...OBVIOUS };
