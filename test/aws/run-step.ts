import type { Account, DeployedStack } from './account';
import type { Step } from './steps';

/** Region of somebody else, for an account in a region. */
export const otherRegion = (region: string) => region === 'us-east-1' ? 'eu-west-1' : 'us-east-1';

async function run(step: Step, account: Account): Promise<void> {
  const elsewhere = otherRegion(account.access.clientConfig.region);
  const others = step.others
    && await account.deploy(`${step.row}-others`, step.others, step.othersElsewhere && elsewhere);
  let app: DeployedStack;
  try {
    app = await account.deploy(step.row, (stack) => step.app(stack, others?.outputs ?? {}));
  } catch (error) {
    if (step.mayReject?.test((error as Error).message)) {
      return;
    }
    throw error;
  }
  await step.check(app, { others, update: (build) => account.deploy(step.row, build) });
}

/** Runs a step. Fails with its error and with everything that could not be removed. */
export async function runAndRemove(step: Step, account: Account): Promise<void> {
  const failures = await run(step, account).then(() => [], ({ message }: Error) => [message]);
  expect([...failures, ...await account.remove()]).toEqual([]);
}
