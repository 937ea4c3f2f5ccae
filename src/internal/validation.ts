import { type Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct } from 'constructs';
import {
  isPlaceholder, isSecret, isToken, kindOf, kindOrCopy, ownClassNameOf, quoted,
} from '../stripe-event-filter/value-kind';

/** Configuration that cannot work. Its message ends with the path of the construct. */
class ValidationError extends Error {
  public readonly name = 'ValidationError';

  constructor(message: string, scope: IConstruct | undefined) {
    super(scope ? `${message} (${scope.node.path})` : message);
  }
}

/** Token in a text, which says nothing to a reader. */
const TOKEN = /\$\{Token\[[^\]]*\]\}/g;

/** Fails synthesis. The message names the property, the rule, the value and the remedy. */
export function fail(scope: IConstruct | undefined, message: string): never {
  throw new ValidationError(message.replace(TOKEN, 'a token'), scope);
}

/** Rule for the value of one property. */
export interface Rule {
  /** Description of a valid value, such as "a boolean". */
  readonly expected: string;
  /** Correction that the message suggests. */
  readonly remedy: string;
  /** Whether a value that is not a token is valid. */
  readonly test: (value: any) => boolean;
  /** Description of an invalid value. The default is its kind, because a string can be a secret. */
  readonly show?: (value: any) => string;
  /** Kind of token that is valid. The default is none. */
  readonly token?: 'string' | 'number' | 'list' | 'object';
  /** Whether the property must be set. The default is false. */
  readonly isRequired?: boolean;
}

/** Rules by the names of the properties. */
export type Rules<T> = { readonly [K in keyof T]-?: Rule };

/** A structure. Of anything else, each property would be undefined and pass. */
const PROPERTIES: Rule = {
  expected: 'an object', remedy: 'use { … }, with the properties by name', test: isPlainObject,
};

/** Fails on the first property that breaks its rule. Undefined values pass, unless the property is required. */
export function validate<T extends object>(scope: IConstruct | undefined, props: T, rules: Rules<T>): void {
  check(scope, 'props', props, PROPERTIES);
  for (const [name, rule] of Object.entries<Rule>(rules)) {
    const value = (props as Record<string, unknown>)[name];
    if (value !== undefined || rule.isRequired) {
      check(scope, name, value, rule);
    }
  }
}

/** Fails unless an id is text that no other construct of the scope has. */
export function validateId(scope: IConstruct, id: string): void {
  check(scope, 'id', id, text('at least 1 character', /./, "use an id such as 'Paid'"));
  if (scope.node.tryFindChild(id)) {
    fail(scope, `\`id\` must be unique in its scope, got '${id}' for the second time; use another id`);
  }
}

function check(scope: IConstruct | undefined, name: string, value: unknown, rule: Rule): void {
  if (isSecret(value)) {
    fail(scope, `\`${name}\` must be ${rule.expected}, got a secret of Stripe; ` +
      'store it in AWS Secrets Manager, never in code');
  }
  if (!holds(rule, value)) {
    fail(scope, `\`${name}\` must be ${rule.expected}, got ${(rule.show ?? kindOf)(value)}; ${rule.remedy}`);
  }
}

function holds({ test, token }: Rule, value: unknown): boolean {
  if (isToken(value)) {
    return token === 'object' || token === 'list' ? test(value) : typeof value === token;
  }
  return value !== undefined && value !== null && test(value);
}

/** Whether a value is a structure, not an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Token.isUnresolved(value)
    && (Object.getPrototypeOf(value) === null || isObjectPrototype(Object.getPrototypeOf(value)));
}

/** By name, because an object of another realm has another prototype. `Object.create` makes further ones. */
function isObjectPrototype(prototype: any): boolean {
  return prototype.constructor?.name === 'Object' && Object.getPrototypeOf(prototype) === null;
}

/** A boolean. */
export const BOOLEAN: Rule = {
  expected: 'a boolean', remedy: 'use true or false', test: (value) => typeof value === 'boolean',
};

/** A retention of CloudWatch Logs. */
export const LOG_RETENTION: Rule = {
  expected: 'a value of RetentionDays',
  remedy: 'use RetentionDays.ONE_MONTH',
  test: (value) => typeof value === 'number' && Object.values(RetentionDays).includes(value),
  token: 'number',
};

/** A removal policy. */
export const REMOVAL_POLICY: Rule = {
  expected: 'a value of RemovalPolicy other than SNAPSHOT',
  remedy: 'use RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE or RemovalPolicy.DESTROY',
  // no resource of this library has snapshots
  test: (value) => Object.values(RemovalPolicy).includes(value) && value !== RemovalPolicy.SNAPSHOT,
  show: quoted,
};

/** A construct or an imported resource, recognized by one of its attributes. */
export function construct(kind: string, attribute: string, remedy: string): Rule {
  return { expected: kind, remedy, test: (value) => Construct.isConstruct(value) && attribute in value };
}

/** A construct or an imported resource, whose ARN was not given as its name. */
export function resource(kind: string, attribute: string, remedy: string): Rule {
  const { test, ...rule } = construct(kind, attribute, remedy);
  const nameOf = (value: any) => test(value) ? arnInArn(value[attribute]) : undefined;
  return {
    ...rule,
    test: (value) => test(value) && !nameOf(value),
    show: (value) => nameOf(value) ? `the ARN ${quoted(nameOf(value))} as a name` : kindOf(value),
  };
}

/** ARN that was given as the name of an imported resource. CDK adds a name to an ARN, whatever it is. */
export function arnInArn(arn: unknown): string | undefined {
  return typeof arn === 'string' ? /[:/](arn:.*)/.exec(arn)?.[1] : undefined;
}

/** An object with a method, such as `bind`. */
export function withMethod(kind: string, method: string, remedy: string): Rule {
  // every function has a method `bind` of its own
  return { expected: kind, remedy, test: (value) => typeof value === 'object' && typeof value[method] === 'function' };
}

/** An instance of a class. */
export function instance(type: { readonly prototype: object }, remedy: string): Rule {
  return {
    expected: `a ${ownClassNameOf(type.prototype)}`,
    remedy,
    test: (value) => Object.prototype.isPrototypeOf.call(type.prototype, value),
    show: (value) => kindOrCopy(type, value),
  };
}

/** A structure of options, whose own properties are checked where they are used. */
export function options(remedy: string): Rule {
  return {
    expected: 'an object of options',
    remedy,
    test: isPlainObject,
  };
}

/** A whole number in a range. */
export function integer(min: number, max: number): Rule {
  return {
    expected: `a whole number from ${min} to ${max}`,
    remedy: 'use a number in that range',
    test: (value) => Number.isInteger(value) && value >= min && value <= max,
    token: 'number',
  };
}

/** A duration in a range of whole seconds. */
export const wholeSeconds = (min: number, max: number, remedy: string) =>
  durationOf('seconds', min, max, { remedy, convert: (value) => value.toSeconds({ integral: false }) });

/** A duration in a range of whole hours. */
export const wholeHours = (min: number, max: number, remedy: string) =>
  durationOf('hours', min, max, { remedy, convert: (value) => value.toHours({ integral: false }) });

/** A duration in a range of whole days. */
export const wholeDays = (min: number, max: number, remedy: string) =>
  durationOf('days', min, max, { remedy, convert: (value) => value.toDays({ integral: false }) });

function durationOf(
  unit: string, min: number, max: number,
  { remedy, convert }: { readonly remedy: string; readonly convert: (value: Duration) => number },
): Rule {
  const inRange = (value: number) => Number.isInteger(value) && value >= min && value <= max;
  return {
    expected: `a Duration of ${min} to ${max} whole ${unit}`,
    remedy,
    test: (value) => isDuration(value) && (value.isUnresolved() ? value.unitLabel() === unit : inRange(convert(value))),
    show: (value) => !isDuration(value) ? kindOf(value)
      : value.isUnresolved() ? `a token in ${value.unitLabel()}` : `${convert(value)} ${unit}`,
  };
}

function isDuration(value: unknown): value is Duration {
  return typeof value === 'object' && value !== null && 'toSeconds' in value && 'toDays' in value;
}

/** The same rule for a property whose value must be known at synthesis. */
export const literal = (rule: Rule): Rule => ({
  ...rule,
  token: undefined,
  test: (value) => !(isDuration(value) && value.isUnresolved()) && rule.test(value),
});

/** A string of a format. Its value is shown, so it must not be a secret. */
export function text(expected: string, pattern: RegExp, remedy: string): Rule {
  const test = (value: unknown) => typeof value === 'string' && (isPlaceholder(value) || pattern.test(value));
  return { expected, remedy, test, show: quoted, token: 'string' };
}

/** A list whose items keep a rule. */
export function listOf(
  item: Rule, { min = 0, max = Infinity }: { readonly min?: number; readonly max?: number } = {},
): Rule {
  const isValid = (value: unknown) => !isSecret(value) && holds(item, value);
  return {
    expected: `a list of ${min > 0 ? `at least ${min}` : 'items'}${max < Infinity ? `, at most ${max}` : ''}: ` +
      `each ${item.expected}`,
    remedy: item.remedy,
    test: (value) => Array.isArray(value) && (Token.isUnresolved(value)
      || (value.length >= min && value.length <= max && value.every(isValid))),
    show: (value) => Array.isArray(value) && value.some((each) => !isValid(each))
      ? `a list with ${(item.show ?? kindOf)(value.find((each) => !isValid(each)))}`
      : Array.isArray(value) && value.length > 0 ? `${value.length} items` : kindOf(value),
    token: item.token === 'string' ? 'list' : undefined,
  };
}

/** A rule for a property that must be set. */
export const required = (rule: Rule): Rule => ({ ...rule, isRequired: true });
