import { Annotations as CdkAnnotations, App, Aspects, Aws, Duration, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm, AlarmRule, AlarmState as CdkAlarmState, CfnAlarm, CompositeAlarm, type IAlarm,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import {
  AnyPrincipal, Effect, PolicyDocument, PolicyStatement, type PolicyStatementProps, ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { type CfnTopic, CfnTopicInlinePolicy, type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct, IConstruct } from 'constructs';
import {
  StripeCustomerTable, StripeEndpoint, StripeEventBridge, type StripeEventBridgeProps, StripeSourceIps,
} from '../../src';
import { type AlarmState, alarmStates, MetricData, metricsOf, periodOf } from '../harness/cloudwatch';
import { newStack, properties } from '../harness/template';

const HOUR = 3_600;

function synthesized(props: StripeEventBridgeProps = {}): Stack {
  const stack = newStack();
  new StripeEventBridge(stack, 'Stripe', props);
  return stack;
}

const alarmIds = (stack: Stack) => Object.keys(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))
  .map((id) => id.replace(/^Stripe.*Alarms|[0-9A-F]{8}$/g, ''));

const alarmOf = (id: string, props?: StripeEventBridgeProps) => {
  const all = Template.fromStack(synthesized(props)).findResources('AWS::CloudWatch::Alarm');
  const found = Object.entries(all).find(([name]) => new RegExp(`Alarms${id}[0-9A-F]{8}$`).test(name));
  return found![1].Properties;
};

/** Values of metrics by name. */
type Values = Readonly<Record<string, number>>;

/** States of an alarm, minute by minute, while metrics are written at the given seconds. */
function statesOf(alarm: any, seconds: number, writes: Array<[number, Values]>): AlarmState[] {
  const data = writes.flatMap(([second, values]) => metricsOf(alarm).map((metric) =>
    ({ metric, second, value: values[JSON.parse(metric)[1]] })).filter(({ value }) => value !== undefined));
  return alarmStates(alarm, new MetricData(seconds / 60, data));
}

/** A day in which the same line is written at equal distances. */
const day = (perDay: number, metrics: Values): Array<[number, Values]> =>
  Array.from({ length: perDay }, (_, index) => [Math.floor(index * 24 * HOUR / perDay), metrics]);

// what the handler writes for each decision
const REJECTED = { Rejected: 1, Signed: 1, Verified: 0 };
const UNSIGNED = { Rejected: 1 };
const ACCEPTED = { Accepted: 1, Signed: 1, Verified: 1 };
const PREVIOUS = { ...ACCEPTED, SecretPreviousUsed: 1 };
const FILTERED = { Filtered: 1, Accepted: 0, Signed: 1, Verified: 1 };
const FAILED = { PublishFailed: 1, NotPublished: 1, Accepted: 0, Signed: 1, Verified: 1 };

const everyFiveMinutes = (minutes: number, metrics: Values): Array<[number, Values]> =>
  Array.from({ length: minutes / 5 }, (_, index) => [index * 300, metrics]);

test.each<[string, string, Array<[number, Values]>, boolean]>([
  ['N20', 'NotPublished', everyFiveMinutes(15, FAILED), true],
  ['N20', 'NotPublished', [...everyFiveMinutes(10, FAILED), [900, FAILED]], false],
  ['N20', 'NotPublishedSlowly', day(4, FAILED), true],
  ['N20', 'NotPublishedSlowly', [...day(4, FAILED), ...day(4, ACCEPTED)], false],
  ['N20', 'Failed', [[0, { Failed: 1 }]], true],
  ['N20', 'Failed', day(1000, ACCEPTED), false],
  ['N28', 'NothingVerified', day(20, REJECTED), false],
  ['N28', 'NothingVerified', [[0, REJECTED], [60, REJECTED], [120, REJECTED]], true],
  ['N28', 'NothingVerifiedSlowly', day(20, REJECTED), true],
  ['N28', 'NothingVerifiedSlowly', day(1, REJECTED), true],
  ['N28', 'NothingVerifiedSlowly', day(500, UNSIGNED), false],
  ['N28', 'NothingVerifiedSlowly', [...day(20, REJECTED), ...day(20, ACCEPTED)], false],
  ['N28', 'SecretPreviousUsed', day(20, PREVIOUS), false],
  ['N28', 'SecretPreviousUsed', day(24, PREVIOUS), true],
  ['N28', 'SecretPreviousUsedAlways', day(20, PREVIOUS), true],
  ['N28', 'SecretPreviousUsedAlways', day(1, PREVIOUS), true],
  ['N28', 'SecretPreviousUsedAlways', [...day(20, PREVIOUS), ...day(20, ACCEPTED)], false],
  ['N28', 'SecretPreviousUsedAlways', day(20, ACCEPTED), false],
  ['W22', 'PayloadStyle', [[0, { ...FILTERED, PayloadStyle: 1 }]], true],
  ['W22', 'PayloadStyle', day(40, FILTERED), false],
  ['N31', 'AllFiltered', day(40, FILTERED), true],
  ['N31', 'AllFiltered', day(36, FILTERED), false],
  ['N31', 'AllFiltered', [...day(400, FILTERED), ...day(4, ACCEPTED)], false],
])('%s: the alarm %s follows the metrics of a day, case %#', (_row, id, writes, raised) => {
  expect(statesOf(alarmOf(id), 24 * HOUR, writes).includes('ALARM')).toBe(raised);
});

test('N20: TooLarge counts only requests with a well-formed signature', () => {
  expect(alarmOf('TooLarge')).toMatchObject({
    MetricName: 'TooLarge',
    Dimensions: expect.arrayContaining([{ Name: 'Reason', Value: 'WellFormedSignature' }]),
    Threshold: 1,
    Period: 300,
  });
});

/** Metrics of decisions that are not answered 200, and why one has no alarm. */
const WITHOUT_ALARM: Record<string, string> = { Rejected: 'anyone can send unsigned requests; see NothingVerified' };
const COUNTED_TOGETHER = ['PublishFailed', 'PublishTimeout', 'PublishThrottled']; // by NotPublished

test.each([
  'Rejected', 'TooLarge', 'SecretInvalid', 'SecretFetchError', 'PublishDenied', 'PublishFailed', 'PublishTimeout',
  'PublishThrottled', 'Oversize', 'Failed',
])('N20: the decision %s, which is not answered 200, has an alarm or a reason why not', (decision) => {
  const expected = COUNTED_TOGETHER.includes(decision) ? 'NotPublished' : decision;
  expect(alarmIds(synthesized()).includes(expected)).toBe(!(decision in WITHOUT_ALARM));
});

const expecting = { alarms: { expectEventEvery: Duration.hours(6) } };

test.each<[string, Array<[number, Values]>, boolean]>([
  ['no request arrives', [], true],
  ['only unsigned requests arrive', day(500, UNSIGNED), true],
  ['only requests with a wrong signature arrive', day(500, REJECTED), true],
  ['events arrive every four hours', day(6, ACCEPTED), false],
  ['events arrive and are filtered out', day(6, FILTERED), false],
  ['events stop arriving in the middle of the day', day(6, ACCEPTED).slice(0, 3), true],
])('N29: Silence says whether six hours had no event: %s', (_what, writes, raised) => {
  expect(statesOf(alarmOf('Silence', expecting), 24 * HOUR, writes).includes('ALARM')).toBe(raised);
});

test.each([1, 168])('N29: Silence can expect an event every %d hours, within the limits of CloudWatch', (hours) => {
  const alarm = alarmOf('Silence', { alarms: { expectEventEvery: Duration.hours(hours) } });
  expect(periodOf(alarm) * alarm.EvaluationPeriods).toBe(hours * HOUR);
  expect(periodOf(alarm) * alarm.EvaluationPeriods).toBeLessThanOrEqual(7 * 24 * HOUR);
});

test('N29: a bridge has no alarm Silence unless it is asked for', () => {
  expect(alarmIds(synthesized())).not.toContain('Silence');
});

const policy = () => new PolicyDocument({
  statements: [new PolicyStatement({
    principals: [new AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*'],
  })],
});
const webAclArn = 'arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/a/b';

test.each<[string, () => StripeEndpoint, boolean]>([
  ['a REST API with an IP list', () => StripeEndpoint.restApi({ sourceIps: StripeSourceIps.stripe() }), true],
  ['a REST API with a web ACL', () => StripeEndpoint.restApi({ webAclArn }), true],
  ['a REST API with a policy', () => StripeEndpoint.restApi({ policy: policy() }), true],
  ['a REST API that admits everyone', () => StripeEndpoint.restApi(), false],
  ['an HTTP API', () => StripeEndpoint.httpApi(), false],
  ['a function URL', () => StripeEndpoint.functionUrl(), false],
])('N29: %s has the alarm Gateway4xx exactly if it can block Stripe', (_what, endpoint, has) => {
  expect(alarmIds(synthesized({ endpoint: endpoint() })).includes('Gateway4xx')).toBe(has);
});

/** What an endpoint writes about a number of requests, some of which failed. */
const requests = (second: number, all: number, failed: number, [errors, count]: string[]): Array<[number, Values]> =>
  Array.from({ length: all }, (_, index) => [second, { [errors]: index < failed ? 1 : 0, [count]: 1 }]);

test.each<[string, number, number, boolean]>([
  ['every request is blocked', 10, 10, true], ['one in five is blocked', 10, 2, true],
  ['one in ten is blocked', 10, 1, false], ['none is blocked', 10, 0, false],
])('N29: Gateway4xx watches the rate over three hours: %s', (_what, count, errors, raised) => {
  const alarm = alarmOf('Gateway4xx', { endpoint: StripeEndpoint.restApi({ webAclArn }) });
  const hourly = day(24, {}).map(([second]) => requests(second, count, errors, ['4XXError', 'Count']));
  expect(statesOf(alarm, 3 * HOUR, hourly.slice(0, 3).flat()).at(-1)).toBe(raised ? 'ALARM' : 'OK');
  expect(statesOf(alarm, 3 * HOUR, hourly.slice(0, 2).flat()).at(-1)).toBe('OK');
});

test('N29: Gateway4xx has the dimension of the API', () => {
  const stack = synthesized({ endpoint: StripeEndpoint.restApi({ webAclArn }) });
  const { Metrics } = properties(stack, 'AWS::CloudWatch::Alarm', 'StripeEndpointAlarmsGateway4xx');
  const metrics = Metrics.flatMap(({ MetricStat }: any) => MetricStat?.Metric ?? []);
  expect(metrics).toEqual(['4XXError', 'Count'].map((MetricName) => ({
    Namespace: 'AWS/ApiGateway',
    MetricName,
    Dimensions: [{ Name: 'ApiName', Value: properties(stack, 'AWS::ApiGateway::RestApi').Name }],
  })));
});

test.each<[string, () => StripeEndpoint, string[]]>([
  ['an HTTP API', () => StripeEndpoint.httpApi(), ['5xx', 'Count']],
  ['a REST API', () => StripeEndpoint.restApi(), ['5XXError', 'Count']],
  ['a function URL', () => StripeEndpoint.functionUrl(), ['Url5xxCount', 'UrlRequestCount']],
])('T12: %s has an alarm on 5xx, which needs neither the function nor its logs', (_what, endpoint, names) => {
  const alarm = alarmOf('Endpoint5xx', { endpoint: endpoint() });
  expect(alarm.Metrics.flatMap(({ MetricStat }: any) => MetricStat?.Metric.MetricName ?? [])).toEqual(names);
  const hourly = (failed: number, all: number) =>
    day(24, {}).slice(0, 6).flatMap(([second]) => requests(second, all, failed, names));
  const stateOf = (failed: number, all: number) => statesOf(alarm, 6 * HOUR, hourly(failed, all)).at(-1);
  expect([stateOf(10, 10), stateOf(6, 10), stateOf(5, 10), stateOf(0, 10)]).toEqual(['ALARM', 'ALARM', 'OK', 'OK']);
  // one event a day
  expect(statesOf(alarm, 6 * HOUR, requests(60, 1, 1, names)).at(-1)).toBe('ALARM');
  expect(statesOf(alarm, 6 * HOUR, []).at(-1)).toBe('OK');
});

test('T12: an existing API, whose metrics count other routes, has no alarm on 5xx', () => {
  const stack = newStack();
  const api = new HttpApi(stack, 'Mine');
  new StripeEventBridge(stack, 'Stripe', { endpoint: StripeEndpoint.httpApi({ api, path: '/stripe' }) });
  expect(alarmIds(stack)).not.toContain('Endpoint5xx');
});

test('T22: alarms have at most five actions, the limit of CloudWatch', () => {
  const action = { bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-west-1:111111111111:on-call' }) };
  const withActions = (count: number) => () => synthesized({
    alarms: { actions: Array.from({ length: count }, () => action) },
  });
  expect(withActions(5)).not.toThrow();
  expect(withActions(6)).toThrow('`actions` must be a list of items, at most 5: each an IAlarmAction, got 6 items');
});

test.each([['SecretFetchErr', 'SecretFetchError'], ['accepted', 'Accepted'], ['Written', 'one of them']])(
  'V25: the metric %s of a bridge, which the function does not write, fails with the names', (name, remedy) => {
    const bridge = new StripeEventBridge(newStack(), 'Stripe');
    const message = `^\`metricName\` must be one of Accepted, .*, Verified, got '${name}'; use ${remedy} \\(Test/`;
    expect(() => bridge.metric(name)).toThrow(new RegExp(message));
    const table = new StripeEventBridge(newStack(), 'Stripe', { customerTable: {} }).customerTable!;
    expect(() => table.metric('Accepted')).toThrow('`metricName` must be one of AfterDelete, ');
    expect(() => table.metric('Written')).not.toThrow();
  });

describe('alarms as the app is complete', () => {
  const action = () => ({ bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-west-1:111111111111:on-call' }) });
  const idsOf = (props: StripeEventBridgeProps, change: (stack: Stack, bridge: StripeEventBridge) => void) => {
    const stack = newStack();
    change(stack, new StripeEventBridge(stack, 'Stripe', { customerTable: {}, ...props }));
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-stripe-eventbridge:alarm'))
      .map(({ id, entry }) => [id, /\[ack: cdk-stripe-eventbridge:(.*)\]/.exec(`${entry.data}`)![1]].join(' '));
  };
  const alarmsIn = (bridge: StripeEventBridge) =>
    bridge.node.findAll().filter((each): each is Alarm => each instanceof Alarm);
  const aspect = (visit: (alarm: CfnAlarm) => void) => (stack: Stack) =>
    Aspects.of(stack).add({ visit: (node) => { node instanceof CfnAlarm && visit(node); } });
  const compositeOf = (stack: Stack, ...alarms: IAlarm[]) => {
    const composite = new CompositeAlarm(stack, 'Composite', { alarmRule: AlarmRule.anyOf(...alarms) });
    composite.addAlarmAction(action());
    return composite;
  };
  const silentComposite = (scope: Construct, actionsEnabled: boolean, ...alarms: IAlarm[]) =>
    new CompositeAlarm(scope, 'Silent', { alarmRule: AlarmRule.anyOf(...alarms), actionsEnabled });
  const WITHOUT = ['/Test/Stripe/Webhook/Alarms alarms-without-actions'];

  test.each<[string, StripeEventBridgeProps, (stack: Stack, bridge: StripeEventBridge) => void, string[]]>([
    ['4h: actions that an Aspect sets', {}, aspect((alarm) => { alarm.alarmActions = ['arn:aws:sns:a:1:b']; }), []],
    ['4h: actions that are added to each alarm', {}, (_stack, bridge) =>
      alarmsIn(bridge).forEach((alarm) => alarm.addAlarmAction(action())), []],
    ['4h: actions that are a parameter', {}, aspect((alarm) => {
      alarm.alarmActions = Token.asList({ Ref: 'Actions' });
    }), []],
    ['4h: an action that is added to one alarm', {}, (_stack, bridge) => alarmsIn(bridge)[0].addAlarmAction(action()),
      WITHOUT],
    ['10a2: a composite alarm of all alarms', {}, (stack, bridge) => compositeOf(stack, ...alarmsIn(bridge)), []],
    ['10a2: a composite alarm in another stack', {}, (stack, bridge) =>
      compositeOf(new Stack(stack.node.root as App, 'Other'), ...alarmsIn(bridge)), []],
    ['10a2: a composite alarm of one alarm', {}, (stack, bridge) => compositeOf(stack, alarmsIn(bridge)[0]), WITHOUT],
    ['10a2: a composite alarm whose alarms have their own actions disabled', { alarms: { actions: [action()] } },
      (stack, bridge) => {
        compositeOf(stack, ...alarmsIn(bridge));
        aspect((alarm) => { alarm.actionsEnabled = false; })(stack);
      }, []],
    ['G9: a composite alarm without actions', {}, (stack, bridge) =>
      silentComposite(stack, true, ...alarmsIn(bridge)), WITHOUT],
    ['G9: a composite alarm without actions of alarms with actions', { alarms: { actions: [action()] } },
      (stack, bridge) => silentComposite(stack, true, ...alarmsIn(bridge)), []],
    ['G9: a composite alarm without actions in one with actions', {}, (stack, bridge) =>
      compositeOf(stack, silentComposite(stack, true, ...alarmsIn(bridge))), []],
    ['G9: a composite alarm without actions beside one with actions', {}, (stack, bridge) => {
      silentComposite(stack, true, ...alarmsIn(bridge));
      compositeOf(stack, ...alarmsIn(bridge));
    }, []],
    ['13-2: actions that an Aspect removes', { alarms: { actions: [action()] } },
      aspect((alarm) => { alarm.alarmActions = []; }), WITHOUT],
    ['13-2: actions that an Aspect removes as a property', { alarms: { actions: [action()] } },
      aspect((alarm) => { alarm.alarmActions = undefined; }), WITHOUT],
    ['4h: no actions', {}, () => undefined, WITHOUT],
    ['4h: actions of the options', { alarms: { actions: [action()] } }, () => undefined, []],
  ])('%s', (_what, props, change, ids) => {
    expect(idsOf(props, change)).toEqual(ids);
  });

  test('4d3b: a composite alarm with disabled actions', () => {
    const ids = idsOf({}, (stack, bridge) =>
      silentComposite(stack, false, ...alarmsIn(bridge)).addAlarmAction(action()));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => !id.endsWith(' alarms-with-disabled-actions'))).toEqual([]);
  });

  const SILENCE = { alarms: { actions: [action()], expectEventEvery: Duration.hours(6) } };
  const change = (id: string, changes: Partial<CfnAlarm>) => (_stack: Stack, bridge: StripeEventBridge) => {
    const alarm = alarmsIn(bridge).find(({ node }) => node.id === id)!;
    Aspects.of(alarm).add({ visit: (node) => { node instanceof CfnAlarm && Object.assign(node, changes); } });
  };

  test.each<[string, string, Partial<CfnAlarm>, boolean]>([
    ['Silence that ignores missing data', 'Silence', { treatMissingData: 'notBreaching' }, true],
    ['Silence without a treatment of missing data', 'Silence', { treatMissingData: undefined }, true],
    ['Silence below zero', 'Silence', { threshold: 0 }, true],
    ['Silence at zero', 'Silence', { threshold: 0, comparisonOperator: 'LessThanOrEqualToThreshold' }, false],
    ['Silence of more requests', 'Silence', { threshold: 5, evaluationPeriods: 12 }, false],
    ['a condition above 1', 'NothingVerified', { threshold: 2 }, true],
    ['a condition above 1, by the operator', 'NothingVerified', { comparisonOperator: 'GreaterThanThreshold' }, true],
    ['a condition above 0', 'NothingVerified', { comparisonOperator: 'GreaterThanThreshold', threshold: 0.5 }, false],
    ['a count that must be low', 'Failed', { comparisonOperator: 'LessThanThreshold' }, true],
    ['a count of 100', 'Failed', { threshold: 100, period: 3_600 }, false],
    ['a count of a parameter', 'Failed', { threshold: Token.asNumber({ Ref: 'Failed' }) }, false],
    ['a count with an anomaly', 'Failed', {
      comparisonOperator: 'GreaterThanUpperThreshold', threshold: undefined, thresholdMetricId: 'band',
    }, false],
    ['a count whose missing data are missing', 'Failed', { treatMissingData: 'missing' }, false],
  ])('13-1: an Aspect that makes %s', (_what, id, changes, warns) => {
    expect(idsOf(SILENCE, change(id, changes)))
      .toEqual(warns ? [`/Test/Stripe/Webhook/Alarms/${id}/Resource alarm-without-effect`] : []);
  });

  test.each<[string, (stack: Stack, bridge: StripeEventBridge) => IConstruct[], string[]]>([
    ['nowhere', () => [], WITHOUT],
    ['on the stack', (stack) => [stack], []],
    ['on the bridge', (_stack, bridge) => [bridge], ['/Test/Table/Alarms alarms-without-actions']],
    ['on the bridge and the table', (stack, bridge) => [bridge, stack.node.findChild('Table')], []],
    ['on the table', (stack) => [stack.node.findChild('Table')], WITHOUT],
  ])('4q2: the warning for several groups of alarms is acknowledged %s', (_where, places, ids) => {
    expect(idsOf({}, (stack, bridge) => {
      new StripeCustomerTable(stack, 'Table', { eventBus: bridge.eventBus });
      places(stack, bridge).forEach((place) =>
        CdkAnnotations.of(place).acknowledgeWarning('cdk-stripe-eventbridge:alarms-without-actions'));
    })).toEqual(ids);
  });
});

describe('topics of the alarms', () => {
  const publisher = new ServicePrincipal('cloudwatch.amazonaws.com');
  const warningsOf = (topicIn: (stack: Stack) => ITopic, late: (topic: Topic) => void = () => undefined) => {
    const stack = newStack();
    const topic = topicIn(stack);
    new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [new SnsAction(topic)] }, customerTable: {} });
    late(topic as Topic);
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('mute-topic'))
      .map(({ entry }) => entry.data);
  };
  /** Ids of the warnings about a topic, in an account that is known. */
  const idsOf = ({ topicIn, late }: { topicIn: (stack: Stack) => ITopic; late?: (topic: Topic) => void }) => {
    const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
    const topic = topicIn(stack);
    new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [new SnsAction(topic)] }, customerTable: {} });
    late?.(topic as Topic);
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('mute-topic'))
      .map(({ entry }) => /\[ack: cdk-stripe-eventbridge:(.*)\]/.exec(`${entry.data}`)![1]);
  };
  const plain = (stack: Stack) => new Topic(stack, 'Topic');
  const withKey = (stack: Stack) => new Topic(stack, 'Topic', { masterKey: new Key(stack, 'Key') });

  test.each<[string, (stack: Stack) => ITopic, ((topic: Topic) => void) | undefined, RegExp]>([
    ['that requires TLS', (stack) => new Topic(stack, 'Topic', { enforceSSL: true }), undefined, /policy.*sns:Publish/],
    ['that is later opened for another service', plain,
      (topic) => topic.grantPublish(new ServicePrincipal('s3.amazonaws.com')), /policy.*sns:Publish/],
    ['with the key of AWS', (stack) => new Topic(stack, 'Topic', {
      masterKey: Alias.fromAliasName(stack, 'Alias', 'alias/aws/sns'),
    }), undefined, /key.*kms:/],
    ['with a key of the app', withKey, undefined, /key.*kms:Decrypt/],
  ])('V16: a topic %s that does not admit CloudWatch gives one warning', (_what, topic, late, text) => {
    expect(warningsOf(topic, late)).toEqual([expect.stringMatching(text)]);
  });

  test.each<[string, (stack: Stack) => ITopic, string]>([
    ['of the app', (stack) => new Topic(stack, 'Topic', { fifo: true, contentBasedDeduplication: true }), 'Test/Topic'],
    ['that is imported', (stack) => Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:111111111111:a.fifo'),
      'arn:aws:sns:eu-west-1:111111111111:a.fifo'],
  ])('F11: a FIFO topic %s gives one warning', (_what, topic, name) => {
    expect(warningsOf(topic)).toEqual([expect.stringContaining(
      `no alarm arrives at the FIFO topic ${name}, because alarms have no message group; use a standard topic [ack: ` +
      'cdk-stripe-eventbridge:mute-topic-fifo]')]);
  });

  const keyOf = (topic: Topic) => topic.node.scope!.node.findChild('Key') as Key;
  const toKey = (props: PolicyStatementProps) => (topic: Topic) => {
    keyOf(topic).addToResourcePolicy(new PolicyStatement({ principals: [publisher], resources: ['*'], ...props }));
  };
  const toTopic = (props: PolicyStatementProps) => (topic: Topic) => {
    const resources = [topic.topicArn];
    topic.addToResourcePolicy(new PolicyStatement({ principals: [publisher], resources, ...props }));
  };
  const account = (value: string) => ({ StringEquals: { 'aws:SourceAccount': value } });
  const USE_KEY = ['kms:Decrypt', 'kms:GenerateDataKey*'];

  test.each<[string, (stack: Stack) => ITopic, (topic: Topic) => void, string[]]>([
    ['the key admits CloudWatch to decrypt only', withKey, toKey({ actions: ['kms:Decrypt'] }), ['mute-topic-key']],
    ['the key admits another account', withKey, toKey({ actions: USE_KEY, conditions: account('222222222222') }),
      ['mute-topic-key']],
    ['the policy admits CloudWatch to subscribe', plain, toTopic({ actions: ['sns:Subscribe'] }),
      ['mute-topic-policy']],
    ['the policy admits another account', plain, toTopic({
      actions: ['sns:Publish'], conditions: account('222222222222'),
    }), ['mute-topic-policy']],
    ['the key admits CloudWatch in two statements', withKey, (topic) => USE_KEY.forEach((action) =>
      toKey({ actions: [action], conditions: account('111111111111') })(topic)), []],
    ['the key admits everything', withKey, toKey({ actions: ['kms:*'] }), []],
    ['the key admits CloudWatch under a condition that is not known here', withKey, toKey({
      actions: USE_KEY, conditions: { ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:*:*:alarm:*' } },
    }), []],
    ['the policy admits this account by a wildcard', plain, toTopic({
      actions: ['SNS:Pub*'], conditions: { StringLike: { 'AWS:SourceAccount': ['222222222222', '1111*'] } },
    }), []],
  ])('F12: %s', (_what, topic, late, ids) => {
    expect(idsOf({ topicIn: topic, late })).toEqual(ids);
  });

  const DENY = {
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    conditions: { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
  };
  const opened = (late: (topic: Topic) => void) => (topic: Topic) => {
    topic.grantPublish(publisher); // with the key
    late(topic);
  };

  test.each<[string, (actions: string[]) => PolicyStatementProps, boolean]>([
    ['for everyone', (actions) => ({ actions }), true],
    ['for everyone, of all other actions', () => ({ notActions: ['sns:Subscribe', 'kms:PutKeyPolicy'] }), true],
    ['that exempts services', (actions) => ({
      actions, conditions: { BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } },
    }), false],
    ['that exempts CloudWatch by name', (actions) => ({
      actions, principals: undefined, notPrincipals: [publisher],
    }), false],
    ['without TLS', (actions) => ({ actions, conditions: { Bool: { 'aws:SecureTransport': 'false' } } }), false],
    ['of another action', () => ({ actions: ['sns:Subscribe', 'kms:PutKeyPolicy'] }), false],
  ])('F15: a Deny %s in the policy of a topic or of its key', (_what, denial, warns) => {
    const denied = (actions: string[]) => ({ ...DENY, ...denial(actions) });
    expect(idsOf({ topicIn: plain, late: opened(toTopic(denied(['sns:Publish']))) }))
      .toEqual(warns ? ['mute-topic-denied-policy'] : []);
    expect(idsOf({ topicIn: withKey, late: opened(toKey(denied(['kms:*']))) }))
      .toEqual(warns ? ['mute-topic-denied-key'] : []);
  });

  test.each<[string, (stack: Stack, topic: Topic, alarms: Alarm[]) => void]>([
    ['4d2: an Aspect sets', (stack, topic) => Aspects.of(stack).add({
      visit: (node) => { node instanceof CfnAlarm && (node.alarmActions = [topic.topicArn]); },
    })],
    ['4d2b: addAlarmAction adds', (_stack, topic, alarms) =>
      alarms.forEach((alarm) => alarm.addAlarmAction(new SnsAction(topic)))],
    ['G9: a composite alarm has', (stack, topic, alarms) =>
      new CompositeAlarm(stack, 'Composite', { alarmRule: AlarmRule.anyOf(...alarms) })
        .addAlarmAction(new SnsAction(topic))],
    ['G9: a composite alarm of a composite alarm has', (stack, topic, alarms) => {
      const inner = new CompositeAlarm(stack, 'Inner', { alarmRule: AlarmRule.anyOf(...alarms) });
      new CompositeAlarm(stack, 'Outer', { alarmRule: AlarmRule.fromAlarm(inner, CdkAlarmState.ALARM) })
        .addAlarmAction(new SnsAction(topic));
    }],
  ])('%s a topic under a key that does not admit CloudWatch, which gives one warning', (_what, add) => {
    const mute = (topicIn: (stack: Stack) => Topic) => {
      const stack = newStack();
      const bridge = new StripeEventBridge(stack, 'Stripe');
      add(stack, topicIn(stack), bridge.node.findAll().filter((each): each is Alarm => each instanceof Alarm));
      return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('-actions|mute-topic'));
    };
    expect(mute(withKey)).toEqual([expect.objectContaining({ id: '/Test/Topic/Resource' })]);
    expect(mute(plain)).toEqual([]);
  });

  test('G9: a composite alarm of other alarms is not looked at', () => {
    const stack = newStack();
    const other = new StripeEventBridge(stack, 'Stripe').metric('Verified').createAlarm(stack, 'Other', {
      threshold: 1, evaluationPeriods: 1,
    });
    new CompositeAlarm(stack, 'Composite', { alarmRule: AlarmRule.fromAlarm(other, CdkAlarmState.ALARM) })
      .addAlarmAction(new SnsAction(withKey(stack)));
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('mute-topic'))).toEqual([]);
  });

  test.each<[string, string[]]>([
    ['an EC2 action', ['arn:aws:automate:eu-west-1:ec2:stop']],
    ['an incident', ['arn:aws:ssm-incidents::111111111111:response-plan/on-call']],
  ])('G9: %s on an alarm is no topic of another account', (_what, alarmActions) => {
    const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
    new StripeEventBridge(stack, 'Stripe');
    Aspects.of(stack).add({
      visit: (node) => { node instanceof CfnAlarm && (node.alarmActions = alarmActions); },
    });
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('topic'))).toEqual([]);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/1';

  test.each<[string, (stack: Stack) => Topic, boolean]>([
    ['a key by ARN', (stack) => new Topic(stack, 'Topic', { masterKey: Key.fromKeyArn(stack, 'Key', KEY_ARN) }), true],
    ['an alias by name', (stack) => new Topic(stack, 'Topic', {
      masterKey: Alias.fromAliasName(stack, 'Key', 'alias/org'),
    }), true],
    ['a key id of the template', (stack) => {
      const topic = plain(stack);
      (topic.node.defaultChild as CfnTopic).kmsMasterKeyId = KEY_ARN;
      return topic;
    }, true],
    ['a key of the app that admits CloudWatch, by the template', (stack) => {
      const [topic, key] = [plain(stack), new Key(stack, 'Key')];
      key.grantEncryptDecrypt(publisher);
      (topic.node.defaultChild as CfnTopic).kmsMasterKeyId = key.keyArn;
      return topic;
    }, false],
  ])('G10: the topic of the alarms has %s', (_what, topicIn, warns) => {
    const stack = newStack();
    const topic = topicIn(stack);
    new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [new SnsAction(topic)] }, customerTable: {} });
    const found = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('topic'));
    expect(found.map(({ entry }) => entry.data))
      .toEqual(warns ? ['the policy of the imported key of this topic cannot be changed here; it must allow ' +
        'cloudwatch.amazonaws.com to call kms:Decrypt, kms:GenerateDataKey* ' +
        '[ack: cdk-stripe-eventbridge:imported-topic-key]'] : []);
  });

  const inline = (service: ServicePrincipal) => (topic: Topic) => {
    new CfnTopicInlinePolicy(topic, 'Inline', {
      topicArn: topic.topicArn,
      policyDocument: new PolicyDocument({
        statements: [new PolicyStatement({
          principals: [service], actions: ['sns:Publish'], resources: [topic.topicArn],
        })],
      }),
    });
  };

  test.each<[string, (topic: Topic) => void, string[]]>([
    ['admits another service', inline(new ServicePrincipal('s3.amazonaws.com')), ['mute-topic-policy']],
    ['admits CloudWatch', inline(publisher), []],
    ['admits another service, beside a policy that admits CloudWatch', (topic) => {
      topic.grantPublish(publisher);
      inline(new ServicePrincipal('s3.amazonaws.com'))(topic);
    }, ['mute-topic-policy']],
    ['and another policy each admit CloudWatch', (topic) => {
      topic.grantPublish(publisher);
      inline(publisher)(topic);
    }, []],
  ])('G11: an inline policy of a topic %s', (_what, late, ids) => {
    expect(idsOf({ topicIn: plain, late })).toEqual(ids);
  });

  const fromAlarms = (arn: string) => toTopic({
    actions: ['sns:Publish'], conditions: { ArnLike: { 'aws:SourceArn': arn } },
  });
  const to = (resource: (topic: Topic) => string) => (topic: Topic) =>
    toTopic({ actions: ['sns:Publish'], resources: [resource(topic)] })(topic);

  test.each<[string, (topic: Topic) => void, boolean]>([
    ['alarms of another region', fromAlarms('arn:aws:cloudwatch:us-east-1:111111111111:alarm:*'), false],
    ['alarms of another account', fromAlarms('arn:aws:cloudwatch:*:222222222222:alarm:*'), false],
    ['buckets', fromAlarms('arn:aws:s3:::bucket'), false],
    ['alarms of this region and account', fromAlarms('arn:aws:cloudwatch:eu-west-1:111111111111:alarm:*'), true],
    ['alarms by a pattern', fromAlarms('arn:*:cloudwatch:eu-*:1111*:alarm:Stripe*'), true],
    ['alarms of the stack', (topic) => {
      const stack = Stack.of(topic);
      fromAlarms(`arn:${stack.partition}:cloudwatch:${Aws.REGION}:${Aws.ACCOUNT_ID}:alarm:*`)(topic);
    }, true],
    ['everything', fromAlarms('*'), true],
    ['this account by a token', toTopic({
      actions: ['sns:Publish'], conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }), true],
    ['a message to another topic', to((topic) => new Topic(topic, 'Another').topicArn), false],
    ['a message to a topic of another region', to(() => 'arn:aws:sns:us-east-1:111111111111:on-call'), false],
    ['a message to every topic', to(() => '*'), true],
    ['a message to a topic by its ARN', to(() => 'arn:aws:sns:eu-west-1:111111111111:Test-Topic-1'), true],
  ])('W6: the policy of a topic admits %s', (_what, late, admits) => {
    expect(idsOf({ topicIn: plain, late })).toEqual(admits ? [] : ['mute-topic-policy']);
  });

  test('V16: a topic behind an alias of the app whose key does not admit CloudWatch gives a warning', () => {
    const topicIn = (stack: Stack) => new Topic(stack, 'Topic', { masterKey: new Key(stack, 'Key').addAlias('x') });
    expect(idsOf({ topicIn })).toEqual(['mute-topic-key']);
  });

  test.each<[string, StripeEventBridgeProps]>([
    ['without actions', {}], ['without alarms', { alarms: { enabled: false } }],
  ])(
    'V16: a bridge %s beside a topic that does not admit CloudWatch gives no warning', (_what, props) => {
      const stack = newStack();
      new Topic(stack, 'Topic', { enforceSSL: true, masterKey: new Key(stack, 'Key') });
      new StripeEventBridge(stack, 'Stripe', props);
      expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('mute-topic'))).toEqual([]);
    });

  test('V16: a topic of another stack that does not admit CloudWatch gives a warning', () => {
    const stack = newStack();
    const other = new Stack(stack.node.root as App, 'Other');
    const topic = new Topic(other, 'Topic', { enforceSSL: true });
    new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [new SnsAction(topic)] } });
    expect(Annotations.fromStack(other).findWarning('*', Match.stringLikeRegexp('mute-topic'))).toHaveLength(1);
  });

  const REGIONAL: Array<[string, (app: App) => ITopic, string]> = [
    ['that is imported', (app) =>
      Topic.fromTopicArn(new Stack(app, 'Imports'), 'Topic', 'arn:aws:sns:us-east-1:111111111111:on-call'),
    'arn:aws:sns:us-east-1:111111111111:on-call'],
    ['of another stack', (app) =>
      new Topic(new Stack(app, 'There', { env: { account: '111111111111', region: 'us-east-1' } }), 'Topic', {
        topicName: 'on-call',
      }), 'There/Topic'],
  ];

  test.each(REGIONAL)('V16: a topic %s in another region fails synthesis', (_what, topicIn, got) => {
    const app = new App();
    const stack = new Stack(app, 'Test', { env: { account: '111111111111', region: 'eu-west-1' } });
    new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [new SnsAction(topicIn(app))] } });
    expect(() => Template.fromStack(stack)).toThrow(
      `\`actions\` must be in the region of the stack, got ${got} in us-east-1 and a stack in eu-west-1; ` +
      'use a topic of eu-west-1');
  });

  test('V16: a topic in the region of the stack, and any topic in a stack without region, is accepted', () => {
    for (const region of ['us-east-1', undefined]) {
      const app = new App();
      const stack = new Stack(app, 'Test', { env: { region } });
      const topic = Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111111111111:on-call');
      new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [new SnsAction(topic)] } });
      expect(() => Template.fromStack(stack)).not.toThrow();
    }
  });

  test('V16: stacks of two regions with the same ids and a topic each are accepted', () => {
    const app = new App();
    const stacks = ['us-east-1', 'eu-west-1'].map((region) => {
      const stack = new Stack(app, `In-${region}`, { env: { account: '111111111111', region } });
      const topic = new Topic(stack, 'Topic', { enforceSSL: region === 'us-east-1' });
      new StripeEventBridge(stack, 'Stripe', { alarms: { actions: [new SnsAction(topic)] } });
      return stack;
    });
    const muteIn = (each: Stack) => Annotations.fromStack(each).findWarning('*', Match.stringLikeRegexp('mute-topic'));
    expect(stacks.map((stack) => muteIn(stack).length)).toEqual([1, 0]);
  });

  test.each([true, false])('W20: an Aspect that sets actionsEnabled to %s of alarms with actions', (actionsEnabled) => {
    const stack = newStack();
    const actions = [new SnsAction(plain(stack))];
    new StripeEventBridge(stack, 'Stripe', { alarms: { actions } });
    Aspects.of(stack).add({
      visit: (node) => {
        if (node instanceof CfnAlarm) {
          node.actionsEnabled = actionsEnabled;
        }
      },
    });
    const found = Annotations.fromStack(stack).findWarning('/Test/Stripe/Webhook/Alarms', Match.stringLikeRegexp(
      '^actionsEnabled is false on alarms, or on their composite alarm, so that nobody is notified; set it to true'));
    expect(found).toHaveLength(actionsEnabled ? 0 : 1);
  });

  test('W06: alarms that the app removes are not looked at', () => {
    const stack = newStack();
    const bridge = new StripeEventBridge(stack, 'Stripe');
    bridge.node.findAll().filter((each) => each instanceof Alarm)
      .forEach(({ node }) => node.scope!.node.tryRemoveChild(node.id));
    expect(() => Template.fromStack(stack).resourceCountIs('AWS::CloudWatch::Alarm', 0)).not.toThrow();
  });

  test.each<[string, (stack: Stack) => ITopic, ((topic: Topic) => void) | undefined]>([
    ['without a policy', plain, undefined],
    ['that is imported', (stack) =>
      Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:111111111111:on-call'), undefined],
    ['whose policy admits CloudWatch', (stack) => new Topic(stack, 'Topic', { enforceSSL: true }),
      (topic) => topic.grantPublish(publisher)],
    ['whose key admits CloudWatch', withKey, (topic) =>
      (topic.node.scope!.node.findChild('Key') as Key).grantEncryptDecrypt(publisher)],
  ])('V16: a topic %s gives no warning', (_what, topic, late) => {
    expect(warningsOf(topic, late)).toEqual([]);
  });
});
