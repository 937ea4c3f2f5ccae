import { Stack, Tokenization } from 'aws-cdk-lib';
import type { CfnFunction, Function } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** Length of a long ARN. */
const TOKEN_BYTES = 120;

/** Most bytes of all variables of a function together, names and values, that Lambda accepts. */
export const LAMBDA_BYTES = 4_096;

/** Bytes of variables, names and values. The values of tokens are not known yet. */
export function bytesOfAll(scope: IConstruct, variables: Readonly<Record<string, string>>): number {
  return Object.entries(variables)
    .reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(scope, value), 0);
}

/** Bytes of a value. Each token in it counts like an ARN. */
function bytesOf(scope: IConstruct, value: string): number {
  const resolved = Stack.of(scope).resolve(value);
  return typeof resolved === 'string' ? Buffer.byteLength(resolved)
    : Tokenization.reverseString(value).mapTokens({ mapToken: () => 'x'.repeat(TOKEN_BYTES) })
      .join({ join: (left, right) => `${left ?? ''}${right ?? ''}` }).length;
}

/** Problem with the variables of a function, with those that others added to it. Only what is known counts. */
export function problemsOfEnvironment(fn: Function): string[] {
  const resource = fn.node.defaultChild as CfnFunction;
  const { variables = {} } = Stack.of(fn).resolve(resource.environment) ?? {};
  const bytes = Object.entries(variables).flat().filter((text) => typeof text === 'string')
    .reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return bytes <= LAMBDA_BYTES ? [] : [
    `\`environment\` of ${fn.node.path} must have at most ${LAMBDA_BYTES} bytes, got ${bytes} or more; ` +
    "use fewer or shorter variables, StripeEventFilter.family('…'), or fewer secrets",
  ];
}
