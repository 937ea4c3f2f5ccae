import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { accessTo, Account } from './account';
import { runAndRemove } from './run-step';
import { STEPS } from './steps';

/** `npx projen test:aws` creates, checks and removes the stacks of each step in an AWS account. */

const { AWS_TEST_ACCOUNT, AWS_REGION = 'eu-west-1' } = process.env;

const HOUR_MS = 3_600_000;

describe('on AWS', () => {
  for (const step of STEPS) {
    const missing = ['AWS_TEST_ACCOUNT', ...step.needs ?? []].filter((name) => !process.env[name]);
    const title = `${step.row}: ${step.promise}`;
    if (missing.length > 0) {
      // only AWS has the answer; the local AWS runs what it can in steps.emulator.test.ts
      test.skip(`${title} (set ${missing.join(', ')})`, () => {});
    } else {
      const access = accessTo(AWS_TEST_ACCOUNT!, AWS_REGION);
      const hours = 3 + Number(process.env.AWS_TEST_HOURS ?? 0);
      test.concurrent(title, () => runAndRemove(step, new Account(access)), hours * HOUR_MS);
    }
  }
});

test.each(STEPS)('$row: the stacks of the step are synthesized', ({ others, app, example = {} }) => {
  const env = { account: '000000000000', region: AWS_REGION };
  for (const build of [others, app]) {
    const stack = new Stack(new App(), 'Test', { env });
    build?.(stack, example);
    Template.fromStack(stack);
  }
});

test('each step has an id and a promise of its own', () => {
  expect(new Set(STEPS.map(({ row }) => row)).size).toBe(STEPS.length);
  expect(new Set(STEPS.map(({ promise }) => promise)).size).toBe(STEPS.length);
});
