import { Stack } from 'aws-cdk-lib';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { StripeEventBridge, StripeEventFilter } from '../../src';
import type * as library from '../../src';
import { newStack } from '../harness/template';

/** A second copy of the library in one app, such as that of a shared package with its own `node_modules`. */
const other: typeof library = jest.requireActual('../../lib');

const functionIn = (stack: Stack) => new Function(stack, 'Fn', {
  runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {}'),
});

test('Z22: a filter of another copy fails synthesis with the cause', () => {
  const eventTypes = other.StripeEventFilter.named('invoice.paid');
  expect(() => new StripeEventBridge(newStack(), 'Stripe', { eventTypes })).toThrow(
    '`eventTypes` must be a StripeEventFilter, got a StripeEventFilter of another copy of cdk-stripe-eventbridge, ' +
    'which `npm ls` shows; use ');
  expect(() => new StripeEventBridge(newStack(), 'Stripe', { eventTypes: StripeEventFilter.all() })).not.toThrow();
});

test('second attack, R9: an endpoint of another copy fails synthesis with the cause', () => {
  const endpoint = other.StripeEndpoint.httpApi();
  expect(() => new StripeEventBridge(newStack(), 'Stripe', { endpoint })).toThrow(
    '`endpoint` must be a StripeEndpoint, got a StripeEndpoint of another copy of cdk-stripe-eventbridge, ' +
    'which `npm ls` shows; use ');
});

test('second attack, R9: a filter cannot be joined with one of another copy', () => {
  const paid = StripeEventFilter.named('invoice.paid');
  expect(() => paid.plus(other.StripeEventFilter.named('charge.refunded'))).toThrow(
    '`others` must be filters, got a StripeEventFilter of another copy of cdk-stripe-eventbridge, which ');
  expect(() => paid.plus('charge.refunded' as never)).toThrow('`others` must be filters, got a string');
});

test('Z22: a QueuedFunction of another copy, whose queue would have neither key nor alarms, fails synthesis', () => {
  const stack = newStack();
  const target = new other.QueuedFunction(functionIn(stack));
  expect(() => new StripeEventBridge(stack, 'Stripe').onEvent('Paid', { target })).toThrow(
    '`target` must be a QueuedFunction, got a QueuedFunction of another copy of cdk-stripe-eventbridge, ' +
    'which `npm ls` shows; install one copy (Test/Stripe/Paid)');
});

test('Z21: properties of a prototype fail synthesis, because not all of them would be used', () => {
  const props = Object.assign(Object.create({ archive: {} }), { customerTable: {} });
  expect(() => new StripeEventBridge(newStack(), 'Stripe', props)).toThrow(/^`props` must be an object, got /);
  expect(() => new StripeEventBridge(newStack(), 'Stripe', { customerTable: {} })).not.toThrow();
});
