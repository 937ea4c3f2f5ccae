import { Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StripeEventBridge, StripeEventFilter, StripeEventType } from '../../src';
import { readEventFilter } from '../../src/stripe-event-bridge/webhook/runtime/filter';
import { newStack } from '../harness/template';

const { INVOICE_PAID, CHARGE_REFUNDED, ISSUING_AUTHORIZATION_REQUEST } = StripeEventType;
const THIN = 'v2.core.account[requirements].updated';

test.each<[string, StripeEventFilter, string[] | undefined]>([
  ['names of the enum', StripeEventFilter.of(INVOICE_PAID, CHARGE_REFUNDED), ['invoice.paid', 'charge.refunded']],
  ['a name given twice, once', StripeEventFilter.of(INVOICE_PAID, INVOICE_PAID), ['invoice.paid']],
  ['a type newer than this library', StripeEventFilter.named('brand.new'), ['brand.new']],
  ['a thin type', StripeEventFilter.named(THIN), [THIN]],
  ['families', StripeEventFilter.family('customer.subscription', 'invoice'), ['customer.subscription.', 'invoice.']],
  ['the sum of filters', StripeEventFilter.of(INVOICE_PAID)
    .plus(StripeEventFilter.family('charge'), StripeEventFilter.of(INVOICE_PAID)), ['invoice.paid', 'charge.']],
  ['every type, whatever is added', StripeEventFilter.all().plus(StripeEventFilter.of(INVOICE_PAID)), undefined],
  ['every type, if that is added', StripeEventFilter.of(INVOICE_PAID).plus(StripeEventFilter.all()), undefined],
  ['a name of 128 characters', StripeEventFilter.named(`a.${'b'.repeat(126)}`), [`a.${'b'.repeat(126)}`]],
  ['a family of 128 characters', StripeEventFilter.family('c'.repeat(128)), [`${'c'.repeat(128)}.`]],
])('a filter selects %s', (_what, filter, expected) => {
  expect(filter._toList()).toEqual(expected);
});

test('plus() leaves the filter that it is called on unchanged', () => {
  const paid = StripeEventFilter.of(INVOICE_PAID);
  paid.plus(StripeEventFilter.all());
  expect(paid._toList()).toEqual(['invoice.paid']);
});

test('a filter of tokens is resolved at synthesis', () => {
  const filter = StripeEventFilter.named(Lazy.string({ produce: () => 'Any Value' }));
  expect(new Stack().resolve(filter._toDetailTypes())).toEqual(['Any Value']);
});

test.each([
  'invoice', 'invoice.*', '*', 'Invoice.Paid', 'invoice paid', 'invoice..paid', '', `a.${'b'.repeat(127)}`,
  '!invoice.paid', 'invoice.paid!', 'v2.core.account[].updated', 'v2.core.account[!].updated',
])("named('%s') fails by rule, value and remedy", (name) => {
  expect(() => StripeEventFilter.named(name)).toThrow("event type must have the form 'invoice.paid' and at most " +
    `128 characters, got '${name}'; use family('invoice') for every type below a name, or all() for every event`);
});

test.each(['invoice.', 'invoice.*', '*', 'Invoice', '!invoice', 'invoice!', '', 'b'.repeat(129)])(
  "family('%s') fails by rule, value and remedy", (name) => {
    expect(() => StripeEventFilter.family(name)).toThrow(
      "family must have the form 'customer.subscription', without a dot or an asterisk at the end, " +
      `got '${name}'; use named('…') for one type, or all() for every event`);
  });

test('family() accepts at most 128 characters', () => {
  expect(() => StripeEventFilter.family('b'.repeat(128))).not.toThrow();
});

test.each<[string, () => StripeEventFilter, string]>([
  ['of', () => StripeEventFilter.of(), 'event type'],
  ['named', () => StripeEventFilter.named(), 'event type'],
  ['family', () => StripeEventFilter.family(), 'family'],
])('%s() fails without a name', (_what, create, what) => {
  expect(create).toThrow(`a filter needs at least one ${what}, got none; use StripeEventFilter.all() for every event`);
});

test('of() fails for the event that Stripe expects to be answered in the HTTP response', () => {
  expect(() => StripeEventFilter.of(ISSUING_AUTHORIZATION_REQUEST)).toThrow(
    "event type 'issuing_authorization.request' cannot be delivered by a bus, " +
    'because Stripe expects the decision in the HTTP response; use an endpoint of its own for it');
});

describe('families of thin events', () => {
  const matchesInRule = (filter: StripeEventFilter, type: string) => filter._toDetailTypes()!
    .some((item) => typeof item === 'string' ? item === type : type.startsWith(item.prefix));
  const matchesInFunction = (filter: StripeEventFilter, type: string) =>
    readEventFilter(filter._toList()!.join(','), 'all').matchesType(type);

  test.each<[string, string, boolean]>([
    ['v2.core.account', 'v2.core.account.created', true],
    ['v2.core.account', 'v2.core.account[requirements].updated', true],
    ['v2.core.account', 'v2.core.account[configuration.merchant].capability_status_updated', true],
    ['v2.core.account', 'v2.core.account_link.returned', false],
    ['v2.core.account', 'v2.core.account', false],
    ['v2.core', 'v2.core.account[requirements].updated', true],
    ['v2', 'v2.core.event_destination.ping', true],
    ['v1.billing.meter', 'v1.billing.meter.error_report_triggered', true],
    ['v1.billing.meter', 'v1.billing.meter_event.created', false],
    ['v2.core.account', 'customer.created', false],
    ['customer', 'customer[x].created', false],
  ])("N37: family('%s') and the type %s agree in the function and in the rule: %s", (family, type, matches) => {
    const filter = StripeEventFilter.family(family);
    expect(matchesInRule(filter, type)).toBe(matches);
    expect(matchesInFunction(filter, type)).toBe(matches);
    const sum = StripeEventFilter.of(INVOICE_PAID).plus(filter);
    expect(matchesInRule(sum, type)).toBe(matches);
    expect(matchesInFunction(sum, type)).toBe(matches);
  });

  test('N37: the pattern of a family of thin events has a prefix with a bracket beside that with a dot', () => {
    expect(StripeEventFilter.family('v2.core.account')._toDetailTypes())
      .toEqual([{ prefix: 'v2.core.account.' }, { prefix: 'v2.core.account[' }]);
  });

  test.each(['v2.core.account[requirements]', 'v2.core.account[', 'v2.core.account[requirements].updated'])(
    "N37: family('%s') fails, because a family has no bracket", (name) => {
      expect(() => StripeEventFilter.family(name)).toThrow(`got '${name}'; use named('…') for one type`);
    });
});

test.each<[string, () => StripeEventFilter]>([
  ['a number', () => StripeEventFilter.named(1 as never)],
  ['a list', () => StripeEventFilter.of(['invoice.paid'] as never)],
  ['an object', () => StripeEventFilter.family({ toString: () => 'invoice' } as never)],
  ['nothing', () => StripeEventFilter.named(undefined as never)],
  ['a secret', () => StripeEventFilter.named('whsec_abc.def')],
])('U19: %s is no name of an event type', (_what, create) => {
  expect(create).toThrow(/ must have the form .+, got (a list|an Object|a string|1|undefined); use /);
});

/** Length of the pattern of a rule on all sources of a bridge with this filter. */
function patternLengths(names: string[]): number[] {
  const stack = new Stack();
  const bridge = new StripeEventBridge(stack, 'Stripe');
  const target = new SqsQueue(new Queue(stack, 'Queue'));
  bridge.onEvent('Many', { eventTypes: StripeEventFilter.named(...names), target });
  return Object.entries(Template.fromStack(stack).findResources('AWS::Events::Rule'))
    .filter(([id]) => id.startsWith('StripeMany'))
    .map(([, { Properties }]) => JSON.stringify(Properties.EventPattern).length);
}

test('N47: a filter whose rendered pattern has 2,048 characters is one rule, and with 2,049 it is two', () => {
  const names = (last: number) => [
    ...Array.from({ length: 15 }, (_, index) => `aa.${'x'.repeat(115)}${String(index).padStart(2, '0')}`),
    `bb.${'y'.repeat(60)}`,
    `cc.${'z'.repeat(last)}`,
  ];
  const [length] = patternLengths(names(10));
  const exact = 10 + 2_048 - length;
  expect(patternLengths(names(exact))).toEqual([2_048]);
  expect(patternLengths(names(exact + 1))).toHaveLength(2);
});

describe('T35: a type matches at most one item of a filter', () => {
  const itemsOf = (filter: StripeEventFilter) => filter._toDetailTypes()!;

  test.each<[string, StripeEventFilter, unknown[]]>([
    ['a name of a family', StripeEventFilter.named('customer.created', 'invoice.paid')
      .plus(StripeEventFilter.family('customer')), ['invoice.paid', { prefix: 'customer.' }]],
    ['a family of a family', StripeEventFilter.family('customer.subscription', 'customer', 'charge'),
      [{ prefix: 'customer.' }, { prefix: 'charge.' }]],
    ['names that begin alike', StripeEventFilter.family('customer', 'customer_cash_balance_transaction'),
      [{ prefix: 'customer.' }, { prefix: 'customer_cash_balance_transaction.' }]],
  ])('%s', (_what, filter, items) => {
    expect(itemsOf(filter)).toEqual(items);
    expect(filter._toList()).toHaveLength(items.length);
  });

  test('every known type, added to families, is in one rule of those that the selection needs', () => {
    const stack = newStack();
    const types = Object.values(StripeEventType).filter((type) => type !== 'issuing_authorization.request');
    const eventTypes = StripeEventFilter.of(...types)
      .plus(StripeEventFilter.family('customer'), StripeEventFilter.family('customer.subscription'));
    new StripeEventBridge(stack, 'Stripe').onEvent('Many', { eventTypes, target: new SqsQueue(new Queue(stack, 'Q')) });
    const patterns = Object.entries(Template.fromStack(stack).findResources('AWS::Events::Rule'))
      .filter(([id]) => id.startsWith('StripeMany'))
      .map(([, { Properties }]) => Properties.EventPattern['detail-type'] as Array<string | { prefix: string }>);
    expect(patterns.length).toBeGreaterThan(1);
    for (const type of types) {
      const matching = patterns.flat()
        .filter((item) => typeof item === 'string' ? item === type : type.startsWith(item.prefix));
      expect([type, matching.length]).toEqual([type, 1]);
    }
  });
});
