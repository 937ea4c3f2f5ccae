import { App, CfnParameter, SecretValue, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StripeEventBridge, StripeEventFilter, StripeEventType } from '../../src';
import { environment, properties, statements } from '../harness/template';

const env = { account: '111111111111', region: 'eu-west-1' };
const inRegion = () => new Stack(new App(), 'Test', { env });
const keyArn = (region: string, account = env.account) => `arn:aws:kms:${region}:${account}:key/a`;
const secretArn = (region: string, name = 'stripe-AbCdEf', account = env.account) =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}`;

function withKey(stack: Stack, region: string, account?: string): ISecret {
  const encryptionKey = Key.fromKeyArn(stack, 'Key', keyArn(region, account));
  const secretCompleteArn = secretArn(region, undefined, account);
  return Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn, encryptionKey });
}

const nextStepOf = (stack: Stack) =>
  JSON.stringify(Template.fromStack(stack).findOutputs('*', { Description: 'Steps to connect Stripe' }));
const decrypts = (stack: Stack): any[] => statements(stack).filter(({ Action }) => Action === 'kms:Decrypt');
const viaSecretsManager = (region: string) => ({
  StringEquals: {
    'kms:ViaService': [
      `secretsmanager.${region}.amazonaws.com`,
      { 'Fn::Join': ['', [`secretsmanager.${region}.`, { Ref: 'AWS::URLSuffix' }]] },
    ],
  },
});

test.each<[string, (stack: Stack) => ISecret, string, string]>([
  ['of this account', (stack) => withKey(stack, 'eu-west-1'), keyArn('eu-west-1'), 'eu-west-1'],
  ['of another account', (stack) => withKey(stack, 'eu-west-1', '222222222222'),
    keyArn('eu-west-1', '222222222222'), 'eu-west-1'],
  ['of another region', (stack) => withKey(stack, 'us-east-1'), keyArn('us-east-1'), 'us-east-1'],
  ['of a new secret', (stack) => new Secret(stack, 'Secret', {
    encryptionKey: Key.fromKeyArn(stack, 'Key', keyArn('eu-west-1')),
  }), keyArn('eu-west-1'), 'eu-west-1'],
])('N06: the webhook may decrypt by the imported key %s, by Secrets Manager only', (_what, secret, key, region) => {
  const asMain = inRegion();
  new StripeEventBridge(asMain, 'Stripe', { signingSecret: secret(asMain) });
  const asAdditional = inRegion();
  new StripeEventBridge(asAdditional, 'Stripe', { additionalSigningSecrets: [secret(asAdditional)] });
  for (const stack of [asMain, asAdditional]) {
    expect(decrypts(stack)).toEqual([
      { Action: 'kms:Decrypt', Effect: 'Allow', Resource: key, Condition: viaSecretsManager(region) },
    ]);
  }
});

test.each(['eu-west-1', 'cn-north-1'])(
  'V3: in %s, the webhook decrypts by the service that CDK admits, and by that of the partition', (region) => {
    const stack = new Stack(new App(), 'Test', { env: { account: '111111111111', region } });
    new StripeEventBridge(stack, 'Stripe', { encryptionKey: new Key(stack, 'Key') });
    const { KeyPolicy } = properties(stack, 'AWS::KMS::Key');
    const admitted = KeyPolicy.Statement.map(({ Condition }: any) => Condition?.StringEquals['kms:ViaService'])
      .filter((each: unknown) => JSON.stringify(each)?.includes('secretsmanager'));
    expect(admitted.length).toBeGreaterThan(0);
    const allowed = decrypts(stack).flatMap(({ Condition }) => Condition?.StringEquals['kms:ViaService'] ?? []);
    expect(allowed).toEqual(expect.arrayContaining(admitted));
    expect(allowed).toContainEqual(viaSecretsManager(region).StringEquals['kms:ViaService'][1]);
  });

test('N06: the webhook has no permission on keys if a secret has no known key', () => {
  const stack = inRegion();
  const signingSecret = Secret.fromSecretCompleteArn(stack, 'Secret', secretArn('eu-west-1'));
  new StripeEventBridge(stack, 'Stripe', { signingSecret });
  expect(decrypts(stack)).toEqual([]);
});

test.each(['signingSecret', 'additionalSigningSecrets'] as const)(
  'N34: %s of another stack with a key synthesizes, and its policies stay unchanged', (property) => {
    const owner = (use: boolean) => {
      const app = new App();
      const shared = new Stack(app, 'Shared', { env });
      const secret = new Secret(shared, 'Secret', { encryptionKey: new Key(shared, 'Key') });
      const stack = new Stack(app, 'Test', { env });
      if (use) {
        const value = property === 'signingSecret' ? secret : [secret];
        new StripeEventBridge(stack, 'Stripe', { [property]: value });
        expect(decrypts(stack)).toMatchObject([{ Resource: { 'Fn::ImportValue': expect.stringMatching(/Key/) } }]);
      }
      return Template.fromStack(shared).toJSON().Resources;
    };
    expect(owner(true)).toEqual(owner(false));
  });

test.each(['stripe-secret', 'webhook-secret', 'stripe-stripe', 'billing-connect', 'stripe/prod'])(
  'N07: the name %s identifies the secret, and not a partial ARN that looks complete', (name) => {
    const stack = inRegion();
    const signingSecret = Secret.fromSecretNameV2(stack, 'Secret', name);
    new StripeEventBridge(stack, 'Stripe', { signingSecret });
    expect(environment(stack).SIGNING_SECRET_IDS).toBe(name);
    const [read] = statements(stack).filter(({ Action }) => Action === 'secretsmanager:GetSecretValue');
    expect(JSON.stringify(read.Resource)).toContain(`:secret:${name}-??????"`);
    expect(nextStepOf(stack)).toContain(`--secret-id ${name} `);
  });

test('N07: a secret of this account and region that is imported by a partial ARN is read by its name', () => {
  const stack = inRegion();
  const signingSecret = Secret.fromSecretPartialArn(stack, 'Secret', secretArn('eu-west-1', 'stripe-secret'));
  new StripeEventBridge(stack, 'Stripe', { signingSecret });
  expect(environment(stack).SIGNING_SECRET_IDS).toBe('stripe-secret');
});

test.each<[string, string, string]>([
  ['region', 'us-east-1', '111111111111'], ['account', 'eu-west-1', '222222222222'],
])('N07: a partial ARN of another %s stays an ARN, and fails synthesis if its name is ambiguous', (_what, ...place) => {
  const [region, account] = place;
  const stack = inRegion();
  const clear = Secret.fromSecretPartialArn(stack, 'Clear', secretArn(region, 'billing', account));
  new StripeEventBridge(stack, 'Stripe', { signingSecret: clear });
  expect(environment(stack).SIGNING_SECRET_IDS).toBe(secretArn(region, 'billing', account));
  const ambiguous = Secret.fromSecretPartialArn(stack, 'Ambiguous', secretArn(region, 'stripe-secret', account));
  expect(() => new StripeEventBridge(stack, 'Other', { signingSecret: ambiguous })).toThrow(
    "must be imported by its complete ARN, got the name 'stripe-secret'; use Secret.fromSecretCompleteArn");
});

test('N25: secrets of several regions keep the region of their ARN, and the next step prints that of the first', () => {
  const stack = inRegion();
  const [american, local] = ['us-east-1', 'eu-west-1'].map((region) =>
    Secret.fromSecretCompleteArn(stack, region, secretArn(region)));
  new StripeEventBridge(stack, 'Stripe', { signingSecret: american, additionalSigningSecrets: [local] });
  expect(environment(stack).SIGNING_SECRET_IDS).toBe(`${secretArn('us-east-1')},${secretArn('eu-west-1')}`);
  expect(nextStepOf(stack)).toContain(`--region us-east-1 --secret-id ${secretArn('us-east-1')} `);
});

/** Secrets whose complete ARNs have 64 characters and the name. */
const secretsOf = (stack: Stack, count: number, nameLength: number) => Array.from({ length: count }, (_, index) =>
  Secret.fromSecretCompleteArn(stack, `Secret${index}`,
    secretArn('eu-west-1', `${'n'.repeat(nameLength - 9)}${10 + index}-AbCdEf`)));

const namesOf2400Bytes = StripeEventFilter.named(...Object.values(StripeEventType)
  .filter((type) => type !== StripeEventType.ISSUING_AUTHORIZATION_REQUEST).slice(0, 85));

test.each<[string, number, boolean]>([['no', 0, true], ['thirteen', 13, false]])(
  'N46: the whole environment counts: with %s additional secrets, the function filters: %s', (_n, n, filters) => {
    const stack = inRegion();
    const additionalSigningSecrets = secretsOf(stack, n, 60);
    new StripeEventBridge(stack, 'Stripe', { additionalSigningSecrets, eventTypes: namesOf2400Bytes });
    const variables = environment(stack);
    expect(variables.EVENT_TYPES !== '*').toBe(filters);
    expect(JSON.stringify(variables).length).toBeLessThanOrEqual(4_096);
  });

test('N46: secrets that do not fit into an environment fail synthesis', () => {
  const stack = inRegion();
  const additionalSigningSecrets = secretsOf(stack, 13, 300);
  expect(() => new StripeEventBridge(stack, 'Stripe', { additionalSigningSecrets }))
    .toThrow('`additionalSigningSecrets` must fit into an environment of 4096 bytes, got ');
});

test('second attack, R14: variables that the app adds to the function count as well', () => {
  const stackWith = (bytes: number) => {
    const stack = inRegion();
    const bridge = new StripeEventBridge(stack, 'Stripe', { customerTable: {} });
    bridge.webhookFunction.addEnvironment('DD_TAGS', 'x'.repeat(bytes));
    bridge.customerTable!.writerFunction.addEnvironment('DD_TAGS', 'x'.repeat(bytes));
    return stack;
  };
  expect(() => Template.fromStack(stackWith(2_000))).not.toThrow();
  expect(() => Template.fromStack(stackWith(4_090))).toThrow(
    /`environment` of Test\/Stripe\/Webhook\/Handler\/Function must have at most 4096 bytes, got \d+ or/);
  expect(() => Template.fromStack(stackWith(4_090))).toThrow(
    /`environment` of Test\/Stripe\/CustomerTable\/Writer\/Function must have at most 4096 bytes, got \d+ or/);
});

test('second attack, R14: values that are known after the deployment fail nothing', () => {
  const stack = inRegion();
  const { webhookFunction } = new StripeEventBridge(stack, 'Stripe');
  const { valueAsString } = new CfnParameter(stack, 'Parameter');
  Array.from({ length: 40 }, (_, index) => webhookFunction.addEnvironment(`SETTING_${index}`, valueAsString));
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test('N46: the environment of the writer fits with the longest values', () => {
  const stack = inRegion();
  const customerTable = { partitionKeyName: 'p'.repeat(255), storeRawEvent: true };
  new StripeEventBridge(stack, 'Stripe', { customerTable });
  expect(JSON.stringify(environment(stack, 'StripeCustomerTableWriter')).length).toBeLessThan(4_096);
});

describe('secrets that another stack of the app creates', () => {
  const bridgeWith = (place: { account?: string; region?: string }, secretName: string) => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env: { ...env, ...place } });
    const stack = new Stack(app, 'Test', { env });
    new StripeEventBridge(stack, 'Stripe', { signingSecret: new Secret(owner, 'Secret', { secretName }) });
    return stack;
  };

  test('T18: the permission on a secret of another region covers the suffix of its ARN', () => {
    const [read] = statements(bridgeWith({ region: 'us-east-1' }, 'stripe/webhook'))
      .filter(({ Action }) => Action === 'secretsmanager:GetSecretValue');
    expect(JSON.stringify(read.Resource)).toMatch(/:us-east-1:111111111111:secret:stripe\/webhook-\?{6}"/);
  });

  test('W16: a secret of another stack with a key of that stack is accepted', () => {
    const app = new App();
    const owner = new Stack(app, 'Owner', { env });
    const stack = new Stack(app, 'Test', { env });
    const encryptionKey = new Key(owner, 'Key', { alias: 'mine' });
    new StripeEventBridge(stack, 'Stripe', { signingSecret: new Secret(owner, 'Secret', { encryptionKey }) });
    expect(() => app.synth()).not.toThrow();
  });

  test('T18: the name of a secret of another region that ends like a complete ARN fails synthesis', () => {
    expect(() => bridgeWith({ region: 'us-east-1' }, 'stripe-secret')).toThrow(
      "must be imported by its complete ARN, got the name 'stripe-secret'; use Secret.fromSecretCompleteArn");
  });

  test('T10: a secret of another account fails synthesis, because its policy cannot name the function', () => {
    expect(() => bridgeWith({ account: '222222222222' }, 'stripe')).toThrow(
      'a signing secret must be in account 111111111111 of the stack, got Owner/Secret in 222222222222; ' +
      'create it here, or import it with Secret.fromSecretAttributes, encryptionKey included (Test/Stripe/Webhook)');
  });

  test.each(['signingSecret', 'additionalSigningSecrets'])(
    'T10: an imported secret of another account as %s gives a warning that names the permissions', (property) => {
      const stack = inRegion();
      const secret = Secret.fromSecretCompleteArn(stack, 'Secret', secretArn('eu-west-1', undefined, '222222222222'));
      new StripeEventBridge(stack, 'Stripe', { [property]: property === 'signingSecret' ? secret : [secret] });
      const warnings = Annotations.fromStack(stack)
        .findWarning('*', Match.stringLikeRegexp('secret-of-another-account')).map(({ entry }) => entry.data);
      expect(warnings).toEqual([expect.stringContaining('in account 222222222222, and of its customer managed key, ' +
        'must allow the function to call secretsmanager:GetSecretValue and kms:Decrypt')]);
    });
});

test.each<[string, (stack: Stack) => ISecret, string]>([
  ['a complete ARN', (stack) => Secret.fromSecretNameV2(stack, 'S', secretArn('eu-west-1')),
    `'${secretArn('eu-west-1')}'`],
  ['a dynamic reference', (stack) =>
    Secret.fromSecretNameV2(stack, 'S', '{{resolve:secretsmanager:stripe:SecretString:webhook}}'), "'{{resolve:"],
  ['a wildcard', (stack) => Secret.fromSecretPartialArn(stack, 'S', secretArn('eu-west-1', 'stripe-*')), "'stripe-*'"],
  ['the secret itself', (stack) => Secret.fromSecretNameV2(stack, 'S', 'whsec_Canary0'), 'a secret of Stripe'],
])('W19: %s as the name of a signing secret fails synthesis, without a secret in the message', (_what, secret, got) => {
  const messages = ['signingSecret', 'additionalSigningSecrets'].map((property) => {
    const stack = inRegion();
    const value = property === 'signingSecret' ? secret(stack) : [secret(stack)];
    try {
      new StripeEventBridge(stack, 'Stripe', { [property]: value });
    } catch (error) {
      return (error as Error).message;
    }
    return 'no error';
  });
  messages.forEach((message) => {
    expect(message).toContain('the name of a signing secret must have 1 to 512 letters');
    expect(message).toContain(`, got ${got}`);
    expect(message).not.toContain('Canary');
  });
});

describe('W18: a signing secret in the template', () => {
  const VALUE = 'whsec_0123456789abcdefghijklmnopqrstuv';
  const synthesized = (secret: (stack: Stack) => ISecret) => {
    const stack = inRegion();
    new StripeEventBridge(stack, 'Stripe', { additionalSigningSecrets: [secret(stack)] });
    return () => Template.fromStack(stack);
  };

  test.each<[string, (stack: Stack) => ISecret]>([
    ['as text', (stack) => new Secret(stack, 'Secret', { secretStringValue: SecretValue.unsafePlainText(VALUE) })],
    ['in an object', (stack) => new Secret(stack, 'Secret', {
      secretObjectValue: { stripe: SecretValue.unsafePlainText(VALUE) },
    })],
  ])('%s fails synthesis, and the message does not show it', (_what, secret) => {
    const synth = synthesized(secret);
    expect(synth).toThrow('[Test/Stripe/Webhook] `secretString` of Test/Secret/Resource must not be a signing ' +
      'secret, because the template shows it, got a string; store the value after the deployment, as ');
    expect(synth).not.toThrow(VALUE);
  });

  test('as the value of a parameter that is not shown is accepted', () => {
    expect(synthesized((stack) => new Secret(stack, 'Secret', {
      secretStringValue: SecretValue.cfnParameter(new CfnParameter(stack, 'Value', { noEcho: true })),
    }))).not.toThrow();
  });
});
