import { Lazy, Stack } from 'aws-cdk-lib';
import { StripeEventFilter, StripeEventType } from '../../src';

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
