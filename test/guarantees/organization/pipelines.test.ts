import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { App, type Environment, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { CodePipeline, CodePipelineSource, ShellStep } from 'aws-cdk-lib/pipelines';
import { addEverything, type TemplateResource } from './whole-stack';
import { StripeEventBridge } from '../../../src';

/** A pipeline of an organization: two stages, in two accounts and regions, each with a nested stack. */

const ENVS = {
  Dev: { account: '111111111111', region: 'eu-west-1' },
  Prod: { account: '222222222222', region: 'us-east-1' },
} satisfies Record<string, Environment>;
const PIPELINE = { account: '333333333333', region: 'eu-west-1' };

type StageId = keyof typeof ENVS;
const STAGES = Object.keys(ENVS) as StageId[];

/** Synthesizes the pipeline. */
function synthesizedPipeline() {
  const app = new App();
  const connectionArn = `arn:aws:codestar-connections:eu-west-1:${PIPELINE.account}:connection/example`;
  const input = CodePipelineSource.connection('owner/repository', 'main', { connectionArn });
  const pipeline = new CodePipeline(new Stack(app, 'Pipeline', { env: PIPELINE }), 'Pipeline', {
    crossAccountKeys: true, synth: new ShellStep('Synth', { input, commands: ['npx cdk synth'] }),
  });
  STAGES.forEach((id) => {
    const stage = new Stage(app, id, { env: ENVS[id] });
    const stack = new Stack(stage, 'App');
    new StripeEventBridge(stack, 'Stripe');
    addEverything(new NestedStack(stack, 'Nested'));
    pipeline.addStage(stage);
  });
  return app.synth();
}

const assembly = synthesizedPipeline();
const read = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

/** Returns the artifact of the stack of a stage, and its two templates: its own and that of the nested stack. */
function stageOf(id: StageId) {
  const { directory, stacks: [stack] } = assembly.getNestedAssembly(`assembly-${id}`);
  const nested = readdirSync(directory).filter((name) => name.endsWith('.nested.template.json'));
  expect(nested).toHaveLength(1);
  return { stack, templates: [stack.template, read(directory, nested[0])] };
}

/** Returns a value without what differs by environment: ids of the stage, account, region, and hashes of paths. */
function withoutEnvironment(id: StageId, value: unknown): any {
  const { account, region } = ENVS[id];
  const text = JSON.stringify(value).replaceAll(account, '<account>').replaceAll(region, '<region>')
    .replace(new RegExp(`${id}([-/]?App)`, 'g'), '<stage>$1')
    .replace(/[\w<>-]*<stage>[\w<>-]*/g, (name) => name.replace(/[0-9A-F]{8}/g, '<hash>'))
    .replace(/(Deployment[0-9A-F]{8})[0-9a-f]{32}/g, '$1<hash>').replace(/[0-9a-f]{64}/g, '<asset>');
  return JSON.parse(text);
}

const resourcesOf = (template: any) => Object.entries<TemplateResource>(template.Resources);

test.each([['stack', 0], ['nested stack', 1]])('the %s has the same template in both stages', (_what, index) => {
  const [dev, prod] = STAGES.map((id) => withoutEnvironment(id, stageOf(id).templates[index]));
  expect(Object.keys(dev.Resources).length).toBeGreaterThan(30);
  expect(prod).toEqual(dev);
});

test('no stage refers to another one', () => {
  STAGES.forEach((id) => {
    const other = STAGES.find((each) => each !== id)!;
    const { stack, templates } = stageOf(id);
    const text = JSON.stringify(templates);
    expect(text).not.toContain('Fn::ImportValue');
    expect(text).not.toMatch(new RegExp(`${other}|${ENVS[other].account}|${ENVS[other].region}`));
    expect(stack.dependencies.filter((each) => !each.id.endsWith('.assets'))).toEqual([]);
  });
});

test('both stages have the same warnings, and those of the library are about the stack itself', () => {
  const [dev, prod] = STAGES.map((id) => stageOf(id).stack.messages.map((message) =>
    withoutEnvironment(id, `${message.level} ${message.id} ${message.entry.data}`)));
  expect(prod).toEqual(dev);
  expect(dev.filter((text: string) => text.includes('cdk-stripe-eventbridge:'))).toEqual([
    expect.stringMatching(/^warning \S+\/App\S* .*:alarms-without-actions\]$/),
    expect.stringMatching(/^warning \S+\/App\/Nested\/Rest .*:rest-access-log\]$/),
  ]);
});

test('the two handlers are published once, to the buckets of both stages', () => {
  const keys = new Set(STAGES.flatMap((id) => stageOf(id).templates).flatMap(resourcesOf)
    .filter(([id, { Type }]) => /^(Stripe|Rest|Url)/.test(id) && Type === 'AWS::Lambda::Function')
    .map(([, { Properties }]) => `${Properties.Code.S3Key}`));
  expect(keys.size).toBe(2);
  const { template } = assembly.getStackByName('Pipeline');
  const projects = resourcesOf(template).filter(([, { Type }]) => Type === 'AWS::CodeBuild::Project')
    .map(([, { Properties }]) => JSON.stringify(Properties.Source.BuildSpec));
  keys.forEach((key) => {
    const publishing = projects.filter((spec) => spec.includes(key.replace('.zip', '')));
    expect(publishing).toHaveLength(1);
    STAGES.forEach((id) => expect(publishing[0]).toContain(`${ENVS[id].account}-${ENVS[id].region}`));
  });
});
