import { setTimeout as sleep } from 'timers/promises';
import type { Answer, DeployedExample, FunctionLog } from './deployed-example';

const PATIENCE_MS = 10_000;

/** An event that did not arrive: between which two parts, and where to look. */
export class LostEvent extends Error {
  constructor(public readonly hop: string, public readonly finding: string, public readonly lookAt: string) {
    super(`lost at ${hop}: ${finding}`);
  }
}

/** When an event was seen where, in milliseconds since the epoch, and what was said of it. */
export interface Journey {
  readonly answer: Answer;
  readonly webhook: FunctionLog;
  readonly writer: FunctionLog;
}

/** Posts a signed event of a customer and follows it until the writer has decided. */
export async function travel(example: DeployedExample, eventId: string, body: string, signature: string): Promise<Journey> {
  const before = (await linesAbout(example, 'writerLogs', eventId)).length;
  const { answer, webhook } = await reachBus(example, eventId, body, signature);
  const writer = await eventually(async () => (await linesAbout(example, 'writerLogs', eventId))[before]);
  if (!writer) {
    throw await afterTheBus(example);
  }
  if (writer.decision === 'WriteError') {
    throw new LostEvent('writer function → table', `the writer could not write: ${writer.error}`, await lastWords(example, 'writerLogs'));
  }
  return { answer, webhook, writer };
}

/** Posts a signed event and follows it until the bus has it. */
export async function reachBus(example: DeployedExample, eventId: string, body: string, signature: string): Promise<Omit<Journey, 'writer'>> {
  const before = (await linesAbout(example, 'webhookLogs', eventId)).length;
  const answer = await example.post(body, signature).catch((error: Error) => {
    throw new LostEvent('Stripe → endpoint', `no answer: ${error.message}`, `${example.url}`);
  });
  if (answer.status === 404) {
    throw new LostEvent('endpoint → webhook function', `the API has no route for POST ${example.url.pathname}`, 'AWS::ApiGatewayV2::Route and its integration in the template');
  }
  if (answer.status !== 200) {
    throw new LostEvent('webhook function', `it answered ${answer.status} '${answer.body.slice(0, 300)}' to a rightly signed event`, await lastWords(example, 'webhookLogs'));
  }
  const webhook = await eventually(async () => (await linesAbout(example, 'webhookLogs', eventId))[before]);
  if (webhook?.decision !== 'Accepted') {
    throw new LostEvent('webhook function → bus', `it said '${webhook?.decision ?? 'nothing'}' of the event`, await lastWords(example, 'webhookLogs'));
  }
  return { answer, webhook };
}

/** Asks again until there is an answer, for ten seconds at most. */
export async function eventually<T>(ask: () => Promise<T | undefined>, patienceMs = PATIENCE_MS): Promise<T | undefined> {
  const deadline = Date.now() + patienceMs;
  let found = await ask();
  while (found === undefined && Date.now() < deadline) {
    await sleep(15);
    found = await ask();
  }
  return found;
}

async function linesAbout(example: DeployedExample, part: 'webhookLogs' | 'writerLogs', eventId: string): Promise<FunctionLog[]> {
  return (await example.log(part)).filter((line) => line.eventId === eventId);
}

/** The bus took the event and the writer never spoke of it: the queue between them knows why. */
async function afterTheBus(example: DeployedExample): Promise<LostEvent> {
  const [queue, dead] = [await example.depth('queue'), await example.depth('deadLetterQueue')];
  if (dead.waiting > 0) {
    return new LostEvent('bus → dead-letter queue', `${dead.waiting} messages were set aside`, example.idOf('deadLetterQueue'));
  }
  if (queue.taken > 0) {
    return new LostEvent('queue → writer function', 'the writer takes messages and fails', await lastWords(example, 'writerLogs'));
  }
  if (queue.waiting > 0) {
    return new LostEvent('queue → writer function', `${queue.waiting} messages wait and nobody takes them`, 'AWS::Lambda::EventSourceMapping in the template');
  }
  return new LostEvent('bus → queue', 'the bus took the event and the queue never had it', 'AWS::Events::Rule: its pattern, its target, its bus');
}

async function lastWords(example: DeployedExample, part: 'webhookLogs' | 'writerLogs'): Promise<string> {
  const lines = (await example.rawLog(part)).filter((line) => !/^(START|END|REPORT) /.test(line)).slice(-6);
  return [`log group ${example.idOf(part)}`, ...lines.map((line) => `  | ${line.trimEnd().slice(0, 300)}`)].join('\n');
}
