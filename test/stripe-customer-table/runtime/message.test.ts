import { NumberValue } from '@aws-sdk/lib-dynamodb';
import { detailOf, detailTextOf } from '../../../src/stripe-customer-table/runtime/message';

test('keeps the digits of numbers that JavaScript would round, and leaves other numbers as they are', () => {
  const body = '{"detail":{"large":9007199254740993,"small":1.50,"negative":-9007199254740993}}';
  expect(detailOf(body)).toEqual({
    large: NumberValue.from('9007199254740993'),
    small: 1.5,
    negative: NumberValue.from('-9007199254740993'),
  });
});

test('leaves a string of digits a string', () => {
  expect(detailOf('{"detail":{"phone":"9007199254740993"}}')).toEqual({ phone: '9007199254740993' });
});

test('returns the detail as JSON text with every number as it was written', () => {
  expect(detailTextOf('{"detail": {"a": 1.50, "b": 9007199254740993, "c": "1.50"}}'))
    .toBe('{"a":1.50,"b":9007199254740993,"c":"1.50"}');
});

test.each(['null', '{}'])('finds no detail in the message %s', (body) => {
  expect(detailOf(body)).toBeUndefined();
});
