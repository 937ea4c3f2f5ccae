import type { Construct } from 'constructs';
import { QueuedFunction } from './queued-function';
import type { StripeEventRuleOptions, StripeEventRuleProps } from './stripe-event-rule-props';
import type { StripeArchiveOptions, StripeEventsOptions } from './stripe-events-options';
import { assertUsableKey } from '../internal/encryption-key';
import { SHARED_RULES, validateAlarms } from '../internal/shared-validation';
import {
  instance, options, required, resource, type Rule, type Rules, text, validate, wholeDays, withMethod,
} from '../internal/validation';
import { isOfAnotherCopy } from '../stripe-event-filter/value-kind';

/** Rules of the options that every source of Stripe events shares. */
export const EVENTS_RULES: Rules<StripeEventsOptions> = {
  eventTypes: SHARED_RULES.eventTypes,
  mode: SHARED_RULES.mode,
  customerTable: options('use {} for a table with the default options'),
  archive: options('use {} for an archive of 30 days'),
  alarms: SHARED_RULES.alarms,
  encryptionKey: SHARED_RULES.encryptionKey,
  removalPolicy: SHARED_RULES.removalPolicy,
  functionOptions: SHARED_RULES.functionOptions,
  logRetention: SHARED_RULES.logRetention,
  logEncryptionKey: SHARED_RULES.encryptionKey,
};

const SCOPE = resource('a Construct', 'node', 'use this, or omit it');

/** Endpoints have a method `bind` as well. This folder does not import them, so that they are known by name. */
function notEndpoint(rule: Rule): Rule {
  const isEndpoint = (value: object | null): boolean => value !== null
    && (value.constructor.name === 'StripeEndpoint' || isEndpoint(Object.getPrototypeOf(value)));
  return { ...rule, test: (value) => rule.test(value) && !isEndpoint(value) };
}

const RULE_RULES: Rules<StripeEventRuleProps> = {
  eventBus: required(SHARED_RULES.eventBus),
  eventSources: required(SHARED_RULES.eventSources),
  target: required(notEndpoint(
    withMethod('an IRuleTarget', 'bind', 'use new QueuedFunction(fn), or new SqsQueue(queue)'),
  )),
  eventTypes: SHARED_RULES.eventTypes,
  mode: SHARED_RULES.mode,
  account: SHARED_RULES.account,
  description: text('at most 512 characters', /^[\s\S]{0,512}$/, 'use a shorter description'),
  alarms: SHARED_RULES.alarms,
  encryptionKey: SHARED_RULES.encryptionKey,
  removalPolicy: SHARED_RULES.removalPolicy,
};

const ARCHIVE_RULES: Rules<StripeArchiveOptions> = {
  retention: wholeDays(1, 36_500, 'use Duration.days(30)'),
};

/** Fails on the first invalid option that every source of Stripe events shares. */
export function validateEventsOptions(scope: Construct, props: StripeEventsOptions): void {
  validate(scope, props, EVENTS_RULES);
  validateAlarms(scope, props.alarms);
  const { encryptionKey, logEncryptionKey } = props;
  encryptionKey && assertUsableKey(encryptionKey, scope, 'encryptionKey');
  logEncryptionKey && assertUsableKey(logEncryptionKey, scope, 'logEncryptionKey');
}

/** Fails unless the options are an object, with a construct as the scope. The rule checks the others. */
export function validateRuleOptions(scope: Construct, ruleOptions: StripeEventRuleOptions): void {
  validate(scope, { options: ruleOptions }, { options: required(options('use { target: new QueuedFunction(fn) }')) });
  validate<Pick<StripeEventRuleOptions, 'scope'>>(scope, ruleOptions, { scope: SCOPE });
}

/** Fails on the first invalid property of a rule. */
export function validateRule(scope: Construct, props: StripeEventRuleProps): void {
  validate(scope, props, RULE_RULES);
  if (isOfAnotherCopy(QueuedFunction, props.target)) {
    validate(scope, { target: props.target }, { target: instance(QueuedFunction, 'install one copy') });
  }
  validateAlarms(scope, props.alarms);
}

/** Fails on an invalid option of an archive. EventBridge takes 0 days for "keep forever". */
export function validateArchive(scope: Construct, props: StripeArchiveOptions): void {
  validate(scope, props, ARCHIVE_RULES);
}
