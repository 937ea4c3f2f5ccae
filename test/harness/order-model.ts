import { applyUpdate, type Item } from './dynamodb-model';
import { customerEvent } from './stripe';
import { readCustomerEvent } from '../../src/stripe-customer-table/runtime/customer-event';
import { type RowUpdate, writeCustomer } from '../../src/stripe-customer-table/runtime/writer';

/** Something that happened to a customer. */
export interface HistoryEvent {
  readonly id: string;
  readonly type: 'customer.created' | 'customer.updated' | 'customer.deleted';
  readonly at: number;
  /** When the customer came to be. */
  readonly customerCreated: number;
}

/** A row, and the second step that a writer still has to take. */
export interface Step {
  readonly row: Item | undefined;
  readonly flag?: RowUpdate;
}

/** How a writer settles what it is given; `pending` is what it does in a second step, if any. */
export interface Rule {
  readonly name: string;
  begin(event: HistoryEvent, row: Item | undefined): Promise<Step>;
}

/** Every history of one customer with so many events in so many seconds: created, updated, deleted, and the id perhaps used again. */
export function histories(events: number, seconds: number): HistoryEvent[][] {
  const grow = (history: HistoryEvent[]): HistoryEvent[][] =>
    history.length === events ? [history] : nexts(history, seconds).flatMap((next) => grow([...history, next]));
  return grow([]);
}

function nexts(history: HistoryEvent[], seconds: number): HistoryEvent[] {
  const last = history.at(-1);
  const id = `evt_${history.length + 1}`;
  const from = (at: number) => Array.from({ length: seconds - at }, (_, index) => at + index);
  if (!last) {
    return from(0).map((at) => ({ id, at, type: 'customer.created', customerCreated: at }));
  }
  if (last.type === 'customer.deleted') { // an id chosen by hand may be used again, in a later second
    return from(last.at + 1).map((at) => ({ id, at, type: 'customer.created', customerCreated: at }));
  }
  return from(last.at).flatMap((at) => (['customer.updated', 'customer.deleted'] as const)
    .map((type) => ({ id, at, type, customerCreated: last.customerCreated })));
}

/** The event as Stripe would send it: each leaves the customer with another name. */
export function detailOf({ id, type, at, customerCreated }: HistoryEvent) {
  return customerEvent(type, { id, created: at }, { id: 'cus_1', created: customerCreated, name: id });
}

/** The real writer, one step at a time. */
export const OURS: Rule = {
  name: 'newer + tombstone + created first + flag (ours)',
  begin: async (event, row) => {
    let step: Step | undefined;
    await writeCustomer(readCustomerEvent(detailOf(event)), { partitionKeyName: 'pk', rawEvent: undefined }, {
      update: async (update) => {
        if (step) {
          step = { row: step.row, flag: update };
          return 'applied';
        }
        const { applied, item } = applyUpdate(row, update);
        step = { row: item };
        return applied ? 'applied' : item as never;
      },
    });
    return step!;
  },
};

const plain = (name: string, wins: (event: HistoryEvent, row: Item) => boolean): Rule => ({
  name,
  begin: async (event, row) => ({
    row: row && !wins(event, row) ? row : {
      eventId: event.id, eventCreated: event.at, eventType: event.type, name: event.id, deleted: event.type === 'customer.deleted',
    },
  }),
});

/** What others do, for comparison. */
export const OTHERS: Rule[] = [
  plain('last write wins', () => true),
  plain('stored if newer', ({ at }, row) => at > Number(row.eventCreated)),
  plain('newer + absorbing tombstone', ({ at, type }, row) => !row.deleted && (type === 'customer.deleted' || at > Number(row.eventCreated))),
];

/** What became of all schedules of a history. */
export interface Outcome {
  schedules: number;
  wrong: number;
  silent: number;
  revived: number;
  flagged: number;
}

/** How much may go wrong on the way: second copies, and writers that die after their first step. */
export interface Budget {
  readonly duplicates: number;
  readonly crashes: number;
}

interface State {
  readonly row: Item | undefined;
  /** Deliveries to come, by event. */
  readonly due: readonly number[];
  readonly pending: readonly RowUpdate[];
  readonly budget: Budget;
}

/** At most so many writers are in their midst at once. */
const WRITERS = 2;

/**
 * Explores every schedule: any order of deliveries, any of them twice, a writer dying after its first step, the second steps of two
 * writers anywhere. States that are equal are explored once and counted as often as they are reached.
 */
export async function explore(rule: Rule, history: HistoryEvent[], budget: Budget): Promise<Outcome> {
  const known = new Map<string, Promise<Outcome>>();
  const steps = new Map<string, Promise<Step>>();
  const begin = (event: HistoryEvent, row: Item | undefined) => cached(steps, `${event.id} ${JSON.stringify(row)}`, () => rule.begin(event, row));
  const visit = (state: State): Promise<Outcome> => cached(known, JSON.stringify(state), async () => {
    const nextStates = await successors(state);
    if (nextStates.length === 0) {
      return judge(history.at(-1)!, state.row);
    }
    return (await Promise.all(nextStates.map(visit))).reduce(sum);
  });

  const successors = async ({ row, due, pending, budget: left }: State): Promise<State[]> => [
    ...pending.map((update, index) =>
      ({ row: applyUpdate(row, update).item, due, pending: pending.filter((_, other) => other !== index), budget: left })),
    ...pending.length === WRITERS ? [] : (await Promise.all(history.map(async (event, index): Promise<State[]> => {
      if (due[index] === 0) {
        return [];
      }
      const step = await begin(event, row);
      const after = step.flag ? [...pending, step.flag] : pending;
      const done = due.map((count, other) => other === index ? count - 1 : count);
      return [
        { row: step.row, due: done, pending: after, budget: left },
        ...left.duplicates > 0 ? [{ row: step.row, due, pending: after, budget: { ...left, duplicates: left.duplicates - 1 } }] : [],
        ...left.crashes > 0 ? [{ row: step.row, due, pending, budget: { ...left, crashes: left.crashes - 1 } }] : [],
      ];
    }))).flat(),
  ];
  return visit({ row: undefined, due: history.map(() => 1), pending: [], budget });
}

/** Stripe's end state is that of the last event. */
function judge(last: HistoryEvent, row: Item | undefined): Outcome {
  const deleted = last.type === 'customer.deleted';
  const right = deleted ? row?.deleted === true : row?.deleted === false && row.name === last.id;
  const flagged = row?.ambiguous === true;
  return {
    schedules: 1,
    wrong: right ? 0 : 1,
    silent: right || flagged ? 0 : 1,
    revived: deleted && row?.deleted !== true ? 1 : 0,
    flagged: flagged ? 1 : 0,
  };
}

/** Adds up what became of schedules. */
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
