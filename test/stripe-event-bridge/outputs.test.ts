import { Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  StripeAccount, StripeEndpoint, StripeEventBridge, type StripeEventBridgeProps, StripeEventFilter, StripeEventType,
  StripeMode,
} from '../../src';
import { newStack } from '../harness/template';

class KnownUrl extends StripeEndpoint {
  public bind() {
    return { url: 'https://example.com/stripe' };
  }
}

function outputsOf(props: StripeEventBridgeProps, use: (bridge: StripeEventBridge) => void = () => undefined) {
  const stack = newStack();
  use(new StripeEventBridge(stack, 'Stripe', { endpoint: new KnownUrl(), ...props }));
  const template = Template.fromStack(stack);
  const find = (Description: string) => Object.values(template.findOutputs('*', { Description }))[0].Value;
  const next = find('Steps to connect Stripe');
  const line: string = typeof next === 'string' ? next
    : next['Fn::Join'][1].map((part: unknown) => typeof part === 'string' ? part : 'token').join('');
  return { types: find('Event types to select in Stripe'), firstStep: line.split(' 2. ')[0] };
}

const DASHBOARD = '1. Create the endpoint at https://dashboard.stripe.com/webhooks';
const SNAPSHOT = ' (payload style Snapshot)';
const ONLY_THIN = ' (payload style Thin)';
const BOTH = ' (payload style Snapshot; thin types need a second one with the payload style Thin)';
const command = (...types: string[]) => 'stripe webhook_endpoints create -d url=https://example.com/stripe ' +
  types.map((type) => `-d "enabled_events[]=${type}"`).join(' ');
const THIN = 'v2.core.account[requirements].updated';
const ADD_LIVE = 'add --live for live mode';
const CLI = `, or with the Stripe CLI (${ADD_LIVE})`;
const NEEDS_DASHBOARD = ` (${ADD_LIVE}; the other event types need the Dashboard)`;

test.each<[string, StripeEventBridgeProps, string, string]>([
  ['every type', {}, '*', `${SNAPSHOT}${CLI}: ${command('*')}`],
  ['a type and a table', { eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID), customerTable: {} },
    'customer.created, customer.deleted, customer.updated, invoice.paid',
    `${SNAPSHOT}${CLI}: ${command('customer.created', 'customer.deleted', 'customer.updated', 'invoice.paid')}`],
  ['a family', { eventTypes: StripeEventFilter.family('customer.tax_id') },
    'customer.tax_id.created, customer.tax_id.deleted, customer.tax_id.updated', `${SNAPSHOT}${CLI}: ` +
    command('customer.tax_id.created', 'customer.tax_id.deleted', 'customer.tax_id.updated')],
  ['a thin type', { eventTypes: StripeEventFilter.named(THIN) }, THIN, ONLY_THIN],
  ['a thin family', { eventTypes: StripeEventFilter.family('v2.core.account') }, 'v2.core.account.*', ONLY_THIN],
  ['a thin type of v1', { eventTypes: StripeEventFilter.named('v1.invoice.paid') }, 'v1.invoice.paid', ONLY_THIN],
  ['a type and a thin type', { eventTypes: StripeEventFilter.named('invoice.paid', THIN) }, `invoice.paid, ${THIN}`,
    `${BOTH}, or with the Stripe CLI${NEEDS_DASHBOARD}: ${command('invoice.paid')}`],
])('U01: the outputs list %s, and a command that Stripe\'s CLI accepts', (_what, props, types, cli) => {
  expect(outputsOf(props)).toEqual({ types, firstStep: `${DASHBOARD}${cli}` });
});

test('U01: the outputs include the types of onEvent, which is called after the constructor', () => {
  const eventTypes = StripeEventFilter.of(StripeEventType.INVOICE_PAID);
  const { types } = outputsOf({ eventTypes }, (bridge) => bridge.onEvent('Refunds', {
    eventTypes: StripeEventFilter.of(StripeEventType.CHARGE_REFUNDED), target: new SqsQueue(new Queue(bridge, 'Queue')),
  }));
  expect(types).toBe('charge.refunded, invoice.paid');
});

test.each<[StripeMode, string, string]>([
  [StripeMode.LIVE, '', 'create --live -d url='], [StripeMode.TEST, '', 'create -d url='],
  [StripeMode.ALL, ` (${ADD_LIVE})`, 'create -d url='],
])('T24: the command for events in mode %s creates an endpoint of that mode', (mode, hint, create) => {
  expect(outputsOf({ mode }).firstStep)
    .toContain(`, or with the Stripe CLI${hint}: stripe webhook_endpoints ${create}https://example.com/stripe `);
});

describe('W23: events of connected accounts', () => {
  const firstStepWith = (...accounts: StripeAccount[]) => outputsOf({ mode: StripeMode.TEST }, (bridge) =>
    accounts.forEach((account, index) => bridge.onEvent(`Rule${index}`, {
      account, target: new SqsQueue(new Queue(bridge, `Queue${index}`)),
    }))).firstStep;
  const connected = StripeAccount.connected('acct_1');

  test('need an endpoint of their own', () => {
    const step = firstStepWith(connected, StripeAccount.connected('acct_2'));
    expect(step).toContain(`${DASHBOARD} (payload style Snapshot; events from connected accounts)`);
    expect(step).toContain('webhook_endpoints create -d url=https://example.com/stripe -d connect=true -d "enabled_');
  });

  test.each<[string, StripeAccount]>([['own', StripeAccount.own()], ['any', StripeAccount.any()]])(
    'need a second endpoint beside those of %s account', (_what, account) => {
      const step = firstStepWith(connected, account);
      expect(step).toContain('events from connected accounts need a second one, whose secret is an additionalSigning');
      expect(step).not.toContain('connect=true');
    });

  test('are not mentioned without a rule for them', () => {
    expect(firstStepWith(StripeAccount.own())).not.toContain('connect');
    expect(outputsOf({ customerTable: {} }).firstStep).not.toContain('connect');
  });

  test('are mentioned for a table of a connected account', () => {
    expect(outputsOf({ customerTable: { account: connected } }).firstStep).toContain(' -d connect=true ');
  });
});

test('T30: no output selects the event that Stripe expects to be answered in the HTTP response', () => {
  const { types, firstStep } = outputsOf({ eventTypes: StripeEventFilter.family('issuing_authorization') });
  expect(types).toBe('issuing_authorization.created, issuing_authorization.updated');
  expect(firstStep).not.toContain('issuing_authorization.request');
});

test('W09: a rule that is added after a first synthesis is in the outputs and in the filter of the function', () => {
  const stack = newStack();
  const bridge = new StripeEventBridge(stack, 'Stripe', {
    endpoint: new KnownUrl(), eventTypes: StripeEventFilter.of(StripeEventType.INVOICE_PAID),
  });
  Template.fromStack(stack);
  bridge.onEvent('Refunds', {
    eventTypes: StripeEventFilter.of(StripeEventType.CHARGE_REFUNDED), target: new SqsQueue(new Queue(stack, 'Queue')),
  });
  const { Resources, Outputs } = Stage.of(stack)!.synth({ force: true }).getStackByName('Test').template;
  const webhook: any = Object.values(Resources).find((each: any) => each.Properties.Environment?.Variables.EVENT_TYPES);
  expect(webhook.Properties.Environment.Variables.EVENT_TYPES.split(',').sort())
    .toEqual(['charge.refunded', 'invoice.paid']);
  expect(JSON.stringify(Outputs).match(/charge\.refunded/g)).toHaveLength(2);
});
