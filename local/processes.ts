import { type ChildProcess, spawn, type StdioOptions } from 'child_process';
import { once } from 'events';
import { setTimeout as sleep } from 'timers/promises';

const GRACE_MS = 2_000;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Processes that still run. All of them end with this process. */
const running = new Set<BackgroundProcess>();

/** Program that runs beside this one. It has its own process group, with everything that it starts. */
export class BackgroundProcess {
  private readonly child: ChildProcess;
  private text = '';

  constructor(
    command: string, args: readonly string[], options: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string },
  ) {
    endAllWithThisProcess();
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
    this.child = spawn(command, args, { ...options, detached: true, stdio });
    running.add(this);
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk: Buffer) => { this.text = (this.text + chunk.toString()).slice(-100_000); });
    }
    this.child.on('error', (error) => { this.text += error.message; });
  }

  /** Whether it ended by itself or could not be started. */
  public get ended(): boolean {
    return this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Last lines of its output. */
  public output(lines = 20): string {
    return this.text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Resolves when the check holds. Rejects with the last output if the program ends before, or takes too long. */
  public async until(what: string, check: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!await check().catch(() => false)) {
      if (this.ended || Date.now() > deadline) {
        await this.stop();
        throw new Error(`${what} did not start within ${timeoutMs / 1000} s; its last output:\n${this.output()}`);
      }
      await sleep(25);
    }
  }

  /** Asks the process group to end, and ends it after two seconds. */
  public async stop(): Promise<void> {
    const exit = this.ended ? Promise.resolve() : once(this.child, 'exit');
    this.signal('SIGTERM');
    await Promise.race([exit, sleep(GRACE_MS, undefined, { ref: false })]);
    this.kill();
  }

  /** Ends the process group at once. */
  public kill(): void {
    this.signal('SIGKILL'); // the group may outlive the program
    running.delete(this);
  }

  private signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.child.pid!, signal);
    } catch {
      // the group has ended
    }
  }
}

let registered = false;

function endAllWithThisProcess(): void {
  if (registered) {
    return;
  }
  registered = true;
  process.on('exit', () => running.forEach((program) => program.kill()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => process.exit(EXIT_CODES[signal]));
  }
}
