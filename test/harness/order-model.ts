import { applyUpdate, type Item, updateResult } from './dynamodb-model';
import { customerEvent } from './stripe';
import { success } from '../../src/runtime/result';
import { readCustomerEvent } from '../../src/stripe-customer-table/runtime/customer-event';
import { type RowUpdate, writeCustomer } from '../../src/stripe-customer-table/runtime/writer';

/** Event in the history of a customer. */
export interface HistoryEvent {
  readonly id: string;
  readonly type: 'customer.created' | 'customer.updated' | 'customer.deleted';
  /** Second of the event. */
  readonly at: number;
  /** Second in which the customer was created. With a test clock, it is a simulated time. */
  readonly customerCreated: number;
  /** Whether the customer has a test clock. */
  readonly hasTestClock?: boolean;
}

/** Row after the first update of a writer, and the second update that the writer still has to make. */
export interface Step {
  readonly row: Item | undefined;
  readonly flag?: RowUpdate;
}

/** Rule by which a writer decides whether an event overwrites the row. */
export interface Rule {
  readonly name: string;
  begin(event: HistoryEvent, row: Item | undefined): Promise<Step>;
}

/**
 * Returns every history of one customer with a number of events within a number of seconds.
 *
 * The customer is created, updated and deleted, and the id can be used again.
 */
export function histories(events: number, seconds: number): HistoryEvent[][] {
  const grow = (history: HistoryEvent[]): HistoryEvent[][] => history.length === events
    ? [history]
    : nextEvents(history, seconds).flatMap((next) => grow([...history, next]));
  return grow([]);
}

function nextEvents(history: HistoryEvent[], seconds: number): HistoryEvent[] {
  const last = history.at(-1);
  const id = `evt_${history.length + 1}`;
  const secondsFrom = (at: number) => Array.from({ length: seconds - at }, (_, index) => at + index);
  const creations = (from: number): HistoryEvent[] =>
    secondsFrom(from).map((at) => ({ id, at, type: 'customer.created', customerCreated: at }));
  if (!last) {
    return creations(0);
  }
  if (last.type === 'customer.deleted') {
    // an id chosen by hand can be used again, but no event tells apart two customers that were created in one second
    return creations(Math.max(last.at, last.customerCreated + 1));
  }
  return secondsFrom(last.at).flatMap((at) => (['customer.updated', 'customer.deleted'] as const)
    .map((type) => ({ id, at, type, customerCreated: last.customerCreated })));
}

/** Returns those histories in which the id of the customer is not used again. */
export function withoutReuse(all: HistoryEvent[][]): HistoryEvent[][] {
  return all.filter((history) => history.filter(({ type }) => type === 'customer.created').length === 1);
}

/** Returns a history whose customer was created at another time than its first event, as with a test clock. */
export function simulated(history: HistoryEvent[], customerCreated: number, hasTestClock = true): HistoryEvent[] {
  return history.map((event) => ({ ...event, customerCreated, hasTestClock }));
}

/** Returns the event as Stripe sends it. Each event gives the customer another name. */
export function detailOf({ id, type, at, customerCreated, hasTestClock }: HistoryEvent, customerId = 'cus_1') {
  return customerEvent(type, { id, created: at }, {
    id: customerId, created: customerCreated, name: id, ...hasTestClock && { test_clock: 'clock_1' },
  });
}

/** Rule of the writer itself, one update at a time. */
export const WRITER_RULE: Rule = {
  name: 'newer + tombstone + created first + flag (the writer)',
  begin: async (event, row) => {
    let step: Step | undefined;
    await writeCustomer(readCustomerEvent(detailOf(event)), ROW_OPTIONS, async (update) => {
      if (step) {
        step = { row: step.row, flag: update };
        return success(undefined);
      }
      const applied = applyUpdate(row, update);
      step = { row: applied.item };
      return updateResult(applied);
    });
    return step!;
  },
};

/** Attributes with which somebody else began a row, of other types or in part. No event was applied to these rows. */
export const FOREIGN_ROWS: ReadonlyArray<readonly [what: string, row: Item]> = [
  ['no bookkeeping', { plan: 'pro' }],
  ['eventCreated and no isDeleted', { eventCreated: 1_600_000_000 }],
  ['isDeleted true and no eventCreated', { isDeleted: true }],
  ['isDeleted false and no eventCreated', { isDeleted: false }],
  ['eventCreated as digits', { eventCreated: '1600000000', isDeleted: false }],
  ['eventCreated as digits of a deleted customer', { eventCreated: '1600000000', isDeleted: true }],
  ['eventCreated as a date', { eventCreated: '2020-09-13T12:26:40Z', isDeleted: false }],
  ['eventCreated as a date and no isDeleted', { eventCreated: '2020-09-13T12:26:40Z' }],
  ['eventCreated null', { eventCreated: null, isDeleted: false }],
  ['eventCreated as a boolean', { eventCreated: true, isDeleted: false }],
  ['eventCreated as a list', { eventCreated: [1_600_000_000], isDeleted: false }],
  ['eventCreated as a map', { eventCreated: { seconds: 1_600_000_000 }, isDeleted: true }],
  ['eventCreated in milliseconds', { eventCreated: 1_600_000_000_000, isDeleted: false }],
  ['eventCreated in milliseconds of a deleted customer', { eventCreated: 1_600_000_000_000, isDeleted: true }],
  ['isDeleted as text', { eventCreated: 1_600_000_000, isDeleted: 'false' }],
  ['isDeleted as a number', { eventCreated: 1_600_000_000, isDeleted: 0 }],
  ['isDeleted null', { eventCreated: 1_600_000_000, isDeleted: null }],
  ['isDeleted as a list', { eventCreated: 1_600_000_000, isDeleted: [false] }],
];

/** Options of every writer here. */
export const ROW_OPTIONS = { partitionKeyName: 'pk', rawEvent: undefined };

const simpleRule = (name: string, overwrites: (event: HistoryEvent, row: Item) => boolean): Rule => ({
  name,
  begin: async (event, row) => ({
    row: row && !overwrites(event, row) ? row : {
      eventId: event.id,
      eventCreated: event.at,
      eventType: event.type,
      name: event.id,
      isDeleted: event.type === 'customer.deleted',
    },
  }),
});

const isNewer = ({ at }: HistoryEvent, row: Item) => at > Number(row.eventCreated);

/** Simpler rules, for comparison. Each of them leaves wrong rows without a flag. */
export const SIMPLER_RULES: Rule[] = [
  simpleRule('last event received', () => true),
  simpleRule('newer', isNewer),
  simpleRule('newer + permanent tombstone', (event, row) =>
    !row.isDeleted && (event.type === 'customer.deleted' || isNewer(event, row))),
];

/** Outcomes of schedules, counted. */
export interface Outcome {
  schedules: number;
  /** The row is not Stripe's final state. */
  wrong: number;
  /** The row is wrong and not flagged. */
  silent: number;
  /** A deleted customer is not a tombstone. */
  revived: number;
  /** The row is flagged. */
  flagged: number;
}

/** Number of faults in a schedule. */
export interface Budget {
  /** Events that are delivered twice. */
  readonly duplicates: number;
  /** Writers that end after their first update. */
  readonly crashes: number;
}

interface State {
  readonly row: Item | undefined;
  /** Number of deliveries to come, by event. */
  readonly due: readonly number[];
  readonly pending: readonly RowUpdate[];
  readonly budget: Budget;
}

/** Maximum number of writers between their two updates. */
const WRITERS = 2;

/**
 * Explores every schedule of a history, from no row or from the given one.
 *
 * Events are delivered in any order and twice, a writer ends after its first update, and the second updates of two
 * writers come at any time. Equal states are explored once, and counted as often as they are reached.
 */
export async function explore(
  rule: Rule, history: HistoryEvent[], budget: Budget, first?: Item,
): Promise<Outcome> {
  const known = new Map<string, Promise<Outcome>>();
  const steps = new Map<string, Promise<Step>>();
  const begin = (event: HistoryEvent, row: Item | undefined) =>
    cached(steps, `${event.id} ${JSON.stringify(row)}`, () => rule.begin(event, row));
  const visit = (state: State): Promise<Outcome> => cached(known, JSON.stringify(state), async () => {
    const nextStates = await successors(state);
    if (nextStates.length === 0) {
      return judge(history.at(-1)!, state.row);
    }
    return (await Promise.all(nextStates.map(visit))).reduce(sum);
  });
  const successors = async (state: State): Promise<State[]> => [
    ...state.pending.map((update, index) => ({
      ...state,
      row: applyUpdate(state.row, update).item,
      pending: state.pending.filter((_, other) => other !== index),
    })),
    ...state.pending.length === WRITERS ? [] : (await Promise.all(history.map(async (event, index) =>
      state.due[index] === 0 ? [] : delivered(state, index, await begin(event, state.row))))).flat(),
  ];
  return visit({ row: first, due: history.map(() => 1), pending: [], budget });
}

/**
 * Returns the states after the delivery of an event: as it is, with a second delivery to come, and after a crash.
 *
 * After a crash, the message returns to the queue.
 */
function delivered({ due, pending, budget }: State, index: number, { row, flag }: Step): State[] {
  const state = {
    row,
    due: due.map((count, other) => other === index ? count - 1 : count),
    pending: flag ? [...pending, flag] : pending,
    budget,
  };
  const { duplicates, crashes } = budget;
  return [
    state,
    ...duplicates > 0 ? [{ ...state, due, budget: { ...budget, duplicates: duplicates - 1 } }] : [],
    ...crashes > 0 ? [{ ...state, due, pending, budget: { ...budget, crashes: crashes - 1 } }] : [],
  ];
}

/** Compares a row with Stripe's final state, which is that of the last event. */
function judge(last: HistoryEvent, row: Item | undefined): Outcome {
  const deleted = last.type === 'customer.deleted';
  const right = deleted ? row?.isDeleted === true : row?.isDeleted === false && row.name === last.id;
  const flagged = row?.isAmbiguous === true;
  return {
    schedules: 1,
    wrong: right ? 0 : 1,
    silent: right || flagged ? 0 : 1,
    revived: deleted && row?.isDeleted !== true ? 1 : 0,
    flagged: flagged ? 1 : 0,
  };
}

/** Adds up outcomes. */
export const sum = (one: Outcome, other: Outcome): Outcome => ({
  schedules: one.schedules + other.schedules,
  wrong: one.wrong + other.wrong,
  silent: one.silent + other.silent,
  revived: one.revived + other.revived,
  flagged: one.flagged + other.flagged,
});

function cached<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = cache.get(key) ?? make();
  cache.set(key, found);
  return found;
}
