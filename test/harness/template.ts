import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** A stack to build in. */
export const newStack = (name = 'Test') => new Stack(new App(), name);

/** The template with what changes at every build of the handlers blanked. */
export function stableTemplate(stack: Stack): Record<string, any> {
  const text = JSON.stringify(Template.fromStack(stack).toJSON());
  return JSON.parse(text.replace(/[0-9a-f]{64}\.zip/g, '<asset>.zip'));
}

/** Properties of the only resource of a type, or of the one whose logical id begins as given. */
export function properties(stack: Stack, type: string, idPrefix = ''): any {
  const found = Object.entries(Template.fromStack(stack).findResources(type)).filter(([id]) => id.startsWith(idPrefix));
  if (found.length !== 1) {
    throw new Error(`${found.length} resources of ${type} begin with '${idPrefix}'`);
  }
  return found[0][1].Properties;
}

/** Every statement of every identity policy. */
export function statements(stack: Stack): Array<{ Action: string | string[]; Effect: string; Resource: any }> {
  return Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

/** The variables of a handler. */
export const environment = (stack: Stack, idPrefix = ''): Record<string, any> => properties(stack, 'AWS::Lambda::Function', idPrefix).Environment.Variables;
