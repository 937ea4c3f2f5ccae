/** Expected outcome of a step: a value, or the reason why there is none. What is unexpected is thrown. */
export type Result<T, R> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: R };

/** The step succeeded. */
export function success<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** The step did not succeed, for a reason that is expected. */
export function failure<R>(reason: R): { readonly ok: false; readonly reason: R } {
  return { ok: false, reason };
}
