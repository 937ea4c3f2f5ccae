import { join } from 'path';
import { LegacyESLint } from 'eslint/use-at-your-own-risk';

jest.setTimeout(60_000);

// in CI the parser trusts the files on disk, and would not see the texts below
process.env.TSESTREE_SINGLE_RUN = 'false';

const ROOT = join(__dirname, '..');
const eslint = new LegacyESLint({ cwd: ROOT });

/** What lint says of a text, as if it stood in that file. */
async function lint(file: string, text: string): Promise<string> {
  const [{ messages }] = await eslint.lintText(text, { filePath: join(ROOT, file) });
  return messages.map(({ message }: { message: string }) => message).join('\n');
}

describe('lint stops', () => {
  test.each([
    ['a construct that loads runtime code', 'src/handler-function/handler-function.ts', "import '../runtime/errors';", 'constructs share only contract.ts with handlers'],
    ['a construct that loads the SDK', 'src/handler-function/handler-function.ts', "import '@aws-sdk/client-sqs';", 'constructs depend on the CDK alone'],
    ['runtime code that loads the CDK', 'src/stripe-event-bridge/runtime/webhook.ts', "import 'aws-cdk-lib';", 'handlers run without the CDK'],
    ['runtime code that loads a construct', 'src/stripe-event-bridge/runtime/webhook.ts', "import '../stripe-event-filter';", 'runtime code shares only contract.ts with constructs'],
    ['runtime code that reads the environment', 'src/stripe-event-bridge/runtime/webhook.ts', 'process.env;', 'only *.lambda.ts reads the environment'],
    ['runtime code that reads the clock', 'src/stripe-event-bridge/runtime/webhook.ts', 'new Date();', 'only *.lambda.ts reads the clock'],
    ['a handler that loads a construct', 'src/stripe-event-bridge/webhook.lambda.ts', "import './stripe-endpoint';", 'handlers share only contract.ts with constructs'],
    ['a function of 41 lines', 'src/runtime/errors.ts', `export function f() {\n${'f();\n'.repeat(39)}}`, 'Maximum allowed is 40'],
    ['a public member without a word', 'src/handler-function/stripe-function-options.ts', 'export interface A {\n  readonly b: string;\n}', 'Missing JSDoc comment'],
  ])('%s', async (_what, file, text, message) => {
    expect(await lint(file, text)).toContain(message);
  });
});
