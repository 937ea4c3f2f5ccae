import { accessToLocal, Account } from './account';
import { otherRegion, runAndRemove } from './run-step';
import { STEPS } from './steps';
import { bootstrap } from '../../local/cloud-assembly';
import { startEmulator } from '../../local/emulator';

/** The steps that the local AWS can show too: one in the daily run, and every one with `ALL_STEPS=1`. */

const DAILY = 'N07';

const chosen = STEPS.filter(({ row, onlyAws }) => process.env.ALL_STEPS ? !onlyAws : row === DAILY);

test.each(chosen)('$row on the local AWS: $promise', async (step) => {
  const emulator = await startEmulator();
  try {
    const { region } = emulator.clientConfig;
    await bootstrap(emulator, region);
    await bootstrap(emulator, otherRegion(region));
    await runAndRemove(step, new Account(accessToLocal(emulator)));
  } finally {
    await emulator.stop();
  }
}, 600_000);
