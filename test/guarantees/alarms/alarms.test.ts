import { readFileSync } from 'fs';
import { join } from 'path';
import { type Fault, FAULTS } from './faults';
import { type Request, type RequestName, REQUESTS, requestTo, writerLine } from './lines';
import { type Point, type World, WORLDS } from './world';
import {
  type AlarmState, alarmStates, dataOfLine, type Datum, MetricData, metricsOf, periodOf, stateOf, UNDOCUMENTED,
} from '../../harness/cloudwatch';

/**
 * Replays what the built handlers and AWS write while a fault lasts, and evaluates every alarm of a template by the
 * documented rules of CloudWatch: it is raised by its faults and by no other, and is OK again after the repair.
 */

const HEALTHY: Fault = { raises: [] };
const HOUR = 60;
/** Minute in which a fault begins, that of its repair, and the end. */
const [BEGIN, REPAIR, END] = [8 * HOUR, 16 * HOUR, 41 * HOUR];
/** Minutes after an event in which Stripe delivers it again, until it is answered with 2xx. */
const RETRIES = [0, 5, 35, 155, 455];
/** Minutes until a message of a failing function is received again. */
const RECEIVED_AGAIN = 5;
/** Minutes until the function of a user has processed a batch: the longest timeout of Lambda. */
const PROCESSING = 15;
/** Minutes of the longest visibility timeout: six times the longest timeout, and the longest batching window. */
const LONGEST_VISIBILITY = 6 * PROCESSING + 5;
/** Messages of a batch. */
const BATCH = 10;
const OK = { Invocations: 1, Errors: 0, Throttles: 0 };

/** Whether a request, or a message, arrives in a minute. A failing one arrives again. */
type Traffic = (minute: number, fails: boolean) => { readonly request: boolean; readonly message: boolean };

const TRAFFIC: Record<'a request a minute' | 'one event a day', Traffic> = {
  'a request a minute': () => ({ request: true, message: true }),
  'one event a day': (minute, fails) => {
    const attempts = [0, BEGIN, ...fails ? RETRIES.map((each) => BEGIN + each) : [], BEGIN + 24 * HOUR];
    const request = attempts.includes(minute) || fails && minute === REPAIR + 4 * HOUR;
    const again = minute >= BEGIN && minute <= REPAIR && (minute - BEGIN) % RECEIVED_AGAIN === 0;
    return { request, message: request || again };
  },
};

/** Requests and lines of the handlers, by function. They are the same in every world. */
interface Written {
  readonly requests: Record<RequestName, Request>;
  readonly writer: { readonly written: any; readonly denied: any };
}

/**
 * Alarms that say nothing of one event a day: `Silence` is set to six hours here, and how many periods CloudWatch looks
 * at decides whether three of Stripe's attempts are three hours in a row for `Gateway4xx`.
 */
const NOT_FOR_FEW_EVENTS = ['WebhookSilence', 'EndpointGateway4xx'];

const points = (line: any): Point[] => dataOfLine(line, 0);

/** What is written about one request. */
function ofRequest(world: World, { requests }: Written, { request = 'accepted', status, webhook }: Fault): Point[] {
  if (request === null) {
    return [...status ? world.endpoint(status) : [], ...webhook ? world.function('StripeWebhook', webhook) : []];
  }
  const { line, status: answer } = requests[request];
  return [...points(line), ...world.endpoint(answer), ...world.function('StripeWebhook', OK)];
}

/** What is written about one message to the writer, and to the function of a user. */
function ofMessage(world: World, { writer }: Written, fault: Fault): Point[] {
  const processed = fault.isWriteDenied ? points(writer.denied) : points(writer.written);
  return [
    ...fault.writer ? [] : processed,
    ...world.function('StripeCustomerTableWriter', fault.writer ?? OK),
    ...world.function('Fn', fault.queuedFunction ?? OK),
    ...fault.queue?.isReceived === false ? [] : world.queued('NumberOfMessagesReceived', BATCH),
  ];
}

/** What is written in a minute even if nothing arrives, by the minutes since the fault began. */
function ofMinute(world: World, { waiting, rules }: Fault): (since: number) => Point[] {
  const unused = (['NumberOfMessagesReceived', 'NumberOfMessagesDeleted'] as const)
    .flatMap((name) => world.queued(name, 0));
  const [empty, ofRules] = [[...world.queues(/(?:)/, 0), ...unused], rules?.(world) ?? []];
  const withMessages = waiting ? world.queues(waiting.in, 1, 0) : [];
  return (since) => [
    ...empty, ...ofRules,
    ...withMessages.map((point) => point.value === 0 && waiting?.isRead === false
      ? { ...point, value: since * 60 } : point),
  ];
}

/** Everything that is written while a fault lasts, or while nothing is wrong. */
function writtenBy(world: World, what: Written, fault: Fault) {
  return {
    request: ofRequest(world, what, fault),
    message: ofMessage(world, what, fault),
    processed: fault.queue?.isDeleted === false ? [] : world.queued('NumberOfMessagesDeleted', BATCH),
    minute: ofMinute(world, fault),
  };
}

function* dataOf(world: World, what: Written, fault: Fault, traffic: Traffic): Iterable<Datum> {
  const { request: name = 'accepted', status = 0 } = fault;
  const isRetried = (name === null ? status : what.requests[name].status) !== 200;
  const [faulty, healthy] = [writtenBy(world, what, fault), writtenBy(world, what, HEALTHY)];
  const writtenAt = (minute: number) => minute >= BEGIN && minute < REPAIR ? faulty : healthy;
  for (let minute = 0; minute < END; minute += 1) {
    const now = writtenAt(minute);
    const arriving = traffic(minute, isRetried);
    const isProcessed = minute >= PROCESSING && traffic(minute - PROCESSING, isRetried).message;
    for (const { metric, value } of [
      ...arriving.request ? now.request : [], ...arriving.message ? now.message : [],
      ...isProcessed ? writtenAt(minute - PROCESSING).processed : [], ...now.minute(minute - BEGIN),
    ]) {
      yield { metric, second: minute * 60, value };
    }
  }
}

const recordOf = (...parameters: Parameters<typeof dataOf>) => new MetricData(END, dataOf(...parameters));

/** Minutes from the begin of a fault until an alarm is raised, and from its repair until it is OK for good. */
interface Times {
  readonly raised: number;
  readonly over: number;
}

function timesOf(states: AlarmState[]): Times | undefined {
  const raised = states.indexOf('ALARM', BEGIN);
  return raised < 0 ? undefined
    : { raised: raised + 1 - BEGIN, over: Math.max(0, states.lastIndexOf('ALARM') + 2 - REPAIR) };
}

/** Longest times of every alarm, by its heading in the runbook. */
const TIMES = new Map<string, Times>();
const headingOf = (alarm: any) => /runbook\.md#(\w+)$/.exec(alarm.AlarmDescription)![1];

function remember(alarm: any, { raised, over }: Times): void {
  const known = TIMES.get(headingOf(alarm)) ?? { raised: 0, over: 0 };
  TIMES.set(headingOf(alarm), { raised: Math.max(known.raised, raised), over: Math.max(known.over, over) });
}

const worlds = Object.entries(WORLDS).map(([name, create]) => [name, create()] as const);
const [[firstName, first]] = worlds;
let written: Written;

beforeAll(async () => {
  const webhook = first.functionName('StripeWebhook');
  const writer = first.functionName('StripeCustomerTableWriter');
  const requests: Partial<Record<RequestName, Request>> = {};
  for (const name of Object.keys(REQUESTS) as RequestName[]) {
    requests[name] = await requestTo(webhook, name);
  }
  written = {
    requests: requests as Record<RequestName, Request>,
    writer: { written: await writerLine(writer, false), denied: await writerLine(writer, true) },
  };
}, 60_000);

/** Every fault in every world. How the bus is given changes the metrics of its rules, and nothing else. */
const CASES = worlds.flatMap(([name, world]) => Object.keys(FAULTS)
  .filter((fault) => !name.includes('bus ') || name === firstName || FAULTS[fault].rules)
  .map((fault) => [name, fault, world] as const));

describe.each(Object.entries(TRAFFIC))('%s', (traffic, arrives) => {
  const isBusy = traffic === 'a request a minute';
  const watchedIn = ({ alarms }: World) => alarms.filter(([id]) => isBusy || !NOT_FOR_FEW_EVENTS.includes(id));

  const healthyIn = new Map<World, MetricData>();

  test.each(worlds)('%s: nothing is wrong, and no alarm is raised', (_name, world) => {
    const healthy = recordOf(world, written, HEALTHY, arrives);
    healthyIn.set(world, healthy);
    const raised = watchedIn(world).filter(([, alarm]) => UNDOCUMENTED.some((undocumented) =>
      alarmStates(alarm, healthy, undocumented).includes('ALARM', 7 * HOUR)));
    expect(raised.map(([id]) => id)).toEqual([]);
  });

  test.each(CASES)('%s: %s', (_name, faultName, world) => {
    const fault = FAULTS[faultName];
    const expected = isBusy ? fault.raises : fault.raisesOnceADay ?? fault.raises;
    const healthy = healthyIn.get(world)!;
    const data = recordOf(world, written, fault, arrives);
    const watched = watchedIn(world);
    const touched = watched.filter(([, alarm]) => !metricsOf(alarm).every((metric) => data.isSame(metric, healthy)));
    for (const undocumented of UNDOCUMENTED) {
      const raised = touched.flatMap(([id, alarm]) => {
        const states = alarmStates(alarm, data, undocumented);
        expect([id, states.at(-1)]).toEqual([id, 'OK']);
        const times = timesOf(states);
        times && remember(alarm, times);
        return times ? [id] : [];
      });
      expect(raised.sort()).toEqual(watched.map(([id]) => id).filter((id) => expected.includes(id)).sort());
    }
  });
});

test('G4: NothingProcessed is raised if a message is received again after the longest visibility timeout', () => {
  const [, alarm] = first.alarms.find(([id]) => id === 'QueuedNothingProcessed')!;
  const seldom: Traffic = (minute) => {
    const isReceived = minute >= BEGIN && minute < REPAIR + LONGEST_VISIBILITY
      && (minute - BEGIN) % LONGEST_VISIBILITY === 0;
    return { request: isReceived, message: isReceived };
  };
  const data = recordOf(first, written, FAULTS['the function of a queue fails'], seldom);
  for (const undocumented of UNDOCUMENTED) {
    const states = alarmStates(alarm, data, undocumented);
    const raised = states.indexOf('ALARM');
    expect(raised).toBe(BEGIN + periodOf(alarm) / 60);
    expect(new Set(states.slice(raised, REPAIR))).toEqual(new Set(['ALARM']));
    expect(states.at(-1)).toBe('OK');
  }
});

test('every alarm is raised by a fault', () => {
  const raised = new Set(Object.values(FAULTS).flatMap(({ raises }) => raises));
  const all = new Set(worlds.flatMap(([, { alarms }]) => alarms.map(([id]) => id)));
  expect([...raised].sort()).toEqual([...all].sort());
});

test('every metric of an alarm has data in some minute, so that none has a wrong dimension', () => {
  for (const [, world] of worlds) {
    const keys = new Set(Object.values(FAULTS).flatMap((fault) =>
      recordOf(world, written, fault, TRAFFIC['a request a minute']).keys()));
    // a bus by token may be the default one, so that one of two forms has no data
    const silent = world.alarms.filter(([, alarm]) => !metricsOf(alarm).some((key) => keys.has(key)));
    expect(silent.map(([id]) => id)).toEqual([]);
  }
});

/** A time as the runbook has it: minutes, or full hours. */
const inWords = (minutes: number) => {
  const [count, unit] = minutes > 90 ? [Math.ceil(minutes / HOUR), 'hour'] : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
};

test('the runbook names the times of every alarm', () => {
  const runbook = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'runbook.md'), 'utf8');
  const named = Object.fromEntries(runbook.split(/^## /m).filter((section) => section.includes('**What it means.**'))
    .map((section) => [section.split('\n')[0].toLowerCase(), /\*\*How fast\.\*\* (.+)/.exec(section)?.[1]]));
  const found = [...TIMES].map(([heading, { raised, over }]) =>
    [heading, `Raised within ${inWords(raised)}, OK within ${inWords(over)} of the repair.`]);
  expect(named).toEqual(Object.fromEntries(found));
});

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
test.each([
  ['0 - X - X', 'OK', 'OK', 'OK'],
  ['0 - - - -', 'OK', 'OK', 'OK'],
  ['- - - - -', 'before', 'ALARM', 'OK'],
  ['0 X X - X', 'ALARM', 'ALARM', 'ALARM'],
  ['- - X - -', 'before', 'ALARM', 'OK'],
])('the alarm of AWS\'s example is in its state after %s', (text, ignore, breaching, notBreaching) => {
  const range = text.split(' ').reverse().map((each) => each === '-' ? undefined : each === 'X');
  const after = (TreatMissingData: string, before: AlarmState) =>
    stateOf({ EvaluationPeriods: 3, TreatMissingData }, range, before);
  for (const before of ['OK', 'ALARM'] as const) {
    expect(after('ignore', before)).toBe(ignore === 'before' ? before : ignore);
    expect([after('breaching', before), after('notBreaching', before)]).toEqual([breaching, notBreaching]);
  }
});
