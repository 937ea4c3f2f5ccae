import { Token } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IConstruct } from 'constructs';
import { ENCRYPTION_KEY } from './encryption-key';
import {
  BOOLEAN, isPlainObject, literal, LOG_RETENTION, listOf, options, REMOVAL_POLICY, required, resource, type Rule,
  type Rules, instance, validate, wholeHours, withMethod,
} from './validation';
import type { StripeAlarmOptions } from '../monitoring/stripe-alarm-options';
import { StripeAccount } from '../stripe-event-filter/stripe-account';
import { StripeEventFilter } from '../stripe-event-filter/stripe-event-filter';
import { StripeMode } from '../stripe-event-filter/stripe-mode';
import { quoted } from '../stripe-event-filter/value-kind';

const MODE: Rule = {
  expected: 'a value of StripeMode',
  remedy: 'use StripeMode.LIVE, StripeMode.TEST or StripeMode.ALL',
  test: (value) => Object.values(StripeMode).includes(value),
  show: quoted,
};

const OPERATORS = ['prefix', 'suffix', 'wildcard', 'equals-ignore-case', 'anything-but', 'exists'];

const SOURCE: Rule = {
  expected: 'a string of 1 to 256 characters',
  remedy: "use a source such as 'stripe.com'",
  test: (value) => typeof value === 'string' ? value.length >= 1 && value.length <= 256 : isOperator(value),
  show: quoted,
  token: 'string',
};

/** Whether a value is an operator of an event pattern, such as those of `Match.prefix`. */
function isOperator(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value).length === 1 && OPERATORS.includes(Object.keys(value)[0]);
}

const BUS = resource('an IEventBus', 'eventBusArn',
  "use EventBus.fromEventBusName(this, 'Bus', name), or EventBus.fromEventBusArn(this, 'Bus', arn)");

/** Rules name the bus, and events are published to its ARN: both must be one bus. */
const EVENT_BUS: Rule = {
  ...BUS,
  expected: `${BUS.expected} whose name and ARN are of one bus`,
  test: (value) => BUS.test(value) && (Token.isUnresolved(value.eventBusName) || Token.isUnresolved(value.eventBusArn)
    || value.eventBusArn.endsWith(`:event-bus/${value.eventBusName}`)),
  show: (value) => !BUS.test(value) ? BUS.show!(value)
    : `${quoted(value.eventBusName)} and ${quoted(value.eventBusArn)}`,
};

/** Rules of properties that several interfaces have. */
export const SHARED_RULES = {
  eventTypes: instance(StripeEventFilter, 'use StripeEventFilter.of(StripeEventType.INVOICE_PAID)'),
  mode: MODE,
  account: instance(StripeAccount, "use StripeAccount.own() or StripeAccount.connected('acct_…')"),
  alarms: options('use { actions: [new SnsAction(topic)] }'),
  eventBus: EVENT_BUS,
  eventSources: listOf(SOURCE, { min: 1 }),
  encryptionKey: ENCRYPTION_KEY,
  removalPolicy: REMOVAL_POLICY,
  functionOptions: options('use { memorySize: 512 }'),
  logRetention: LOG_RETENTION,
} satisfies Record<string, Rule>;

const ALARM_RULES: Rules<StripeAlarmOptions> = {
  actions: listOf(withMethod('an IAlarmAction', 'bind', 'use new SnsAction(topic)'), { max: 5 }), // of CloudWatch
  enabled: BOOLEAN,
  expectEventEvery: literal(wholeHours(1, 168, 'use Duration.hours(24)')),
};

/** Fails on the first invalid option of alarms. */
export function validateAlarms(scope: IConstruct, alarms: StripeAlarmOptions | undefined): void {
  alarms && validate(scope, alarms, ALARM_RULES);
}

/** Fails if the sources are not a list of at least one. */
export function validateEventSources(scope: IConstruct, eventSources: string[]): void {
  validate(scope, { eventSources }, { eventSources: SHARED_RULES.eventSources });
}

/** Fails if something else than a bus is given. */
export function validateEventBus(scope: IConstruct, eventBus: IEventBus): void {
  validate(scope, { eventBus }, { eventBus: required(SHARED_RULES.eventBus) });
}
