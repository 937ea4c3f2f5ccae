import { WEBHOOK_ENV } from '../../../../src/stripe-event-bridge/webhook/contract';
import { readWebhookSettings } from '../../../../src/stripe-event-bridge/webhook/runtime/webhook-settings';
import { ENV } from '../../../harness/webhook-bundle';

test('the settings are read from the variables that the construct sets', () => {
  const { webhook, ...rest } = readWebhookSettings({ ...ENV, SIGNING_SECRET_IDS: 'arn:1,arn:2' });
  expect(webhook).toMatchObject({ eventSource: 'stripe.com', toleranceSeconds: 300 });
  expect(rest).toEqual({
    eventBusArn: ENV.EVENT_BUS_ARN, signingSecretIds: ['arn:1', 'arn:2'], previousSecretMs: 86_700_000,
  });
});

test('the filter is read from EVENT_TYPES and MODE', () => {
  const { filter } = readWebhookSettings({ ...ENV, EVENT_TYPES: 'invoice.,charge.refunded', MODE: 'live' }).webhook;
  expect(filter.livemode).toBe(true);
  expect(['invoice.paid', 'charge.refunded', 'charge.refund.updated'].map(filter.matchesType))
    .toEqual([true, true, false]);
});

test('a lifetime of 0 of the previous secret is a value, not a missing variable', () => {
  expect(readWebhookSettings({ ...ENV, PREVIOUS_SECRET_SECONDS: '0' }).previousSecretMs).toBe(0);
});

test.each([
  ['1', 1], ['300', 300], ['3600', 3_600], // inside the range
  ['0', 1], ['-1', 1], ['-Infinity', 300], ['0.9', 1], // below it
  ['3601', 3_600], ['99999', 3_600], // above it
  ['Infinity', 300], ['NaN', 300], ['five minutes', 300], ['5m', 300], // no number: the default
  ['299.9', 299], ['1e2', 100],
])('a tolerance of %j is used as %d seconds, so that the age check is never disabled', (tolerance, expected) => {
  expect(readWebhookSettings({ ...ENV, TOLERANCE_SECONDS: tolerance }).webhook.toleranceSeconds).toBe(expected);
});

describe.each(Object.values(WEBHOOK_ENV))('the variable %s', (name) => {
  test.each([undefined, ''])(`${name} may not be %j, and the error names it`, (value) => {
    expect(() => readWebhookSettings({ ...ENV, [name]: value })).toThrow(`environment variable ${name} is not set`);
  });
});
