import { type RunningBundle, startBundle } from './bundle';
import { message } from './writer-bundle';

/** Built writer that delivers single events. */
export interface RunningWriter extends RunningBundle {
  /** Delivers one event after the other, and returns the decision that the writer logged for each. */
  deliver(...events: unknown[]): Promise<unknown[]>;
  /** Delivers the body of one message, which must not return to the queue. */
  deliverBody(body: string): Promise<void>;
}

/** Starts the built writer. */
export async function startWriter(env: Record<string, string>): Promise<RunningWriter> {
  const bundle = await startBundle('writer', env);
  const deliverBody = async (body: string) => {
    expect(await bundle.invoke({ Records: [{ messageId: 'm1', body }] })).toEqual({ batchItemFailures: [] });
  };
  return {
    ...bundle,
    deliverBody,
    deliver: async (...events) => {
      const before = bundle.logs().length;
      for (const event of events) {
        await deliverBody(message(event).body);
      }
      return bundle.logs().slice(before).map(({ decision }) => decision);
    },
  };
}
