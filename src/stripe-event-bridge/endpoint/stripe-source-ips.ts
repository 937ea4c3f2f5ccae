import { isIP } from 'net';
import { fail } from '../../internal/validation';
import { isLater, quoted } from '../../stripe-event-filter/value-kind';

/** IP addresses that Stripe sends webhooks from, as published on 2026-11-24. */
const STRIPE_WEBHOOK_IPS = [
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

/** IP addresses that may call an endpoint. */
export class StripeSourceIps {
  /**
   * IP addresses that Stripe sends webhooks from, as this version of the library knows them.
   *
   * Stripe announces changes seven days ahead, by mailing list. If the list is outdated, requests are blocked before
   * they reach the function. Subscribe to the mailing list, or use `of`.
   *
   * @see https://docs.stripe.com/ips
   */
  public static stripe(): StripeSourceIps {
    return new StripeSourceIps(STRIPE_WEBHOOK_IPS);
  }

  /**
   * Your own list.
   *
   * Fails synthesis if the list is empty, or an item is neither an IP address nor a range.
   *
   * @param ranges IP addresses or ranges in CIDR notation, such as `203.0.113.0/24`
   */
  public static of(...ranges: string[]): StripeSourceIps {
    if (ranges.length === 0) {
      fail(undefined, '`sourceIps` must be at least one IP address, got none; omit it to admit every IP address');
    }
    const invalid = ranges.findIndex((range) => !isRange(range));
    if (invalid >= 0) {
      fail(undefined, '`sourceIps` must be IP addresses or ranges in CIDR notation, ' +
        `got ${quoted(ranges[invalid])}; use a range such as '203.0.113.0/24'`);
    }
    return new StripeSourceIps(ranges);
  }

  private constructor(private readonly ranges: string[]) {
  }

  /**
   * Value of `aws:SourceIp` in a policy.
   *
   * @internal
   */
  public _toRanges(): string[] {
    return [...this.ranges];
  }
}

function isRange(range: unknown): boolean {
  if (typeof range !== 'string' || isLater(range)) {
    return typeof range === 'string';
  }
  const [address, bits, ...rest] = range.split('/');
  const version = isIP(address);
  const isBits = bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
  return version > 0 && isBits && rest.length === 0;
}
