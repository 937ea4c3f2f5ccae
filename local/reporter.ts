const interactive = process.stdout.isTTY === true;
const colored = interactive && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => colored ? `\u001b[${code}m${text}\u001b[0m` : text;

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);

/** Writes a line. */
export const say = (line = '') => process.stdout.write(`${line}\n`);

/** Shows a step while it runs, and the time that it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  if (!interactive) {
    say(`  … ${title}`);
  }
  const show = () => process.stdout.write(`\r  … ${title} ${dim(seconds())}`);
  const ticking = interactive ? setInterval(show, 100) : undefined;
  try {
    const result = await work();
    say(`${interactive ? '\r\u001b[K' : ''}  ${green('✓')} ${title} ${dim(seconds())}`);
    return result;
  } catch (error) {
    say(`${interactive ? '\r\u001b[K' : ''}  ${red('✗')} ${title} ${dim(seconds())}`);
    throw error;
  } finally {
    clearInterval(ticking);
  }
}
