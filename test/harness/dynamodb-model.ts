import { failure, type Result, success } from '../../src/runtime/result';
import type { Row } from '../../src/stripe-customer-table/runtime/row';
import type { RowUpdate } from '../../src/stripe-customer-table/runtime/writer';

/** Item of a table, as the document client returns it. */
export type Item = Readonly<Record<string, unknown>>;

/** Outcome of a conditional update: whether it was applied, and the item afterwards. */
export interface Applied {
  readonly applied: boolean;
  readonly item: Item | undefined;
}

type Condition = (item: Item, values: Item) => boolean;

/**
 * Applies a conditional update to one item.
 *
 * Knows the DynamoDB expressions that the writer uses and throws on every other one. `order.dynamodb.test.ts` compares
 * it with AWS's DynamoDB Local.
 */
export function applyUpdate(item: Item | undefined, update: RowUpdate): Applied {
  const condition = conditionOf(withNames(update.ConditionExpression, update));
  if (!condition(item ?? {}, update.ExpressionAttributeValues)) {
    return { applied: false, item };
  }
  const [, set, remove] = /^SET (.+?)(?: REMOVE (.+))?$/.exec(withNames(update.UpdateExpression, update))!;
  const next: Record<string, unknown> = { ...item, ...update.Key };
  for (const [name, value] of set.split(', ').map((each) => each.split(' = '))) {
    next[name] = update.ExpressionAttributeValues[value];
  }
  remove?.split(', ').forEach((name) => delete next[name]);
  return { applied: true, item: next };
}

/** Returns the result that the port of the writer gives for an update. */
export function updateResult({ applied, item }: Applied): Result<void, Row> {
  return applied ? success(undefined) : failure(item as Row);
}

function withNames(expression: string, { ExpressionAttributeNames: names }: RowUpdate): string {
  return expression.replace(/#\w+/g, (name) => names[name]);
}

const parsed = new Map<string, Condition>();

function conditionOf(expression: string): Condition {
  const known = parsed.get(expression) ?? parse(expression.match(/[()=<>,]|[\w:]+/g)!);
  parsed.set(expression, known);
  return known;
}

/**
 * `or := and (OR and)*`, `and := term (AND term)*`,
 * `term := NOT term | (or) | attribute_type(name, :type) | name op :value`.
 */
function parse(tokens: string[]): Condition {
  const take = (expected?: string) => {
    const token = tokens.shift();
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new Error(`the model does not support this condition: got '${token}' where '${expected}' is expected`);
    }
    return token;
  };
  const list = (word: string, next: () => Condition): Condition[] => {
    const all = [next()];
    while (tokens[0] === word) {
      take();
      all.push(next());
    }
    return all;
  };
  const or = (): Condition => {
    const all = list('OR', and);
    return (item, values) => all.some((each) => each(item, values));
  };
  const and = (): Condition => {
    const all = list('AND', term);
    return (item, values) => all.every((each) => each(item, values));
  };
  const term = (): Condition => {
    const first = take();
    if (first === 'NOT') {
      const negated = term();
      return (item, values) => !negated(item, values);
    }
    if (first === 'attribute_type') {
      return attributeType(take);
    }
    if (first !== '(') {
      return comparison(first, take(), take());
    }
    const inner = or();
    take(')');
    return inner;
  };
  const condition = or();
  if (tokens.length > 0) {
    throw new Error(`the model does not support the rest of a condition: ${tokens.join(' ')}`);
  }
  return condition;
}

/** An absent attribute has no type. */
function attributeType(take: (expected?: string) => string): Condition {
  take('(');
  const name = take();
  take(',');
  const type = take();
  take(')');
  return (item, values) => {
    const typeOf = TYPES[values[type] as string];
    if (!typeOf) {
      throw new Error(`the model does not support this type: ${name} ${type} ${values[type]}`);
    }
    return typeof item[name] === typeOf;
  };
}

/** Types of DynamoDB and JavaScript. */
const TYPES: Record<string, string> = { BOOL: 'boolean' };

/** A comparison with an absent attribute, or with one of another type, is false. */
function comparison(name: string, operator: string, value: string): Condition {
  const compare = COMPARISONS[operator];
  if (!compare || !value.startsWith(':')) {
    throw new Error(`the model does not support this comparison: ${name} ${operator} ${value}`);
  }
  return (item, values) => {
    const [left, right] = [item[name], values[value]];
    return left !== undefined && typeof left === typeof right && compare(left, right);
  };
}

const COMPARISONS: Record<string, (left: any, right: any) => boolean> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
};
