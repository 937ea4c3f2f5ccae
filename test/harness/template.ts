import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** Creates a stack in an app of its own. */
export const newStack = (name = 'Test') => new Stack(new App(), name);

/** Returns the template, without what changes at every build of the handlers. */
export function stableTemplate(stack: Stack): Record<string, any> {
  const text = JSON.stringify(Template.fromStack(stack).toJSON());
  return JSON.parse(text.replace(/[0-9a-f]{64}\.zip/g, '<asset>.zip'));
}

/** Returns the properties of the only resource of a type, or of the one whose logical id begins with the prefix. */
export function properties(stack: Stack, type: string, idPrefix = ''): any {
  const found = Object.entries(Template.fromStack(stack).findResources(type)).filter(([id]) => id.startsWith(idPrefix));
  if (found.length !== 1) {
    throw new Error(`${found.length} resources of ${type} begin with '${idPrefix}'`);
  }
  return found[0][1].Properties;
}

/** Metrics that an alarm reads, alone or in an expression. */
export function metricsOfAlarm({ Metrics, ...alarm }: any): any[] {
  const inExpression = Metrics?.flatMap(({ MetricStat }: any) => MetricStat ?? []);
  return inExpression?.map(({ Metric, ...stat }: any) => ({ ...stat, ...Metric })) ?? [alarm];
}

/** Ids of the resources that exist before a resource is created or changed: by references, and by `DependsOn`. */
export function dependenciesOf(resources: Record<string, any>, id: string, known = new Set<string>()): string[] {
  const { DependsOn = [], ...resource } = resources[id];
  const referred = [...JSON.stringify(resource).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].map(([, each]) => each);
  for (const each of [...[DependsOn].flat(), ...referred]) {
    if (each in resources && !known.has(each)) {
      known.add(each);
      dependenciesOf(resources, each, known);
    }
  }
  return [...known];
}

/** Statement of a policy in a template. */
export interface Statement {
  readonly Action: string | string[];
  readonly Effect: string;
  readonly Resource: any;
}

/** Returns every statement of every identity policy. */
export function statements(stack: Stack): Statement[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

/** Returns the variables of a handler. */
export function environment(stack: Stack, idPrefix = ''): Record<string, any> {
  return properties(stack, 'AWS::Lambda::Function', idPrefix).Environment.Variables;
}
