import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { CANARY } from './wrong-values';
import {
  StripeAccount, StripeEndpoint, StripeEventBridge, StripeEventFilter, StripeEvents, StripeMode, StripeSourceIps,
} from '../../../src';
import { newStack } from '../../harness/template';

/** Messages that a user reads, word by word. */

const queueIn = (stack: Stack) => stack.node.tryFindChild('Target') as Queue ?? new Queue(stack, 'Target');
const target = (stack: Stack) => new SqsQueue(queueIn(stack));
const bridge = (stack: Stack, props: any = {}) => new StripeEventBridge(stack, 'Stripe', props);
const messageOf = (build: (stack: Stack) => unknown): string => {
  try {
    build(newStack());
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

describe('unknown event types', () => {
  const KNOWN = 'which this library does not know as a type or family of Stripe';
  const warningsOf = (use: (stack: Stack) => unknown) => {
    const stack = newStack();
    use(stack);
    return Annotations.fromStack(stack)
      .findWarning('*', Match.stringLikeRegexp('unknown-event-type')).map(({ entry }) => `${entry.data}`);
  };
  const onBridge = (eventTypes: StripeEventFilter) => warningsOf((stack) => bridge(stack, { eventTypes }));

  test.each<[string, StripeEventFilter, string, string]>([
    ['a misspelled type', StripeEventFilter.named('invoice.payed'), 'invoice.payed',
      `'invoice.payed', ${KNOWN}; did you mean 'invoice.paid'? Correct it`],
    ['a misspelled family', StripeEventFilter.family('costumer'), 'costumer',
      `'costumer', ${KNOWN}; did you mean 'customer'? Correct it`],
    ['a type as a family', StripeEventFilter.family('invoice.paid'), 'invoice.paid',
      "the family 'invoice.paid', which is an event type; use StripeEventFilter.named('invoice.paid')"],
    ['a family as a type', StripeEventFilter.named('customer.subscription'), 'customer.subscription',
      "the event type 'customer.subscription', which is a family; " +
      "use StripeEventFilter.family('customer.subscription')"],
    ['a type like no other', StripeEventFilter.named('quantum.entangled'), 'quantum.entangled',
      `'quantum.entangled', ${KNOWN}; correct it`],
    ['a part of a family', StripeEventFilter.family('cust'), 'cust', `'cust', ${KNOWN}; correct it`],
    ['W22: a misspelled thin type of version 1', StripeEventFilter.named('v1.invoice.payd'), 'v1.invoice.payd',
      `'v1.invoice.payd', ${KNOWN}; did you mean 'v1.invoice.paid'? Correct it`],
    ['W22: a misspelled thin type of version 2', StripeEventFilter.named('v2.core.account[requirement].updated'),
      'v2.core.account[requirement].updated', `'v2.core.account[requirement].updated', ${KNOWN}; ` +
      "did you mean 'v2.core.account[requirements].updated'? Correct it"],
    ['W22: a misspelled thin family', StripeEventFilter.family('v2.core.acount'), 'v2.core.acount',
      `'v2.core.acount', ${KNOWN}; did you mean 'v2.core.account'? Correct it`],
    ['W22: a thin family as a type', StripeEventFilter.named('v2.core.account'), 'v2.core.account',
      "the event type 'v2.core.account', which is a family; use StripeEventFilter.family('v2.core.account')"],
  ])('U05: %s gives one warning, which can be acknowledged by a stable id', (_what, eventTypes, id, text) => {
    const message = `eventTypes has ${text}, or acknowledge this warning ` +
      `[ack: cdk-stripe-eventbridge:unknown-event-type-${id}]`;
    expect(onBridge(eventTypes)).toEqual([message]);
    expect(warningsOf((stack) =>
      bridge(stack).onEvent('Paid', { eventTypes, target: target(stack) }))).toEqual([message]);
  });

  test.each<[string, StripeEventFilter]>([
    ['types of the enum', StripeEventFilter.named('invoice.paid', 'customer.created')],
    ['families of every level', StripeEventFilter.family('customer', 'customer.subscription', 'checkout')],
    ['thin events', StripeEventFilter.named('v2.core.account[requirements].updated')
      .plus(StripeEventFilter.family('v2.core.account', 'v1.billing', 'v1', 'v2'))
      .plus(StripeEventFilter.named('v1.billing.meter.error_report_triggered', 'v1.invoice.paid'))],
    ['every event', StripeEventFilter.all()],
  ])('U05: %s give no warning', (_what, eventTypes) => {
    expect(onBridge(eventTypes)).toEqual([]);
  });
});

describe('contradictions with the bridge', () => {
  const attachments: Array<[string, string, (events: StripeEvents, mode: StripeMode, stack: Stack) => unknown]> = [
    ['a rule', 'Paid', (events, mode, stack) => events.onEvent('Paid', { mode, target: target(stack) })],
    ['a table', 'Customers', (events, mode) => events.addCustomerTable('Customers', { mode })],
  ];

  test.each(attachments)('U06: %s of another mode than the bridge fails synthesis', (_what, id, attach) => {
    const both: Array<[StripeMode, StripeMode]> = [
      [StripeMode.LIVE, StripeMode.TEST], [StripeMode.TEST, StripeMode.LIVE],
    ];
    for (const [ofBus, mode] of both) {
      expect(messageOf((stack) => attach(bridge(stack, { mode: ofBus }), mode, stack))).toBe(
        `\`mode\` of '${id}' must be ${ofBus}, the mode of the events that are published, got ${mode}; ` +
        'omit it, or change the mode of the bridge (Test/Stripe)');
    }
  });

  test.each(attachments)('U06: %s whose mode can match synthesizes', (_what, _id, attach) => {
    for (const mode of [StripeMode.LIVE, StripeMode.TEST, StripeMode.ALL]) {
      expect(messageOf((stack) => attach(bridge(stack, { mode }), mode, stack))).toBe('no error');
      expect(messageOf((stack) => attach(bridge(stack, { mode }), StripeMode.ALL, stack))).toBe('no error');
      expect(messageOf((stack) => attach(bridge(stack, { mode: StripeMode.ALL }), mode, stack))).toBe('no error');
    }
  });

  test.each(attachments)('U06: %s on an existing bus, which may carry every mode, is valid', (_what, _id, attach) => {
    const onBus = (stack: Stack) =>
      StripeEvents.fromEventBus(stack, 'Stripe', new EventBus(stack, 'Bus'), { mode: StripeMode.LIVE });
    expect(messageOf((stack) => attach(onBus(stack), StripeMode.TEST, stack))).toBe('no error');
  });

  test('U06: the property customerTable of another mode than the bridge fails synthesis', () => {
    expect(messageOf((stack) => bridge(stack, { mode: StripeMode.LIVE, customerTable: { mode: StripeMode.TEST } })))
      .toMatch(/^`mode` of 'CustomerTable' must be live, .* \(Test\/Stripe\)$/);
  });
});

describe('construct paths', () => {
  test.each<[string, (events: StripeEvents, id: any, stack: Stack) => unknown]>([
    ['onEvent', (events, id, stack) => events.onEvent(id, { target: target(stack) })],
    ['addCustomerTable', (events, id) => events.addCustomerTable(id)],
    ['addArchive', (events, id) => events.addArchive(id)],
  ])('U18: %s with the id of another construct fails by the id that the user wrote', (_method, attach) => {
    const twice = (stack: Stack) => {
      const events = bridge(stack);
      attach(events, 'Paid', stack);
      attach(events, 'Paid', stack);
    };
    expect(messageOf(twice)).toBe(
      "`id` must be unique in its scope, got 'Paid' for the second time; use another id (Test/Stripe)");
    expect(messageOf((stack) => attach(bridge(stack), '', stack)))
      .toMatch(/^`id` must be at least 1 character, got ''; .* \(Test\/Stripe\)$/);
    expect(messageOf((stack) => attach(bridge(stack), undefined, stack)))
      .toMatch(/^`id` must be at least 1 character, got undefined; .* \(Test\/Stripe\)$/);
  });

  test('U18: a rule in another scope needs an id that is unique in that scope', () => {
    expect(messageOf((stack) => {
      const events = bridge(stack);
      new Queue(stack, 'Paid');
      events.onEvent('Paid', { scope: stack, target: target(stack) });
    })).toMatch(/^`id` must be unique in its scope, got 'Paid' for the second time; use another id \(Test\)$/);
  });

  test('U18: the error of one of two bridges names its path', () => {
    expect(messageOf((stack) => {
      new StripeEventBridge(stack, 'Platform');
      new StripeEventBridge(stack, 'Connect', { eventSource: '' });
    })).toMatch(/ \(Test\/Connect\)$/);
  });
});

describe('values of the wrong kind in plain JavaScript', () => {
  const SECRET = "use Secret.fromSecretNameV2(this, 'Secret', name); never a value";

  test.each<[string, (stack: Stack) => unknown, string]>([
    ['a signing secret as text', (stack) => bridge(stack, { signingSecret: 'hunter2' }),
      `\`signingSecret\` must be an ISecret, got a string; ${SECRET} (Test/Stripe)`],
    ['a list of event types', (stack) => bridge(stack, { eventTypes: ['invoice.paid'] }),
      '`eventTypes` must be a StripeEventFilter, got a list; ' +
      'use StripeEventFilter.of(StripeEventType.INVOICE_PAID) (Test/Stripe)'],
    ['an endpoint as text', (stack) => bridge(stack, { endpoint: 'httpApi' }),
      '`endpoint` must be a StripeEndpoint, got a string; use StripeEndpoint.httpApi() (Test/Stripe)'],
    ['a bare function as a target', (stack) => bridge(stack).onEvent('Paid', { target: () => undefined } as any),
      '`target` must be an IRuleTarget, got a function; ' +
      'use new QueuedFunction(fn), or new SqsQueue(queue) (Test/Stripe/Paid)'],
    ['no target', (stack) => bridge(stack).onEvent('Paid', {} as any),
      '`target` must be an IRuleTarget, got undefined; ' +
      'use new QueuedFunction(fn), or new SqsQueue(queue) (Test/Stripe/Paid)'],
    ['no options', (stack) => bridge(stack).onEvent('Paid', undefined as any),
      '`options` must be an object of options, got undefined; use { target: new QueuedFunction(fn) } (Test/Stripe)'],
    ['properties as text', (stack) => bridge(stack, 'props'),
      '`props` must be an object, got a string; use { … }, with the properties by name (Test/Stripe)'],
    ['an existing bus as text', (stack) => StripeEvents.fromEventBus(stack, 'Stripe', 'default' as any),
      '`eventBus` must be an IEventBus whose name and ARN are of one bus, got a string; ' +
      "use EventBus.fromEventBusName(this, 'Bus', name), or EventBus.fromEventBusArn(this, 'Bus', arn) (Test/Stripe)"],
    ['a filter as text', () => StripeEventFilter.all().plus('invoice.paid' as any),
      '`others` must be filters, got a string; use plus(StripeEventFilter.of(StripeEventType.INVOICE_PAID))'],
    ['a resource of aws-cdk-lib', (stack) => bridge(stack, { endpoint: new Queue(stack, 'Queue') }),
      '`endpoint` must be a StripeEndpoint, got a Queue; use StripeEndpoint.httpApi() (Test/Stripe)'],
  ])('U19: %s fails by property, kind and remedy', (_what, build, message) => {
    expect(messageOf(build)).toBe(message);
  });

  const factories: Array<[string, (value: any) => unknown]> = [
    ['StripeEventFilter.of', (value) => StripeEventFilter.of(value)],
    ['StripeEventFilter.named', (value) => StripeEventFilter.named(value)],
    ['StripeEventFilter.family', (value) => StripeEventFilter.family(value)],
    ['StripeEventFilter.plus', (value) => StripeEventFilter.all().plus(value)],
    ['StripeAccount.connected', (value) => StripeAccount.connected(value)],
    ['StripeSourceIps.of', (value) => StripeSourceIps.of(value)],
    ['StripeEndpoint.httpApi', (value) => bridge(newStack(), { endpoint: StripeEndpoint.httpApi(value) })],
    ['StripeEndpoint.restApi', (value) => bridge(newStack(), { endpoint: StripeEndpoint.restApi(value) })],
  ];

  test.each(factories)('U19: %s rejects values of other kinds by kind and remedy', (_name, create) => {
    const values = [null, 1, true, {}, ['invoice.paid'], ['203.0.113.1'], () => undefined, Symbol('wrong'), CANARY];
    const isOptions = (value: unknown) => typeof value === 'object' && !Array.isArray(value) && value !== null;
    for (const value of values.filter((each) => !(isOptions(each) && /Endpoint/.test(_name)))) {
      const message = messageOf(() => create(value));
      expect(message).toMatch(/ got .+; /);
      expect(message).not.toContain('Canary');
    }
  });

  test.each<[string, (secret: any) => (stack: Stack) => unknown]>([
    ['of the bus', (eventBusName) => (stack) => bridge(stack, { eventBusName })],
    ['of a rule', (description) => (stack) => bridge(stack).onEvent('Paid', { target: target(stack), description })],
    ['of a table', (tableName) => (stack) => bridge(stack, { customerTable: { tableName } })],
    ['of an endpoint', (path) => (stack) => bridge(stack, { endpoint: StripeEndpoint.httpApi({ path }) })],
    ['in a list', (secret) => (stack) => bridge(stack, { additionalSigningSecrets: [secret] })],
    ['in a list of sources', (secret) => (stack) =>
      StripeEvents.fromEventBus(stack, 'Stripe', new EventBus(stack, 'Bus'), { eventSources: [secret] })],
  ])('U19: a secret as the text of a property %s fails without its value', (_what, build) => {
    for (const secret of [CANARY, `/${CANARY}`, 'sk_live_Canary0', 'rk_test_Canary0']) {
      const message = messageOf(build(secret));
      expect(message).toMatch(/^`\w+` must be .+ \(Test\/Stripe/);
      expect(message).not.toContain('Canary');
    }
  });
});

test('T01: the placeholder of a lookup is valid for every text, so that CDK can look the value up', () => {
  const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
  const placeholder = StringParameter.valueFromLookup(stack, '/stripe/value');
  expect(placeholder).toContain('dummy-value-for-');
  expect(() => {
    const events = bridge(stack, {
      eventBusName: placeholder,
      eventSource: placeholder,
      customerTable: { tableName: placeholder },
      eventTypes: StripeEventFilter.named(placeholder).plus(StripeEventFilter.family(placeholder)),
      endpoint: StripeEndpoint.restApi({ sourceIps: StripeSourceIps.of(placeholder), webAclArn: placeholder }),
    });
    events.onEvent('Paid', { account: StripeAccount.connected(placeholder), target: target(stack) });
    const api = new HttpApi(stack, 'Api');
    new StripeEventBridge(stack, 'Other', {
      endpoint: StripeEndpoint.httpApi({ api, path: `/${placeholder}`, url: placeholder }),
    });
  }).not.toThrow();
});

test.each<[string, (list: string[]) => unknown]>([
  ['StripeSourceIps.of', (list) => StripeSourceIps.of(...list)],
  ['StripeEventFilter.named', (list) => StripeEventFilter.named(...list)],
])('V05: a list that is known later, spread into %s, fails by its kind', (_name, create) => {
  const list = new CfnParameter(newStack(), 'List', { type: 'CommaDelimitedList' }).valueAsList;
  expect(() => create(list)).toThrow('got a token for a list; ');
});
