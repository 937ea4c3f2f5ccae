import { setTimeout as sleep } from 'timers/promises';
import type { Answer, DeployedExample, FunctionLog, HandlerLogs, ProcessedQueue } from './deployed-example';
import { dim, say } from './reporter';

/** Longest wait for a step that takes milliseconds on an idle machine. */
const PATIENCE_MS = 20_000;
const POLL_MS = 15;
/** About a third of the polls of an idle machine in that time. */
const LEAST_POLLS = 300;

/** Event that did not arrive: between which two parts, and where to look. */
export class LostEvent extends Error {
  constructor(public readonly hop: string, public readonly finding: string, public readonly lookAt: string) {
    super(`lost at ${hop}: ${finding}`);
  }
}

/** Answer to an event, and the log lines of both handlers about it. */
export interface Trace {
  readonly answer: Answer;
  readonly webhook: FunctionLog;
  readonly writer: FunctionLog;
}

/** Signed request about one event. */
export interface SignedEvent {
  readonly id: string;
  readonly body: string;
  readonly signature: string;
}

/** Posts a customer event and follows it until the writer has decided. */
export async function traceToTable(example: DeployedExample, event: SignedEvent): Promise<Trace> {
  const before = (await linesAbout(example, 'writerLogs', event.id)).length;
  const { answer, webhook } = await traceToBus(example, event);
  const writer = await behindQueue(example, 'queue', async () =>
    (await linesAbout(example, 'writerLogs', event.id))[before]);
  if (!writer) {
    throw await lostBehindBus(example);
  }
  if (writer.decision === 'WriteError' || writer.decision === 'WriteDenied') {
    const lookAt = await lastLines(example, 'writerLogs');
    throw new LostEvent('writer function → table', `the writer could not write: ${writer.error}`, lookAt);
  }
  return { answer, webhook, writer };
}

/** Posts an event and follows it until it is on the bus. */
export async function traceToBus(
  example: DeployedExample, { id, body, signature }: SignedEvent,
): Promise<Omit<Trace, 'writer'>> {
  const before = (await linesAbout(example, 'webhookLogs', id)).length;
  const answer = await example.post(body, signature).catch((error: Error) => {
    throw new LostEvent('Stripe → endpoint', `no answer: ${error.message}`, `${example.url}`);
  });
  if (answer.status === 404) {
    throw new LostEvent('endpoint → webhook function', `the API has no route for POST ${example.url.pathname}`,
      'AWS::ApiGatewayV2::Route and its integration in the template');
  }
  if (answer.status !== 200) {
    const found = `it answered a correctly signed event with ${answer.status}: ${answer.body.slice(0, 300)}`;
    throw new LostEvent('webhook function', found, await lastLines(example, 'webhookLogs'));
  }
  const webhook = await eventually(async () => (await linesAbout(example, 'webhookLogs', id))[before]);
  if (webhook?.decision !== 'Accepted') {
    throw new LostEvent('webhook function → bus', `the decision is '${webhook?.decision ?? 'not logged'}'`,
      await lastLines(example, 'webhookLogs'));
  }
  return { answer, webhook };
}

/** Polls until there is a result, for 20 seconds by default, and for longer where a busy machine answers slowly. */
export async function eventually<T>(
  ask: () => Promise<T | undefined>, patienceMs = PATIENCE_MS,
): Promise<T | undefined> {
  const deadline = Date.now() + patienceMs;
  let found = await ask();
  for (let polls = 1; found === undefined && (Date.now() < deadline || polls < LEAST_POLLS); polls += 1) {
    await sleep(POLL_MS);
    found = await ask();
  }
  return found;
}

/**
 * Polls for a result of the function behind a queue.
 *
 * A message in flight may have met a function that timed out while it started. The queue delivers it again after the
 * visibility timeout, so this waits for longer than that.
 */
export async function behindQueue<T>(
  example: DeployedExample, queue: ProcessedQueue, ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const found = await eventually(ask);
  const { inFlight, visibilityTimeout } = await example.queueState(queue);
  if (found !== undefined || inFlight === 0) {
    return found;
  }
  say(dim(`    … the queue delivers the message again within ${visibilityTimeout} s`));
  return eventually(ask, visibilityTimeout * 1_000 + PATIENCE_MS);
}

async function linesAbout(example: DeployedExample, logs: HandlerLogs, eventId: string): Promise<FunctionLog[]> {
  return (await example.log(logs)).filter((line) => line.eventId === eventId);
}

/** The event is on the bus and the writer logged nothing. The state of the queue shows why. */
async function lostBehindBus(example: DeployedExample): Promise<LostEvent> {
  const { waiting, inFlight } = await example.queueState('queue');
  const { waiting: dead } = await example.queueState('deadLetterQueue');
  if (dead > 0) {
    return new LostEvent('bus → dead-letter queue', `${dead} messages are in it`, example.idOf('deadLetterQueue'));
  }
  if (inFlight > 0) {
    return new LostEvent('queue → writer function', 'the writer receives messages and fails',
      await lastLines(example, 'writerLogs'));
  }
  if (waiting > 0) {
    return new LostEvent('queue → writer function', `${waiting} messages wait and no function receives them`,
      'AWS::Lambda::EventSourceMapping in the template');
  }
  return new LostEvent('bus → queue', 'the event is on the bus and did not reach the queue',
    'AWS::Events::Rule: its pattern, its target, its bus');
}

async function lastLines(example: DeployedExample, logs: HandlerLogs): Promise<string> {
  const lines = (await example.rawLog(logs)).filter((line) => !/^(START|END|REPORT) /.test(line)).slice(-6);
  return [`log group ${example.idOf(logs)}`, ...lines.map((line) => `  | ${line.trimEnd().slice(0, 300)}`)].join('\n');
}
