import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Descriptions of invalid values in messages, which never show a secret. */

/** Secrets of Stripe, wherever they are in a text. */
const SECRET_OF_STRIPE = /whsec_|(^|[^a-z])[sr]k_(live|test)_/i;
/** Property of classes that jsii compiled. */
const JSII_TYPE = Symbol.for('jsii.rtti');

/** Whether a value is text that contains a secret of Stripe. */
export function isSecret(value: unknown): boolean {
  return typeof value === 'string' && SECRET_OF_STRIPE.test(value);
}

/** Whether a value is known only later. CDK takes a stack for a token, because it has a method `resolve`. */
export function isToken(value: unknown): boolean {
  return Token.isUnresolved(value) && !Construct.isConstruct(value);
}

/**
 * Whether a value is the placeholder of a lookup, such as `StringParameter.valueFromLookup`.
 *
 * CDK looks the value up after the first synthesis, which must not fail, and synthesizes again.
 */
export function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && value.includes('dummy-value-for-');
}

/** Whether a text is known only later. */
export function isLater(value: unknown): boolean {
  return typeof value === 'string' && (isToken(value) || isPlaceholder(value));
}

/** Whether a value is the only item of a list that is known later, passed as one of several arguments. */
const isListMarker = (value: unknown) => typeof value === 'string' && value.startsWith('#{Token[');

/** Kind of a value, without the value: it can be a secret. */
export function kindOf(value: unknown): string {
  if (isToken(value)) {
    return `a token${typeof value === 'object' ? '' : ` for a ${typeof value}`}`;
  }
  if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'number') {
    return `${value}`;
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? 'an empty list' : 'a list';
  }
  const name = typeof value === 'object' ? classNameOf(value) : typeof value;
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}

/** Name of the class of an object. Those of aws-cdk-lib are minified, and have their name in what jsii added. */
export function classNameOf({ constructor }: object): string {
  const type = (constructor as { readonly [JSII_TYPE]?: { readonly fqn: string } } | undefined)?.[JSII_TYPE];
  return `${type?.fqn ?? constructor?.name ?? ''}`.split('.').pop() || 'object';
}

/** Name of the class of an object of this library, also if the class extends one of aws-cdk-lib. */
export function ownClassNameOf(value: object): string {
  return Object.hasOwn(value.constructor ?? {}, JSII_TYPE) ? classNameOf(value) : value.constructor?.name ?? '';
}

/** Whether a value has a class of the same name in another copy of this library. */
export function isOfAnotherCopy(type: { readonly prototype: object }, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.prototype.isPrototypeOf.call(type.prototype, value)) {
    return false;
  }
  const chain: object[] = [];
  for (let each = Object.getPrototypeOf(value); each; each = Object.getPrototypeOf(each)) {
    chain.push(each);
  }
  return chain.some((each) => ownClassNameOf(each) === ownClassNameOf(type.prototype));
}

/** Kind of a value that is no instance of a class of this library. */
export const kindOrCopy = (type: { readonly prototype: object }, value: unknown): string => isOfAnotherCopy(type, value)
  ? `a ${ownClassNameOf(type.prototype)} of another copy of cdk-stripe-eventbridge, which \`npm ls\` shows`
  : kindOf(value);

/** A string as it is written, unless it is a secret of Stripe. */
export const quoted = (value: unknown): string => {
  if (isListMarker(value)) {
    return 'a token for a list';
  }
  return typeof value === 'string' && !isToken(value) && !isSecret(value) ? `'${value}'` : kindOf(value);
};
