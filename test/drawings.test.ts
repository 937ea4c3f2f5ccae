import { execFileSync } from 'child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { StripeEventBridge } from '../src';

const ROOT = join(__dirname, '..');
const DOCS = join(ROOT, 'docs');
const read = (...path: string[]) => readFileSync(join(DOCS, ...path), 'utf8');

/** Types of the resources that are drawn. */
const DRAWN = [
  'ApiGatewayV2::Api', 'Lambda::Function', 'SecretsManager::Secret', 'Events::EventBus', 'SQS::Queue',
  'DynamoDB::GlobalTable',
].map((type) => `AWS::${type}`);

type Resources = Record<string, { readonly Type: string; readonly Properties: any; readonly Metadata?: any }>;

test('the drawing of the resources has exactly the nodes and arrows of the template', () => {
  const drawing = read('drawings', 'resources.dot');
  const nodes = [...drawing.matchAll(/^ +(\w+) \[tooltip="([\w:]+)"/gm)].map(([, name, type]) => `${name} ${type}`);
  const arrows = [...drawing.matchAll(/^ +(\w+) -> (\w+)/gm)].map(([, from, to]) => `${from} -> ${to}`);
  const stack = new Stack(new App({ context: { 'aws:cdk:enable-path-metadata': true } }), 'Test');
  new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
  const graph = graphOf(Template.fromStack(stack).toJSON().Resources);
  expect(nodes.sort()).toEqual(graph.nodes);
  expect(arrows.sort()).toEqual(graph.arrows);
  expect(graph.arrows).toHaveLength(10);
});

describe('the program that draws', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drawings-'));
  const tsNode = join(ROOT, 'node_modules', '.bin', 'ts-node');

  beforeAll(() => {
    const program = ['--transpile-only', '--project', 'tsconfig.dev.json', join('scripts', 'drawings.ts'), folder];
    execFileSync(tsNode, program, { cwd: ROOT });
  });

  test('draws the modules as they import each other', () => {
    const drawing = readFileSync(join(folder, 'drawings', 'modules.dot'), 'utf8');
    expect(read('drawings', 'modules.dot')).toBe(drawing);
    expect(drawing).toContain('stripe_event_bridge -> stripe_events\n');
  });

  test.each(readdirSync(join(DOCS, 'drawings')))('renders %s as the picture in docs/images', (file) => {
    const image = file.replace('.dot', '.svg');
    expect(read('images', image)).toBe(readFileSync(join(folder, 'images', image), 'utf8'));
  });
});

test('each picture has colors for light and dark mode', () => {
  for (const file of readdirSync(join(DOCS, 'images')).filter((name) => name.endsWith('.svg'))) {
    expect(read('images', file)).toContain('@media (prefers-color-scheme: dark)');
  }
});

/** Calls, deliveries and reads between resources, from their properties. */
function graphOf(resources: Resources) {
  const all = Object.entries(resources);
  const name = (id: string) => nameOf(resources, id);
  const ofType = (type: string) => all.filter(([, { Type }]) => Type === `AWS::${type}`);
  const to = (from: string, properties: unknown) => all
    .filter(([id]) => JSON.stringify(properties ?? null).includes(`"${id}"`))
    .map(([id]) => `${from} -> ${name(id)}`);
  const arrows = [
    ...ofType('ApiGatewayV2::Integration').flatMap(([, { Properties: { ApiId, IntegrationUri } }]) =>
      to(name(ApiId.Ref), IntegrationUri)),
    ...ofType('Lambda::Function').flatMap(([id, { Properties }]) => to(name(id), Properties.Environment)),
    ...ofType('Events::Rule').flatMap(([, { Properties: { EventBusName, Targets } }]) =>
      to(name(EventBusName.Ref), Targets)),
    ...ofType('SQS::Queue').flatMap(([id, { Properties }]) => to(name(id), Properties.RedrivePolicy)),
    ...ofType('Lambda::EventSourceMapping').flatMap(([, { Properties: { EventSourceArn, FunctionName } }]) =>
      to(name(EventSourceArn['Fn::GetAtt'][0]), FunctionName)),
  ];
  const drawn = all.filter(([, { Type }]) => DRAWN.includes(Type));
  return { nodes: drawn.map(([id, { Type }]) => `${name(id)} ${Type}`).sort(), arrows: arrows.sort() };
}

/** Construct id that a reader knows, without the parts that CDK and the folders add. */
function nameOf(resources: Resources, id: string): string {
  const path: string = resources[id].Metadata['aws:cdk:path'];
  return path.replace(/(\/Handler)?(\/Function)?\/Resource$/, '').replace(/\/Quarantine\/Queue$/, '/Quarantine')
    .replace(/\/Quarantine\/DeadLetterQueue$/, '/QuarantineDeadLetterQueue')
    .split('/').pop()!;
}
