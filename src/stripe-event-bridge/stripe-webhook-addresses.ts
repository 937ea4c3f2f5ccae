/**
 * The addresses that Stripe sends webhooks from, as known on 2026-11-24.
 *
 * Stripe announces changes seven days ahead, by mailing list. Never the only control: the signature is.
 *
 * @see https://stripe.com/files/ips/ips_webhooks.txt
 */
export const STRIPE_WEBHOOK_ADDRESSES = [
  '3.18.12.63',
  '3.130.192.231',
  '13.235.14.237',
  '13.235.122.149',
  '18.211.135.69',
  '35.154.171.200',
  '52.15.183.38',
  '54.88.130.119',
  '54.88.130.237',
  '54.187.174.169',
  '54.187.205.235',
  '54.187.216.72',
];
