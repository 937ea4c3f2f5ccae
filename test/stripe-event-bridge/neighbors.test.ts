import { App, CfnOutput, Fn, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match as AnyMatch } from 'aws-cdk-lib/assertions';
import { EventBus, type IEventBus, Match } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  StripeCustomerTable, StripeEventBridge, type StripeEventBridgeProps, StripeEventFilter, StripeEventRule, StripeEvents,
  StripeEventType, StripeMode,
} from '../../src';

const env = { account: '111111111111', region: 'eu-west-1' };
const alarms = { enabled: false };
const { INVOICE_PAID, CHARGE_REFUNDED } = StripeEventType;
const paid = { eventTypes: StripeEventFilter.of(INVOICE_PAID) };

function warningsOf(build: (stack: Stack, other: Stack) => void): string[] {
  const app = new App();
  const stack = new Stack(app, 'Test', { env });
  const other = new Stack(app, 'Other', { env });
  build(stack, other);
  return Annotations.fromStack(stack).findWarning('*', AnyMatch.anyValue())
    .map(({ id, entry }) => `${id}: ${`${entry.data}`.replace(/ \[ack: .*/, '')}`).sort();
}

const bridge = (stack: Stack, id: string, props: StripeEventBridgeProps = {}) =>
  new StripeEventBridge(stack, id, { alarms, ...props });
const table = (stack: Stack, eventBus: IEventBus, eventSources?: string[]) =>
  new StripeCustomerTable(stack, 'T', { eventBus, eventSources, alarms });
const rule = (stack: Stack, eventBus: IEventBus, eventTypes?: StripeEventFilter) => new StripeEventRule(stack, 'R', {
  eventBus, eventSources: ['stripe.com'], eventTypes, target: new SqsQueue(new Queue(stack, 'Queue')), alarms,
});
const filteredOut = (path: string) =>
  `/Test/A: eventTypes filter out events that ${path} on the same bus needs; add its types to eventTypes`;

test('N09: a rule that one bridge feeds gives no warning because of a second bridge with another source', () => {
  expect(warningsOf((stack) => {
    const { eventBus } = bridge(stack, 'A', paid);
    const refunded = { eventTypes: StripeEventFilter.of(CHARGE_REFUNDED) };
    bridge(stack, 'Connect', { eventBus, eventSource: 'connect.example', ...refunded });
    rule(stack, eventBus, StripeEventFilter.of(INVOICE_PAID));
  })).toEqual([]);
});

test.each<[string, (stack: Stack, other: Stack) => void, string]>([
  ['a table', (stack) => table(stack, bridge(stack, 'A', paid).eventBus), filteredOut('Test/T')],
  ['a table of another stack', (stack, other) => table(other, bridge(stack, 'A', paid).eventBus),
    filteredOut('Other/T')],
  ['a rule', (stack) => rule(stack, bridge(stack, 'A', paid).eventBus, StripeEventFilter.of(CHARGE_REFUNDED)),
    filteredOut('Test/R')],
  ['a rule for every type', (stack) => rule(stack, bridge(stack, 'A', paid).eventBus, StripeEventFilter.all()),
    filteredOut('Test/R')],
  ['a rule that gets some of its types in test mode only (second attack, G4)', (stack) => {
    const { eventBus } = bridge(stack, 'A', { mode: StripeMode.LIVE, ...paid });
    const eventTypes = StripeEventFilter.of(INVOICE_PAID, CHARGE_REFUNDED);
    bridge(stack, 'B', { mode: StripeMode.TEST, eventBus, eventTypes });
    rule(stack, eventBus, StripeEventFilter.of(CHARGE_REFUNDED));
  }, filteredOut('Test/R')],
  ['a table on the same bus, imported twice', (stack) => {
    const [first, second] = ['B1', 'B2'].map((id) => EventBus.fromEventBusName(stack, id, 'shared'));
    bridge(stack, 'A', { ...paid, eventBus: first });
    table(stack, second);
  }, filteredOut('Test/T')],
])('N09: %s whose events the bridge filters out gives a warning', (_what, build, warning) => {
  expect(warningsOf(build)).toEqual([warning]);
});

test.each<[string, string[] | undefined]>([
  ['the default sources', undefined], ['another source', ['stripe.com']], ['another prefix', Match.prefix('y.')],
])('N09: a table with %s, which the bridge does not use, gives a warning', (_what, sources) => {
  const build = (stack: Stack) => table(stack, bridge(stack, 'A', { eventSource: 'x.example' }).eventBus, sources);
  expect(warningsOf(build)).toEqual([
    "/Test/A: eventSource is 'x.example', which Test/T on the same bus does not accept; add it to its eventSources",
  ]);
});

test.each<[string, (stack: Stack) => void]>([
  ['a table of a bridge that publishes every type', (stack) => table(stack, bridge(stack, 'A').eventBus)],
  ['a table of a bridge that selects the family', (stack) =>
    table(stack, bridge(stack, 'A', { eventTypes: StripeEventFilter.family('customer') }).eventBus)],
  ['a rule that takes whatever the bus has (second attack, G5)', (stack) =>
    StripeEvents.fromEventBus(stack, 'E', bridge(stack, 'A', paid).eventBus, { alarms })
      .onEvent('All', { target: new SqsQueue(new Queue(stack, 'Q')) })],
  ['a rule that two bridges of one mode feed together', (stack) => {
    const { eventBus } = bridge(stack, 'A', { mode: StripeMode.LIVE, ...paid });
    const eventTypes = StripeEventFilter.of(CHARGE_REFUNDED);
    bridge(stack, 'B', { mode: StripeMode.LIVE, eventSource: 'b.example', eventBus, eventTypes });
    StripeEvents.fromEventBus(stack, 'E', eventBus, { alarms, eventSources: ['stripe.com', 'b.example'] })
      .onEvent('Both', { target: new SqsQueue(new Queue(stack, 'Q')), eventTypes: eventTypes.plus(paid.eventTypes) });
  }],
  ['a rule for live events that two bridges feed together, one of them in both modes', (stack) => {
    const { eventBus } = bridge(stack, 'A', paid);
    const eventTypes = StripeEventFilter.of(CHARGE_REFUNDED);
    bridge(stack, 'B', { mode: StripeMode.LIVE, eventSource: 'b.example', eventBus, eventTypes });
    StripeEvents.fromEventBus(stack, 'E', eventBus, {
      alarms, eventSources: ['stripe.com', 'b.example'], mode: StripeMode.LIVE,
    }).onEvent('Both', { target: new SqsQueue(new Queue(stack, 'Q')), eventTypes: eventTypes.plus(paid.eventTypes) });
  }],
  ['a table that the bridge adds itself', (stack) => bridge(stack, 'A', { ...paid, customerTable: {} })],
  ['a rule that the bridge adds itself', (stack) => bridge(stack, 'A', paid).onEvent('R', {
    eventTypes: StripeEventFilter.of(CHARGE_REFUNDED), target: new SqsQueue(new Queue(stack, 'Queue')),
  })],
  ['a table that accepts the source of the bridge', (stack) =>
    table(stack, bridge(stack, 'A', { eventSource: 'x.example' }).eventBus, ['x.example'])],
  ['a table that accepts a prefix of the source', (stack) =>
    table(stack, bridge(stack, 'A', { eventSource: 'x.example' }).eventBus, Match.prefix('x.'))],
  ['a table on another bus', (stack) => {
    bridge(stack, 'A', paid);
    table(stack, new EventBus(stack, 'Bus'));
  }],
])('N09: %s gives no warning', (_what, build) => {
  expect(warningsOf(build)).toEqual([]);
});

test.each<[string, (stack: Stack) => [IEventBus, IEventBus]]>([
  ['a bus', (stack) => { const bus = new EventBus(stack, 'Bus'); return [bus, bus]; }],
  ['a bus that is imported twice', (stack) =>
    ['B1', 'B2'].map((id) => EventBus.fromEventBusName(stack, id, 'shared')) as [IEventBus, IEventBus]],
])('N11: two bridges that share %s and the source give a warning each', (_what, buses) => {
  const text = (id: string, path: string) => `/Test/${id}: ${path} publishes to the same bus with the same source, ` +
    'so that tables and rules receive the events of both; set another eventSource on one of them, or acknowledge ' +
    'this if both are of one Stripe account';
  expect(warningsOf((stack) => buses(stack).forEach((eventBus, at) => bridge(stack, at ? 'Eu' : 'Us', { eventBus }))))
    .toEqual([text('Eu', 'Test/Us'), text('Us', 'Test/Eu')]);
});

test.each<[string, (stack: Stack) => void]>([
  ['another source', (stack) => {
    const eventBus = new EventBus(stack, 'Bus');
    bridge(stack, 'Us', { eventBus });
    bridge(stack, 'Eu', { eventBus, eventSource: 'eu.example' });
  }],
  ['another bus', (stack) => ['Us', 'Eu'].forEach((id) => bridge(stack, id))],
  ['another mode (R1)', (stack) => {
    const { eventBus } = bridge(stack, 'Us', { mode: StripeMode.LIVE });
    bridge(stack, 'Eu', { eventBus, mode: StripeMode.TEST });
  }],
])('N11: two bridges with %s give no warning', (_what, build) => {
  expect(warningsOf(build)).toEqual([]);
});

test.each<[string, { account?: string; region?: string }, number]>([
  ['whose accounts are not known', {}, 0],
  ['of one account and region', env, 1],
])('Y07: bridges on a bus of the same name in stages %s', (_what, stageEnv, count) => {
  const app = new App();
  const [dev] = ['Dev', 'Prod'].map((id) => {
    const stack = new Stack(new Stage(app, id), 'Test', { env: stageEnv });
    bridge(stack, 'A', { eventBus: EventBus.fromEventBusName(stack, 'Bus', 'shared') });
    return stack;
  });
  expect(Annotations.fromStack(dev).findWarning('*', AnyMatch.stringLikeRegexp('publishes to the same bus with')))
    .toHaveLength(count);
});

const { LIVE, TEST } = StripeMode;
const rules = (stack: Stack, eventBus: IEventBus, mode: StripeMode) => {
  const options = { target: new SqsQueue(new Queue(stack, 'Queue')), eventTypes: paid.eventTypes, mode };
  StripeEvents.fromEventBus(stack, 'Events', eventBus, { alarms }).onEvent('R', options);
};
const otherMode = (path: string, [id, published, wanted] = ['A', 'live', 'test']) =>
  `/Test/${id}: mode is ${published}, and ${path} on the same bus receives ${wanted} events only; ` +
  'change the mode of one of them';

test.each<[string, (stack: Stack) => void, string[]]>([
  ['a table of the other mode', (stack) => {
    const { eventBus } = bridge(stack, 'A', { mode: LIVE });
    new StripeCustomerTable(stack, 'T', { eventBus, mode: TEST, alarms });
  }, [otherMode('Test/T')]],
  ['a rule of the other mode', (stack) => rules(stack, bridge(stack, 'A', { mode: LIVE }).eventBus, TEST),
    [otherMode('Test/Events/R')]],
  ['a rule that a bridge of the other mode would feed', (stack) => {
    const { eventBus } = bridge(stack, 'A', { mode: LIVE, eventTypes: StripeEventFilter.of(CHARGE_REFUNDED) });
    bridge(stack, 'B', { mode: TEST, eventBus, ...paid });
    rules(stack, eventBus, LIVE);
  }, [
    filteredOut('Test/Events/R'),
    otherMode('Test/Events/R', ['B', 'test', 'live']),
  ]],
  ['a table of one mode, with a bridge for each', (stack) => {
    const { eventBus } = bridge(stack, 'A', { mode: LIVE });
    bridge(stack, 'B', { mode: TEST, eventBus });
    new StripeCustomerTable(stack, 'T', { eventBus, mode: TEST, alarms });
  }, []],
  ['a table of every mode', (stack) => table(stack, bridge(stack, 'A', { mode: LIVE }).eventBus), []],
])('F4: %s', (_what, build, warnings) => {
  expect(warningsOf(build)).toEqual(warnings);
});

test('F5: a rule whose types two bridges publish together gives no warning', () => {
  const both = (types: StripeEventFilter) => warningsOf((stack) => {
    const { eventBus } = bridge(stack, 'A', paid);
    bridge(stack, 'B', { eventBus, eventSource: 'b.example', eventTypes: StripeEventFilter.of(CHARGE_REFUNDED) });
    new StripeEventRule(stack, 'R', {
      eventBus,
      eventSources: ['stripe.com', 'b.example'],
      eventTypes: types,
      alarms,
      target: new SqsQueue(new Queue(stack, 'Queue')),
    });
  });
  expect(both(StripeEventFilter.of(INVOICE_PAID, CHARGE_REFUNDED))).toEqual([]);
  expect(both(StripeEventFilter.of(StripeEventType.PAYOUT_PAID))).toHaveLength(2);
});

test('F6: a bus that is created with a name, and imported by it, is one bus', () => {
  expect(warningsOf((stack) => {
    bridge(stack, 'A', { ...paid, eventBusName: 'shared' });
    table(stack, EventBus.fromEventBusName(stack, 'Again', 'shared'));
  })).toEqual([filteredOut('Test/T')]);
});

test('R2: a bridge whose source a rule does not accept is not asked for its types as well', () => {
  expect(warningsOf((stack) => {
    const { eventBus } = bridge(stack, 'A', { ...paid, eventSource: 'x.example' });
    rule(stack, eventBus, StripeEventFilter.of(CHARGE_REFUNDED));
  })).toEqual([expect.stringMatching(/eventSource is 'x\.example'/)]);
});

/** Imports of a bus of the app by what belongs to it. */
const IMPORTS: Array<[string, (stack: Stack, bus: IEventBus) => IEventBus]> = [
  ['its ARN', (stack, bus) => EventBus.fromEventBusArn(stack, 'Again', bus.eventBusArn)],
  ['its name', (stack, bus) => EventBus.fromEventBusName(stack, 'Again', bus.eventBusName)],
  ['an ARN with its name', (stack, bus) => EventBus.fromEventBusArn(stack, 'Again',
    stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: bus.eventBusName }))],
  ['its attributes', (stack, bus) => EventBus.fromEventBusAttributes(stack, 'Again', bus)],
  ['an export of its name', (stack, bus) => {
    new CfnOutput(Stack.of(bus), 'BusName', { value: bus.eventBusName, exportName: 'BusName' });
    return EventBus.fromEventBusName(stack, 'Again', Fn.importValue('BusName'));
  }],
  ['an export of its ARN, which CDK names', (stack, bus) =>
    EventBus.fromEventBusArn(stack, 'Again', Stack.of(bus).exportValue(bus.eventBusArn))],
];
const NAMES: Array<[string, StripeEventBridgeProps]> = [
  ['a generated name', {}], ['a given name', { eventBusName: 'given' }],
];
const SELF = NAMES.flatMap(([name, props]) => IMPORTS.flatMap(([what, again]) => ['Test', 'Other'].map((place) =>
  [name, what, place, (stack: Stack, other: Stack) => {
    const { eventBus } = bridge(stack, 'A', { ...paid, ...props });
    const scope = place === 'Test' ? stack : other;
    return { scope, eventBus: again(scope, eventBus) };
  }] as const)));

test.each(SELF)('AA15: a bus with %s that is imported by %s in %s is the same bus', (_name, _what, place, buses) => {
  expect(warningsOf((stack, other) => {
    const { scope, eventBus } = buses(stack, other);
    table(scope, eventBus);
  })).toEqual([filteredOut(`${place}/T`)]);
  expect(warningsOf((stack, other) => {
    const { scope, eventBus } = buses(stack, other);
    bridge(scope, 'B', { eventBus });
  })[0]).toMatch(new RegExp(`^/Test/A: ${place}/B publishes to the same bus with the same source`));
});

test.each<[string, (stack: Stack, other: Stack) => IEventBus]>([
  ['the ARN of another bus of the app', (stack, other) =>
    EventBus.fromEventBusArn(stack, 'Again', new EventBus(other, 'Bus').eventBusArn)],
  ['the export of an app that is not this one', (stack) =>
    EventBus.fromEventBusName(stack, 'Again', Fn.importValue('BusName'))],
  ['an export of something else', (stack, other) => {
    new CfnOutput(other, 'BusName', { value: new EventBus(other, 'Bus').eventBusName, exportName: 'BusName' });
    return EventBus.fromEventBusName(stack, 'Again', Fn.importValue('BusName'));
  }],
  ['an export of the same name in another region', (stack) => {
    const { eventBus } = bridge(new Stack(stack.node.root as App, 'Us', { env: { ...env, region: 'us-east-1' } }), 'U');
    new CfnOutput(Stack.of(eventBus), 'BusName', { value: eventBus.eventBusName, exportName: 'BusName' });
    return EventBus.fromEventBusName(stack, 'Again', Fn.importValue('BusName'));
  }],
])('AA15: a table on a bus that is imported by %s gives no warning', (_what, again) => {
  expect(warningsOf((stack, other) => {
    bridge(stack, 'A', paid);
    table(stack, again(stack, other));
  })).toEqual([]);
});
