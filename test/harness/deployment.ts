import type { App } from 'aws-cdk-lib';

/** Stacks of an app as CloudFormation would deploy them, in which every reference is a physical name or an ARN. */

/** Where stacks without `env` are deployed. */
export const HERE = { account: '111122223333', region: 'eu-west-1' };

/** Account and region. */
export type Place = typeof HERE;

/** Resource of a stack. References in its properties are resolved when they are read. */
export interface Deployed {
  readonly id: string;
  readonly type: string;
  readonly place: Place;
  readonly name: string;
  readonly arn: string;
  /** Returns a property as CloudFormation would deploy it. */
  readonly get: (property: string) => any;
}

interface TypeNames {
  /** Property that holds the name. Without it, CloudFormation generates one. */
  readonly nameProperty?: string;
  /** Returns the ARN, beginning with the service. */
  readonly arn: (name: string, place: Place, resource: { readonly get: Deployed['get'] }) => string;
  /** What `Ref` returns. The default is the name. */
  readonly ref?: (resource: Deployed) => string;
}

/** Returns a function for the ARN of a resource of a region. */
const regional = (service: string, prefix = '', suffix = ''): TypeNames['arn'] =>
  (name, { account, region }) => `${service}:${region}:${account}:${prefix}${name}${suffix}`;

const byArn = ({ arn }: Deployed) => arn;
const busOf = (get: Deployed['get']): string => `${get('EventBusName') ?? 'default'}`.split('/').pop()!;

/** @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html */
const TYPES: Record<string, TypeNames> = {
  'AWS::Events::EventBus': { nameProperty: 'Name', arn: regional('events', 'event-bus/') },
  'AWS::Events::Rule': {
    nameProperty: 'Name',
    arn: (name, place, { get }) => {
      const bus = busOf(get);
      return regional('events', bus === 'default' ? 'rule/' : `rule/${bus}/`)(name, place, { get });
    },
    ref: ({ name, get }) => busOf(get) === 'default' ? name : `${busOf(get)}|${name}`,
  },
  'AWS::Events::Archive': { nameProperty: 'ArchiveName', arn: regional('events', 'archive/') },
  'AWS::SQS::Queue': { nameProperty: 'QueueName', arn: regional('sqs'), ref: ({ arn }) => queueUrl(arn) },
  'AWS::DynamoDB::GlobalTable': { nameProperty: 'TableName', arn: regional('dynamodb', 'table/') },
  'AWS::DynamoDB::Table': { nameProperty: 'TableName', arn: regional('dynamodb', 'table/') },
  // the ARN that CloudFormation returns ends in an asterisk
  'AWS::Logs::LogGroup': { nameProperty: 'LogGroupName', arn: regional('logs', 'log-group:', ':*') },
  'AWS::SecretsManager::Secret': {
    nameProperty: 'Name', arn: regional('secretsmanager', 'secret:', '-AbCdEf'), ref: byArn,
  },
  'AWS::Lambda::Function': { nameProperty: 'FunctionName', arn: regional('lambda', 'function:') },
  'AWS::KMS::Key': { arn: regional('kms', 'key/') },
  'AWS::IAM::Role': { nameProperty: 'RoleName', arn: (name, { account }) => `iam::${account}:role/${name}` },
  'AWS::SNS::Topic': { nameProperty: 'TopicName', arn: regional('sns'), ref: byArn },
  'AWS::ApiGatewayV2::Api': { arn: regional('execute-api') },
  'AWS::ApiGateway::RestApi': { arn: regional('execute-api') },
  'AWS::ApiGateway::Stage': { nameProperty: 'StageName', arn: regional('apigateway', '/stages/') },
};

/** Returns the URL of a queue. */
export function queueUrl(arn: string): string {
  const [, , , region, account, name] = arn.split(':');
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}

/** Returns the account and the region of an ARN. */
export function placeOfArn(arn: string): Place {
  const [, , , region, account] = arn.split(':');
  return { account, region };
}

interface Template {
  readonly Resources?: Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>;
  readonly Outputs?: Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>;
}

/** Template with the place and the name of its stack. */
interface StackTemplate {
  readonly name: string;
  readonly place: Place;
  readonly template: Template;
}

/** Every stack of an app, deployed. */
export class Deployment {
  /** Resources of every stack, in the order of the templates. */
  public readonly resources: Deployed[];

  /** Texts of the warnings at synthesis. */
  public readonly warnings: string[];

  private readonly stacks: StackTemplate[];
  private readonly known = new Map<string, Deployed>();

  constructor(app: App) {
    const { stacks } = app.synth();
    this.warnings = stacks.flatMap(({ messages }) => messages)
      .filter(({ level }) => level === 'warning').map(({ entry }) => `${entry.data}`);
    this.stacks = stacks.map(({ stackName, environment: { account, region }, template }) => ({
      name: stackName,
      place: {
        account: account === 'unknown-account' ? HERE.account : account,
        region: region === 'unknown-region' ? HERE.region : region,
      },
      template,
    }));
    this.resources = this.stacks.flatMap((stack) =>
      Object.keys(stack.template.Resources ?? {}).map((id) => this.deployed(stack, id)));
  }

  /** Returns the resources of some types. */
  public ofType(...types: string[]): Deployed[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  /** Returns the resource of an ARN. Undefined for one that the app does not create. */
  public byArn(arn: string): Deployed | undefined {
    return this.resources.find((each) => each.arn === arn);
  }

  private deployed(stack: StackTemplate, id: string): Deployed {
    const path = `${stack.name}/${id}`;
    const deployed = this.known.get(path) ?? this.deploy(stack, id);
    this.known.set(path, deployed);
    return deployed;
  }

  private deploy(stack: StackTemplate, id: string): Deployed {
    const { Type: type, Properties: properties = {} } = stack.template.Resources![id];
    const { place } = stack;
    const resolved = new Map<string, unknown>();
    const get = (property: string) => {
      const value = resolved.get(property) ?? this.resolved(stack, properties[property]);
      resolved.set(property, value);
      return value;
    };
    const { nameProperty, arn } = TYPES[type] ?? { arn: regional(type) };
    const name = nameProperty && get(nameProperty) || `${stack.name}-${id}`;
    return { id, type, place, name, get, arn: `arn:aws:${arn(name, place, { get })}` };
  }

  /** Returns a value as CloudFormation would deploy it. Fails for a function that it does not know. */
  private resolved(stack: StackTemplate, value: any): any {
    if (Array.isArray(value)) {
      return value.filter((each) => each?.Ref !== 'AWS::NoValue').map((each) => this.resolved(stack, each));
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const [[name, argument] = ['', undefined], ...others] = Object.entries<any>(value);
    if (others.length > 0 || !/^(Ref|Fn::\w+)$/.test(name)) {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.resolved(stack, each)]));
    }
    return this.call(stack, name, argument);
  }

  private call(stack: StackTemplate, name: string, argument: any): unknown {
    const resolved = (value: unknown) => this.resolved(stack, value) as any;
    switch (name) {
      case 'Ref': return this.referenced(stack, argument);
      case 'Fn::GetAtt': return this.attribute(stack, argument);
      case 'Fn::Join': return resolved(argument[1]).join(argument[0]);
      case 'Fn::Select': return resolved(argument[1])[argument[0]];
      case 'Fn::Split': return resolved(argument[1]).split(argument[0]);
      case 'Fn::ImportValue': return this.imported(resolved(argument));
      default: throw new Error(`${name} is not known here`);
    }
  }

  private referenced(stack: StackTemplate, id: string): string {
    const pseudo: Record<string, string> = {
      'AWS::Partition': 'aws',
      'AWS::Region': stack.place.region,
      'AWS::AccountId': stack.place.account,
      'AWS::StackName': stack.name,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    if (pseudo[id]) {
      return pseudo[id];
    }
    const resource = this.deployed(stack, id);
    return TYPES[resource.type]?.ref?.(resource) ?? resource.name;
  }

  private attribute(stack: StackTemplate, [id, attribute]: [string, string]): string {
    const { arn, name, type } = this.deployed(stack, id);
    if (attribute === 'Arn') {
      return arn;
    }
    if (/^(\w*Name|KeyId|Id)$/.test(attribute)) {
      return name;
    }
    throw new Error(`the attribute ${attribute} of ${type} is not known here`);
  }

  private imported(exportName: string): unknown {
    for (const stack of this.stacks) {
      const output = Object.values(stack.template.Outputs ?? {}).find(({ Export: exported }) =>
        exported?.Name === exportName);
      if (output) {
        return this.resolved(stack, output.Value);
      }
    }
    throw new Error(`no stack exports ${exportName}`);
  }
}
