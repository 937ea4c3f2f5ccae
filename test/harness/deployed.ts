/** Template with the names that a deployment would give. */
export interface Deployed {
  readonly resources: Readonly<Record<string, { readonly Type: string; readonly Properties: any }>>;
  /** Physical names of resources and values of parameters, by logical id. The default is the logical id itself. */
  readonly names?: Readonly<Record<string, string>>;
}

/** Separator between the bus and the rule in the `Ref` of a rule that is not on the default bus. */
const IN_BUS = '|';

/** Resolves the intrinsic functions of a value as CloudFormation does, as far as alarms use them. */
export function deployedValue({ resources, names = {} }: Deployed, value: any): any {
  const resolve = (each: any): any => deployedValue({ resources, names }, each);
  if (Array.isArray(value)) {
    return value.map(resolve);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const [[key, argument] = ['', undefined]] = Object.entries<any>(value);
  const nameOf = (id: string) => names[id] ?? id;
  switch (key) {
    case 'Ref': {
      const { Type, Properties } = resources[argument] ?? {};
      const bus = Type === 'AWS::Events::Rule' ? resolve(Properties.EventBusName) ?? 'default' : 'default';
      return bus === 'default' ? nameOf(argument) : `${bus}${IN_BUS}${nameOf(argument)}`;
    }
    case 'Fn::GetAtt': return nameOf(argument[0]);
    case 'Fn::Join': return resolve(argument[1]).join(argument[0]);
    case 'Fn::Split': return resolve(argument[1]).split(argument[0]);
    case 'Fn::Select': return resolve(argument[1])[argument[0]];
    default: return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolve(each)]));
  }
}
