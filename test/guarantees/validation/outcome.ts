import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SUBJECTS } from './subjects';

/** Result of one value for one property. */
export interface Outcome {
  /** Template, if the value was accepted. */
  readonly template?: object;
  /** Error, if it was rejected. */
  readonly error?: Error;
}

const env = { region: 'eu-west-1', account: '111122223333' };

/** Gives a value to a property of an interface, and synthesizes the stack. */
export function outcomeOf(type: string, property: string, value: (stack: Stack) => unknown): Outcome {
  const { build, needs } = SUBJECTS[type];
  const stack = new Stack(new App({ analyticsReporting: false }), 'Wrong', { env });
  try {
    build(stack, { ...needs?.(stack, property), [property]: value(stack) });
    return { template: Template.fromStack(stack).toJSON() };
  } catch (error) {
    return { error: error as Error };
  }
}

/** Problems of an outcome. The empty list is a good one. */
export function problemsOf({ error }: Outcome, type: string, property: string): string[] {
  if (!error) {
    return [];
  }
  const name = SUBJECTS[type].partOf ?? property;
  const problems = {
    'is an internal error': error.name !== 'ValidationError',
    'does not name the property': !error.message.includes(`\`${name}\``),
    'has no path': !/ \(Wrong\/\w+(\/\w+)*\)$/.test(error.message),
    'has no remedy': !error.message.includes('; '),
    'shows the secret': error.message.includes('Canary'),
  };
  return Object.entries(problems).filter(([, isProblem]) => isProblem).map(([what]) => `${what}: ${error.message}`);
}
