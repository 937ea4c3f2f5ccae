import type { RowUpdate } from '../../src/stripe-customer-table/runtime/writer';

/** An item of a table, as a document client has it. */
export type Item = Readonly<Record<string, unknown>>;

type Condition = (item: Item, values: Item) => boolean;

/**
 * What a conditional update does to one item: as much of DynamoDB's expressions as the writer uses, and an error for the rest.
 *
 * The same cases, sampled, are held against AWS's DynamoDB Local.
 */
export function applyUpdate(item: Item | undefined, update: RowUpdate): { readonly applied: boolean; readonly item: Item | undefined } {
  const condition = conditionOf(nameIn(update.ConditionExpression, update));
  if (!condition(item ?? {}, update.ExpressionAttributeValues)) {
    return { applied: false, item };
  }
  const [, set, remove = ''] = /^SET (.+?)(?: REMOVE (.+))?$/.exec(nameIn(update.UpdateExpression, update))!;
  const next: Record<string, unknown> = { ...item, ...update.Key };
  for (const [name, value] of set.split(', ').map((each) => each.split(' = '))) {
    next[name] = update.ExpressionAttributeValues[value];
  }
  remove.split(', ').forEach((name) => delete next[name]);
  return { applied: true, item: next };
}

const nameIn = (expression: string, { ExpressionAttributeNames: names }: RowUpdate) => expression.replace(/#\w+/g, (name) => names[name]);

const parsed = new Map<string, Condition>();

function conditionOf(expression: string): Condition {
  const known = parsed.get(expression) ?? parse(expression.match(/<=|[()=<]|[\w:]+/g)!);
  parsed.set(expression, known);
  return known;
}

/** `or := and (OR and)*`, `and := term (AND term)*`, `term := (or) | attribute_not_exists(name) | name op :value`. */
function parse(tokens: string[]): Condition {
  const take = (expected?: string) => {
    const token = tokens.shift();
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new Error(`the model does not know this condition: '${token}' where '${expected}' should be`);
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
    const inner = first === '(' ? or() : first === 'attribute_not_exists' ? absence(take) : comparison(first, take(), take());
    if (first === '(') {
      take(')');
    }
    return inner;
  };
  const condition = or();
  if (tokens.length > 0) {
    throw new Error(`the model does not know what follows in a condition: ${tokens.join(' ')}`);
  }
  return condition;
}

function absence(take: (expected?: string) => string): Condition {
  take('(');
  const name = take();
  take(')');
  return (item) => item[name] === undefined;
}

/** What is absent, or of another type, compares as false. */
function comparison(name: string, operator: string, value: string): Condition {
  if (!['=', '<', '<='].includes(operator) || !value.startsWith(':')) {
    throw new Error(`the model does not know this comparison: ${name} ${operator} ${value}`);
  }
  return (item, values) => {
    const [left, right] = [item[name], values[value]];
    if (left === undefined || typeof left !== typeof right) {
      return false;
    }
    return operator === '=' ? left === right : operator === '<' ? left as number < (right as number) : left as number <= (right as number);
  };
}
