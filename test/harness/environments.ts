import type { WRITER_ENV } from '../../src/stripe-customer-table/contract';
import type { WEBHOOK_ENV } from '../../src/stripe-event-bridge/webhook/contract';

/** Variables of the functions, for tests and for the bench, which runs without jest. */

/** ARN of the signing secret. */
export const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:stripe';

/** Variables that the construct sets on the webhook of a bridge without props. */
export const ENV = {
  EVENT_BUS_ARN: 'arn:aws:events:eu-west-1:000000000000:event-bus/billing',
  EVENT_SOURCE: 'stripe.com',
  SIGNING_SECRET_IDS: SECRET_ARN,
  PREVIOUS_SECRET_SECONDS: '86700',
  TOLERANCE_SECONDS: '300',
  EVENT_TYPES: '*',
  MODE: 'all',
} satisfies Record<keyof typeof WEBHOOK_ENV, string>;

/** ARN of the table. */
export const TABLE_ARN = 'arn:aws:dynamodb:eu-west-1:000000000000:table/customers';

/** Variables of the writer of a table without props. */
export const WRITER = {
  TABLE_ARN,
  PARTITION_KEY_NAME: 'pk',
  SORT_KEY: '{}',
  STORE_RAW_EVENT: 'false',
} satisfies Record<keyof typeof WRITER_ENV, string>;
